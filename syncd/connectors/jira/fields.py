"""Items between the wire and the canonical form. Pure.

A field that Jira leaves out of an answer, or that holds what its type does not allow, is *unknown*: it is absent from
the item and never counts as a change.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from syncd.connectors.jira.shapes import SETS, DueKind, DueSource, Form, Layout, Shape
from syncd.connectors.jira.text import TEXT_CHARS, fit_text, read_text, render_text
from syncd.connectors.jira.wire import (
    Flavour,
    epoch_ms,
    from_epoch_ms,
    parse_category,
    parse_date,
    parse_instant,
    parse_marker,
    parse_person,
    render_instant,
    render_person,
)
from syncd.connectors.pictures import refs_of
from syncd.connectors.richtext.limits import JIRA_TITLE, shorten_title
from syncd.model.errors import Malformed
from syncd.model.items import ConnectionName, Item, ItemId, ItemRef, Normalised, SetChange, Signs
from syncd.model.richtext import Doc
from syncd.model.values import DUE, FieldId, Person, Value, is_empty

_BROKEN: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError)
_SPRINT_TEXT: Final = re.compile(r"(state|endDate)=([^,\]]*)")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a read went. `unreadable`: Jira's ids of fields that held what their type does not allow."""

    item: Item
    unreadable: tuple[str, ...] = ()


def needs_parent_due(layout: Layout, data: Mapping[str, Any]) -> str | None:
    """The id of the parent whose due date the item takes, where the scope says so and nothing before it is set."""
    for source in layout.dues:
        if source.kind is DueKind.PARENT:
            return str(parent["id"]) if (parent := data["fields"].get("parent")) else None
        if _safe_due(layout, source, data["fields"]) is not None:
            return None
    return None


def read_item(
    layout: Layout,
    data: Mapping[str, Any],
    *,
    connection: ConnectionName,
    browse_url: str,
    is_exact: bool,
    parent_due: date | None = None,
) -> Reading:
    """An issue as an item. Raises Malformed when it lacks what makes it one: id, times, status."""
    try:
        fields = data["fields"]
        values, unreadable = _read_fields(layout, fields, parent_due)
        updated_at = parse_instant(fields["updated"])
        item = Item(
            ref=ItemRef(connection, ItemId(str(data["id"]))),
            key=str(data["key"]),
            url=f"{browse_url}/browse/{data['key']}",
            version=updated_at.isoformat(timespec="milliseconds"),
            created_at=parse_instant(fields["created"]),
            updated_at=updated_at,
            fields=values,
            category=parse_category(fields["status"]),
            author=_author(layout, fields.get("creator")),
            marker=parse_marker(data.get("properties")),
            is_exact=is_exact,
            is_restricted=layout.hides(fields),
            in_scope=str((fields.get("project") or {}).get("id", layout.project_id)) == layout.project_id,
            signs=Signs(_flag(layout, fields), _relations(fields)),
        )
    except _BROKEN as problem:
        id_ = str(data.get("id", "")) if isinstance(data, dict) else ""
        reason = f"an issue lacks what makes it one ({type(problem).__name__})"
        raise Malformed(reason, connection=connection, item_id=id_ or None) from None
    return Reading(item, unreadable)


def _author(layout: Layout, wire: Any) -> Person | None:
    """Who made it; an account that cannot be read is nobody, which is no reason to lose the item."""
    try:
        return parse_person(wire, layout.flavour)
    except _BROKEN:
        return None


def _flag(layout: Layout, fields: Mapping[str, Any]) -> str | None:
    """What an issue is flagged as, usually "Impediment"; one that cannot be read is no reason to lose the item."""
    if layout.flag is None or layout.flag not in fields:
        return None
    try:
        return ", ".join(sorted(str(option["value"]) for option in fields[layout.flag] or ()))
    except _BROKEN:
        return None


def _relations(fields: Mapping[str, Any]) -> frozenset[str] | None:
    """How an issue is linked, as its page says it: an entry with `inwardIssue` is read by the type's inward label."""
    if "issuelinks" not in fields:
        return None
    try:
        links = fields["issuelinks"] or ()
        return frozenset(str(link["type"]["inward" if "inwardIssue" in link else "outward"]) for link in links)
    except _BROKEN:
        return None


def _read_fields(
    layout: Layout, fields: Mapping[str, Any], parent_due: date | None
) -> tuple[dict[FieldId, Value], tuple[str, ...]]:
    values: dict[FieldId, Value] = {}
    unreadable: list[str] = []
    for shape in layout.shapes.values():
        try:
            if shape.id == DUE:
                if any(source.wire in fields for source in layout.dues):
                    values[DUE] = _read_due(layout, fields, parent_due)
            elif shape.wire in fields:
                values[shape.id] = _READERS[shape.form](layout, shape, fields[shape.wire])
        except _BROKEN:
            unreadable.append(shape.wire)
    return values, tuple(unreadable)


# --- reading one value ------------------------------------------------------------------------------------------


def _read_due(layout: Layout, fields: Mapping[str, Any], parent_due: date | None) -> Value:
    found = (_due_from(layout, source, fields, parent_due) for source in layout.dues)
    return next((due for due in found if due is not None), None)


