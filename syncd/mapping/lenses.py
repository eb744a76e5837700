"""The lenses for values that are written as a whole: texts, numbers, dates, people, names of options."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from syncd.config.choices import UnknownPeople
from syncd.mapping.lens import NoCounterpart, Silent, Surroundings, Translated, Translation
from syncd.mapping.values import ValueTable
from syncd.model.days import day_in
from syncd.model.items import Normalised, Side
from syncd.model.richtext import Doc
from syncd.model.values import FieldId, Person, Value, is_empty


@dataclass(frozen=True, slots=True)
class Ends:
    """The two fields that a lens stands between."""

    marketing: FieldId
    it: FieldId

    def on(self, side: Side) -> FieldId:
        """The field on `side`."""
        return self.marketing if side is Side.MARKETING else self.it

    def normalise(self, side: Side, value: Value, around: Surroundings) -> Normalised:
        """What the field on `side` makes of `value`."""
        return around.normalise(side, self.on(side), value)


def pair_of(to: Side, value: Value, current: Value) -> tuple[Value, Value]:
    """(marketing, it) of a value on its way to `to`, which shows `current`."""
    return (value, current) if to is Side.IT else (current, value)


def same(one: Value, other: Value) -> bool:
    """Whether a person would call two values of one side equal; all kinds of empty are."""
    return one == other or (is_empty(one) and is_empty(other))


# --- texts and numbers ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlainLens:
    """For texts, rich texts and numbers. Stated loss: what the receiving field normalises away, and what does not fit.

    `convert`: from the other side's kind to that of the side it is listed under; sides of one kind need none.
    """

    ends: Ends
    convert: Mapping[Side, Callable[[Value], Value]]

    def translate(self, to: Side, value: Value, current: Value, around: Surroundings) -> Translation:
        """The other side's value as this side shows it; `current` where it says the same already."""
        said = self._said(to, value, around)
        if self.agree(*pair_of(to, value, current), around):
            return Translated(current, said.is_shortened)
        return Translated(said.value, said.is_shortened)

    def agree(self, marketing: Value, it: Value, around: Surroundings) -> bool:
        """Whether one of the two is what its field makes of the other."""
        return (
            same(marketing, it)
            or same(self._said(Side.IT, marketing, around).value, it)
            or same(self._said(Side.MARKETING, it, around).value, marketing)
        )

    def _said(self, to: Side, value: Value, around: Surroundings) -> Normalised:
        convert = self.convert.get(to)
        return self.ends.normalise(to, convert(value) if convert else value, around)


def to_plain(value: Value) -> Value:
    """Rich text without its formatting."""
    return value.plain_text() if isinstance(value, Doc) else value


def to_rich(value: Value) -> Value:
    """Plain text as rich text."""
    return Doc.from_text(value) if isinstance(value, str) else value


# --- dates ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DateLens:
    """For dates. Stated loss: an instant's time of day.

    A date is never seen through a time zone; an instant becomes a day only in the zone of the side that shows it.
    """

    ends: Ends

    def translate(self, to: Side, value: Value, current: Value, around: Surroundings) -> Translation:
        """The day that the other side shows; `current` where it is on that day already."""
        if self.agree(*pair_of(to, value, current), around):
            return Translated(current)
        return Translated(self.ends.normalise(to, _day(to.other, value, around), around).value)

    def agree(self, marketing: Value, it: Value, around: Surroundings) -> bool:
        """Whether both show the same day, each in its own zone."""
        return _day(Side.MARKETING, marketing, around) == _day(Side.IT, it, around)


def _day(side: Side, value: Value, around: Surroundings) -> date | None:
    return day_in(value, around.zone(side)) if isinstance(value, date) else None


