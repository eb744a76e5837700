"""Which tasks of marketing need IT, learnt from the words of those that had a ticket there and those that had none.

A task is spoken of only if two things agree: a model of all its words, and the plain count that people are told ("of 20
past tasks that said this, 17 had a ticket"). How sure the model has to be, and how often both together were right, is
found by asking about each eighth of the history as one that knows the older ones alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from syncd.forecast.logistic import Logistic, fit_logistic
from syncd.forecast.words import Corpus, gather
from syncd.model.involvement import Bounds, Lesson, PastTask, Precedent, Silence, Trial

MOST_COLUMNS: Final = 300
"""Words that the model knows: those that tell most."""
RIDGE: Final = 3.0
EVEN: Final = 0.0
"""Log odds from which on a task is more likely than not to need IT; below that it is never spoken of."""
BLOCKS: Final = 8
FIRST_ASKED, FIRST_JUDGED = 2, 4
"""The block from which on tasks are asked about, and the one from which on it is judged what would have been said."""
ENOUGH: Final = 10
"""Tasks that have to be spoken of before a precision means anything."""
STRONGEST: Final = 6
"""Words of a task whose counts are tried, alone and together."""
MOST_WORDS: Final = 3
TELLING, CONSIDERED = 8, 40


class Involvement:
    """What was learnt; made by `learn`. Answers stay the same until the next time."""

    def __init__(self, lesson: Lesson, taught: _Taught | None = None, sure: float = np.inf) -> None:
        self.lesson = lesson
        self._taught = taught
        self._sure = sure

    def ask(self, terms: Collection[str]) -> Precedent | None:
        """What speaks for a task with these words needing IT; None when that is not sure enough."""
        if self._taught is None or self.lesson.silence is not None:
            return None
        said = self._taught.say(self._taught.row(terms))
        return said.precedent if said is not None and said.log_odds >= self._sure else None


@dataclass(frozen=True, slots=True)
class _Said:
    log_odds: float
    precedent: Precedent


@dataclass(frozen=True, slots=True, eq=False)
class _Taught:
    """A model and the tasks it was taught by. `columns`: the words it knows; `has` (n, k): which task has which.

    `speaks` (k,): which words are a sign of IT by themselves too: more often than not there was a ticket.
    """

    corpus: Corpus
    columns: NDArray[np.int64]
    has: NDArray[np.bool_]
    model: Logistic
    speaks: NDArray[np.bool_]
    share: float

    def row(self, terms: Collection[str]) -> NDArray[np.bool_]:
        known = frozenset(terms)
        return np.array([self.corpus.words[column] in known for column in self.columns], dtype=bool)

    def say(self, row: NDArray[np.bool_]) -> _Said | None:
        """What is said of a task if the model is sure enough; None where it is not likely, or no count bears it out."""
        log_odds = float(self.model.log_odds(row[None, :])[0])
        if log_odds < EVEN:
            return None
        found = [each for each in self.precedents(row) if each.seen >= ENOUGH and each.share >= self.share]
        return _Said(log_odds, max(found, key=_worth)) if found else None

    def precedents(self, row: NDArray[np.bool_]) -> Iterator[Precedent]:
        """The counts of the words that speak most strongly for it, alone and together."""
        speaking = np.flatnonzero(row & self.speaks)
        strongest = speaking[np.argsort(-self.model.weights[speaking], kind="stable")][:STRONGEST]
        for count in range(1, MOST_WORDS + 1):
            for chosen in combinations(strongest.tolist(), count):
                terms = tuple(self.corpus.words[self.columns[each]] for each in chosen)
                if not _overlap(terms):
                    yield self.count(terms, chosen)

    def count(self, terms: tuple[str, ...], chosen: Sequence[int]) -> Precedent:
        which = self.has[:, list(chosen)].all(axis=1)
        return Precedent(terms, int(which.sum()), int(self.corpus.linked[which].sum()))


def learn(tasks: Iterable[PastTask], bounds: Bounds) -> Involvement:
    """Learn from the past of one marketing project. `tasks` in any order; they are gone through once."""
    corpus = gather(tasks)
    count, linked = len(corpus), int(corpus.linked.sum())
    if count < bounds.min_history:
        return Involvement(Lesson(count, linked, silence=Silence.FEW_TASKS))
    if linked < bounds.min_linked:
        return Involvement(Lesson(count, linked, silence=Silence.FEW_LINKED))
    rounds = _Rounds(corpus, bounds.min_precision)
    taught = _teach(corpus, bounds.min_precision)
    trial = rounds.trial()
    sure = rounds.sure(BLOCKS)
    lesson = Lesson(count, linked, trial, tuple(_telling(taught)), _silence(trial, bounds, sure))
    return Involvement(lesson, taught, sure)


def _silence(trial: Trial, bounds: Bounds, sure: float) -> Silence | None:
    if trial.precision is None or trial.spoken < ENOUGH:
        return Silence.FEW_SPOKEN
    if trial.precision < bounds.min_precision:
        return Silence.IMPRECISE
    return Silence.FEW_SPOKEN if np.isinf(sure) else None


class _Rounds:
    """Each block of the history, asked about by what the older ones taught."""

    def __init__(self, corpus: Corpus, share: float) -> None:
        self._corpus, self._share = corpus, share
        self._edges = [len(corpus) * block // BLOCKS for block in range(BLOCKS + 1)]
        self._said = {block: list(self._ask(block)) for block in range(FIRST_ASKED, BLOCKS)}

    def _ask(self, block: int) -> Iterator[tuple[float, bool]]:
        """Of the block's tasks that might be spoken of: how sure the model is, and whether it is right."""
        start, end = self._edges[block], self._edges[block + 1]
        taught = _teach(self._corpus.first(start), self._share)
        rows = self._corpus.matrix(taught.columns, start, end)
        for row, linked in zip(rows, self._corpus.linked[start:end], strict=True):
            said = taught.say(row)
            if said is not None:
                yield said.log_odds, bool(linked)

    def sure(self, before: int) -> float:
        """The lowest log odds from which on it was right often enough in the blocks before that one; infinite if none.

        Often enough is halfway between what is asked and always, since what was chosen looks better than it is.
        Tasks of which it is equally sure are spoken of together or not at all.
        """
        said = sorted((each for block in range(FIRST_ASKED, before) for each in self._said[block]), reverse=True)
        right = np.cumsum([is_right for _, is_right in said])
        tries = np.arange(1, len(said) + 1)
        is_last = np.diff([odds for odds, _ in said], append=-np.inf) < 0
        fit = np.flatnonzero(is_last & (tries >= ENOUGH) & (right >= (1 + self._share) / 2 * tries))
        return said[fit[-1]][0] if len(fit) else np.inf

    def trial(self) -> Trial:
        """What would have been said in the blocks that are judged."""
        judged = range(FIRST_JUDGED, BLOCKS)
        spoken = [is_right for block in judged for odds, is_right in self._said[block] if odds >= self.sure(block)]
        linked = self._corpus.linked[self._edges[FIRST_JUDGED] :]
        return Trial(len(linked), int(linked.sum()), len(spoken), sum(spoken))


