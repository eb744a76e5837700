"""Expressions: what they can ask, what is refused when they are loaded, what goes wrong when they run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from syncd.mapping.expr import VARIABLES, Expr, ExpressionError, ExpressionInvalid, Mistake, custom_names, literals
from syncd.model.items import Category
from syncd.model.richtext import Doc
from syncd.model.values import FieldId
from tests.mapping.worlds import item, person

TASK: dict[str, Any] = {
    "title": "Spring landing page",
    "description": Doc.from_text("A page\nwith a form"),
    "status": "Needs IT",
    "type": "Story",
    "priority": "High",
    "assignee": person("ann"),
    "start": None,
    "due": date(2026, 3, 11),
    "labels": frozenset({"campaign", "spring"}),
    "cf-1": "Web",
    "cf-2": 4.5,
    "cf-3": frozenset({"x", "y"}),
    "cf-4": None,
}
FIELDS = {"Channel": FieldId("cf-1"), "Size": FieldId("cf-2"), "Tags": FieldId("cf-3"), "Owner": FieldId("cf-4")}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("status == 'Needs IT' || custom[\"Way\"] == \"a 'b'\"", {"Needs IT", "Way", "a 'b'"}),
        (r"status == 'it\'s' && r'raw' in labels", {"it's", "raw"}),
        ("status == 'no end", set()),
        ("due != null", set()),
    ],
)
def test_the_texts_of_an_expression_are_known(source: str, found: set[str]) -> None:
    assert literals(source) == found


def is_true(source: str, **changes: Any) -> bool:
    return Expr.compile(source, fields=FIELDS).is_true(item(**{**TASK, **changes}))


@pytest.mark.parametrize(
    "source",
    [
        "status == 'Needs IT' && due != null",
        "'campaign' in labels",
        "labels.exists(label, label.startsWith('spr'))",
        "type == 'Story'",
        "due < '2026-04-01' && due >= '2026-03-11'",
        "start == null",
        "assignee == 'ann' && assignee_email == 'ann@example.com'",
        "priority in ['High', 'Highest']",
        "description.contains('form')",
        "title.matches('(?i)LANDING')",
        "key == 'WEB-1' && !is_done",
        "created > timestamp('2026-01-01T00:00:00Z')",
        'custom["Channel"] == "Web"',
        "custom['Size'] > 3",
        "custom.Size > 3.5",
        "'x' in custom['Tags']",
        "custom['Owner'] == null",
        "custom['Channel'] == 'Print' || status == 'Needs IT'",
        "true",
    ],
)
def test_what_can_be_asked(source: str) -> None:
    assert is_true(source)


@pytest.mark.parametrize("source", ["status == 'Done'", "due == null", "'x' in labels", "is_done", "false"])
def test_what_does_not_hold(source: str) -> None:
    assert not is_true(source)


def test_empty_texts_and_labels_are_no_null() -> None:
    assert is_true("status == '' && labels.size() == 0", status=None, labels=None)


def test_an_instant_is_a_day_in_the_zone_of_its_side() -> None:
    late = item(due=datetime(2026, 3, 12, 3, tzinfo=UTC))
    assert Expr.compile("due == '2026-03-11'", zone=ZoneInfo("America/New_York")).is_true(late)
    assert Expr.compile("due == '2026-03-12'", zone=ZoneInfo("Europe/Berlin")).is_true(late)


def test_done_is_asked_of_the_category() -> None:
    assert Expr.compile("is_done").is_true(item(Category.DONE))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("titel == 'x'", [Mistake(1, 1, "unknown name 'titel'; did you mean 'title'?")]),
        ("'campaign' in lables", [Mistake(1, 15, "unknown name 'lables'; did you mean 'labels'?")]),
        ("title > 5", [Mistake(1, 7, "'>' cannot be applied to text, a number")]),
        ("due > 5", [Mistake(1, 5, "'>' cannot be applied to text or null, a number")]),
        ("status == null", [Mistake(1, 8, "'==' cannot be applied to text, null")]),
        ("title == ", [Mistake(1, 10, "the expression ends too early")]),
        ("title", [Mistake(1, 1, "says neither yes nor no; compare it with something")]),
        ("title == 'x'\n  && statsu == 'y'",
         [Mistake(2, 6, "unknown name 'statsu'; did you mean 'status'?")]),
        ("x" * 2001, [Mistake(1, 1, "longer than 2,000 characters")]),
    ],
)  # fmt: skip
def test_mistakes_are_found_when_it_is_loaded(source: str, expected: list[Mistake]) -> None:
    with pytest.raises(ExpressionInvalid) as caught:
        Expr.compile(source)
    assert list(caught.value.mistakes) == expected


@pytest.mark.parametrize("source", ["", "&&", "[" * 500, "title == 'x';", "foo()", "title.foo()", "((true)"])
def test_any_mistake_is_told_with_a_place(source: str) -> None:
    with pytest.raises(ExpressionInvalid) as caught:
        Expr.compile(source)
    assert all(mistake.line >= 1 and mistake.column >= 1 and mistake.message for mistake in caught.value.mistakes)
    assert not any("INVALID_ARGUMENT" in mistake.message for mistake in caught.value.mistakes)


@pytest.mark.parametrize(
    ("source", "fields", "message"),
    [
        ("start < '2026-01-01'", TASK, "'<' meets an empty value"),
        ("custom['Nowhere'] == 'x'", TASK, "custom field 'Nowhere' was not read"),
        ("due == null", {}, "due was not read"),
        ("title.matches('(')", TASK, "invalid regular expression"),
        ("custom['Channel']", TASK, "not true or false"),
    ],
)
def test_what_cannot_be_worked_out_names_the_expression_and_the_item(
    source: str, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(ExpressionError) as caught:
        Expr.compile(source, fields=FIELDS).is_true(item(**fields))
    assert message in str(caught.value)
    assert repr(source) in str(caught.value)
    assert "WEB-1" in str(caught.value)


def test_what_is_not_needed_need_not_be_known() -> None:
    assert Expr.compile("key == 'WEB-1' || due == null").is_true(item())


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("custom[\"A b\"] == 'x' && custom['C'] == custom.D", {"A b", "C", "D"}),
        ("custom [ 'It\\'s' ] == 'x'", {"It's"}),
        ("title == \"custom['no']\"", set()),
        ("customs['no'] == my.custom['no']", set()),
        ("has(custom.E)", {"E"}),
    ],
)
def test_custom_names_are_found_in_the_text(source: str, names: set[str]) -> None:
    assert custom_names(source) == names


def test_an_endless_expression_is_stopped() -> None:
    loops = "labels.all(a, " * 6 + "true" + ")" * 6
    with pytest.raises(ExpressionError):
        is_true(loops, labels=frozenset(str(number) for number in range(30)))


def test_one_expression_serves_several_threads() -> None:
    expression = Expr.compile("title.startsWith('a') && due != null")
    items = [item(title=f"{'ab'[number % 2]}{number}", due=date(2026, 3, 11)) for number in range(400)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(expression.is_true, items)) == [number % 2 == 0 for number in range(400)]


def test_every_declared_name_can_be_used() -> None:
    for name in VARIABLES:
        Expr.compile(f"{name} == {name}")
