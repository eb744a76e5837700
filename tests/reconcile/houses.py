"""Small lenses and surroundings for the merge: no YAML, no system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from syncd.config.choices import Conflict, Direction
from syncd.mapping.lens import NoCounterpart, Silent, Surroundings, Translated, TranslatedChange, Translation
from syncd.mapping.rules import FieldRule
from syncd.model.items import ItemId, Normalised, SetChange, Side
from syncd.model.links import RuleKey
from syncd.model.values import FieldId, Kind, Person, Value

M, IT = Side.MARKETING, Side.IT


@dataclass(frozen=True)
class Same:
    """Both sides show the same value, as far as the field `normal` takes it; texts longer than `most` are cut."""

    most: int = 10_000
    normal: str | None = None

    def translate(self, to: Side, value: Value, current: Value, around: Surroundings) -> Translation:
        if isinstance(value, str) and len(value) > self.most:
            return Translated(value[: self.most], is_shortened=True)
        return Translated(around.normalise(to, FieldId(self.normal), value).value if self.normal else value)

    def agree(self, marketing: Value, it: Value, around: Surroundings) -> bool:
        there, back = self.translate(IT, marketing, it, around), self.translate(M, it, marketing, around)
        return marketing == it or there == Translated(it) or back == Translated(marketing)


@dataclass(frozen=True)
class Words:
    """A value table: rows of (marketing words, IT words); the first word of a row is the one written.

    A row with an empty side says nothing to that side.
    """

    rows: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]

    def translate(self, to: Side, value: Value, current: Value, around: Surroundings) -> Translation:
        for marketing, it in self.rows:
            here, there = (marketing, it) if to is IT else (it, marketing)
            if value in here:
                if not there:
                    return Silent("says nothing to the other side")
                return Translated(current if current in there else there[0])
        if value is None:
            return Translated(None)
        return NoCounterpart(str(value), f"nothing stands for {value}", f"add a row for {value}")

    def agree(self, marketing: Value, it: Value, around: Surroundings) -> bool:
        return (marketing is None and it is None) or any(marketing in m and it in i for m, i in self.rows)


@dataclass(frozen=True)
class Elements:
    """A set whose elements are translated one by one; elements without an entry stay where they are."""

    words: Mapping[str, str] | None = None

    def _word(self, to: Side, element: str) -> str | None:
        if self.words is None:
            return element
        pairs = self.words.items() if to is IT else [(it, m) for m, it in self.words.items()]
        return next((there for here, there in pairs if here == element), None)

    def _all(self, to: Side, elements: frozenset[str]) -> frozenset[str]:
        return frozenset(word for each in elements if (word := self._word(to, each)) is not None)

    def translate(self, to: Side, value: Value, current: Value, around: Surroundings) -> Translation:
        return Translated(self._all(to, value if isinstance(value, frozenset) else frozenset()))

    def agree(self, marketing: Value, it: Value, around: Surroundings) -> bool:
        return self.translate(IT, marketing, it, around) == Translated(it)

    def translate_change(
        self, to: Side, change: SetChange, value: frozenset[str], current: frozenset[str], around: Surroundings
    ) -> TranslatedChange:
        added = self._all(to, change.added) - current
        removed = (self._all(to, change.removed) - self._all(to, value)) & current
        unsaid = sorted(each for each in change.added if self._word(to, each) is None)
        lacking = tuple(NoCounterpart(each, f"“{each}” has no counterpart.", f"values: - [{each}]") for each in unsaid)
        return TranslatedChange(SetChange(added, removed), lacking)


@dataclass(frozen=True)
class Plain:
    """Surroundings in which nobody is known and nothing is changed by a system."""

    people: Mapping[tuple[Side, str], Person] = field(default_factory=dict)
    twins: frozenset[tuple[str, str]] = frozenset()

    def twin(self, to: Side, item: ItemId) -> ItemId | None:
        """`twins`: (marketing, it) ids of what is linked."""
        here, there = (0, 1) if to is Side.IT else (1, 0)
        return next((ItemId(pair[there]) for pair in self.twins if pair[here] == item), None)

    def counterpart(self, to: Side, person: Person) -> Person | None:
        return self.people.get((to, person.id))

    def fallback(self, to: Side) -> Person | None:
        return None

    def normalise(self, side: Side, field: FieldId, value: Value) -> Normalised:
        return Normalised(value)

    def zone(self, side: Side) -> ZoneInfo:
        return ZoneInfo("UTC")


def rule(
    lens: object = None,
    *,
    name: str = "title",
    kind: Kind = Kind.TEXT,
    direction: Direction = Direction.BOTH,
    conflict: Conflict = Conflict.FLAG,
    default: Value = None,
) -> FieldRule:
    return FieldRule(
        RuleKey(f"{name}|{name}"),
        FieldId(name),
        FieldId(name),
        kind,
        direction,
        conflict,
        lens or Same(),  # type: ignore[arg-type]
        default,
        names={M: name, IT: name},
    )
