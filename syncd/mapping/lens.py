"""Two-way lenses: how a value of one side is said on the other.

A lens never reads or writes anything itself. What it has to know of the two systems (who is who, what a field makes of
a value, in which zone an instant is a day) the engine hands in as `Surroundings`.

Laws that every lens keeps (tests/mapping holds them):

* `agree(m, i)` means that nothing has to be written: `translate` either way, with the other value as `current`, then
  gives `current` back (or is silent).
* A translated value agrees with the value it came from, up to the loss that its lens states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from syncd.model.items import ItemId, Normalised, SetChange, Side
from syncd.model.values import FieldId, Person, Value


class Surroundings(Protocol):
    """What a lens may ask about the two sides. Pure to call: answers come from what was read before."""

    def counterpart(self, to: Side, person: Person) -> Person | None:
        """The same human on side `to`; None when unknown there."""
        ...

    def fallback(self, to: Side) -> Person | None:
        """The person that `people.fallback` names for side `to`; None when it names nobody."""
        ...

    def normalise(self, side: Side, field: FieldId, value: Value) -> Normalised:
        """What `field` on `side` would show after being given `value`. Idempotent."""
        ...

    def twin(self, to: Side, item: ItemId) -> ItemId | None:
        """The item of side `to` that is linked with that item of the other side; None when it is in no twin."""
        ...

    def zone(self, side: Side) -> ZoneInfo:
        """The only zone in which an instant of that side becomes a date."""
        ...


@dataclass(frozen=True, slots=True)
class Translated:
    """The value to show on the receiving side. `is_shortened`: the end of a text had to be cut."""

    value: Value
    is_shortened: bool = False


@dataclass(frozen=True, slots=True)
class NoCounterpart:
    """Nothing on the receiving side stands for the value: the field waits, nothing is guessed.

    `value_text`: the value as people see it. `reason`: a plain sentence. `advice`: what to change, where there is such
    a thing the line of YAML to add. `waits_for`: the item of the value's side that has to be linked first; then it is
    nobody's fault, and nothing is said.
    """

    value_text: str
    reason: str
    advice: str
    waits_for: ItemId | None = None


@dataclass(frozen=True, slots=True)
class Silent:
    """The value says nothing to the other side (`~` in a value table, a person unknown there): nothing is written.

    This is settled, not held: the pair as it stands may become the baseline. `reason`: a plain sentence.
    """

    reason: str


Translation = Translated | NoCounterpart | Silent


class Lens(Protocol):
    """Translates one field rule's values, either way."""

    def translate(self, to: Side, value: Value, current: Value, around: Surroundings) -> Translation:
        """What `to` should show for the other side's `value`, where it shows `current` now (None: nothing yet).

        The result is normalised for the receiving field, and is `current` itself when the two agree already.
        """
        ...

    def agree(self, marketing: Value, it: Value, around: Surroundings) -> bool:
        """Whether the two values say the same, so that nothing has to be written either way."""
        ...


@dataclass(frozen=True, slots=True)
class TranslatedChange:
    """Elements to add to and remove from a set, and the elements that could not be said on that side."""

    change: SetChange
    untranslated: tuple[NoCounterpart, ...] = ()


class SetLens(Lens, Protocol):
    """The lens of every rule whose kind is a set: sets merge element by element."""

    def translate_change(
        self, to: Side, change: SetChange, value: frozenset[str], current: frozenset[str], around: Surroundings
    ) -> TranslatedChange:
        """What a change of the other side's set (now `value`) means for `to`, which shows `current`.

        Elements already there are not added, elements already gone are not removed; an element is removed only when
        nothing left in `value` still stands for it.
        """
        ...
