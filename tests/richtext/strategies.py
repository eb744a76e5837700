"""Arbitrary documents, as nasty as people's texts and as trees built by hand can be."""

from __future__ import annotations

from hypothesis import strategies as st

from syncd.model.richtext import (
    PANEL_KINDS,
    Block,
    BulletList,
    Cell,
    CodeBlock,
    Doc,
    Heading,
    Image,
    Inline,
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
)

_SNIPPETS = [
    "{code}", "{noformat}", "{quote}", "{panel}", "{color:red}", "{html}", "{*}", "*", "_", "-", "+", "^", "~", "??",
    "[x]", "[a|http://b.c]", "[~joe]", "!p.png!", "||", "|", "h1. ", "bq. ", "----", "* ", "# ", "- ", "1. ", "> ",
    "\\", "\\\\", "&amp;", "&#42;", "<b>", "</body>", "<script>", "```", "`", "~~", "**", "__", "#", "=", "\n", "\n\n",
    "  ", "\t", "\r\n", "\u00a0", "\x00", "\x0b", "\u2028", "http://a.b/c_d?e=1", "https://x.y.", "javascript:x",
    "a@b.c", "😀", "👩‍👩‍👧", "שלום", "é", "é", "word", "a", "Z", "1", "5 * 3", "C:\\dir\\", "(/)", "@joe", "\ufeff",
    "~", "{{", "}}", "{", "}", "[", "]", "(", ")", "!", "'", '"', ";", ".", ",", "—", "☐ ", "• ",
]  # fmt: skip
words = st.lists(st.sampled_from(_SNIPPETS) | st.text(max_size=4), max_size=5).map("".join)
hrefs = st.sampled_from([
    "", "", "", "http://a.b", "https://a.b/c d?e=[1]|2", "mailto:a@b.c", "javascript:alert(1)", "JaVa\nScript:x",
    "ftp://h/f", "/browse/X-1", "http://", "https://x/(y)_*z*", "data:text/html,x", "#top", "http://a.b/ü",
])  # fmt: skip
texts = st.builds(
    Text,
    words,
    st.frozensets(st.sampled_from(Mark), max_size=3) | st.just(frozenset()),
    hrefs,
    st.sampled_from(["", "", "", "#ff0000", "#ABCDEF", "red"]),
)
inline: st.SearchStrategy[Inline] = st.one_of(
    texts,
    texts,
    texts,
    st.just(LineBreak()),
    st.builds(Mention, words, st.sampled_from(["", "u1", "5b10:ac-8d", "~x]"])),
    st.builds(Image, words, hrefs, st.sampled_from(["", "99", "a|b!.png"])),
)
content = st.lists(inline, max_size=5).map(tuple)
leaf: st.SearchStrategy[Block] = st.one_of(
    st.builds(Paragraph, content),
    st.builds(Paragraph, content),
    st.builds(Heading, st.integers(0, 8), content),
    st.builds(CodeBlock, words, st.sampled_from(["", "python", "C++", "a b", "x" * 40])),
    st.just(Rule()),
    st.builds(TaskList, st.lists(st.builds(TaskItem, content, st.booleans()), max_size=3).map(tuple)),
)


def _containers(blocks: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    inner = st.lists(blocks, max_size=3).map(tuple)
    items = st.lists(st.builds(ListItem, inner), max_size=3).map(tuple)
    rows = st.lists(st.lists(st.builds(Cell, inner, st.booleans()), max_size=3).map(tuple), max_size=3).map(tuple)
    return st.one_of(
        st.builds(BulletList, items),
        st.builds(OrderedList, items, st.integers(-1, 12)),
        st.builds(Quote, inner),
        st.builds(Panel, inner, st.sampled_from([*PANEL_KINDS, "odd"])),
        st.builds(Table, rows),
    )


blocks = st.recursive(leaf, _containers, max_leaves=12)
docs: st.SearchStrategy[Doc] = st.builds(Doc, st.lists(blocks, max_size=5).map(tuple))
