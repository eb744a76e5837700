"""Rows and defaults of a field rule, checked against what the servers have."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import isfinite
from typing import Final

from syncd.config.choices import Direction
from syncd.config.messages import nearest
from syncd.config.yaml import KeyPath
from syncd.mapping.ends import End
from syncd.mapping.lenses import on_side
from syncd.mapping.places import Places
from syncd.mapping.values import REST, Cell, Row, ValueTable
from syncd.model.items import Side
from syncd.model.richtext import Doc
from syncd.model.values import Kind, Value

SourceCell = str | tuple[str, ...] | None
_COLUMN: Final = {Side.MARKETING: 0, Side.IT: 1}


def compile_table(
    rows: tuple[tuple[SourceCell, SourceCell], ...] | None,
    ends: tuple[End, End],
    direction: Direction,
    places: Places,
    path: KeyPath,
) -> ValueTable | None:
    """The table of a rule; None when it has none. Problems and doubts are put on record."""
    if rows is None:
        return None
    table = ValueTable(tuple(Row(Cell.of(marketing), Cell.of(it)) for marketing, it in rows))
    for index, row in enumerate(table.rows):
        if row.marketing.is_silent and row.it.is_silent:
            places.wrong((*path, "values", index), "a row of ~ on both sides says nothing")
        if not row.marketing.names and not row.it.names and row.marketing.has_rest and row.it.has_rest:
            places.wrong((*path, "values", index), 'a row of "*" on both sides names nothing')
    for end in ends:
        _one_rest(table, end.side, places, path)
        _names_exist(rows, end, places, path)
        _names_are_mapped(table, end, direction, places, path)
    return table


def _one_rest(table: ValueTable, side: Side, places: Places, path: KeyPath) -> None:
    found = [index for index, row in enumerate(table.rows) if row.on(side).has_rest]
    for index in found[1:]:
        places.wrong((*path, "values", index, _COLUMN[side]), f'"*" stands {on_side(side)} in an earlier row already')


def _names_exist(rows: tuple[tuple[SourceCell, SourceCell], ...], end: End, places: Places, path: KeyPath) -> None:
    if end.options is None:
        return
    for inner, name in _named(rows, end.side):
        if name not in end.options:
            hint = nearest(name, end.options)
            places.wrong((*path, "values", *inner), f"{end.name!r} {on_side(end.side)} has no value {name!r}; {hint}")


def _named(rows: tuple[tuple[SourceCell, SourceCell], ...], side: Side) -> Iterator[tuple[KeyPath, str]]:
    column = _COLUMN[side]
    for index, row in enumerate(rows):
        cell = row[column]
        names = (cell,) if isinstance(cell, str) else cell or ()
        for number, name in enumerate(names):
            if name != REST:
                yield ((index, column) if isinstance(cell, str) else (index, column, number)), name


def _names_are_mapped(table: ValueTable, end: End, direction: Direction, places: Places, path: KeyPath) -> None:
    """Say beforehand which values will be held back for lack of a row."""
    towards = Direction.TO_IT if end.side is Side.MARKETING else Direction.TO_MARKETING
    if end.options is None or direction not in (Direction.BOTH, Direction.ONCE, towards):
        return
    missing = sorted(name for name in end.options if table.row(end.side, name) is None)
    if missing:
        names = ", ".join(repr(name) for name in missing)
        places.doubt(
            (*path, "values"), f"{end.name!r} {on_side(end.side)}: no row for {names}; items that show it wait"
        )


def compile_default(
    source: SourceCell, ends: tuple[End, End], direction: Direction, places: Places, path: KeyPath
) -> Value:
    """The default as a value of the fields it may be written to; None when there is none."""
    if source is None:
        return None
    where: KeyPath = (*path, "default")
    if direction is Direction.COMPARE:
        places.wrong(where, "a default is written on create; this field is only compared")
        return None
    kind = next((end.kind for end in ends if end.kind is not None), Kind.TEXT)
    value = _value(source, kind)
    if value is None:
        places.wrong(where, _NO_DEFAULT.get(kind, "this is no value for the field"))
        return None
    names = value if isinstance(value, frozenset) else {value}
    for end in ends:
        if end.options is not None and _receives(end.side, direction) and not names <= end.options:
            hint = nearest(str(source), end.options)
            places.wrong(where, f"{end.name!r} {on_side(end.side)} has no value {source!r}; {hint}")
    return value


_NO_DEFAULT: Final = {
    Kind.PERSON: "a person cannot be a default; see `people.fallback`",
    Kind.DATE: "a default date has to be like 2026-11-01",
    Kind.NUMBER: "a default number has to be a number",
}


def _receives(side: Side, direction: Direction) -> bool:
    away = Direction.TO_MARKETING if side is Side.IT else Direction.TO_IT
    return direction is not away


def _value(source: str | tuple[str, ...], kind: Kind) -> Value:
    if kind is Kind.MULTISELECT:
        return frozenset({source} if isinstance(source, str) else source)
    if not isinstance(source, str):
        return None
    match kind:
        case Kind.NUMBER:
            return _number(source)
        case Kind.DATE:
            return _date(source)
        case Kind.RICHTEXT:
            return Doc.from_text(source)
        case Kind.PERSON:
            return None
        case _:
            return source


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
