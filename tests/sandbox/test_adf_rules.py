"""The sandbox's own rules for rich text agree with the published schema, and differ where the live API does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.sandbox.jira import adf
from tests.contract.specs import ContractMissingError, adf_validator


def table(*content: Any) -> dict[str, Any]:
    return node("table", node("tableRow", node("tableCell", *content)))


def doc(*content: Any, **more: Any) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content), **more}


def node(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"type": kind}
    if attrs:
        made["attrs"] = attrs
    if content:
        made["content"] = list(content)
    return made


def text(words: str, *marks: str, **link: str) -> dict[str, Any]:
    named: list[dict[str, Any]] = [{"type": mark} for mark in marks]
    if link:
        named.append({"type": "link", "attrs": link})
    return {"type": "text", "text": words, **({"marks": named} if named else {})}


def paragraph(words: str = "x") -> dict[str, Any]:
    return node("paragraph", text(words))


ITEM = node("listItem", paragraph())
GOOD = {
    "nothing": doc(),
    "an empty paragraph": doc({"type": "paragraph"}),
    "all marks": doc(node("paragraph", text("x", "strong", "em", "strike", "underline"))),
    "code with a link": doc(node("paragraph", text("x", "code", href="https://a.example"))),
    "lists in lists": doc(node("bulletList", node("listItem", paragraph(), node("orderedList", ITEM, order=3)))),
    "tasks": doc(node("taskList", node("taskItem", text("x"), localId="a", state="TODO"), localId="b")),
    "code": doc(node("codeBlock", text("one\ntwo"), language="python")),
    "quote, rule, panel": doc(
        node("blockquote", paragraph()), node("rule"), node("panel", paragraph(), panelType="info")
    ),
    "a table": doc(node("table", node("tableRow", node("tableHeader", paragraph()), node("tableCell", paragraph())))),
    "inline nodes": doc(
        node(
            "paragraph",
            node("mention", id="1", text="@x"),
            node("emoji", shortName=":)"),
            node("date", timestamp="1"),
            node("status", text="a", color="red"),
            node("inlineCard", url="https://a.example"),
            node("hardBreak"),
        )
    ),
    "expand": doc(node("expand", paragraph(), node("nestedExpand", paragraph(), title="t"), title="t")),
    "headings": doc(*(node("heading", text("x"), level=level) for level in range(1, 7))),
}
BAD = {
    "no version": {"type": "doc", "content": []},
    "no content": {"type": "doc", "version": 1},
    "empty text": doc(node("paragraph", text(""))),
    "text at the top": doc(text("x")),
    "code with strong": doc(node("paragraph", text("x", "code", "strong"))),
    "marks in code": doc(node("codeBlock", text("x", "strong"))),
    "text in a list item": doc(node("bulletList", node("listItem", text("x")))),
    "an empty list": doc({"type": "bulletList", "content": []}),
    "a list without content": doc({"type": "bulletList"}),
    "a heading in a quote": doc(node("blockquote", node("heading", text("x"), level=1))),
    "a panel in an item": doc(node("bulletList", node("listItem", node("panel", paragraph(), panelType="info")))),
    "level 7": doc(node("heading", text("x"), level=7)),
    "no level": doc(node("heading", text("x"))),
    "an unknown key": doc({**paragraph(), "colour": "red"}),
    "an unknown attribute": doc(node("paragraph", text("x"), colour="red")),
    "an unknown node": doc(node("wish", text("x"))),
    "an unknown mark": doc(node("paragraph", text("x", "loud"))),
    "a link to nowhere": doc(node("paragraph", {"type": "text", "text": "x", "marks": [{"type": "link"}]})),
    "a rule with content": doc(node("rule", paragraph())),
    "a table in a table": doc(table(table(paragraph()))),
    "no document": "plain text",
    "a mention of nobody": doc(node("paragraph", node("mention", text="@x"))),
}


@pytest.mark.parametrize("document", GOOD.values(), ids=list(GOOD))
def test_a_good_document_is_accepted_by_both(document: Any) -> None:
    assert adf.problem(document) is None
    _schema_says(document, is_valid=True)


@pytest.mark.parametrize("document", BAD.values(), ids=list(BAD))
def test_a_bad_document_is_refused_by_both_and_the_place_is_named(document: Any) -> None:
    problem = adf.problem(document)
    assert problem is not None
    assert problem.startswith("$")
    _schema_says(document, is_valid=False)


def _schema_says(document: Any, *, is_valid: bool) -> None:
    try:
        assert adf_validator().is_valid(document) is is_valid
    except ContractMissingError:
        pytest.skip("the schema is not on this machine")


def test_a_line_break_inside_text_is_refused_though_the_schema_lets_it_pass() -> None:
    problem = adf.problem(doc(node("paragraph", text("one\ntwo"))))
    assert problem == "$.content[0].content[0]: a line break inside a text node"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.just("\n")))
def test_plain_text_becomes_a_good_document_that_reads_the_same(words: str) -> None:
    document = adf.from_text(words)
    assert adf.problem(document) is None
    wanted = "\n\n".join(part.strip("\n") for part in words.split("\n\n") if part.strip("\n"))
    assert adf.to_text(document) == wanted
