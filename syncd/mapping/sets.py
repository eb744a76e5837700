"""The lens for labels and multi-selects: each element is translated on its own."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.mapping.lens import NoCounterpart, Silent, Surroundings, Translated, TranslatedChange, Translation
from syncd.mapping.lenses import NameLens, counterpart, pair_of
from syncd.model.items import SetChange, Side
from syncd.model.values import Value

Said = str | NoCounterpart | Silent


@dataclass(frozen=True, slots=True)
class ElementLens:
    """For sets of names. Elements without a counterpart stay where they are; that is the stated loss."""

    names: NameLens

    def translate(self, to: Side, value: Value, current: Value, around: Surroundings) -> Translation:
        """The elements that stand for the other side's, with those of `current` that nothing could stand for.

        Elements that cannot be said are left out; `translate_change` names them.
        """
        if self.agree(*pair_of(to, value, current), around):
            return Translated(_elements(current))
        there, here = _elements(value), _elements(current)
        kept = {mine for mine in here if self._is_wanted(to, mine, there, around)}
        missing = self.translate_change(to, SetChange(there, frozenset()), there, here, around).change.added
        return Translated(missing.union(kept))

    def agree(self, marketing: Value, it: Value, around: Surroundings) -> bool:
        """Whether every element that has a counterpart is represented on the other side."""
        left, right = _elements(marketing), _elements(it)
        return all(
            self._is_there(Side.IT, each, right, around) or not self._has_counterpart(Side.IT, each, around)
            for each in left
        ) and all(
            self._is_there(Side.MARKETING, each, left, around)
            or not self._has_counterpart(Side.MARKETING, each, around)
            for each in right
        )

    def translate_change(
        self, to: Side, change: SetChange, value: frozenset[str], current: frozenset[str], around: Surroundings
    ) -> TranslatedChange:
        """See `SetLens`."""
        added: set[str] = set()
        failed: list[NoCounterpart] = []
        for element in sorted(change.added):
            said = self._said(to, element, around)
            if isinstance(said, NoCounterpart):
                failed.append(said)
            elif isinstance(said, str) and not self._is_there(to, element, current, around):
                added.add(said)
        removed = {
            mine
            for mine in current
            if any(self._pairs(to, element, mine, around) for element in change.removed)
            and not any(self._pairs(to, element, mine, around) for element in value)
        }
        return TranslatedChange(SetChange(frozenset(added), frozenset(removed)), tuple(failed))

    def _said(self, to: Side, element: str, around: Surroundings) -> Said:
        """One element in the other side's words, as its field writes it."""
        said = counterpart(self.names, to, element, has_current=False)
        if not isinstance(said, str):
            return said
        normal = self.names.ends.normalise(to, frozenset({said}), around).value
        if isinstance(normal, frozenset) and len(normal) == 1:
            return next(iter(normal))
        reason = f"The {self.names.what} “{element}” cannot be written there."
        return NoCounterpart(element, reason, "values: a row that gives it another name there")

    def _has_counterpart(self, to: Side, element: str, around: Surroundings) -> bool:
        return isinstance(self._said(to, element, around), str)

    def _pairs(self, to: Side, element: str, mine: str, around: Surroundings) -> bool:
        """Whether `element` of the other side and `mine` of `to` stand for each other."""
        table = self.names.table
        if table is not None:
            left, right = pair_of(to, element, mine)
            if isinstance(left, str) and isinstance(right, str) and table.pairs(left, right):
                return True
        return self._said(to, element, around) == mine or self._said(to.other, mine, around) == element

    def _is_there(self, to: Side, element: str, here: frozenset[str], around: Surroundings) -> bool:
        return any(self._pairs(to, element, mine, around) for mine in here)

    def _is_wanted(self, to: Side, mine: str, there: frozenset[str], around: Surroundings) -> bool:
        """An element of `to` stays while something stands for it, or nothing could."""
        if any(self._pairs(to, element, mine, around) for element in there):
            return True
        return not self._has_counterpart(to.other, mine, around)


def _elements(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()
