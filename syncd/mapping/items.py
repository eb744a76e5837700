"""The lenses for what names other items: a parent, and what blocks an item. They go through the links.

An item that is not linked has no counterpart to name: the field waits, quietly, until somebody links it.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd.mapping.lens import NoCounterpart, Surroundings, Translated, TranslatedChange, Translation
from syncd.mapping.lenses import pair_of, same
from syncd.model.items import ItemId, SetChange, Side
from syncd.model.values import Value

_UNLINKED = "It names an item that has no counterpart yet; it follows once that one is linked."


@dataclass(frozen=True, slots=True)
class ItemLens:
    """For one item that is named, such as a parent."""

    def translate(self, to: Side, value: Value, current: Value, around: Surroundings) -> Translation:
        """The linked counterpart of the item that the other side names."""
        if self.agree(*pair_of(to, value, current), around):
            return Translated(current)
        if not isinstance(value, str) or not value:
            return Translated(None)
        twin = around.twin(to, ItemId(value))
        return _unlinked(value) if twin is None else Translated(twin)

    def agree(self, marketing: Value, it: Value, around: Surroundings) -> bool:
        """Whether the two items named are linked with each other, or none is named."""
        if not marketing or not it:
            return same(marketing, it)
        return isinstance(marketing, str) and around.twin(Side.IT, ItemId(marketing)) == it


@dataclass(frozen=True, slots=True)
class ItemSetLens:
    """For sets of items. Those without a counterpart stay where they are until they are linked."""

    def translate(self, to: Side, value: Value, current: Value, around: Surroundings) -> Translation:
        """The counterparts of the other side's items, with those of `current` that are not linked."""
        kept = {mine for mine in _items(current) if around.twin(to.other, ItemId(mine)) is None}
        return Translated(self._said(to, _items(value), around) | kept)

    def agree(self, marketing: Value, it: Value, around: Surroundings) -> bool:
        """Whether each linked item of one side has its counterpart in the other's set."""
        left, right = _items(marketing), _items(it)
        return self._said(Side.IT, left, around) <= right and self._said(Side.MARKETING, right, around) <= left

    def translate_change(
        self, to: Side, change: SetChange, value: frozenset[str], current: frozenset[str], around: Surroundings
    ) -> TranslatedChange:
        """See `SetLens`."""
        added = self._said(to, change.added, around) - current
        removed = (self._said(to, change.removed, around) & current) - self._said(to, value, around)
        unlinked = (each for each in sorted(change.added) if around.twin(to, ItemId(each)) is None)
        return TranslatedChange(SetChange(added, removed), tuple(map(_unlinked, unlinked)))

    def _said(self, to: Side, items: frozenset[str], around: Surroundings) -> frozenset[str]:
        twins = (around.twin(to, ItemId(each)) for each in items)
        return frozenset(twin for twin in twins if twin is not None)


def _unlinked(item: str) -> NoCounterpart:
    return NoCounterpart(item, _UNLINKED, "", waits_for=ItemId(item))


def _items(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()