def _due_from(
    layout: Layout, source: DueSource, fields: Mapping[str, Any], parent_due: date | None
) -> date | datetime | None:
    wire = fields.get(source.wire)
    match source.kind:
        case DueKind.FIELD:
            return read_day(wire)
        case DueKind.FIX_VERSION:
            return _release_day(wire or ())
        case DueKind.SPRINT:
            return _sprint_end(wire or (), ZoneInfo(layout.zone))
        case DueKind.PARENT:
            return parent_due


def read_day(wire: Any) -> date | datetime | None:
    """A date, or an instant where the field holds one. An instant becomes a date in the mapping's zone only."""
    return parse_instant(wire) if wire and "T" in wire else parse_date(wire)


def _release_day(versions: Sequence[Mapping[str, Any]]) -> date | None:
    """The earliest release still to come; of a single version that is out its date."""
    open_ = [version for version in versions if not version.get("released")]
    days = [day for version in open_ or versions[:1] if (day := parse_date(version.get("releaseDate")))]
    return min(days, default=None)


def _sprint_end(sprints: Sequence[Any], zone: ZoneInfo) -> date | None:
    """The end of the active sprint, else of the next one, as a date in the project's zone."""
    ends: dict[str, list[date]] = {"active": [], "future": []}
    for sprint in sprints:
        facts = sprint if isinstance(sprint, dict) else _sprint_facts(sprint)
        end = facts.get("endDate")
        if end and end != "<null>":
            ends.setdefault(str(facts.get("state")).lower(), []).append(parse_instant(end).astimezone(zone).date())
    return min(ends["active"], default=min(ends["future"], default=None))


def _sprint_facts(text: str) -> dict[str, str]:
    """Data Center writes a sprint as the text of a Java object: `…Sprint@1f[id=1,state=ACTIVE,endDate=…]`."""
    return dict(_SPRINT_TEXT.findall(text))


def _read_line(_layout: Layout, _shape: Shape, wire: Any) -> Value:
    if wire is None:
        return None
    if not isinstance(wire, str):
        raise TypeError("no text")
    return wire or None


def _read_rich(layout: Layout, _shape: Shape, wire: Any) -> Value:
    doc = read_text(layout.flavour, wire)
    return None if doc.is_empty else doc


def _read_number(_layout: Layout, _shape: Shape, wire: Any) -> Value:
    return None if wire is None else float(wire)


def _read_date(_layout: Layout, _shape: Shape, wire: Any) -> Value:
    return read_day(wire)


def _read_choice(_layout: Layout, shape: Shape, wire: Any) -> Value:
    return None if wire is None else shape.shown(wire.get("id"), wire.get("value") or wire["name"])


def _read_choices(_layout: Layout, shape: Shape, wire: Any) -> Value:
    return frozenset(shape.shown(one.get("id"), one.get("value") or one["name"]) for one in wire or ())


def _read_labels(_layout: Layout, _shape: Shape, wire: Any) -> Value:
    return frozenset(str(label) for label in wire or ())


def _read_person(layout: Layout, _shape: Shape, wire: Any) -> Value:
    return parse_person(wire, layout.flavour)


def _read_status(layout: Layout, _shape: Shape, wire: Any) -> Value:
    return layout.status_names.get(str(wire["id"]), str(wire["name"]))


def _read_parent(_layout: Layout, _shape: Shape, wire: Any) -> Value:
    return str(wire["id"]) if wire else None


def _read_links(layout: Layout, _shape: Shape, wire: Any) -> Value:
    if layout.blocking is None:
        raise TypeError("no type of links")
    return frozenset(layout.blocking.read(wire or (), layout.blocking.blocker))


_READERS: Final[dict[Form, Callable[[Layout, Shape, Any], Value]]] = {
    Form.LINE: _read_line,
    Form.RICH: _read_rich,
    Form.NUMBER: _read_number,
    Form.DATE: _read_date,
    Form.INSTANT: _read_date,
    Form.OPTION: _read_choice,
    Form.OPTIONS: _read_choices,
    Form.LABELS: _read_labels,
    Form.NAMED: _read_choice,
    Form.NAMEDS: _read_choices,
    Form.PERSON: _read_person,
    Form.STATUS: _read_status,
    Form.PARENT: _read_parent,
    Form.LINKS: _read_links,
}


def _safe_due(layout: Layout, source: DueSource, fields: Mapping[str, Any]) -> date | None:
    try:
        return _due_from(layout, source, fields, None)
    except _BROKEN:
        return None


# --- what Jira would show -----------------------------------------------------------------------------------------


def normalise(layout: Layout, field: FieldId, value: Value) -> Normalised:
    """What Jira would show after being given a value. Idempotent."""
    shape = layout.shapes.get(field)
    if shape is None or value is None:
        return Normalised(frozenset() if shape is not None and shape.form in SETS else value)
    return _NORMALISERS.get(shape.form, _unchanged)(layout, shape, value)


def _unchanged(_layout: Layout, _shape: Shape, value: Value) -> Normalised:
    return Normalised(value)


