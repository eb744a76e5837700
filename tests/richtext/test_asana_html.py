"""Asana's HTML: strict when written, tolerant when read."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given

from syncd.connectors.richtext import Refs, read_asana, render_asana
from syncd.connectors.richtext.asana_html import TAGS, Profile
from syncd.model.richtext import (
    BulletList,
    Cell,
    CodeBlock,
    Doc,
    Heading,
    Image,
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
)
from tests.richtext.strategies import docs

PROFILES: list[Profile] = ["notes", "comment"]
EVERYBODY = Refs(mention=lambda person: person.id or None, image=lambda image: image.ref or None)
INLINE = {"strong", "em", "u", "s", "code", "a"}
INSIDE = {
    "body": INLINE | {"ol", "ul", "blockquote", "pre", "h1", "h2", "hr", "table", "img"},
    "li": INLINE | {"ol", "ul"}, "ul": {"li"}, "ol": {"li"}, "table": {"tr"}, "tr": {"td"}, "td": INLINE,
    "blockquote": INLINE, "pre": set(), "code": set(), "h1": set(), "h2": set(), "hr": set(), "img": set(),
    **dict.fromkeys(("strong", "em", "u", "s", "a"), INLINE),
}  # fmt: skip


def check(source: str, profile: Profile) -> None:
    """Well-formed, only tags of the profile where Asana takes them, attributes only on links and images."""
    root = ElementTree.fromstring(source)
    assert root.tag == "body"
    for element in root.iter():
        assert element.tag in TAGS[profile]
        assert {child.tag for child in element} <= INSIDE[element.tag]
        assert set(element.attrib) <= {"a": {"href", "data-asana-gid"}, "img": {"data-asana-gid"}}.get(
            element.tag, set()
        )
    assert set(re.findall(r"&[^;]*;", source)) <= {"&amp;", "&lt;", "&gt;", "&quot;"}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("refs", [Refs(), EVERYBODY], ids=["nobody", "everybody"])
@given(doc=docs)
def test_any_document_is_written_as_asana_takes_it(profile: Profile, refs: Refs, doc: Doc) -> None:
    check(render_asana(doc, profile, refs), profile)


def para(*runs: Any) -> Paragraph:
    return Paragraph(tuple(Text(run) if isinstance(run, str) else run for run in runs))


def items(*blocks: Any) -> tuple[ListItem, ...]:
    return tuple(ListItem(block if isinstance(block, tuple) else (block,)) for block in blocks)


FULL = Doc((
    Heading(1, (Text("Title"),)), Heading(3, (Text("Deep"),)),
    para(Text("bold", frozenset({Mark.STRONG})), " & <b>\nnext"),
    OrderedList(items((para("a"), BulletList(items(para("b")))))),
    Panel((para("watch out"),), "warning"),
    CodeBlock("if a < b:\n    x", "python"),
    Rule(),
    TaskList((TaskItem((Text("open"),)), TaskItem((Text("done"),), True))),
    Table(((Cell((para("H"),), True), Cell((para("I"),), True)), (Cell((para("a"), para("b"))), Cell()))),
    Quote((para("said"), BulletList(items(para("x"), para("y"))))),
))  # fmt: skip


def test_a_list_that_does_not_begin_with_1_keeps_its_numbers_as_lines() -> None:
    doc = Doc((OrderedList(items(para("a"), (para("b"), BulletList(items(para("c"))))), 5),))
    assert render_asana(doc) == "<body>5. a\n6. b\n• c</body>"


def test_notes_hold_nearly_everything() -> None:
    assert render_asana(FULL) == (
        "<body><h1>Title</h1><strong>Deep</strong>\n\n<strong>bold</strong> &amp; &lt;b&gt;\nnext"
        "<ol><li>a<ul><li>b</li></ul></li></ol><blockquote>watch out</blockquote>"
        "<pre>if a &lt; b:\n    x</pre><hr/><ul><li>☐ open</li><li>☑ done</li></ul>"
        "<table><tr><td><strong>H</strong></td><td><strong>I</strong></td></tr><tr><td>a\nb</td><td></td></tr></table>"
        "<blockquote>said\n\n• x\n• y</blockquote></body>"
    )


def test_comments_hold_less_and_say_it_readably() -> None:
    source = render_asana(FULL, "comment")
    check(source, "comment")
    assert source.startswith("<body><strong>Title</strong>\n\n<strong>Deep</strong>\n\n")
    assert "———" in source
    assert "<strong>H</strong> | <strong>I</strong>\na b |<blockquote>" in source


def test_an_empty_document_is_an_empty_body() -> None:
    assert render_asana(Doc()) == "<body></body>"


def test_nobody_is_mentioned_unless_the_caller_knows_the_gid() -> None:
    doc = Doc((para("ask ", Mention("Joe", "7"), " now"),))
    assert render_asana(doc) == "<body>ask @Joe now</body>"
    assert render_asana(doc, "comment", EVERYBODY) == '<body>ask <a data-asana-gid="7"/> now</body>'
    assert read_asana(render_asana(doc, "notes", EVERYBODY)) == doc


READ = [
    ("nothing", None, Doc()),
    ("no body", "a &amp; b", Doc((para("a & b"),))),
    ("newlines", "<body>a\nb\n\nc</body>", Doc((para("a\nb"), para("c")))),
    ("mention", '<body>hi <a href="https://app.asana.com/0/1/list" data-asana-accessible="true" '
     'data-asana-dynamic="true" data-asana-type="user" data-asana-gid="7">@Joe</a>!</body>',
     Doc((para("hi ", Mention("Joe", "7"), "!"),))),
    ("task link", '<a href="https://app.asana.com/0/1/2" data-asana-type="task" data-asana-gid="2">Buy</a>',
     Doc((para(Text("Buy", href="https://app.asana.com/0/1/2")),))),
    ("link made of a URL", '<a href="http://a.b/">http://a.b</a>', Doc((para("http://a.b"),))),
    ("script link", '<a href="javascript:alert(1)">x</a>', Doc((para("x"),))),
    ("image", 'a <img data-asana-gid="9" src="https://signed/secret" alt="p.png"/>',
     Doc((para("a ", Image("p.png", "", "9")),))),
    ("nested lists", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>",
     Doc((BulletList(items((para("a"), BulletList(items(para("b")))), para("c"))),))),
    ("list in list without item", "<ul><li>a</li><ul><li>b</li></ul></ul>",
     Doc((BulletList(items((para("a"), BulletList(items(para("b")))))),))),
    ("blank text around blocks", "<body>\n<h1>t</h1>\n\n<ul>\n<li>a</li>\n</ul>\n</body>",
     Doc((Heading(1, (Text("t"),)), BulletList(items(para("a")))))),
    ("formatted heading", "<h2>a <em>b</em></h2>", Doc((Heading(2, (Text("a "), Text("b", frozenset({Mark.EM})))),))),
    ("code", "<pre>a &lt; b\n  c</pre>", Doc((CodeBlock("a < b\n  c"),))),
    ("unknown inline tag", "a <blink>b</blink>", Doc((para("a b"),))),
    ("unknown block", "<div>a</div><p>b</p>", Doc((para("a"), para("b")))),
    ("script", "a<script>evil()</script>b", Doc((para("ab"),))),
    ("comment and CDATA", "a<!-- x -->b<![CDATA[<c>]]>", Doc((para("ab<c>"),))),
    ("unclosed", "<ul><li>a<li>b", Doc((BulletList(items((para("a"),), para("b"))),))),
    ("wrongly closed", "</ul>a</b></td>", Doc((para("a"),))),
    ("no tags", "1 < 2 <3 a<", Doc((para("1 < 2 <3 a<"),))),
    ("tag without end", "a <b", Doc((para("a <b"),))),
    ("lone ampersand", "AT&T &copy &nbsp; &#9731;", Doc((para("AT&T &copy ☃"),))),
    ("attributes with brackets", '<a href="http://a.b/?x=>1">x</a>', Doc((para(Text("x", href="http://a.b/?x=%3E1")),))),
    ("table with head", "<table><thead><tr><th>H</th></tr></thead><tr><td>a</td></tr></table>",
     Doc((Table(((Cell((para("H"),), True),), (Cell((para("a"),)),))),))),
    ("stray cells", "<td>a</td><li>b</li>", Doc((BulletList(items(para("b"))), Table(((Cell((para("a"),)),),))))),
    ("text in a row", "<table><tr>a</tr>b</table>", Doc((Table(((Cell((para("a"),)),),)), para("b")))),
    ("CRLF", "a\r\nb<br>c", Doc((para("a\nb\nc"),))),
]  # fmt: skip


@pytest.mark.parametrize(("source", "doc"), [case[1:] for case in READ], ids=[case[0] for case in READ])
def test_what_is_met_in_asana_is_read(source: str | None, doc: Doc) -> None:
    assert read_asana(source) == doc
