"""Atlassian Document Format: always valid, read tolerantly."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.connectors.richtext import Refs, read_adf, render_adf
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
)
from tests.richtext.strategies import docs

SCHEMA = json.loads(
    gzip.decompress((Path(__file__).parents[1] / "data" / "specs" / "adf-v1.schema.json.gz").read_bytes())
)
VALIDATOR = jsonschema_rs.Draft4Validator(SCHEMA)
EVERYBODY = Refs(mention=lambda person: person.id or None, image=lambda image: image.ref or None)


def check(node: dict[str, Any]) -> None:
    """The schema, and what Jira asks for beyond it."""
    VALIDATOR.validate(node)
    stack: list[tuple[dict[str, Any], str]] = [(node, "")]
    ids: list[str] = []
    while stack:
        part, parent = stack.pop()
        kind = part["type"]
        ids += [part["attrs"]["localId"]] if "localId" in part.get("attrs", {}) else []
        if kind == "text":
            _check_text(part, parent)
        if kind == "listItem":
            assert part["content"][0]["type"] in ("paragraph", "codeBlock", "mediaSingle")
        if parent in ("blockquote", "listItem"):
            assert kind not in ("heading", "blockquote", "panel", "table", "rule")
        if parent in ("tableCell", "tableHeader"):
            assert kind != "table"
        stack += [(child, kind) for child in part.get("content", [])]
    assert len(ids) == len(set(ids))


def _check_text(part: dict[str, Any], parent: str) -> None:
    marks = [mark["type"] for mark in part.get("marks", [])]
    assert part["text"]
    assert parent == "codeBlock" or "\n" not in part["text"]
    assert not marks or parent != "codeBlock"
    assert "code" not in marks or set(marks) <= {"code", "link"}
    assert len(marks) == len(set(marks))


@given(docs)
def test_any_document_is_written_as_valid_adf(doc: Doc) -> None:
    check(render_adf(doc))


@given(docs)
def test_any_document_with_people_and_files_is_written_as_valid_adf(doc: Doc) -> None:
    check(render_adf(doc, EVERYBODY))


FULL = Doc((
    Heading(2, (Text("Title"),)),
    Paragraph((
        Text("bold", frozenset({Mark.STRONG, Mark.EM})), Text(" x"), Text("2", frozenset({Mark.SUB})), LineBreak(),
        Text("run()", frozenset({Mark.CODE}), "http://a.b/c"), Text(" "), Text("red", color="#ff0000"),
        Text(" "), Text("out", frozenset({Mark.STRIKE})), Text(" "), Text("under", frozenset({Mark.UNDERLINE})),
    )),
    BulletList((
        ListItem((Paragraph((Text("a"),)), OrderedList((ListItem((Paragraph((Text("b"),)),)),), 4))),
        ListItem((CodeBlock("x = 1", "python"),)),
    )),
    Quote((Paragraph((Text("said"),)), CodeBlock("y"))),
    Panel((Heading(1, (Text("h"),)), Paragraph((Text("p"),)), Rule()), "warning"),
    Rule(),
    Table((
        (Cell((Paragraph((Text("H"),)),), True), Cell((), True)),
        (Cell((BulletList((ListItem((Paragraph((Text("c"),)),)),)),)), Cell((Paragraph((Text("d"),)),))),
    )),
    TaskList((TaskItem((Text("open"),)), TaskItem((Text("done"),), True))),
))  # fmt: skip


def test_a_document_with_everything_comes_back_equal() -> None:
    check(render_adf(FULL))
    assert read_adf(render_adf(FULL)) == FULL


def test_people_and_files_are_written_only_when_the_caller_knows_them() -> None:
    doc = Doc((Paragraph((Mention("Joe", "7"), Image("p.png", "", "c:9"))),))
    assert read_adf(render_adf(doc)) == Doc((Paragraph((Text("@Joe[p.png]"),)),))
    assert read_adf(render_adf(doc, EVERYBODY)) == doc
    alone = Doc((Paragraph((Image("p.png", "", "9"),)), Paragraph((Image("a", "", "1"), Image("b", "", "2")))))
    written = render_adf(alone, EVERYBODY)
    assert [node["type"] for node in written["content"]] == ["mediaSingle", "paragraph"]
    assert read_adf(written) == alone


def test_bare_urls_become_links_and_come_back_as_text() -> None:
    written = render_adf(Doc.from_text("see http://a.b/(c), ok"))
    assert written["content"][0]["content"][1] == {
        "type": "text",
        "text": "http://a.b/(c)",
        "marks": [{"type": "link", "attrs": {"href": "http://a.b/%28c%29"}}],
    }
    assert read_adf(written) == Doc.from_text("see http://a.b/(c), ok")


def adf(*content: Any) -> dict[str, Any]:
    return {"version": 1, "type": "doc", "content": list(content)}


def p(*content: Any) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(content)}


def t(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


READ = [
    ("nothing", None, ""),
    ("an old API's string", "a\n\nb", "a\n\nb"),
    ("no object", [], ""),
    ("emoji", adf(p({"type": "emoji", "attrs": {"shortName": ":smile:", "text": "😄"}})), "😄"),
    ("custom emoji", adf(p({"type": "emoji", "attrs": {"shortName": ":party:"}})), ":party:"),
    ("date", adf(p({"type": "date", "attrs": {"timestamp": "1772668800000"}})), "2026-03-05"),
    ("broken date", adf(p({"type": "date", "attrs": {"timestamp": "soon"}})), "soon"),
    ("status", adf(p({"type": "status", "attrs": {"text": "Ready", "color": "green"}})), "Ready"),
    ("card", adf(p({"type": "inlineCard", "attrs": {"url": "http://a.b"}})), "http://a.b"),
    ("block card", adf({"type": "blockCard", "attrs": {"url": "http://a.b"}}), "http://a.b"),
    ("expand", adf({"type": "expand", "attrs": {"title": "More"}, "content": [p(t("x"))]}), "More\n\nx"),
    ("columns", adf({"type": "layoutSection", "content": [
        {"type": "layoutColumn", "content": [p(t("l"))]}, {"type": "layoutColumn", "content": [p(t("r"))]},
    ]}), "l\n\nr"),
    ("decisions", adf({"type": "decisionList", "content": [{"type": "decisionItem", "content": [t("go")]}]}), "- go"),
    ("macro", adf({"type": "extension", "attrs": {"text": "chart"}}), "chart"),
    ("unknown block", adf({"type": "hologram", "content": [p(t("x"))]}), "x"),
    ("unknown inline", adf(p({"type": "spark", "content": [t("x")]})), "x"),
    ("placeholder", adf(p({"type": "placeholder", "attrs": {"text": "type here"}})), "type here"),
    ("nested tasks", adf({"type": "taskList", "content": [
        {"type": "taskItem", "attrs": {"state": "DONE"}, "content": [t("a")]},
        {"type": "taskList", "content": [{"type": "taskItem", "content": [t("b")]}]}]}), "☑ a\n☐ b"),
    ("external picture", adf({"type": "mediaSingle", "content": [
        {"type": "media", "attrs": {"type": "external", "url": "http://a.b/p.png", "alt": "pic"}},
        {"type": "caption", "content": [t("below")]}]}), "[pic: http://a.b/p.png]\n\nbelow"),
    ("pictures side by side", adf({"type": "mediaGroup", "content": [
        {"type": "media", "attrs": {"type": "file", "id": "1", "collection": ""}},
        {"type": "media", "attrs": {"type": "file", "id": "2", "collection": ""}}]}), "[image][image]"),
    ("loose text", adf(t("a"), {"type": "hardBreak"}, "b"), "a\nb"),
    ("odd marks", adf(p({"type": "text", "text": "x", "marks": [3, {"type": "glow"}, {"type": ["a"]}]})), "x"),
    ("odd attributes", adf({"type": "heading", "attrs": {"level": "x"}, "content": [t("h")]}), "h"),
    ("newline in text", adf(p(t("a\nb"))), "a\nb"),
    ("script link", adf(p({"type": "text", "text": "x", "marks": [
        {"type": "link", "attrs": {"href": "javascript:alert(1)"}}]})), "x"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "text"), [case[1:] for case in READ], ids=[case[0] for case in READ])
def test_what_is_met_in_jira_is_read_readably(source: Any, text: str) -> None:
    assert read_adf(source).plain_text() == text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.fixed_dictionaries(
            {},
            optional={
                "type": st.sampled_from(
                    [*SCHEMA["definitions"], "text", "paragraph", "listItem", "table", "tableRow"]
                ).map(lambda name: name.removesuffix("_node")),
                "content": inner,
                "attrs": inner | st.dictionaries(st.sampled_from(["level", "order", "url", "text", "id"]), inner),
                "marks": inner,
                "text": inner,
            },
        )
    ),
    max_leaves=15,
)


@given(json_values)
def test_no_json_at_all_makes_the_reader_fail(source: Any) -> None:
    check(render_adf(read_adf(source)))


def test_depth_without_end_is_flattened() -> None:
    node = p(t("deep"))
    for _ in range(100_000):
        node = {"type": "bulletList", "content": [{"type": "listItem", "content": [node]}]}
    doc = read_adf(adf(node))
    assert "deep" in doc.plain_text()
    check(render_adf(doc))
