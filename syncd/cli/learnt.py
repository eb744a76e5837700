"""What a team's own tasks teach, as `syncd findings --score` tells it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from syncd.model.involvement import Lesson, Precedent, Silence

_WHY: Final = {
    Silence.FEW_TASKS: "those are fewer than `min_history`.",
    Silence.FEW_LINKED: "those with a ticket are fewer than `min_linked`.",
    Silence.FEW_SPOKEN: "no words told often enough that a task needs IT.",
    Silence.IMPRECISE: "it would have been right less often than `min_precision`.",
}


def lesson_text(lesson: Lesson | None) -> Iterator[str]:
    """In sentences."""
    if lesson is None:
        return
    yield f"it-not-involved learns from {lesson.tasks:,} past tasks, {lesson.linked:,} of them with a ticket of IT."
    trial = lesson.trial
    if trial.precision is not None:
        low, high = trial.precision_between
        right = f"{trial.right:,}: {trial.precision:.0%}, between {low:.0%} and {high:.0%}"
        yield f"Of the newer {trial.asked:,} it would have spoken of {trial.spoken:,} and been right about {right}."
    if lesson.silence is not None:
        yield f"It says nothing of it: {_WHY[lesson.silence]}"
    if lesson.telling:
        yield f"The words that tell most: {', '.join(map(_counted, lesson.telling))}."


def _counted(precedent: Precedent) -> str:
    return f"{' '.join(precedent.terms)} ({precedent.linked} of {precedent.seen})"


def lesson_data(lesson: Lesson | None) -> dict[str, Any]:
    """For programs; everything is null where nothing is to be learnt."""
    trial = lesson.trial if lesson else None
    low, high = trial.precision_between if trial and trial.spoken else (None, None)
    return {
        "is_on": lesson is not None,
        "tasks": lesson.tasks if lesson else None,
        "linked": lesson.linked if lesson else None,
        "silence": lesson.silence.value if lesson and lesson.silence else None,
        "asked": trial.asked if trial else None,
        "spoken": trial.spoken if trial else None,
        "right": trial.right if trial else None,
        "precision": trial.precision if trial else None,
        "at_least": low,
        "at_most": high,
        "words": [" ".join(each.terms) for each in lesson.telling] if lesson else [],
    }
