"""The canonical tree: equality, normal form, JSON."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given

from syncd.model.richtext import (
    MAX_DEPTH,
    BulletList,
    Cell,
    CodeBlock,
    Doc,
    Heading,
    Image,
    LineBreak,
    ListItem,
    Mark,
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
    children,
    link,
    safe_href,
)
from tests.richtext.strategies import docs

STRONG = frozenset({Mark.STRONG})


def paragraph(*content: Any) -> Doc:
    return Doc((Paragraph(tuple(Text(c) if isinstance(c, str) else c for c in content)),))


@given(docs)
def test_json_gives_back_the_same_tree(doc: Doc) -> None:
    assert Doc.from_json(json.loads(json.dumps(doc.to_json()))).blocks == doc.blocks


@given(docs)
def test_tidying_and_normalising_twice_change_nothing(doc: Doc) -> None:
    assert Doc(doc.tidied().blocks).tidied().blocks == doc.tidied().blocks
    assert doc.normalised().normalised().blocks == doc.normalised().blocks
    assert doc.tidied().normalised().blocks == doc.normalised().blocks


@given(docs)
def test_equal_documents_have_equal_hash_and_digest(doc: Doc) -> None:
    same = doc.normalised()
    assert doc == same
    assert hash(doc) == hash(same)
    assert doc.digest() == same.digest()
    assert doc.is_empty == (not same.blocks)


@given(docs)
def test_no_dangerous_link_and_no_illegal_character_survives_tidying(doc: Doc) -> None:
    dumped = json.dumps(doc.tidied().to_json(), ensure_ascii=False)
    targets = re.findall(r'"t", "(?:[^"\\\\]|\\\\.)*", "[a-z]*", "([^"]+)"', dumped)
    assert all(target.lower().startswith(("http://", "https://", "mailto:")) for target in targets)
    assert not set(dumped) & {"\x00", "\ufeff", "\r", "\x0b", "\u2028"}


NOISE = [
    ("doubled blanks", paragraph("a  b"), paragraph("a b")),
    ("no-break blank", paragraph("a\u00a0b"), paragraph("a b")),
    ("CRLF", paragraph("a\r\nb"), paragraph("a", LineBreak(), "b")),
    ("split runs", paragraph("a", "b"), paragraph("ab")),
    ("trailing line breaks", paragraph("a", LineBreak(), LineBreak()), paragraph("a")),
    ("empty paragraphs", Doc((Paragraph(), Paragraph((Text(" "),)), Paragraph((Text("a"),)))), paragraph("a")),
    ("blank line inside a paragraph", paragraph("a\n\nb"), Doc((*paragraph("a").blocks, *paragraph("b").blocks))),
    ("link that repeats its text", paragraph(Text("http://a.b", href="http://a.b")), paragraph("http://a.b")),
    ("link made of an address", paragraph(Text("a@b.c", href="mailto:a@b.c")), paragraph("a@b.c")),
    ("formatted blanks", paragraph(Text("a ", STRONG), "b"), paragraph(Text("a", STRONG), " b")),
    ("renamed person", paragraph(Mention("Joe", "7")), paragraph(Mention("Joe Doe", "7"))),
    ("framed code", Doc((CodeBlock("\n  x  \ny\n\n"),)), Doc((CodeBlock("  x\ny"),))),
    ("lists cut in two", Doc((BulletList((ListItem(paragraph("a").blocks),)),) * 2),
     Doc((BulletList((ListItem(paragraph("a").blocks),) * 2),))),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), [case[1:] for case in NOISE], ids=[case[0] for case in NOISE])
def test_noise_of_systems_is_no_difference(left: Doc, right: Doc) -> None:
    assert left == right
    assert left.digest() == right.digest()


DIFFERENT = [
    ("word", paragraph("a"), paragraph("b")),
    ("formatting", paragraph("a"), paragraph(Text("a", STRONG))),
    ("link target", paragraph(Text("a", href="http://a.b")), paragraph(Text("a", href="http://a.c"))),
    ("line break", paragraph("a b"), paragraph("a\nb")),
    ("ticked box", Doc((TaskList((TaskItem((Text("a"),)),)),)), Doc((TaskList((TaskItem((Text("a"),), True),)),))),
    ("first number", Doc((OrderedList((ListItem(paragraph("a").blocks),)),)),
     Doc((OrderedList((ListItem(paragraph("a").blocks),), 2),))),
    ("blanks in code", Doc((CodeBlock("a  b"),)), Doc((CodeBlock("a b"),))),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), [case[1:] for case in DIFFERENT], ids=[case[0] for case in DIFFERENT])
def test_what_a_person_changes_is_a_difference(left: Doc, right: Doc) -> None:
    assert left != right
    assert left.digest() != right.digest()


def test_a_document_is_not_equal_to_other_things() -> None:
    assert paragraph("a") != "a"
    assert Mention("a") != "a"


def test_plain_text_reads_like_typed_text() -> None:
    doc = Doc((
        Heading(1, (Text("Title"),)),
        Paragraph((Text("see ", STRONG), Text("this", href="http://a.b"), LineBreak(), Mention("Joe"), Image("p.png"))),
        OrderedList((ListItem((*paragraph("one").blocks, BulletList((ListItem(paragraph("sub").blocks),)))),), 3),
        TaskList((TaskItem((Text("open"),)), TaskItem((Text("done"),), True))),
        Quote(paragraph("said").blocks),
        CodeBlock("x = 1"),
        Rule(),
        Table(((Cell(paragraph("a").blocks, True), Cell(paragraph("b").blocks)),)),
        Paragraph((Image("q", "http://q.r"), Text("http://a.b", href="http://a.b"))),
    ))  # fmt: skip
    assert doc.plain_text() == (
        "Title\n\nsee this (http://a.b)\n@Joe[p.png]\n\n3. one\n   - sub\n\n☐ open\n☑ done\n\n> said\n\nx = 1\n\n"
        "----\n\na | b\n\n[q: http://q.r]http://a.b"
    )


def test_plain_text_keeps_the_blanks_of_a_person() -> None:
    assert Doc.from_text("a\n   - b  c\n\nd").plain_text() == "a\n   - b  c\n\nd"


def test_an_empty_document_is_empty() -> None:
    assert Doc().is_empty
    assert Doc((Paragraph((Text(" \n"),)), BulletList((ListItem(),)), Table(((Cell(),),)))).is_empty
    assert not Doc((Rule(),)).is_empty


def test_a_tree_of_any_depth_is_flattened_readably() -> None:
    blocks: tuple[Any, ...] = paragraph("deep").blocks
    for _ in range(100_000):
        blocks = (Quote(blocks),)
    tidied = Doc(blocks).tidied()
    depth, inner = 0, tidied.blocks
    while children(inner[0]):
        depth, inner = depth + 1, children(inner[0])[0]
    assert depth == MAX_DEPTH
    assert inner == paragraph("deep").blocks


HREFS = [
    ("http://a.b/c d", "http://a.b/c%20d"),
    (" HTTPS://A.b ", "HTTPS://A.b"),
    ("mailto:a@b.c", "mailto:a@b.c"),
    ("javascript:alert(1)", ""),
    ("java\nscript:alert(1)", ""),
    ("\x01javascript:alert(1)", ""),
    ("data:text/html,x", ""),
    ("ftp://h/f", ""),
    ("//a.b", ""),
    ("/browse/X-1", ""),
    ("http:", ""),
    ("", ""),
]


@pytest.mark.parametrize(("url", "href"), HREFS)
def test_only_http_https_and_mailto_are_links(url: str, href: str) -> None:
    assert safe_href(url) == href


def test_a_link_of_another_scheme_becomes_text_and_a_dangerous_one_only_its_label() -> None:
    assert link("file", "ftp://h/f") == Text("file (ftp://h/f)")
    assert link("ftp://h/f", "ftp://h/f") == Text("ftp://h/f")
    assert link("", "ftp://h/f") == Text("ftp://h/f")
    assert link("click", "JavaScript:alert(1)") == Text("click")
    assert link("", "http://a.b") == Text("http://a.b", href="http://a.b")
    assert paragraph(Text("click", href="javascript:x")) == paragraph("click")


BROKEN = [
    None, {}, {"v": 2, "b": []}, {"v": 1, "b": [["zz"]]}, {"v": 1, "b": [["p", [3]]]}, {"v": 1, "b": [["ul", [3]]]},
    {"v": 1, "b": [["table", [3]]]}, {"v": 1, "b": [["table", [[3]]]]}, {"v": 1, "b": [["tasks", [3]]]},
    {"v": 1, "b": [["p", [["t", "a", "?", "", ""]]]]},
]  # fmt: skip


@pytest.mark.parametrize("data", BROKEN)
def test_data_that_is_no_document_is_refused(data: Any) -> None:
    with pytest.raises(ValueError, match="not an encoded"):
        Doc.from_json(data)


def test_panel_kinds_are_the_known_ones() -> None:
    assert Doc((Panel(paragraph("a").blocks, "odd"),)) == Doc((Panel(paragraph("a").blocks, "info"),))
