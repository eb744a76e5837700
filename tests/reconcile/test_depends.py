"""Which issues a marketing item names."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.mapping.rules import Depends
from syncd.model.items import Category, Comment, CommentId, ConnectionName, Item, ItemId, ItemRef
from syncd.model.records import Said
from syncd.model.richtext import CodeBlock, Doc, Paragraph, Quote, Text
from syncd.model.values import DESCRIPTION, TITLE, FieldId, Value
from syncd.reconcile.depends import find_key, find_named, find_said, pick_said
from syncd.report.words import FOOTER

AT = datetime(2026, 3, 2, tzinfo=UTC)
HOST = "jira.example"
PROJECTS = frozenset({"WEB", "CRM"})
DEPENDS = Depends(("key", "url"), (TITLE, DESCRIPTION), PROJECTS)


def item(**fields: Value) -> Item:
    ref = ItemRef(ConnectionName("tool"), ItemId("1"))
    values = {FieldId(name): value for name, value in fields.items()}
    return Item(ref, "MKT-1", "https://tool.example/MKT-1", "1", AT, AT, values, Category.TODO)


def named(text: Value, depends: Depends = DEPENDS) -> list[str]:
    return sorted(find_named(item(description=text), depends, HOST))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Needs WEB-12 and (CRM-3).", ["CRM-3", "WEB-12"]),
        ("WEB-12, WEB-12 and once more WEB-12", ["WEB-12"]),
        ("https://jira.example/browse/WEB-12", ["WEB-12"]),
        ("https://jira.example/browse/WEB-12?focusedCommentId=CRM-x", ["WEB-12"]),
        ("https://jira.example/issues/?selectedIssue=CRM-3", ["CRM-3"]),
        ("HTTPS://JIRA.example/browse/WEB-12", ["WEB-12"]),
        ("https://wiki.example/WEB-12 and https://jira.example.evil/browse/WEB-12", []),
        ("https://jira.example/browse/HR-7", []),
        ("HR-7, UTF-8 and COVID-19", []),
        ("web-12 and Web-12", []),
        ("WEB-0, WEB-012, WEB-, XWEB-12, WEB-12b, WEB-12-old and a.WEB-12", []),
        ("> WEB-12", []),
        ("From: Ada\nSent: Monday\nSubject: WEB-12\nCRM-3", []),
        (f"WEB-12 · In Progress\n{FOOTER} https://jira.example/browse/WEB-12", []),
    ],
)
def test_an_issue_is_named_by_its_key_or_its_address(text: str, keys: list[str]) -> None:
    assert named(text) == keys
    assert named(Doc.from_text(text)) == keys


def test_comments_name_issues_as_texts_do_and_the_settings_choose_among_them() -> None:
    def comment(number: int, text: str, *visibility: str) -> Comment:
        return Comment(CommentId(f"{number}"), Doc.from_text(text), None, AT, AT, visibility=frozenset(visibility))

    texts = ("needs WEB-1, and HR-2", "> WEB-3", "https://jira.example/browse/CRM-4", "https://wiki.example/WEB-5")
    comments = [comment(number, text) for number, text in enumerate(texts)]
    said = find_said([*comments, comment(9, "WEB-6", "internal")], HOST)
    assert said == {Said("WEB-1", "key"), Said("HR-2", "key"), Said("CRM-4", "url")}
    assert pick_said(said, DEPENDS) == {"WEB-1", "CRM-4"}
    assert pick_said(said, replace(DEPENDS, by=("url",))) == {"CRM-4"}


def test_a_link_counts_by_its_target_and_blocks_of_code_and_quotations_do_not_count() -> None:
    link = Paragraph((Text("the form", href="https://jira.example/browse/WEB-1"),))
    copied = (CodeBlock("fix WEB-2"), Quote((Paragraph((Text("see WEB-3"),)),)))
    assert named(Doc((link, *copied))) == ["WEB-1"]


def test_only_the_configured_ways_and_places_count() -> None:
    text = "WEB-1, https://jira.example/browse/WEB-2"
    assert named(text, Depends(("key",), (DESCRIPTION,), PROJECTS)) == ["WEB-1"]
    assert named(text, Depends(("url",), (DESCRIPTION,), PROJECTS)) == ["WEB-2"]
    assert named(text, Depends(("key", "url"), (TITLE,), PROJECTS)) == []


def test_the_place_is_the_first_that_names_it() -> None:
    assert find_named(item(title="For WEB-1", description="WEB-1"), DEPENDS, HOST) == {"WEB-1": TITLE}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (" web-12 ", "WEB-12"),
        ("https://jira.example/browse/WEB-12", "WEB-12"),
        ("https://elsewhere.example/browse/WEB-12", None),
        ("HR-7", None),
        ("all of it", None),
    ],
)
def test_a_person_may_name_one_in_any_case(text: str, key: str | None) -> None:
    assert find_key(text, PROJECTS, HOST) == key


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_read_and_names_nothing_of_other_projects(before: str, after: str) -> None:
    keys = find_named(item(description=f"{before} WEB-12 {after}"), DEPENDS, HOST)
    assert all(key.partition("-")[0] in PROJECTS for key in keys)
