"""Laws that hold for every format: stability, harmlessness, the declared subset comes back equal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import example, given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from syncd.connectors.richtext import FORMATS, FormatName, Refs, project
from syncd.connectors.richtext.adf import GRAMMAR as ADF
from syncd.connectors.richtext.asana_html import GRAMMARS as ASANA
from syncd.connectors.richtext.fit import NO_REFS, Grammar, fit
from syncd.connectors.richtext.textile import GRAMMAR as TEXTILE
from syncd.connectors.richtext.wiki import GRAMMAR as WIKI
from syncd.model.richtext import CodeBlock, Doc, Image, Mark, Mention, Paragraph, Text, all_inlines
from tests.richtext.strategies import docs, words

GRAMMARS: dict[FormatName, Grammar] = {
    "adf": ADF,
    "asana-notes": ASANA["notes"],
    "asana-comment": ASANA["comment"],
    "wiki": WIKI,
    "textile": TEXTILE,
}
EVERYBODY = Refs(
    mention=lambda person: person.id.strip("~]|") or None, image=lambda image: image.ref.strip("ab|!.png") or None
)
LOGINS = Refs(mention=lambda person: person.id and "j.doe", image=lambda image: image.ref and "a (b)!.png")
TARGETS: dict[FormatName, str] = {
    "adf": r'"href": "([^"]*)"',
    "asana-notes": r'href="([^"]*)"',
    "asana-comment": r'href="([^"]*)"',
    "plain": r"(?!)",
    "textile": r'(?:"[^"\n]+":|(?<![^\s>])!)((?:/|[a-zA-Z]+:|www\.)\S+)',
    "wiki": r"(?<!\\)\[(?:\\.|[^\\\[\]|\n])*\|([^\]\n]*)\]",
}
TEXTILE_CODE = re.compile(r"<(pre|code)\b[^>]*>.*?</\1>", re.DOTALL)
WIKI_CODE = re.compile(r"(?<!\\)\{(code|noformat)[^{}]*\}.*?\{\1\}", re.DOTALL)
LINK_LIKE = "[~joe]((/) [a](javascript:x) [a|javascript:x] <b>x</b>"
every_format = pytest.mark.parametrize("name", FORMATS)
every_grammar = pytest.mark.parametrize("name", GRAMMARS)


@every_format
@given(doc=docs)
def test_a_text_read_back_is_stable_from_the_first_pass_on(name: FormatName, doc: Doc) -> None:
    once = project(doc, name)
    assert project(once, name).normalised().blocks == once.normalised().blocks


@every_format
@given(source=words)
def test_any_source_is_read_and_stable_after_one_pass(name: FormatName, source: str) -> None:
    once = project(FORMATS[name].read(source), name)
    assert project(once, name).normalised().blocks == once.normalised().blocks


@every_grammar
@given(doc=docs)
def test_fitting_twice_changes_nothing(name: FormatName, doc: Doc) -> None:
    once = fit(doc, GRAMMARS[name])
    assert fit(once, GRAMMARS[name]).blocks == once.blocks


@every_grammar
@given(doc=docs)
def test_what_the_format_can_say_comes_back_equal(name: FormatName, doc: Doc) -> None:
    assert project(doc, name).normalised().blocks == fit(doc, GRAMMARS[name]).normalised().blocks


@every_format
@given(doc=docs)
def test_every_letter_of_the_text_is_kept_in_order(name: FormatName, doc: Doc) -> None:
    said, shown = iter(letters(project(doc, name))), letters(doc.tidied())
    assert all(letter in said for letter in shown)


def letters(doc: Doc) -> str:
    """The letters and digits that people read, names and targets of links aside."""
    return "".join(
        char for run in all_inlines(doc.blocks) if isinstance(run, Text) for char in run.text if char.isalnum()
    )


@every_grammar
@given(doc=docs)
def test_known_people_and_files_come_back_as_such(name: FormatName, doc: Doc) -> None:
    refs = LOGINS if name == "textile" else EVERYBODY
    fitted = fit(doc, GRAMMARS[name], refs)
    shown = project(doc, name, refs)
    for kind in (Mention, Image):
        assert count_of(kind, shown) == count_of(kind, fitted)


def count_of(kind: type, doc: Doc) -> int:
    """How many inlines of that kind a document holds, however deep."""
    return sum(isinstance(inline, kind) for inline in all_inlines(doc.blocks))


@every_format
@given(doc=docs)
@example(doc=Doc((CodeBlock(LINK_LIKE), Paragraph((Text(LINK_LIKE, frozenset({Mark.CODE})),)))))
def test_nothing_dangerous_is_ever_written(name: FormatName, doc: Doc) -> None:
    source = FORMATS[name].render(doc, NO_REFS)
    source = source if isinstance(source, str) else json.dumps(source, ensure_ascii=False)
    assert all(re.match("https?:|mailto:", target, re.IGNORECASE) for target in targets(name, source))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("adf", '{"href": "javascript:x"}'),
        ("asana-notes", '<body><a href="javascript:x">a</a></body>'),
        ("asana-comment", '<body><a href="javascript:x">a</a></body>'),
        ("markdown", "a [b](javascript:x)"),
        ("markdown", "> - ![b](javascript:x)"),
        ("markdown", "| a |\n| --- |\n| [b](javascript:x) |"),
        ("textile", '<pre>\nx\n</pre>\n"a":javascript:x\n<pre>\ny\n</pre>'),
        ("textile", "!javascript:x"),
        ("wiki", "{code}\nx\n{code}\n[a|javascript:x]\n{code}\ny\n{code}"),
    ],
)
def test_the_law_on_dangerous_targets_sees_them(name: FormatName, source: str) -> None:
    assert targets(name, source) == ["javascript:x"]


def targets(name: FormatName, source: str) -> list[str]:
    """Where the links and images of a source lead; what stands in code is no link."""
    if name == "markdown":
        return list(markdown_targets(source))
    code = {"wiki": WIKI_CODE, "textile": TEXTILE_CODE}.get(name)
    return re.findall(TARGETS[name], code.sub("", source) if code else source)


def markdown_targets(source: str) -> Iterator[str]:
    """As the least careful of parsers sees them; whether `](` begins a target depends on all that is before it."""
    parser = MarkdownIt("commonmark", {"maxNesting": 1000}).enable(["table", "strikethrough"])
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    for token in every_token(parser.parse(source)):
        assert not token.type.startswith("html"), token.content
        yield from (str(token.attrs[key]) for key in ("href", "src") if key in token.attrs)


def every_token(tokens: Iterable[Token]) -> Iterator[Token]:
    """The tokens and those inside of them."""
    for token in tokens:
        yield token
        yield from every_token(token.children or ())
