"""Redmine's Textile: read as Redmine shows it, written so that nothing typed elsewhere becomes markup.

What the tables expect was held against the renderer of Redmine 5.0.4.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.connectors.richtext import Refs, length, read_textile, render_textile, shorten
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
STRONG, EM, STRIKE, UNDERLINE, CODE, SUB, SUP = (
    Mark.STRONG, Mark.EM, Mark.STRIKE, Mark.UNDERLINE, Mark.CODE, Mark.SUB, Mark.SUP,
)  # fmt: skip


def para(*runs: Any) -> Paragraph:
    return Paragraph(tuple(Text(run) if isinstance(run, str) else run for run in runs))


def marked(text: str, *marks: Mark) -> Text:
    return Text(text, frozenset(marks))


def items(*blocks: Any) -> tuple[ListItem, ...]:
    return tuple(ListItem(block if isinstance(block, tuple) else (block,)) for block in blocks)


def cell(*runs: Any, is_header: bool = False) -> Cell:
    return Cell((para(*runs),) if runs else (), is_header)


READ = [
    ("marks", "*b* _i_ -s- +u+ ^p^ ~q~ @m@ ??c?? **b** __i__",
     [para(marked("b", STRONG), " ", marked("i", EM), " ", marked("s", STRIKE), " ", marked("u", UNDERLINE), " ",
           marked("p", SUP), " ", marked("q", SUB), " ", marked("m", CODE), " ", marked("c", EM), " ",
           marked("b", STRONG), " ", marked("i", EM))]),
    ("marks in marks", "*b _i_* *a*_b_", [para(marked("b ", STRONG), marked("i", STRONG, EM), " ", marked("a", STRONG),
                                               marked("b", EM))]),
    ("no marks inside words", "un*believ*able a_b_c 2*3*4 x-y-z a -- b --",
     [para("un*believ*able a_b_c 2*3*4 x-y-z a -- b --")]),
    ("marks made inside words", "un<notextile></notextile>*believ*<notextile></notextile>able",
     [para("un", marked("believ", STRONG), "able")]),
    ("marks that cross", "*a _b* c_",
     [para(marked("a ", STRONG), marked("b", STRONG, EM), marked(" c", EM))]),
    ("marks over lines", "*a\nb* c", [para(marked("a", STRONG), LineBreak(), marked("b", STRONG), " c")]),
    ("a lone sign is no text", "*!* x *&#33;*", [para(marked("!* x *!", STRONG))]),
    ("colours", "%{color:red}r% %{color:#00FF00}g% *{color:blue}b* %{font-size:9px}s% 5 % of 6 %",
     [para(Text("r", color="#ff0000"), " ", Text("g", color="#00ff00"), " ",
           Text("b", frozenset({STRONG}), color="#0000ff"), " s 5 % of 6 %")]),
    ("classes", "_(note#id)[en]x_", [para(marked("x", EM))]),
    ("references", "&lt;b&gt; &amp; &#42; R&D", [para("<b> & * R&D")]),
    ("HTML is text", "<b>x</b> <script>y</script> a < b", [para("<b>x</b> <script>y</script> a < b")]),
    ("comments are not shown", "a <!-- x\n\ny --> b <!-- c", [para("a  b <!-- c")]),
    ("code", "a <code>*x* <b></code> <kbd>k</kbd> @a@ x@b@ @c d@, @|ruby|e@",
     [para("a ", marked("*x* <b>", CODE), " ", marked("k", CODE), " ", marked("a", CODE), " x@b@ ",
           marked("c d", CODE), ", ", marked("e", CODE))]),
    ("text that is no markup", "<notextile>*x* @y@</notextile>", [para("*x* @y@")]),
    ("links", '"text":http://a.b, "t(tip)":http://a.b/c. ("x":http://a.b/y) "*m*":mailto:a@b.c *"b":http://a.b/d*',
     [para(Text("text", href="http://a.b"), ", ", Text("t", href="http://a.b/c"), ". (", Text("x", href="http://a.b/y"),
           ") ", Text("*m*", href="mailto:a@b.c"), " ", Text("b", frozenset({STRONG}), "http://a.b/d"))]),
    ("brackets of a URL", '("x":http://a.b/(y)) "z":http://a.b/(y)',
     [para("(", Text("x", href="http://a.b/(y)"), ") ", Text("z", href="http://a.b/(y)"))]),
    ("links elsewhere", '"r":/projects/x "w":www.a.b "j":javascript:alert(1) "say": "no":',
     [para("r (/projects/x) ", Text("w", href="http://www.a.b"), ' "j":javascript:alert(1) "say": "no":')]),
    ("pages", "[[Page]] [[Page|title]] ![[Page]]", [para("Page title (Page) Page")]),
    ("people", "@joe, user:jim. a@b.c", [para(Mention("joe", "joe"), ", ", Mention("jim", "jim"), ". a@b.c")]),
    ("issues", "#12 ##12 r5", [para("#12 ##12 r5")]),
    ("pictures", "!p.png! !>q.jpg(tip)! !http://a.b/c.gif! !{width:9px}my%20file.png! (!x.png!)",
     [para(Image("p", "", "p.png"), " ", Image("q", "", "q.jpg"), " ", Image("c.gif", "http://a.b/c.gif"), " ",
           Image("m", "", "my file.png"), " (!x.png!)")]),
    ("files", 'attachment:log.txt. attachment:"my log.txt"',
     [para(Image("l", "", "^log.txt"), ". ", Image("m", "", "^my log.txt"))]),
    ("exclamations", "wow! such text! x!a.png! !! !important!", [para("wow! such text! x!a.png! !! !important!")]),
    ("headings", "h1. One\n\nh2(#id). Two\n\nh6. *Six*\n\nh7. no\n\nx\nh1. no",
     [Heading(1, (Text("One"),)), Heading(2, (Text("Two"),)), Heading(6, (marked("Six", STRONG),)), para("h7. no"),
      para("x\nh1. no")]),
    ("paragraphs", "p=. x\n\np(a b)(. y\n\np((c). d\n\nfn1. z",
     [para("x"), para("p(a b)(. y"), para("d"), para(marked("1", SUP), " z")]),
    ("quotes", "bq. short\n\n> a\n>> b\n> > c\n> d\n>\n> e\n\n> f",
     [Quote((para("short"),)), Quote((para("a"), Quote((para("b\nc"),)), para("d"), para("e"))), Quote((para("f"),))]),
    ("blocks in quotes", "> h3. t\n>\n> * i\n>\n> <pre>\n> x\n</pre>",
     [Quote((Heading(3, (Text("t"),)), BulletList(items(para("i"))), CodeBlock("> x")))]),
    ("rules", "---\n\n* * *\n\n_____\n\n----x", [Rule(), BulletList(items(para("* *"))), Rule(), para("----x")]),
    ("code blocks", '<pre>\na *b*\n\n<i>&lt;\n</pre>\n\n<pre><code class="ruby">\nputs 1\n</code></pre>\n\n<pre>open',
     [CodeBlock("a *b*\n\n<i>&lt;"), CodeBlock("puts 1", "ruby"), CodeBlock("open")]),
    ("code in code", "<pre>a <pre>b</pre> c</pre>", [CodeBlock("a <pre>b</pre> c")]),
    ("stray ends", "a</pre> b", [para("a b")]),
    ("lists", "* a\n** b\n*# c\n* d\n\n# e\n\n* f",
     [BulletList(items((para("a"), BulletList(items(para("b"))), OrderedList(items(para("c")))), para("d"))),
      OrderedList(items(para("e"))), BulletList(items(para("f")))]),
    ("list behind a text", "x\n# a", [para("x"), OrderedList(items(para("a")))]),
    ("list items go on", "* a\nb\n* c\n<pre>x</pre>", [BulletList(items(para("a\nb"), (para("c"), CodeBlock("x"))))]),
    ("no lists", "*a\n#1 b\n\n  * c", [para("*a\n#1 b"), para("* c")]),
    ("table", "|_. H|_. I|\n|a|b *c*|\n|=. d\ne|\\2/3{color:red}. f|\n||[[g|h]]|",
     [Table(((cell("H", is_header=True), cell("I", is_header=True)), (cell("a"), cell("b ", marked("c", STRONG))),
             (cell("d\ne"), cell("f")), (cell(), cell("h (g)"))))]),
    ("table and its looks", "x\ntable(c){width:50%}.\n|a|\n\n|a|b", [para("x"), Table(((cell("a"),),)), para("|a|b")]),
    ("folded blocks", "{{collapse(More)\n* x\n}}\n{{collapse\ny\n}}\n\n{{toc}} {{collapse(z)\nopen",
     [para(marked("More", STRONG)), BulletList(items(para("x"))), para("y"), para("{{toc}} {{collapse(z)\nopen")]),
    ("thumbnails", "{{thumbnail(a b.png, size=9)}}", [para(Image("a", "", "a b.png"))]),
    ("CRLF", "a\r\nb\r\n\r\nc", [para("a\nb"), para("c")]),
    ("right to left and emoji", "*שלום* 👩‍👩‍👧 é", [para(marked("שלום", STRONG), " 👩‍👩‍👧 é")]),
    ("nothing", None, []),
]  # fmt: skip


@pytest.mark.parametrize(("source", "blocks"), [case[1:] for case in READ], ids=[str(case[0]) for case in READ])
def test_markup_is_read_as_redmine_shows_it(source: str | None, blocks: list[Any]) -> None:
    assert read_textile(source) == Doc(tuple(blocks))


LITERAL = [
    "*x*", "**x**", "_x_", "__x__", "-x-", "+x+", "^x^", "~x~", "%x%", "%{color:red}x%", "??x??", "@x@", "@joe", "@",
    "user:joe", "user#3", "##12", "#12", "version:1.0", 'attachment:"x y.png"', "document#3", "h1. x", "h2(#a). x",
    "bq. x", "p=. x", "p(a b). x", "fn1. x", "table. x", "* x", "# x", "*(a) x", "** x", "> x", "|x|", "|_. x|",
    "(a)|x|", "---", "* * *", "_ _ _", "==x==", "<b>x</b>", "<pre>x</pre>", "</pre>", "<pre>", "<code>x</code>",
    "<notextile>*x*</notextile>", "<!-- x -->", "{{toc}}", "!{{toc}}", "{{collapse(x)", "[[Page]]", "[[a|b]]",
    "![[x]]", "!#12", '"x":http://a.b', '"x":/rel', '"x(y)":http://a.b', "!x.png!", "!http://a.b/c.png!", "FOO(bar)",
    "a[1]", "&amp;", "&#42;", "&copy", "a@b.c&copy", "x%x%", ":redsh#1:", "<redpre#0>", "http://a.b/_c_?d=*e*&f=@g@",
    "http://a.b/@joe", "www.a.b/&lt;", "a_b@c.d", '"x":javascript:alert(1)', "{html}<b>x</b>{html}", "C:\\dir\\",
    "-> --x -5 +1 ~5", "5 * 3 * 2", "= x", "{x", '"x"', "!important", "\\*x*", "C++ and C#", "!",
]  # fmt: skip


@pytest.mark.parametrize("text", LITERAL)
@pytest.mark.parametrize("place", ["paragraph", "second line", "item", "cell", "heading", "quote", "marked", "linked"])
def test_what_a_person_typed_stays_literal(text: str, place: str) -> None:
    blocks = {
        "paragraph": para(text),
        "second line": para("a\n" + text),
        "item": BulletList(items(para(text))),
        "cell": Table(((cell(text), cell(text, is_header=True)),)),
        "heading": Heading(2, (Text(text),)),
        "quote": Quote((para(text),)),
        "marked": para("a ", marked(text, STRONG, EM), "b", Text(text, color="#ff0000"), " ", text),
        "linked": para("a", Text(text, href="http://x.y"), "b"),
    }
    doc = Doc((blocks[place], para("*x* _x_ -x- @x@")))
    assert read_textile(render_textile(doc)).normalised().blocks == doc.normalised().blocks


@given(words, words)
def test_no_text_becomes_markup(text: str, other: str) -> None:
    lead = para(text, marked(other, STRONG), text)
    doc = Doc((lead, BulletList(items(para(other)))))
    said = Doc((lead, BulletList(items(one_paragraph(other)))))
    assert read_textile(render_textile(doc)).normalised().blocks == without_controls(said)


def one_paragraph(text: str) -> Paragraph:
    """The text as a list item can hold it: what an empty line parts stands on lines of its own."""
    parts = [block.content for block in Doc((para(text),)).tidied().blocks if isinstance(block, Paragraph)]
    return Paragraph(tuple(join_paragraphs(parts)))


def without_controls(doc: Doc) -> tuple[Any, ...]:
    """The document as compared, without the characters that Redmine does not show."""

    def clean(data: Any) -> Any:
        if isinstance(data, str):
            return re.sub("[\x7f-\x9f]", "", data)
        return [clean(part) for part in data] if isinstance(data, list) else data

    encoded = doc.to_json()
    return Doc.from_json({"v": 1, "b": clean(encoded["b"])}).normalised().blocks


@given(st.text("*_-+^~%?@!\"':/()[]{}<>|=#&;.\\ \nhpq1x", max_size=60))
def test_any_markup_is_stable_after_one_pass(source: str) -> None:
    once = read_textile(render_textile(read_textile(source)))
    assert read_textile(render_textile(once)).normalised().blocks == once.normalised().blocks


WRITTEN = [
    (para(marked("b", STRONG), " plain ", marked("i", EM), "."), "*b* plain _i_."),
    (para("un", marked("believ", STRONG), "able"),
     "un<notextile></notextile>*believ*<notextile></notextile>able"),
    (para(marked("a", STRONG, EM, SUP), " ", Text("x", frozenset({STRONG}), color="#ff0000")),
     "*_^a^_* *%{color:#ff0000}x%*"),
    (para("e-mail -5 a -b c--d"), "e-mail &#45;5 a &#45;b c--d"),
    (para("a -> b, 5 > 3, R&D & x@y.z #12"), "a -> b, 5 > 3, R&D & x@y.z #12"),
    (para("see ", Text("this", href="http://a.b/c d"), ", ", Text("x_", frozenset({EM}), "http://a.b/")),
     'see "this":http://a.b/c%20d, _"x&#95;":http://a.b/_'),
    (para(Text("a", href="http://a.b/c."), Text("b", frozenset({EM}), "http://a.b/_c")), "a (http://a.b/c.)\"b\":http://a.b/_c"),
    (para(Text("http://a.b", href="http://a.b"), " ", Text("joe", href="http://a.b/@joe")), 'http://a.b "joe":http://a.b/%40joe'),
    (para(Text("a (b)", href="http://a.b"), "c"), '"a &#40;b)":http://a.b<notextile></notextile>c'),
    (para("a ", marked("x = *y*", CODE), " ", marked("@joe", CODE)), "a <code>x = *y*</code> @&#64;joe@"),
    (para(marked("x", CODE)), "p. <code>x</code>"),
    (para("a\nb"), "a\nb"),
    (CodeBlock("a </pre> b </CODE>", "c++"), "<pre>\na < /pre> b < /CODE>\n</pre>"),
    (CodeBlock("x = 1", "python"), '<pre><code class="python">\nx = 1\n</code></pre>'),
    (TaskList((TaskItem((Text("a"),)), TaskItem((Text("b"),), True))), "* ☐ a\n* ☑ b"),
    (BulletList(items(para("a\n\nb"), (para("c"), CodeBlock("x"), OrderedList(items(para("d")))))),
     "* a\nb\n* c\n<pre>\nx\n</pre>\n*# d"),
    (OrderedList(items((para("a"), BulletList(items(para("b"))), para("c")))), "# a\n• b\nc"),
    (OrderedList(items(para("a"), (para("b"), BulletList(items(para("c"))))), 5), "5. a\n6. b\n• c"),
    (Table(((cell("H", is_header=True), Cell((), True)), (Cell((para("a"), para("b"))), Cell((CodeBlock("x|y"),))),
            (cell(marked("e", EM)), cell("-"), cell()))),
     "|_. H|_. |\n|a\nb|<pre>\nx|y\n</pre>|\n| _e_| -| |"),
    (Panel((para("x"), Quote((para("y"), para("z"))), CodeBlock("> c")), "warning"),
     "> x\n>\n> > y\n> >\n> > z\n>\n> <pre>\n> c\n</pre>"),
    (Heading(2, (Text("x"), LineBreak(), Text("y"))), "h2. x y"),
]  # fmt: skip


@pytest.mark.parametrize(("block", "source"), WRITTEN)
def test_documents_are_written_as_people_would(block: Any, source: str) -> None:
    assert render_textile(Doc((block,))) == source


def test_people_and_files_are_written_only_when_the_caller_knows_them() -> None:
    doc = Doc((para("ask ", Mention("Joe", "joe"), Image("p.png", "", "p 1!.png"), " ", Image("d", "", "^d.pdf")),))
    assert render_textile(doc) == "ask &#64;Joe[p.png] [d]"
    assert render_textile(doc, EVERYBODY) == 'ask @joe<notextile></notextile>!p%201%21.png! attachment:"d.pdf"'
    assert read_textile(render_textile(doc, EVERYBODY)).plain_text() == "ask @joe[p 1!.png] [d.pdf]"
    broken = Doc((para(Mention("Joe", "a]b"), " ", Image("p", "", "a/b.png"), " ", Image("q", "", '^x"y')),))
    assert render_textile(broken, EVERYBODY) == "&#64;Joe [p] [q]"


def test_the_sign_of_a_mention_begins_no_code() -> None:
    doc = Doc((para(Mention("Joe", "joe"), " reads x@ and ", marked("@media", CODE), " and ", marked("y", CODE)),))
    source = render_textile(doc, EVERYBODY)
    assert source == "@joe reads x&#64; and &#64;media and <code>y</code>"
    assert read_textile(source).plain_text() == "@joe reads x@ and @media and y"


@pytest.mark.parametrize(
    "text", ["@joe", "mail @joe.", "(@joe)", "é@joe", "http://a.b/@joe", "user:joe", "<pre>@joe</pre>", "x @joe@ y"]
)
def test_no_stranger_is_notified(text: str) -> None:
    """Redmine looks for logins in the source, outside of `<pre>` alone, so in code within a line too."""
    blocks = (para(text), para("a ", marked(text, CODE), " b"), para(Text("x", href=f"http://a.b/{text}")))
    for block in blocks:
        assert not re.search(r"(?:^|\W)@[A-Za-z0-9_.-]+(?=\W|$)", render_textile(Doc((block,))), re.ASCII)


def test_a_text_too_long_is_cut_with_a_note_and_stable() -> None:
    doc = read_textile("* item *bold* @code@\n" * 400)
    short, is_cut = shorten(doc, render_textile, 3_000, "shortened")
    assert is_cut
    assert length(render_textile(short)) <= 3_000
    assert read_textile(render_textile(short)) == short
