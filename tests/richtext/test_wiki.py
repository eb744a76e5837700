"""Jira's wiki markup: read as Jira shows it, written so that nothing typed elsewhere becomes markup."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.connectors.richtext import Refs, read_wiki, render_wiki
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
    TaskItem,
    TaskList,
    Text,
    join_paragraphs,
)
from tests.richtext.strategies import words

EVERYBODY = Refs(mention=lambda person: person.id or None, image=lambda image: image.ref or None)


def para(*runs: Any) -> Paragraph:
    return Paragraph(tuple(Text(run) if isinstance(run, str) else run for run in runs))


def marked(text: str, *marks: Mark) -> Text:
    return Text(text, frozenset(marks))


def items(*blocks: Any) -> tuple[ListItem, ...]:
    return tuple(ListItem(block if isinstance(block, tuple) else (block,)) for block in blocks)


STRONG, EM, STRIKE, UNDERLINE, CODE, SUB, SUP = (
    Mark.STRONG, Mark.EM, Mark.STRIKE, Mark.UNDERLINE, Mark.CODE, Mark.SUB, Mark.SUP,
)  # fmt: skip

READ = [
    ("marks", "*b* _i_ -s- +u+ ^p^ ~q~ {{m}}",
     [para(marked("b", STRONG), " ", marked("i", EM), " ", marked("s", STRIKE), " ", marked("u", UNDERLINE), " ",
           marked("p", SUP), " ", marked("q", SUB), " ", marked("m", CODE))]),
    ("nested marks", "*b _i_*", [para(marked("b ", STRONG), marked("i", STRONG, EM))]),
    ("marks inside a word", "un{*}believ{*}able", [para("un", marked("believ", STRONG), "able")]),
    ("no marks inside words", "a_b_c 2*3*4 x-y-z", [para("a_b_c 2*3*4 x-y-z")]),
    ("arrows and dashes", "foobar --> hello -- x --flag a -b", [para("foobar --> hello -- x --flag a -b")]),
    ("unclosed mark", "*a _b* c", [para(marked("a _b", STRONG), " c")]),
    ("marks end with the line", "*a\nb*", [para("*a\nb*")]),
    ("escapes", r"\*a\* \{code} \[x] C:\dir \h", [para(r"*a* {code} [x] C:\dir \h")]),
    ("forced line break", r"a\\b", [para("a", LineBreak(), "b")]),
    ("references", "&#123;x&#125; &amp; R&D", [para("{x} & R&D")]),
    ("colour", "{color:red}a{color} {color:#00FF00}b{color} {color:odd}c{color}",
     [para(Text("a", color="#ff0000"), " ", Text("b", color="#00ff00"), " c")]),
    ("links", "[text|http://a.b] [http://a.b] [mailto:a@b.c] [*b*|http://a.b|smart-link]",
     [para(Text("text", href="http://a.b"), " http://a.b a@b.c ", Text("b", frozenset({STRONG}), "http://a.b"))]),
    ("no links", "[INFO] a[0] [x|y] [root@host ~]$ [a", [para("[INFO] a[0] [x|y] [root@host ~]$ [a")]),
    ("odd links", "[x|#top] [x|javascript:alert(1)] [f|ftp://h/f] [w|www.a.b]",
     [para("x (#top) x f (ftp://h/f) w (www.a.b)")]),
    ("people", "[~joe] [~accountid:5b:1]", [para(Mention("joe", "joe"), " ", Mention("5b:1", "5b:1"))]),
    ("pictures", "!p.png! !q.jpg|thumbnail! !http://a.b/c.gif|width=300! [^doc.pdf] [see|^x.txt]",
     [para(Image("p", "", "p.png"), " ", Image("q", "", "q.jpg"), " ", Image("c.gif", "http://a.b/c.gif"), " ",
           Image("d", "", "^doc.pdf"), " ", Image("see", "", "^x.txt"))]),
    ("exclamations", "wow! such text! x!a.png! !! !important!", [para("wow! such text! x!a.png! !! !important!")]),
    ("URLs are left alone", "http://a.b/c_d_e?f=-g- and (http://a.b/~x/)",
     [para("http://a.b/c_d_e?f=-g- and (http://a.b/~x/)")]),
    ("headings", "h1. One\nh6. *Six*\nh7. no",
     [Heading(1, (Text("One"),)), Heading(6, (marked("Six", STRONG),)), para("h7. no")]),
    ("quotes", "bq. short\n\n{quote}\nlong\n\nlonger\n{quote}",
     [Quote((para("short"),)), Quote((para("long"), para("longer")))]),
    ("panel", "{panel:title=Note|bgColor=#fff}\nx\n* y\n{panel}",
     [Panel((para(marked("Note", STRONG)), para("x"), BulletList(items(para("y")))))]),
    ("rule", "a\n----\nb", [para("a"), Rule(), para("b")]),
    ("code", "{code:java}\nint x;\n{code}\n{code:title=F.java|language=java}y{code}{noformat}*n*{noformat}",
     [CodeBlock("int x;", "java"), para(marked("F.java", STRONG)), CodeBlock("y", "java"), CodeBlock("*n*")]),
    ("code within a line", "run {code}a_b{code} now", [para("run"), CodeBlock("a_b"), para("now")]),
    ("macros inside code", "{code}{quote}{noformat}{code} {quote}{code}{quote}{code}{quote}",
     [CodeBlock("{quote}{noformat}"), Quote((CodeBlock("{quote}"),))]),
    ("unclosed macros", "{code} a {quote} b {noformat:x}", [para("{code} a {quote} b {noformat:x}")]),
    ("unknown macros", "{toc} {anchor:here}x", [para("{toc} x")]),
    ("lists", "* a\n** b\n*# c\n* d\n\n# e\n- f",
     [BulletList(items((para("a"), BulletList(items(para("b"))), OrderedList(items(para("c")))), para("d"))),
      OrderedList(items(para("e"))), BulletList(items(para("f")))]),
    ("list that begins deep", "** a", [BulletList(items((BulletList(items(para("a"))),)))]),
    ("list items go on", "* a\nb\n* c {code}x{code}", [BulletList(items(para("a\nb"), (para("c"), CodeBlock("x"))))]),
    ("indented list", " * a\n # b", [BulletList(items(para("a"))), OrderedList(items(para("b")))]),
    ("table", "||H|| I ||\n|a|b *c*|\n|[x|http://a.b]|!p.png|thumbnail!|\n| |d\\\\e|",
     [Table((
         (Cell((para("H"),), True), Cell((para("I"),), True)),
         (Cell((para("a"),)), Cell((para("b ", marked("c", STRONG)),))),
         (Cell((para(Text("x", href="http://a.b")),)), Cell((para(Image("p.png", "", "p.png")),))),
         (Cell(), Cell((para("d", LineBreak(), "e"),))),
     ))]),
    ("row over several lines", "|a|b\nc|\ntext", [Table(((Cell((para("a"),)), Cell((para("b\nc"),))),)), para("text")]),
    ("CRLF", "a\r\nb\r\n\r\nc", [para("a\nb"), para("c")]),
    ("right to left and emoji", "*שלום* 👩‍👩‍👧 é", [para(marked("שלום", STRONG), " 👩‍👩‍👧 é")]),
    ("nothing", None, []),
]  # fmt: skip


@pytest.mark.parametrize(("source", "blocks"), [case[1:] for case in READ], ids=[str(case[0]) for case in READ])
def test_markup_is_read_as_jira_shows_it(source: str | None, blocks: list[Any]) -> None:
    assert read_wiki(source) == Doc(tuple(blocks))


LITERAL = [
    "{code}", "{code:java}x{code}", "{noformat}*x*{noformat}", "{quote}", "{panel:title=x}", "{color:red}x{color}",
    "{html}<b>x</b>{html}", "{*}", "*x*", "_x_", "-x-", "+x+", "^x^", "~x~", "??x??", "{{x}}", "[x]", "[~joe]",
    "[x|http://a.b]", "[^file.pdf]", "!p.png!", "!p.png|thumbnail!", "||x||", "|x|", "h1. x", "bq. x", "----", "* x",
    "# x", "- x", "** x", "a\\\\b", "C:\\dir\\", "\\\\server\\share", "\\*x*", "&amp;", "&#42;", "http://a.b/c_d_e",
    "_http://a.b/c_._", "https://a.b\\[x", "#1 and #2", "5 * 3 * 2", "C++ and C#", "a--b --c",
    "<script>alert(1)</script>",
]  # fmt: skip


@pytest.mark.parametrize("text", LITERAL)
@pytest.mark.parametrize("place", ["paragraph", "item", "cell", "heading", "marked", "linked"])
def test_what_a_person_typed_stays_literal(text: str, place: str) -> None:
    blocks = {
        "paragraph": para(text),
        "item": BulletList(items(para(text))),
        "cell": Table(((Cell((para(text),)),),)),
        "heading": Heading(2, (Text(text),)),
        "marked": para("a ", marked(text, STRONG, EM), " b"),
        "linked": para("a ", Text(text, href="http://x.y"), " b"),
    }
    doc = Doc((blocks[place],))
    assert read_wiki(render_wiki(doc)).normalised().blocks == doc.normalised().blocks


@given(words, words)
def test_no_text_becomes_markup(text: str, other: str) -> None:
    lead = para(text, marked(other, STRONG), text)
    doc = Doc((lead, BulletList(items(para(other)))))
    said = Doc((lead, BulletList(items(one_paragraph(other)))))
    assert read_wiki(render_wiki(doc)).normalised().blocks == said.normalised().blocks


def one_paragraph(text: str) -> Paragraph:
    """The text as a list item can hold it: what an empty line parts stands on lines of its own."""
    parts = [block.content for block in Doc((para(text),)).tidied().blocks if isinstance(block, Paragraph)]
    return Paragraph(tuple(join_paragraphs(parts)))


@given(st.text("{}[]|*_-+^~!?#\\&;: \nhq1.x", max_size=60))
def test_any_markup_is_stable_after_one_pass(source: str) -> None:
    once = read_wiki(render_wiki(read_wiki(source)))
    assert read_wiki(render_wiki(once)).normalised().blocks == once.normalised().blocks


WRITTEN = [
    (para(marked("b", STRONG), " plain ", marked("i", EM), "."), "*b* plain _i_."),
    (para("un", marked("believ", STRONG), "able"), "un{*}believ{*}able"),
    (para("see ", Text("this", href="http://a.b/c d")), "see [this|http://a.b/c%20d]"),
    (para("a\nb"), "a\nb"),
    (para(Text("x", color="#ff0000")), "{color:#ff0000}x{color}"),
    (CodeBlock("a {code} b", "java"), "{noformat}\na {code} b\n{noformat}"),
    (CodeBlock("{code} {noformat}"), "{noformat}\n{code} { noformat}\n{noformat}"),
    (CodeBlock("x = 1", "python"), "{code:python}\nx = 1\n{code}"),
    (TaskList((TaskItem((Text("a"),)), TaskItem((Text("b"),), True))), "* ☐ a\n* ☑ b"),
    (BulletList(items(para("a\n\nb"), (para("c"), para("d")))), "* a\\\\ b\n* c\\\\ d"),
    (OrderedList(items((para("a"), BulletList(items(para("b"))), para("c")))), "# a\\\\ • b\\\\ c"),
    (BulletList(items(OrderedList(items(para("a"))), para("b"))), "* a\n* b"),
    (Table(((Cell((para("H"),), True), Cell((), True)), (Cell((para("a"), para("b"))), Cell((CodeBlock("x|y"),))))),
     "||H|| ||\n|a\\\\ b|{{x\\|y}}|"),
    (Panel((para("x"), Quote((para("y"),))), "warning"), "{panel}\nx\n\ny\n{panel}"),
    (para("wait! (!) 'a' & b"), "wait! (!) 'a' & b"),
]  # fmt: skip


@pytest.mark.parametrize(("block", "source"), WRITTEN)
def test_documents_are_written_as_people_would(block: Any, source: str) -> None:
    assert render_wiki(Doc((block,))) == source


def test_people_and_files_are_written_only_when_the_caller_knows_them() -> None:
    doc = Doc((para("ask ", Mention("Joe", "joe"), Image("p.png", "", "p.png"), " ", Image("d", "", "^d.pdf")),))
    assert render_wiki(doc) == "ask @Joe\\[p.png] \\[d]"
    assert render_wiki(doc, EVERYBODY) == "ask [~joe] !p.png! [^d.pdf]"
    assert read_wiki(render_wiki(doc, EVERYBODY)).plain_text() == "ask @joe [p.png] [^d.pdf]".replace("^", "")
    broken = Doc((para(Mention("Joe", "a]b"), " ", Image("p", "", "a|b.png")),))
    assert render_wiki(broken, EVERYBODY) == "@Joe \\[p]"


def test_an_attached_file_without_a_suffix_is_still_a_picture() -> None:
    doc = Doc((para(Image("scan", "", "scan")),))
    assert render_wiki(doc, EVERYBODY) == "!scan|thumbnail!"
    assert read_wiki("!scan|thumbnail!") == doc
