"""How alike two titles are: for proposals that a person confirms, never for pairing by itself.

Two steps. The groups of three letters that titles share find the few that come into question, whatever the order of
their words; of those the sorted words are compared letter by letter, which forgives typing mistakes. Neither needs more
than the standard library: 600 against 600 titles take a second.
"""

from __future__ import annotations

import heapq
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from math import sqrt
from typing import Final, TypeVar

T = TypeVar("T")
LEAST: Final = 0.7
"""Below this two titles are not alike."""
NEAREST: Final = 10
"""So many titles of the other side are compared with each one letter by letter."""
COMMON: Final = 200
"""A group of letters that more titles have, and more than a tenth of them, finds nobody."""

_NUMBERED: Final = re.compile(r"\b[A-Z][A-Z0-9_]*-\d+\b")


def find_alike(left: Sequence[tuple[T, str]], right: Sequence[tuple[T, str]]) -> Iterator[tuple[T, T, float]]:
    """Pairs of titles that are alike, with a score from LEAST to 1; of each left one its three best at most."""
    groups = [_groups(title) for _, title in right]
    holders = _holders(groups)
    for name, title in left:
        near = _nearest(_groups(title), groups, holders)
        scored = sorted((-likeness(title, right[index][1]), index) for index in near)
        yield from ((name, right[index][0], -score) for score, index in scored[:3] if -score >= LEAST)


def likeness(one: str, other: str) -> float:
    """How alike two titles are, from 0 to 1 in hundredths. Case, accents, keys and the order of words do not count."""
    left, right = (" ".join(sorted(_words(title))) for title in (one, other))
    return round(SequenceMatcher(None, left, right, autojunk=False).ratio(), 2) if left and right else 0.0


def _nearest(wanted: frozenset[str], groups: Sequence[frozenset[str]], holders: dict[str, list[int]]) -> list[int]:
    """The titles that share most groups of letters with the wanted one, in proportion."""
    shared = Counter(index for group in wanted for index in holders.get(group, ()))
    best = ((number / sqrt(len(groups[index])), -index) for index, number in shared.items())
    return [-index for _, index in heapq.nlargest(NEAREST, best)]


def _holders(groups: Sequence[frozenset[str]]) -> dict[str, list[int]]:
    """Which titles have a group of letters, without those that tell none of them apart."""
    holders: dict[str, list[int]] = defaultdict(list)
    for index, each in enumerate(groups):
        for group in each:
            holders[group].append(index)
    most = max(COMMON, len(groups) // 10)
    return {group: having for group, having in holders.items() if len(having) <= most}


def _groups(title: str) -> frozenset[str]:
    return frozenset(f" {word} "[start : start + 3] for word in _words(title) for start in range(len(word)))


def _words(title: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", _NUMBERED.sub(" ", title)).casefold()
    return re.findall(r"\w+", "".join(each for each in plain if not unicodedata.combining(each)))
