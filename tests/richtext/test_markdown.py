"""Markdown and plain text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from syncd.connectors.richtext import Refs, read_markdown, read_plain, render_markdown, render_plain
from syncd.model.richtext import (
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
    Text,
)
from tests.richtext.strategies import words

STRONG, EM, STRIKE, CODE = (frozenset({mark}) for mark in (Mark.STRONG, Mark.EM, Mark.STRIKE, Mark.CODE))


def para(*runs: Any) -> Paragraph:
    return Paragraph(tuple(Text(run) if isinstance(run, str) else run for run in runs))


def items(*blocks: Any) -> tuple[ListItem, ...]:
    return tuple(ListItem(block if isinstance(block, tuple) else (block,)) for block in blocks)


SAME = [
    (para(Text("b", STRONG), " ", Text("i", EM), " ", Text("s", STRIKE), " ", Text("c", CODE),
          " ", Text("bi", STRONG | EM)),
     "**b** *i* ~~s~~ `c` ***bi***"),
    (para("a", Text("b", STRONG), "c"), "&#97;**b**&#99;"),
    (para("a", LineBreak(), "b"), "a  \nb"),
    (para("see ", Text("this", href="http://a.b"), Text("x", STRONG, "http://c.d/?a&amp")), "see [this](http://a.b)[**x**](http://c.d/?a&amp;amp)"),
    (para(Image("pic", "http://a.b/p.png")), "![pic](http://a.b/p.png)"),
    (Heading(2, (Text("t # x #"),)), "## t # x &#35;"),
    (CodeBlock("```\nx", "python"), "````python\n```\nx\n````"),
    (para(Text("`a", CODE)), "`` `a ``"),
    (Quote((para("a"), Quote((para("b"),)))), "> a\n>\n> > b"),
    (BulletList(items((para("a"), OrderedList(items(para("b")), 3)),
                       (CodeBlock("x\n\ny"),), BulletList(items(para("c"))))),
     "- a\n\n  3. b\n- ```\n  x\n\n  y\n  ```\n- - c"),
    (Rule(), "---"),
    (Table(((Cell((para("H|"),), True), Cell((), True)), (Cell((para(Text("a", CODE)),)), Cell((para("c|d"),))))),
     "| H&#124; |  |\n| --- | --- |\n| `a` | c&#124;d |"),
]  # fmt: skip


@pytest.mark.parametrize(("block", "source"), SAME)
def test_what_markdown_can_say_is_written_and_read_back(block: Any, source: str) -> None:
    assert render_markdown(Doc((block,))) == source
    assert read_markdown(source) == Doc((block,))


def test_lists_in_a_row_stay_apart() -> None:
    doc = Doc((OrderedList(items(para("a"))), OrderedList(items(para("b"))), OrderedList(items(para("c")))))
    assert render_markdown(doc) == "1. a\n\n1) b\n\n1. c"
    assert read_markdown(render_markdown(doc)) == doc


LITERAL = [
    "# x", "> x", "- x", "+ x", "* x", "1. x", "1) x", "---", "===", "```", "~~~", "    x", "**x**", "_x_", "~~x~~",
    "`x`", "[x](http://a.b)", "[x]: http://a.b", "![x](y)", "<b>x</b>", "<http://a.b>", "&amp;", "a|b", "|-|", ":-",
    "\\", "x\\", "\\*x*", "x #", "a * b * c", "<!-- x -->", "javascript:x",
]  # fmt: skip


@pytest.mark.parametrize("text", LITERAL)
def test_what_a_person_typed_stays_literal(text: str) -> None:
    doc = Doc((
        para(text), para("x\n" + text), BulletList(items(para(text))), Quote((para(text),)), Heading(1, (Text(text),)),
        Table(((Cell((para(text),), True),),)),
    ))  # fmt: skip
    assert read_markdown(render_markdown(doc)) == doc


@given(words)
def test_no_text_becomes_markup(text: str) -> None:
    doc = Doc((para(text), para("a ", Text(text, STRONG), " b"), BulletList(items(para(text)))))
    assert read_markdown(render_markdown(doc)).normalised().blocks == doc.normalised().blocks


def test_what_markdown_cannot_say_is_readable() -> None:
    doc = Doc((
        Panel((para("x"),), "warning"), para(Text("a", STRONG), Text("b", EM), Text("c", frozenset({Mark.UNDERLINE}))),
        para(Mention("Joe", "7"), Image("p.png", "", "9")),
        Table(((Cell((para("a"), CodeBlock("b"))),), (Cell((para("c"),)), Cell((para("d"),))))),
        OrderedList(items(para("z")), 99_999_999_999),
    ))  # fmt: skip
    assert render_markdown(doc) == (
        "> x\n\n**a**&#98;c\n\n&#64;Joe\\[p.png\\]\n\n| a `b` |  |\n| --- | --- |\n| c | d |\n\n999999999. z".replace(
            "**bc", "**&#98;c"
        )
    )


def test_html_and_dangerous_links_are_text() -> None:
    assert read_markdown("<b>x</b> <script>y</script>") == Doc((para("<b>x</b> <script>y</script>"),))
    assert read_markdown("[x](javascript:alert(1)) [f](ftp://h/f)") == Doc((para("x f (ftp://h/f)"),))


def test_a_line_end_is_a_blank_and_an_indented_block_is_code() -> None:
    assert read_markdown("a\nb\n\n    x") == Doc((para("a b"), CodeBlock("x")))
    assert read_markdown(None) == Doc()


def test_nesting_beyond_sense_is_read_as_plain_text_and_nothing_is_lost() -> None:
    for source in ("> " * 1000 + "deep", "- " * 1000 + "deep", " " * 60 + "x\n" + " " * 60 + "- deep"):
        assert "deep" in read_markdown(source).plain_text()


def test_plain_text_is_read_and_written_as_typed() -> None:
    assert read_plain("a\r\n  b\n\nc").blocks == (para("a", LineBreak(), "  b"), para("c"))
    assert render_plain(read_plain("a\r\n  b\n\nc")) == "a\n  b\n\nc"
    assert read_plain(None) == Doc()


def test_a_url_is_kept_as_it_is_spelled() -> None:
    doc = Doc((para("see http://a.b/c%20d*, [http://a.b/%7Ee]"),))
    assert read_markdown(render_markdown(doc)).normalised().blocks == doc.normalised().blocks
    assert read_markdown("<http://a.b/c%20d>").plain_text() == "http://a.b/c%20d"


TWO_RENDERERS = [
    (para("see https://x.y. and http://a.b/c"), "see https://x.y. and http://a.b/c"),
    (para("https://x.y.<b> http://a.b/_c_d"), "<https://x.y>.\\<b> <http://a.b/_c_d>"),
    (para("http://a.b", Text("c", STRONG)), "http&#58;//a.&#98;**c**"),
    (para("www.x.y*z* 1http://a.b"), "www&#46;x.y\\*z\\* 1http&#58;//a.b"),
    (para("look!", Text("here", href="http://a.b")), "look\\![here](http://a.b)"),
    (para("2^3 and C#"), "2\\^3 and C&#35;"),
    (para("ask @joe, not a@b.c"), "ask &#64;joe, not a@b.c"),
    (para(Text("@joe", CODE), " ", Text("a@b", CODE), " ", Text("x", href="http://a.b/@joe")),
     "&#64;joe `a@b` [x](http://a.b/%40joe)"),
    (Quote((para("a\nb"),)), "> a  \n> b"),
]  # fmt: skip


@pytest.mark.parametrize(("block", "source"), TWO_RENDERERS)
def test_both_renderers_of_redmine_show_what_was_said(block: Any, source: str) -> None:
    """Held against Redmine 5.0.4 with `common_mark` and with `markdown`."""
    assert render_markdown(Doc((block,))) == source


def test_attached_pictures_keep_their_place_where_the_caller_knows_them() -> None:
    doc = Doc((para("see ", Image("Screen", "", "7")),))
    assert render_markdown(doc) == "see \\[Screen\\]"
    known = render_markdown(doc, Refs(image=lambda _: "my screen (1).png"))
    assert known == "see ![Screen](my%20screen%20%281%29.png)"
    assert read_markdown(known) == Doc((para("see ", Image("Screen", "", "my screen (1).png")),))
    assert render_markdown(doc, Refs(image=lambda _: "../x")) == "see \\[Screen\\]"
