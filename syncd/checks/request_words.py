"""What a request should say, and the words by which it is seen that it does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from syncd.checks.word_rules import WordMatcher, WordRule

BUILD: Final = "something to build"
SMALL: Final = "small"
ELSEWHERE: Final = "brief is elsewhere"
"""Themes that say whether anything is asked at all; every other one is a point that can be asked for."""


@dataclass(frozen=True, slots=True)
class Point:
    """A thing that a request should say. `question`: as people read it. `words`: by which it is answered."""

    name: str
    question: str
    words: WordMatcher


@dataclass(frozen=True, slots=True)
class RequestWords:
    """The points by name, and the words that say whether they are asked for.

    `build`: words of a request that is asked; None = every one is. `small`, `elsewhere`: words of one that is not.
    """

    points: tuple[Point, ...] = ()
    build: WordMatcher | None = None
    small: WordMatcher = field(default_factory=WordMatcher)
    elsewhere: WordMatcher = field(default_factory=WordMatcher)

    @classmethod
    def of(cls, rules: Iterable[WordRule]) -> RequestWords:
        """From the rules of a file of words, where several may have one theme."""
        themes: dict[str, list[WordRule]] = {}
        for rule in rules:
            themes.setdefault(rule.theme, []).append(rule)
        matchers = {theme: WordMatcher(tuple(each)) for theme, each in themes.items()}
        return cls(
            tuple(Point(name, themes[name][0].reason, matchers[name]) for name in themes if is_point(name)),
            matchers.get(BUILD),
            matchers.get(SMALL, WordMatcher()),
            matchers.get(ELSEWHERE, WordMatcher()),
        )

    @property
    def rules(self) -> tuple[WordRule, ...]:
        """All rules that it was made of."""
        others = (self.build or WordMatcher(), self.small, self.elsewhere)
        matchers = (*(point.words for point in self.points), *others)
        return tuple(rule for matcher in matchers for rule in matcher.rules)


def is_point(theme: str) -> bool:
    """Whether a theme is a point that can be asked for."""
    return theme not in (BUILD, SMALL, ELSEWHERE)
