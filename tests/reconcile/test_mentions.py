"""What an item says about others, and whose words these are."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from syncd.mapping.rules import Recognised
from syncd.model.items import Category, ConnectionName, Item, ItemId, ItemRef, Side
from syncd.model.richtext import Doc, Panel, Paragraph, Quote, Text
from syncd.model.values import FieldId, Value
from syncd.reconcile.mentions import find_mentions

AT = datetime(2026, 3, 2, tzinfo=UTC)
M = Side.MARKETING
TEXTS: Recognised = ("url", "key")


def item(**fields: Value) -> Item:
    ref = ItemRef(ConnectionName("tool"), ItemId("1"))
    values = {FieldId(name): value for name, value in fields.items()}
    return Item(ref, "MKT-1", "https://tool.example/MKT-1", "1", AT, AT, values, Category.TODO)


def said(text: Value, by: Recognised = TEXTS) -> list[str]:
    return [each.text for each in find_mentions(item(description=text), M, by) if not each.is_second_hand]


def quoted(text: Value) -> list[str]:
    return [each.text for each in find_mentions(item(description=text), M, TEXTS) if each.is_second_hand]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("IT ticket: WEB-412", ["WEB-412"]),
        ("(WEB-412).", ["WEB-412"]),
        ("WEB-412, WEB-413 and WEB-412 again", ["WEB-412", "WEB-413"]),
        ("Redmine #412", ["#412"]),
        ("task 1203456789012345", ["1203456789012345"]),
        ("Build 412, room 12 and 2026-03-02", []),
        ("web-412 and XWEB-412x and WEB-412-old and a.WEB-412", []),
        ("https://other.example/browse/WEB-412", []),
    ],
)
def test_keys_are_found_as_whole_words(text: str, keys: list[str]) -> None:
    assert said(text, ("key",)) == keys
    assert said(Doc.from_text(text), ("key",)) == keys


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("See https://jira.example/browse/WEB-412.", ["https://jira.example/browse/WEB-412"]),
        ("(https://jira.example/browse/WEB-412)", ["https://jira.example/browse/WEB-412"]),
        ("WEB-412", []),
    ],
)
def test_addresses_are_found_without_what_stands_around_them(text: str, addresses: list[str]) -> None:
    assert said(text, ("url",)) == addresses


def test_the_target_of_a_link_counts_like_an_address_that_is_written_out() -> None:
    link = Doc((Paragraph((Text("our ticket", href="https://jira.example/browse/WEB-412"),)),))
    assert said(link) == ["https://jira.example/browse/WEB-412"]


@pytest.mark.parametrize(
    "text",
    [
        "> WEB-412",
        "1. > WEB-412",
        "-----Original Message-----\nFrom: Ira\nWEB-412",
        "Hello\n\nFrom: Ira Example\nSent: Monday\nTo: Dana\nSubject: page\n\nIt is WEB-412",
        "Von: Ira\nGesendet: Montag\nWEB-412",
        "On Mon, 2 Mar 2026, Ira wrote:\nWEB-412",
        "________________________________\nFrom: Ira\nWEB-412",
        "WEB-412\nWritten by syncd, edited only when something changes. https://jira.example/browse/WEB-412",
    ],
    ids=["quoted", "quoted in a list", "forwarded", "pasted", "pasted in German", "answered", "ruled off", "ours"],
)
def test_what_is_not_in_a_persons_own_words_is_second_hand(text: str) -> None:
    assert said(text) == []
    assert "WEB-412" in quoted(text)
    assert said(Doc.from_text(text)) == []


def test_a_quotation_is_second_hand_and_a_panel_is_not() -> None:
    inside = (Paragraph((Text("WEB-412"),)),)
    assert (said(Doc((Quote(inside),))), quoted(Doc((Quote(inside),)))) == ([], ["WEB-412"])
    assert said(Doc((Panel(inside),))) == ["WEB-412"]


@pytest.mark.parametrize(
    "text", ["-> WEB-412", "=> see WEB-412", "From: 1 March\nTo: 31 March\nTicket: WEB-412", "----\nWEB-412"]
)
def test_arrows_dates_and_rules_are_no_quotation(text: str) -> None:
    assert said(text) == ["WEB-412"]


def test_a_shared_value_is_compared_without_blanks_around_it() -> None:
    by: Recognised = ((FieldId("campaign"), FieldId("other")),)
    assert [each.text for each in find_mentions(item(campaign="  C  77 "), M, by)] == ["C 77"]
    assert [each.text for each in find_mentions(item(other="C 77"), Side.IT, by)] == ["C 77"]
    assert [each.text for each in find_mentions(item(campaign=date(2026, 3, 2)), M, by)] == ['{"on": "2026-03-02"}']


@pytest.mark.parametrize("value", [None, "", "  ", frozenset(), "x" * 201, Doc()])
def test_what_identifies_nothing_is_no_shared_value(value: Value) -> None:
    by: Recognised = ((FieldId("campaign"), FieldId("campaign")),)
    assert find_mentions(item(campaign=value), M, by) == ()