def _normal_line(_layout: Layout, shape: Shape, value: Value) -> Normalised:
    line, is_shortened = shorten_title(_plain(value), JIRA_TITLE if shape.wire == "summary" else TEXT_CHARS)
    return Normalised(line or None, is_shortened)


def _normal_rich(layout: Layout, _shape: Shape, value: Value) -> Normalised:
    given = value if isinstance(value, Doc) else Doc.from_text(_plain(value))
    doc, is_shortened = fit_text(layout.flavour, given, refs_of(layout.pictures))
    return Normalised(None if doc.is_empty else doc, is_shortened)


def _normal_number(_layout: Layout, _shape: Shape, value: Value) -> Normalised:
    """What is no number stays as it is: Jira will say so, and the field waits."""
    try:
        number = float(value) if isinstance(value, int | float | str) else None
    except ValueError:
        number = None
    return Normalised(value if number is None else number if math.isfinite(number) else None)


def _normal_date(layout: Layout, _shape: Shape, value: Value) -> Normalised:
    return Normalised(value.astimezone(ZoneInfo(layout.zone)).date() if isinstance(value, datetime) else value)


def _normal_instant(layout: Layout, _shape: Shape, value: Value) -> Normalised:
    """Jira keeps milliseconds. A date for a field of instants is the beginning of that day in the project's zone."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=ZoneInfo(layout.zone)).astimezone(UTC)
    return Normalised(from_epoch_ms(epoch_ms(value)) if isinstance(value, datetime) else value)


def _normal_labels(_layout: Layout, _shape: Shape, value: Value) -> Normalised:
    labels = value if isinstance(value, frozenset) else frozenset({_plain(value)})
    return Normalised(frozenset(label for label in map(fit_label, labels) if label))


def fit_label(label: str) -> str:
    """A label as Jira can hold it: without blanks, 255 characters at most."""
    return re.sub(r"\s+", "_", label.strip())[:TEXT_CHARS]


def _plain(value: Value) -> str:
    return value.plain_text() if isinstance(value, Doc) else str(value)


_NORMALISERS: Final[dict[Form, Callable[[Layout, Shape, Value], Normalised]]] = {
    Form.LINE: _normal_line,
    Form.RICH: _normal_rich,
    Form.NUMBER: _normal_number,
    Form.DATE: _normal_date,
    Form.INSTANT: _normal_instant,
    Form.LABELS: _normal_labels,
}


# --- writing ------------------------------------------------------------------------------------------------------


def render_fields(layout: Layout, values: Mapping[FieldId, Value | SetChange]) -> dict[str, Any]:
    """The `fields` and `update` of a create or edit. Raises KeyError for a field that the project does not have."""
    fields: dict[str, Any] = {}
    update: dict[str, Any] = {}
    for field, value in values.items():
        shape = layout.shapes[field]
        if isinstance(value, SetChange):
            update[shape.wire] = _render_change(layout, shape, value)
        elif shape.form is Form.PARENT and value is None and layout.flavour is Flavour.CLOUD:
            update[shape.wire] = [{"set": {"none": True}}]
        else:
            fields[shape.wire] = render_value(layout, shape, value)
    return {name: part for name, part in (("fields", fields), ("update", update)) if part}


def _render_change(layout: Layout, shape: Shape, change: SetChange) -> list[dict[str, Any]]:
    added = [{"add": _render_element(shape, element)} for element in _elements(layout, shape, change.added)]
    return added + [{"remove": _render_element(shape, element)} for element in _elements(layout, shape, change.removed)]


def _elements(layout: Layout, shape: Shape, elements: frozenset[str]) -> list[str]:
    normal = normalise(layout, shape.id, elements).value
    return sorted(normal) if isinstance(normal, frozenset) else []


def render_value(layout: Layout, shape: Shape, value: Value) -> Any:
    """A value for the wire, normalised on the way; None and [] empty a field."""
    normal = normalise(layout, shape.id, value).value
    if is_empty(normal):
        return [] if shape.form in SETS else None
    match normal:
        case Doc():
            return render_text(layout.flavour, normal, refs_of(layout.pictures))
        case datetime():
            return render_instant(normal)
        case date():
            return normal.isoformat()
        case Person():
            return render_person(normal, layout.flavour)
        case frozenset():
            return [_render_element(shape, element) for element in sorted(normal)]
        case str() if shape.form in (Form.OPTION, Form.NAMED):
            return _render_element(shape, normal)
        case str() if shape.form is Form.PARENT:
            return {"id": normal}
    return normal


def _render_element(shape: Shape, shown: str) -> Any:
    if shape.form is Form.LABELS:
        return shown
    id_ = shape.option_id(shown)
    if id_ is not None:
        return {"id": id_}
    return {"value" if shape.form in (Form.OPTION, Form.OPTIONS) else "name": shown}


def is_bare_answer(layout: Layout, data: Any) -> bool:
    """Whether a write's answer lacks fields that a read would show, so that the item has to be read."""
    fields = data.get("fields") if isinstance(data, dict) else None
    return not isinstance(fields, dict) or not {"created", "updated", "status", "summary"} <= fields.keys()