# --- people ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PersonLens:
    """For people. Stated loss: a person unknown on the other side, as `people.unknown` says."""

    ends: Ends
    unknown: UnknownPeople

    def translate(self, to: Side, value: Value, current: Value, around: Surroundings) -> Translation:
        """The same human's account on `to`, or what stands in for it."""
        if self.agree(*pair_of(to, value, current), around):
            return Translated(current)
        return self._said(to, value, around)

    def agree(self, marketing: Value, it: Value, around: Surroundings) -> bool:
        """Whether one of the two accounts is what the other one is translated to."""
        return self._said(Side.IT, marketing, around) == Translated(it) or self._said(
            Side.MARKETING, it, around
        ) == Translated(marketing)

    def _said(self, to: Side, value: Value, around: Surroundings) -> Translation:
        if not isinstance(value, Person):
            return Translated(None)
        counterpart = around.counterpart(to, value)
        if counterpart is not None and counterpart.is_active:
            return Translated(counterpart)
        return self._stand_in(to, value, counterpart, around)

    def _stand_in(self, to: Side, person: Person, closed: Person | None, around: Surroundings) -> Translation:
        fallback = around.fallback(to)
        if fallback is not None and (closed is not None or self.unknown is UnknownPeople.FALLBACK):
            return Translated(fallback)
        what = "is closed" if closed is not None else "was not found"
        reason = f"The account of {person.name} {what} {on_side(to)}."
        match self.unknown:
            case UnknownPeople.KEEP:
                return Silent(reason)
            case UnknownPeople.EMPTY:
                return Translated(None)
            case UnknownPeople.FALLBACK:
                return NoCounterpart(person.name, reason, "people: fallback: {CONNECTION: ACCOUNT}")


# --- names ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NameLens:
    """For names of options: status, select, priority, type; also where one end is a text.

    Without a table a name stands for itself. `options`: the names that exist on a side; a side that is not listed takes
    any. `what`: what people call the field, for messages.
    """

    ends: Ends
    table: ValueTable | None
    options: Mapping[Side, frozenset[str]]
    what: str

    def translate(self, to: Side, value: Value, current: Value, around: Surroundings) -> Translation:
        """The name on `to` that stands for the other side's; `current` where it does already."""
        if self.agree(*pair_of(to, value, current), around):
            return Translated(current)
        if not isinstance(value, str) or is_empty(value):
            return Translated(None)
        said = counterpart(self, to, value, has_current=not is_empty(current))
        return Translated(self.ends.normalise(to, said, around).value) if isinstance(said, str) else said

    def agree(self, marketing: Value, it: Value, around: Surroundings) -> bool:
        """Whether a row holds both names; without a table whether they are the same."""
        if not isinstance(marketing, str) or not isinstance(it, str) or is_empty(marketing) or is_empty(it):
            return is_empty(marketing) and is_empty(it)
        if self.table is not None and self.table.pairs(marketing, it):
            return True
        return self._reads_as(Side.IT, marketing, it, around) or self._reads_as(Side.MARKETING, it, marketing, around)

    def _reads_as(self, to: Side, value: str, current: str, around: Surroundings) -> bool:
        """A text field may show a name cut short or trimmed."""
        said = counterpart(self, to, value, has_current=True)
        return isinstance(said, str) and self.ends.normalise(to, said, around).value == current


def counterpart(lens: NameLens, to: Side, name: str, *, has_current: bool) -> str | NoCounterpart | Silent:
    """The name that is written on `to` for the other side's `name`.

    `has_current`: whether `to` shows anything now, which decides what a row that leaves the choice open ("*") means.
    """
    if lens.table is None:
        options = lens.options.get(to)
        return name if options is None or name in options else _unknown(lens, to, name)
    row = lens.table.row(to.other, name)
    if row is None:
        return _unknown(lens, to, name)
    cell = row.on(to)
    if cell.names:
        return cell.names[0]
    if cell.is_silent:
        return Silent(f"{_quoted(name)} says nothing to the other side (~).")
    if not has_current:
        return Silent(f"{_quoted(name)} leaves the value {on_side(to)} open (*).")
    return _open(to, name)


def _unknown(lens: NameLens, to: Side, name: str) -> NoCounterpart:
    reason = f"The {lens.what} {_quoted(name)} has no counterpart {on_side(to)}."
    return NoCounterpart(name, reason, f"values: - {_row(to, name, f'NAME {on_side(to).upper()}')}")


def _open(to: Side, name: str) -> NoCounterpart:
    reason = f'{_quoted(name)} leaves the value {on_side(to)} open ("*"), but what is there now means something else.'
    return NoCounterpart(name, reason, f"values: - {_row(to, name, ['NAME', '*'])}")


def _row(to: Side, name: str, other: str | list[str]) -> str:
    return json.dumps([name, other] if to is Side.IT else [other, name], ensure_ascii=False)


def _quoted(name: str) -> str:
    return f"“{name}”"


def on_side(side: Side) -> str:
    """A side as it stands in a sentence."""
    return "in marketing" if side is Side.MARKETING else "in IT"