def _teach(corpus: Corpus, share: float) -> _Taught:
    columns = corpus.telling(MOST_COLUMNS)
    has = corpus.matrix(columns, 0, len(corpus))
    model = fit_logistic(has, corpus.linked, RIDGE)
    speaks = (model.weights > 0) & (2 * (corpus.linked @ has) > has.sum(axis=0))
    return _Taught(corpus, columns, has, model, speaks, share)


def _telling(taught: _Taught) -> list[Precedent]:
    """The words that speak most strongly for IT, each with its count; not those that stand within another one alone."""
    speaking = np.argsort(-taught.model.weights, kind="stable")[:CONSIDERED]
    found = [taught.count((taught.corpus.words[taught.columns[place]],), (place,)) for place in speaking.tolist()]
    found = [each for each in found if each.seen >= ENOUGH and each.share >= taught.share]
    return [each for each in found if not any(_is_within(each, other) for other in found)][:TELLING]


def _is_within(one: Precedent, other: Precedent) -> bool:
    return one.seen == other.seen and set(one.terms[0].split()) < set(other.terms[0].split())


def _worth(precedent: Precedent) -> tuple[float, int, int, int]:
    """What is told when several counts could be: the surest; of equal ones the plainest, with the longest words."""
    terms = precedent.terms
    return precedent.at_least, precedent.seen, -len(terms), len("".join(terms))


def _overlap(terms: Sequence[str]) -> bool:
    """Whether a word stands in several of these."""
    words = [word for term in terms for word in term.split()]
    return len(words) > len(set(words))
