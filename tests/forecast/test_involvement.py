"""Learning from a team's own tasks which ones need IT, and keeping silent where that cannot be learnt."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest

from syncd.forecast.involvement import Involvement, learn
from syncd.forecast.words import gather
from syncd.model.involvement import Bounds, PastTask, Precedent, Silence, between

FIRST = date(2026, 1, 5)
MAP = ("dealer", "map", "dealer map")


def tasks(count: int = 400, seed: int = 1) -> list[PastTask]:
    """One in four is about a dealer map, and 19 of 20 of these had a ticket; of the others one in 20 had."""
    dice = Random(seed)
    made = []
    for number in range(count):
        is_map = number % 4 == 0
        terms = [*MAP] if is_map else [dice.choice(("flyer", "fair", "podcast"))]
        terms += dice.sample(("spring", "sales", "brand", "goal", "leads"), 2)
        made.append(PastTask(FIRST + timedelta(days=number), tuple(terms), (dice.random() < 0.95) == is_map))
    return made


def silence(past: Iterable[PastTask], bounds: Bounds | None = None) -> Silence | None:
    return learn(past, bounds or Bounds()).lesson.silence


@pytest.fixture(scope="module")
def learnt() -> Involvement:
    return learn(tasks(), Bounds())


def test_words_that_went_with_tickets_are_told_with_their_count(learnt: Involvement) -> None:
    assert learnt.lesson.silence is None
    precedent = learnt.ask((*MAP, "spring"))
    assert precedent is not None
    assert precedent.terms == ("dealer map",)
    assert precedent.share > 0.9
    assert learnt.ask({"flyer", "spring"}) is None
    assert learnt.ask({"spring", "sales", "unheard"}) is None


def test_a_count_is_what_the_history_holds(learnt: Involvement) -> None:
    kept = sorted(tasks(), key=lambda task: task.opened)
    begins = sorted(task.opened for task in kept if task.is_linked)[sum(task.is_linked for task in kept) // 10]
    had = [task.is_linked for task in kept if task.opened >= begins and "dealer map" in task.terms]
    assert learnt.ask(MAP) == Precedent(("dealer map",), len(had), sum(had))


def test_its_precision_is_that_of_what_it_would_have_said_of_newer_tasks(learnt: Involvement) -> None:
    trial = learnt.lesson.trial
    assert trial.asked == pytest.approx(learnt.lesson.tasks / 2, abs=1)
    assert trial.precision is not None
    assert trial.precision >= 0.9
    low, high = trial.precision_between
    assert 0.7 < low < trial.precision < high < 1


@pytest.mark.parametrize(
    ("past", "why"),
    [
        pytest.param([], Silence.FEW_TASKS, id="nothing has ended yet"),
        pytest.param(tasks(200), Silence.FEW_TASKS, id="some lie before the history begins"),
        pytest.param([replace(task, is_linked=n < 20) for n, task in enumerate(tasks())], Silence.FEW_LINKED, id="few"),
        pytest.param(
            [replace(task, is_linked=n % 3 == 0) for n, task in enumerate(tasks())], Silence.FEW_SPOKEN, id="chance"
        ),
        pytest.param(
            [replace(task, is_linked=task.is_linked and (n < 300 or n % 8 == 0)) for n, task in enumerate(tasks())],
            Silence.IMPRECISE,
            id="half of them need no ticket any more",
        ),
    ],
)
def test_it_keeps_silent_where_it_cannot_know(past: list[PastTask], why: Silence) -> None:
    learnt = learn(past, Bounds())
    assert learnt.lesson.silence is why
    assert learnt.ask(MAP) is None


def test_more_can_be_asked_before_it_speaks() -> None:
    past = tasks()
    assert silence(past, Bounds(min_history=1000)) is Silence.FEW_TASKS
    assert silence(past, Bounds(min_linked=200)) is Silence.FEW_LINKED
    assert silence(past, Bounds(min_precision=0.99)) is not None


def test_nothing_is_right_about_a_task_by_what_came_out_later() -> None:
    """Every ten tasks with a ticket have a word that no older task has."""
    past = [
        PastTask(FIRST + timedelta(days=n), (f"news{n // 40}" if n % 4 == 0 else "flyer", "goal"), n % 4 == 0)
        for n in range(400)
    ]
    assert learn(past, Bounds()).lesson.trial.spoken == 0


def test_tasks_that_are_equally_likely_are_spoken_of_together_or_not_at_all() -> None:
    """Six of seven tasks with the word had a ticket, evenly: fewer than the nine of ten that it has to be sure of."""
    past = [
        PastTask(FIRST + timedelta(days=n), ("map",) if n % 4 == 0 else ("flyer",), n % 4 == 0 and n // 4 % 7 != 3)
        for n in range(800)
    ]
    learnt = learn(past, Bounds())
    assert (learnt.lesson.trial.spoken, learnt.lesson.silence) == (0, Silence.FEW_SPOKEN)


def test_a_history_of_a_few_tasks_teaches_nothing() -> None:
    past = [PastTask(FIRST + timedelta(days=n), ("map",), is_linked=True) for n in range(3)]
    assert silence(past, Bounds(min_history=1, min_linked=1)) is Silence.FEW_SPOKEN


def test_what_was_read_first_makes_no_difference(learnt: Involvement) -> None:
    backwards = learn(reversed(tasks()), Bounds())
    assert backwards.lesson == learnt.lesson
    assert backwards.ask(MAP) == learnt.ask(MAP)


def test_names_of_people_and_words_of_single_tasks_are_never_learnt() -> None:
    named = [
        replace(task, terms=("dana", "dana dealer", f"only{n // 4}", *task.terms), names=frozenset({"dana"}))
        if task.is_linked
        else task
        for n, task in enumerate(tasks())
    ]
    told = learn(named, Bounds())
    assert told.ask(("dana", "dana dealer")) is None
    assert told.lesson.silence is None
    assert all("dana" not in precedent.terms[0] for precedent in told.lesson.telling)


def test_tasks_that_were_done_before_anybody_linked_are_no_evidence() -> None:
    before = [PastTask(FIRST - timedelta(days=number), MAP, is_linked=number == 300) for number in range(1, 400)]
    assert silence([*before, *tasks()]) is None


def test_two_words_in_a_row_count_as_one_only_where_they_belong_together() -> None:
    words = gather(
        replace(task, terms=(*task.terms, f"map {task.terms[-1]}")) if "map" in task.terms else task for task in tasks()
    ).words
    assert "dealer map" in words
    assert "map spring" not in words


@pytest.mark.parametrize(
    ("hits", "tries", "low", "high"),
    [(0, 0, 0.0, 1.0), (17, 20, 0.640, 0.948), (10, 10, 0.722, 1.0), (0, 10, 0.0, 0.278)],
)
def test_a_share_lies_between_the_bounds_of_wilson(hits: int, tries: int, low: float, high: float) -> None:
    assert between(hits, tries) == pytest.approx((low, high), abs=0.001)
