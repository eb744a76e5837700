"""What carries a campaign: parts of IT's world, and the words by which a campaign shows that it leans on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from syncd.checks.word_rules import WordMatcher, WordRule
from syncd.checks.words import quoted
from syncd.model.incidents import Incident
from syncd.model.items import Item


@dataclass(frozen=True, slots=True)
class Component:
    """A part of IT's world. `name`: as incidents are filed under it. `names`: what values of fields may call it, too.

    `words`: what the texts of campaigns that lean on it say.
    """

    name: str
    names: frozenset[str]
    words: WordMatcher

    @classmethod
    def of(cls, name: str, words: tuple[str, ...]) -> Component:
        """The component with its words. Raises ValueError for a phrase without a word."""
        rules = (WordRule(name, name, words),) if words else ()
        return cls(name, frozenset(map(str.casefold, (name, *words))), WordMatcher(rules))

    def is_of(self, incident: Incident) -> bool:
        """Whether an incident is filed under it."""
        return self.name.casefold() in {name.casefold() for name in incident.names}


@dataclass(frozen=True, slots=True)
class Touch:
    """That a campaign leans on a component. `words`: by which it shows; `by_it`: on IT's ticket."""

    component: Component
    words: str
    by_it: bool = False

    def sentence(self, department: str) -> str:
        """Why, for people. `department`: of IT."""
        who = f"{department}'s ticket" if self.by_it else "the task"
        return f"It touches {self.component.name}, and {who} says {quoted(self.words)}."


def touches(components: Iterable[Component], marketing: Item | None, it: Item | None) -> tuple[Touch, ...]:
    """The components that a campaign leans on, in their own order, each once.

    What counts are words in the campaign's texts, and values of either item's fields that name the component.
    """
    found = (next(_touches(component, marketing, it), None) for component in components)
    return tuple(touch for touch in found if touch is not None)


def _touches(component: Component, marketing: Item | None, it: Item | None) -> Iterator[Touch]:
    if marketing is not None:
        yield from (Touch(component, match.words) for match in component.words.matches(marketing))
        yield from (Touch(component, value) for value in _values(marketing) if value.casefold() in component.names)
    if it is not None:
        yield from (Touch(component, value, True) for value in _values(it) if value.casefold() in component.names)


def _values(item: Item) -> Iterator[str]:
    """Single words and sets of words that an item's fields hold: labels, options, components."""
    for _, value in sorted(item.fields.items()):
        if isinstance(value, str):
            yield value
        elif isinstance(value, frozenset):
            yield from sorted(value)
