"""What a team's own tasks teach, in sentences and for programs."""

from __future__ import annotations

import pytest

from syncd.cli.learnt import lesson_data, lesson_text
from syncd.model.involvement import Lesson, Precedent, Silence, Trial

LESSON = Lesson(1812, 143, Trial(906, 71, 41, 37), (Precedent(("dealer map",), 20, 17), Precedent(("pim",), 9, 9)))


def test_a_lesson_is_told_with_its_precision_and_its_words() -> None:
    assert list(lesson_text(LESSON)) == [
        "it-not-involved learns from 1,812 past tasks, 143 of them with a ticket of IT.",
        "Of the newer 906 it would have spoken of 41 and been right about 37: 90%, between 77% and 96%.",
        "The words that tell most: dealer map (17 of 20), pim (9 of 9).",
    ]
    assert lesson_data(LESSON)["words"] == ["dealer map", "pim"]
    assert lesson_data(LESSON)["at_least"] == pytest.approx(0.775, abs=0.001)


@pytest.mark.parametrize("silence", Silence)
def test_a_lesson_that_says_nothing_says_why(silence: Silence) -> None:
    last = list(lesson_text(Lesson(5, 1, silence=silence)))[-1]
    assert last.startswith("It says nothing of it: ")
    assert lesson_data(Lesson(5, 1, silence=silence))["silence"] == silence.value


def test_where_nothing_is_to_be_learnt_nothing_is_told() -> None:
    assert list(lesson_text(None)) == []
    assert lesson_data(None)["is_on"] is False
