"""The words of a task that can be learnt from."""

from dataclasses import replace

import pytest

from syncd.checks.terms import MOST_TERMS, names_on, terms_of
from syncd.model.richtext import Doc
from syncd.model.values import LABELS, TITLE, Person, UserId
from tests.checks.contexts import item


def terms(title: str) -> set[str]:
    return set(terms_of(item(title=title)))


def test_words_are_read_alone_and_two_in_a_row_and_kept_as_written() -> None:
    task = item(title="Händler-Karte: Form", labels=frozenset({"Web shop"}), description=Doc.from_text("A form."))
    assert terms_of(task) == {
        "haendler": "Händler",
        "karte": "Karte",
        "form": "Form",
        "haendler karte": "Händler-Karte",
        "web": "Web",
        "shop": "shop",
        "web shop": "Web shop",
    }


@pytest.mark.parametrize(
    "title",
    [
        pytest.param("map https://board.example/landing/page", id="addresses"),
        pytest.param("map WEB-412", id="keys of tickets"),
        pytest.param("map @dana", id="people who are called"),
        pytest.param("map 2026 & a", id="numbers and single letters"),
    ],
)
def test_what_tells_who_wrote_it_or_that_there_is_a_ticket_is_passed_over(title: str) -> None:
    assert terms(title) == {"map"}


def test_fields_can_be_left_out() -> None:
    task = item(title="Map", labels=frozenset({"it"}))
    assert set(terms_of(task, {TITLE})) == {"map"}
    assert set(terms_of(task, {LABELS})) == {"it"}


def test_of_a_long_text_the_beginning_is_read() -> None:
    long = item(title="Map", description=Doc.from_text(" ".join(f"word{n}" for n in range(1000))))
    assert len(terms_of(long)) == MOST_TERMS
    assert "map" in terms_of(long)


def test_the_names_of_all_people_on_a_task_are_known() -> None:
    task = item(title="Map", assignee=Person(UserId("1"), "Dana Demo"))
    assert names_on(replace(task, author=Person(UserId("2"), "Ira Example"))) == {"dana", "demo", "ira", "example"}
