"""Which lens stands between two kinds of field. Pairs that would lose or guess are refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from syncd.config.choices import UnknownPeople
from syncd.mapping.ends import End
from syncd.mapping.items import ItemLens, ItemSetLens
from syncd.mapping.lens import Lens
from syncd.mapping.lenses import DateLens, Ends, NameLens, PersonLens, PlainLens, to_plain, to_rich
from syncd.mapping.notes import NotesLens
from syncd.mapping.sets import ElementLens
from syncd.mapping.values import ValueTable
from syncd.model.items import Side
from syncd.model.values import Kind, Value

NAMED: Final = frozenset({Kind.STATUS, Kind.SELECT})
TABLED: Final = NAMED | {Kind.TEXT, Kind.MULTISELECT}
_TEXTS: Final = frozenset({Kind.TEXT, Kind.RICHTEXT})
_WORDS: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "a text",
    Kind.RICHTEXT: "a rich text",
    Kind.NUMBER: "a number",
    Kind.DATE: "a date",
    Kind.SELECT: "a select",
    Kind.MULTISELECT: "a multi-select",
    Kind.PERSON: "a person",
    Kind.STATUS: "a status",
    Kind.ITEM: "another item",
    Kind.ITEMS: "other items",
}


def merge_kind(marketing: Kind, it: Kind) -> Kind | None:
    """How edits of a pair of fields merge; None when the two cannot be mapped to each other."""
    kinds = {marketing, it}
    if len(kinds) == 1:
        return marketing
    if kinds <= _TEXTS:
        return Kind.RICHTEXT
    if kinds <= NAMED:
        return Kind.STATUS
    if Kind.TEXT in kinds and kinds & NAMED:
        return next(iter(kinds & NAMED))
    return None


def refusal(marketing: Kind, it: Kind) -> str:
    """Why two kinds cannot be mapped to each other."""
    return f"{_WORDS[marketing]} cannot be mapped to {_WORDS[it]}"


def lens_for(marketing: End, it: End, table: ValueTable | None, below: str | None, unknown: UnknownPeople) -> Lens:
    """The lens between two fields that `merge_kind` allows; an unknown kind is taken for the other end's."""
    kinds = (marketing.kind or it.kind or Kind.TEXT, it.kind or marketing.kind or Kind.TEXT)
    if Kind.ITEM in kinds:
        return ItemLens()
    if Kind.ITEMS in kinds:
        return ItemSetLens()
    ends = Ends(marketing.field, it.field)
    if Kind.MULTISELECT in kinds:
        return ElementLens(_names(ends, marketing, it, table))
    if NAMED & set(kinds) or table is not None:
        return _names(ends, marketing, it, table)
    if Kind.DATE in kinds:
        return DateLens(ends)
    if Kind.PERSON in kinds:
        return PersonLens(ends, unknown)
    return NotesLens(ends, below) if below is not None else PlainLens(ends, _conversions(kinds))


def _names(ends: Ends, marketing: End, it: End, table: ValueTable | None) -> NameLens:
    options = {end.side: end.options for end in (marketing, it) if end.options is not None}
    return NameLens(ends, table, options, " / ".join(dict.fromkeys((marketing.name, it.name))))


def _conversions(kinds: tuple[Kind, Kind]) -> Mapping[Side, Callable[[Value], Value]]:
    if len(set(kinds)) == 1:
        return {}
    marketing, it = (to_rich if kind is Kind.RICHTEXT else to_plain for kind in kinds)
    return {Side.MARKETING: marketing, Side.IT: it}
