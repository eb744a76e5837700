"""Past tasks as the words that each has: what `involvement` learns from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from syncd.forecast.history import Days, Numbers
from syncd.model.involvement import PastTask

LEAST: Final = 5
"""Tasks in which a word has to stand before it counts: so that no word is one task's, or one person's."""
EARLY: Final = 0.1
"""The share of linked tasks that lie before the history begins.

Tasks that were done before anybody linked any look as if they had needed nobody. The history begins where linked tasks
are no exception any more, so one old task that was linked late does not call in all others of its time.
"""

Places = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Tasks, oldest first. `linked` (n,): 1.0 for those that had a ticket of IT.

    `words`: sorted. The rest says which task has which word: `word[starts[i]:starts[i + 1]]` are those of task i.
    """

    words: tuple[str, ...]
    linked: Numbers
    starts: Days
    word: Places

    def __len__(self) -> int:
        return len(self.linked)

    def first(self, count: int) -> Corpus:
        """The oldest so many."""
        return Corpus(self.words, self.linked[:count], self.starts[: count + 1], self.word[: self.starts[count]])

    def telling(self, most: int) -> Days:
        """The words that part linked tasks from the others most clearly, in the order of `words`; `most` at most.

        Measured as how far the number of linked tasks with a word lies from what chance would give, in its own spread.
        """
        seen = np.bincount(self.word, minlength=len(self.words)).astype(np.float64)
        linked = np.bincount(self.word, np.repeat(self.linked, np.diff(self.starts)), len(self.words))
        share = float(self.linked.mean()) if len(self) else 0.0
        spread = np.sqrt(np.maximum(seen, 1.0) * max(share * (1 - share), 1e-9))
        far = np.where(seen >= LEAST, np.abs(linked - seen * share) / spread, -1.0)
        chosen = np.argsort(-far, kind="stable")[:most]
        return np.sort(chosen[far[chosen] > 0])

    def matrix(self, columns: Days, start: int, end: int) -> NDArray[np.bool_]:
        """Which of the tasks `start` … `end` - 1 have which of these words: (end - start, k)."""
        place = np.full(len(self.words) + 1, -1)
        place[columns] = np.arange(len(columns))
        word = place[self.word[self.starts[start] : self.starts[end]]]
        task = np.repeat(np.arange(end - start), np.diff(self.starts[start : end + 1]))
        has = np.zeros((end - start, len(columns)), dtype=bool)
        has[task[word >= 0], word[word >= 0]] = True
        return has


def gather(tasks: Iterable[PastTask]) -> Corpus:
    """The tasks since the history began, without words of people's names and words that hardly any task has."""
    ids: dict[str, int] = {}
    names: set[str] = set()
    opened: list[int] = []
    linked: list[bool] = []
    of_task: list[Places] = []
    for task in tasks:
        names |= task.names
        opened.append(task.opened.toordinal())
        linked.append(task.is_linked)
        of_task.append(np.array([ids.setdefault(term, len(ids)) for term in task.terms], dtype=np.int32))
    order = _since(np.array(opened, dtype=np.int64), np.array(linked, dtype=bool))
    kept = [of_task[place] for place in order]
    words, place = _kept(ids, kept, names)
    taken = [each[each >= 0] for each in (place[row] for row in kept)]
    starts = np.cumsum([0, *map(len, taken)])
    flat = np.concatenate([*taken, np.zeros(0, dtype=np.int32)]).astype(np.int32)
    return Corpus(words, np.array(linked, dtype=np.float64)[order], starts, flat)


def _since(opened: Days, linked: NDArray[np.bool_]) -> Days:
    """The places of the tasks of the history, oldest first; of one day, in the order given."""
    days = np.sort(opened[linked])
    begins = days[int(len(days) * EARLY)] if len(days) else 0
    order = np.argsort(opened, kind="stable")
    return order[opened[order] >= begins]


def _kept(ids: dict[str, int], of_task: list[Places], names: set[str]) -> tuple[tuple[str, ...], Places]:
    """The words that count, sorted, and where each id stands among them; -1 for the others."""
    seen = np.bincount(np.concatenate([*of_task, np.zeros(0, dtype=np.int32)]), minlength=len(ids))
    words = sorted(word for word, each in ids.items() if seen[each] >= LEAST and _is_one(word, ids, seen))
    words = [word for word in words if names.isdisjoint(word.split())]
    place = np.full(len(ids), -1, dtype=np.int32)
    place[[ids[word] for word in words]] = np.arange(len(words))
    return tuple(words), place


def _is_one(word: str, ids: dict[str, int], seen: NDArray[np.int64]) -> bool:
    """Whether two words in a row belong together: at least half the time where the rarer one stands, so does the other.

    "Landing page" is one, "page for" is chance.
    """
    parts = [ids[part] for part in word.split()]
    return len(parts) == 1 or 2 * seen[ids[word]] >= min(seen[part] for part in parts)
