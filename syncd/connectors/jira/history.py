"""The history of fields, from Jira's changelog. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Final

from syncd.connectors.jira.shapes import Form, Layout, Shape
from syncd.connectors.jira.wire import HistoryPart, parse_instant, parse_person
from syncd.model.errors import Malformed
from syncd.model.items import FieldEdit, ItemId
from syncd.model.values import FieldId, UserId

_BY_ID: Final = frozenset({Form.DATE, Form.INSTANT, Form.PERSON})
"""Of these the changelog's id is the value; its text is in the server's language and format."""

_Dated = tuple[datetime, int, FieldEdit]


def wire_fields(layout: Layout, fields: Sequence[FieldId]) -> dict[str, Shape]:
    """Jira's id of each of these fields that the project has. Links have a history in words only, by key."""
    shapes = [layout.shapes[field] for field in fields if field in layout.shapes]
    return {shape.wire: shape for shape in shapes if shape.form is not Form.LINKS}


def read_histories(
    layout: Layout, parts: Iterable[HistoryPart], shapes: Mapping[str, Shape], me: UserId
) -> dict[ItemId, tuple[FieldEdit, ...]]:
    """The edits of these fields by item, newest first; an item without any is missing. Raises Malformed."""
    found: defaultdict[ItemId, list[_Dated]] = defaultdict(list)
    for part in parts:
        try:
            found[ItemId(part.issue_id)] += _dated(layout, part, shapes, me)
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            reason = f"an entry of the history cannot be read ({type(problem).__name__})"
            raise Malformed(reason, item_id=part.issue_id) from None
    return {item_id: _newest_first(edits) for item_id, edits in found.items() if edits}


def _dated(layout: Layout, part: HistoryPart, shapes: Mapping[str, Shape], me: UserId) -> Iterator[_Dated]:
    asked = {wire: shapes[wire] for wire in part.fields}
    for change in part.changes:
        number = int(change.get("id") or 0)
        yield from ((edit.at, number, edit) for edit in _edits(layout, change, asked, me))


def _newest_first(edits: Iterable[_Dated]) -> tuple[FieldEdit, ...]:
    """Times may be whole seconds, so the number of the change decides between equals."""
    return tuple(edit for _, _, edit in sorted(edits, key=itemgetter(0, 1))[::-1])


def _edits(layout: Layout, change: Mapping[str, Any], shapes: Mapping[str, Shape], me: UserId) -> Iterator[FieldEdit]:
    author = parse_person(change.get("author"), layout.flavour)
    at = parse_instant(change["created"])
    for entry in change["items"]:
        shape = _shape_of(entry, shapes)
        if shape is not None:
            old, new = _value(shape, entry, "from"), _value(shape, entry, "to")
            yield FieldEdit(shape.id, at, author, old, new, author is not None and author.id == me)


def _shape_of(entry: Mapping[str, Any], shapes: Mapping[str, Shape]) -> Shape | None:
    """Cloud names the field's id; Data Center only what it is called, which for system fields is the id."""
    if "fieldId" in entry:
        return shapes.get(str(entry["fieldId"]))
    called = str(entry["field"])
    by_name = {shape.name: shape for shape in shapes.values()}
    return shapes.get(called) or by_name.get(called)


def _value(shape: Shape, entry: Mapping[str, Any], side: str) -> str | None:
    id_, text = entry.get(side), entry.get(f"{side}String")
    value = (id_ or text) if shape.form in _BY_ID else text
    return str(value) if value not in (None, "") else None
