"""What is too long is shortened visibly, and no character is cut in two."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.connectors.richtext import (
    cut,
    length,
    project,
    read_wiki,
    render_adf,
    render_asana,
    render_wiki,
    shorten,
    shorten_title,
)
from syncd.model.richtext import (
    BulletList,
    Cell,
    CodeBlock,
    Doc,
    Heading,
    ListItem,
    Mention,
    OrderedList,
    Panel,
    Paragraph,
    Quote,
    Rule,
    Table,
    TaskItem,
    TaskList,
    Text,
)
from tests.richtext.strategies import docs
from tests.richtext.test_adf import check

NOTE = "[shortened by syncd: the full text is at https://jira.example/browse/WEB-1]"
RENDERERS = [render_adf, render_asana, render_wiki]


@pytest.mark.parametrize("render", RENDERERS)
@given(doc=docs, limit=st.integers(600, 900))
def test_a_shortened_document_fits_and_says_so(render: object, doc: Doc, limit: int) -> None:
    assert callable(render)
    short, is_shortened = shorten(doc, render, limit, NOTE)
    assert length(render(short)) <= limit
    assert is_shortened == (length(render(doc)) > limit)
    assert short is doc or short.plain_text().endswith(NOTE)
    assert shorten(short, render, limit, NOTE) == (short, False)
    assert project(short, "wiki") == project(project(short, "wiki"), "wiki")


def test_a_text_just_at_the_limit_is_left_alone() -> None:
    doc = Doc.from_text("x" * 100)
    assert shorten(doc, render_wiki, 100, NOTE) == (doc, False)
    short, is_shortened = shorten(doc, render_wiki, 99, NOTE)
    assert is_shortened
    room = 99 - len(render_wiki(Doc.from_text(NOTE))) - 2
    assert short.plain_text() == "x" * room + "\n\n" + NOTE


def test_a_long_text_keeps_as_much_as_fits_and_ends_at_a_word() -> None:
    doc = Doc.from_text("\n\n".join(f"paragraph {n} about the launch" for n in range(5000)))
    short, _ = shorten(doc, render_adf, 32_767, NOTE)
    assert 32_000 < length(render_adf(short)) <= 32_767
    last = short.plain_text().split("\n\n")[-2]
    assert doc.plain_text().split("\n\n")[len(short.blocks) - 2].startswith(last)
    assert last.split(" ")[-1] in ("paragraph", "about", "the", "launch") or last.split(" ")[-1].isdecimal()


def test_every_kind_of_block_can_be_cut() -> None:
    text = (Paragraph((Text("word " * 30), Mention("Joe"))),)
    blocks = (
        Heading(1, text[0].content), BulletList((ListItem(text),) * 3), OrderedList((ListItem(text),) * 3),
        Quote(text * 3), Panel(text * 3), CodeBlock("word " * 90), TaskList((TaskItem(text[0].content),) * 3), Rule(),
        Table(((Cell(text), Cell(text)),) * 3),
    )  # fmt: skip
    for block in blocks:
        doc = Doc((block,) * 8)
        sizes = {length(render_wiki(shorten(doc, render_wiki, limit, NOTE)[0])) for limit in (100, 120, 140, 180)}
        assert max(sizes) <= 180
        check(render_adf(shorten(doc, render_adf, 1500, NOTE)[0]))


def test_a_limit_without_room_for_the_note_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="no room"):
        shorten(Doc.from_text("x" * 100), render_wiki, 20, NOTE)


def test_lengths_are_those_of_java() -> None:
    assert length("a😀") == 3
    assert length({"a": ["é"]}) == len('{"a":["é"]}')
    assert length("\ud83d") == 1


TITLES = [
    (" a \r\n b\t c ", "a b c", False),
    ("x" * 255, "x" * 255, False),
    ("x" * 256, "x" * 254 + "…", True),
    ("x" * 253 + "😀", "x" * 253 + "😀", False),
    ("x" * 254 + "😀", "x" * 254 + "…", True),
    ("x" * 250 + "👩‍👩‍👧" + "y", "x" * 250 + "…", True),
    ("x" * 253 + "e\u0301" + "y", "x" * 253 + "…", True),
    ("x" * 250 + "🇩🇪🇫🇷" + "y", "x" * 250 + "🇩🇪" + "…", True),
    ("x" * 252 + "👍🏽" + "y", "x" * 252 + "…", True),
    ("word " * 60, "word " * 50 + "word…", True),
    ("א" * 300, "א" * 254 + "…", True),
    ("", "", False),
]


@pytest.mark.parametrize(("text", "title", "is_cut"), TITLES)
def test_titles_are_one_line_and_cut_between_characters(text: str, title: str, is_cut: bool) -> None:
    assert shorten_title(text) == (title, is_cut)


@given(st.text(max_size=80), st.integers(0, 40))
def test_a_cut_is_the_beginning_and_fits(text: str, limit: int) -> None:
    kept = cut(text, limit)
    assert text.startswith(kept)
    assert length(kept) <= limit


def test_a_pile_of_accents_is_cut_somewhere() -> None:
    kept = cut("e" + "\u0301" * 1000, 500)
    assert len(kept) == 500
    assert unicodedata.category(kept[-1]) == "Mn"


def test_a_shortened_text_is_stable_in_jira() -> None:
    short, _ = shorten(read_wiki("* item *bold* {{code}}\n" * 200), render_wiki, 3_000, NOTE)
    assert project(short, "wiki") == short
