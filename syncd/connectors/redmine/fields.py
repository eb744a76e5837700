"""Issues of Redmine as items, and values as what Redmine takes. Pure.

Reading: a property that the answer lacks is empty where Redmine leaves empty ones out (people, categories), and
unknown elsewhere (a custom field that the tracker does not have). Writing: names are checked here, since Redmine
ignores an unknown number with a success.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from syncd.connectors.answers import need
from syncd.connectors.names import nearest
from syncd.connectors.pictures import refs_of
from syncd.connectors.redmine.layout import CATEGORY, Layout
from syncd.connectors.redmine.text import read_text, render_text, shorten_text, shorten_title, show_text
from syncd.connectors.redmine.wire import Json, id_of, name_of, parse_instant, parse_person
from syncd.connectors.richtext import FormatName
from syncd.model.errors import Malformed, Rejected
from syncd.model.items import (
    Category,
    ConnectionName,
    ExactRead,
    FieldSpec,
    Item,
    ItemId,
    ItemRef,
    Marker,
    Normalised,
    Project,
)
from syncd.model.richtext import Doc
from syncd.model.values import (
    ASSIGNEE,
    BLOCKED_BY,
    DESCRIPTION,
    DUE,
    PARENT,
    PRIORITY,
    START,
    STATUS,
    TITLE,
    TYPE,
    FieldId,
    Kind,
    Person,
    UserId,
    Value,
    encode,
    is_empty,
)

_REFERENCES: Final[Mapping[FieldId, str]] = {PRIORITY: "priority", TYPE: "tracker", CATEGORY: "category"}
"""Fields that hold one of several named things → property of the issue; written with `_id` behind it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading an issue needs beside it. `account_name`: name of an account by its number."""

    project: Project
    connection: ConnectionName
    url: str
    format: FormatName
    account_name: Callable[[str], str]


PRIVATE: Final = "private"
"""What `levels` calls private issues."""

# --- reading ------------------------------------------------------------------------------------------------------


def parse_issues(issues: Iterable[Json], reading: Reading) -> ExactRead:
    """Issues as items, but for those that cannot be understood. Raises Malformed for one without an id."""
    items: dict[ItemId, Item] = {}
    broken: dict[ItemId, str] = {}
    for issue in issues:
        id_ = ItemId(id_of(issue))
        try:
            items[id_] = parse_issue(issue, reading)
        except Malformed as problem:
            broken[id_] = str(problem)
    return ExactRead(items, broken)


def parse_issue(issue: Json, reading: Reading) -> Item:
    """An issue as an item. Raises Malformed naming the item when it lacks what every issue has."""
    layout = Layout.of(reading.project)
    id_ = id_of(issue)
    try:
        fields, marker = _fields(issue, reading, layout)
        in_scope = id_of(need(issue, "project", dict)) == layout.project
        return Item(
            ref=ItemRef(reading.connection, ItemId(id_)),
            key=f"#{id_}",
            url=f"{reading.url}/issues/{id_}",
            version=_version(issue, fields, (in_scope, marker, issue.get("is_private"))),
            created_at=parse_instant(need(issue, "created_on")),
            updated_at=parse_instant(need(issue, "updated_on")),
            fields=fields,
            category=_category(issue, layout),
            author=parse_person(issue.get("author")),
            marker=marker,
            is_exact=True,  # lists come from the tables themselves, there is no index that could lag
            is_restricted=bool(issue.get("is_private")) and PRIVATE not in reading.project.scope.levels,
            in_scope=in_scope,
        )
    except Malformed as problem:
        problem.item_id = id_
        raise
    except (LookupError, ValueError, TypeError, AttributeError) as problem:
        raise Malformed(f"issue {id_} is not as Redmine's API says", item_id=id_, http_status=200) from problem


def _fields(issue: Json, reading: Reading, layout: Layout) -> tuple[dict[FieldId, Value], Marker | None]:
    project = reading.project
    text, marker = read_text(issue.get("description"), reading.format)
    fields: dict[FieldId, Value] = {
        TITLE: str(issue.get("subject") or "") or None,
        DESCRIPTION: text,
        STATUS: _status_name(issue, layout),
        ASSIGNEE: parse_person(issue.get("assigned_to")),
        START: _day(issue.get("start_date")),
        PARENT: id_of(issue["parent"]) if issue.get("parent") else None,
        BLOCKED_BY: frozenset(blockers(issue.get("relations") or (), id_of(issue))),  # asked for by every read
    }
    for id_, key in _REFERENCES.items():
        if id_ in project.fields:
            fields[id_] = _reference(issue.get(key), project.fields[id_])
    held = {id_of(one): one.get("value") for one in issue.get("custom_fields") or ()}
    for id_, custom in layout.customs.items():
        if custom in held:
            fields[id_] = _custom_value(held[custom], project.fields[id_], reading.account_name)
    in_field = held.get(layout.marker_id or "")
    return fields | _due(issue, layout, held), Marker(in_field) if isinstance(in_field, str) and in_field else marker


def blockers(relations: Iterable[Json], id_: str) -> dict[str, str]:
    """Id of what blocks the issue → id of the relation."""
    ours = (one for one in relations if one.get("relation_type") == "blocks" and str(one.get("issue_to_id")) == id_)
    return {str(one["issue_id"]): id_of(one) for one in ours}


def _status_name(issue: Json, layout: Layout) -> str:
    status = need(issue, "status", dict)
    known = layout.statuses.get(id_of(status))
    return known.name if known else name_of(status)


def _category(issue: Json, layout: Layout) -> Category:
    status = need(issue, "status", dict)
    known = layout.statuses.get(id_of(status))
    if known is not None:
        return known.category
    return Category.DONE if status.get("is_closed") else Category.DOING


def _reference(data: Any, spec: FieldSpec) -> Value:
    if not data:
        return None
    names = {option.id: option.name for option in spec.options}
    return names.get(id_of(data)) or name_of(data)


def _due(issue: Json, layout: Layout, held: Mapping[str, Any]) -> dict[FieldId, Value]:
    """The first due that is set; empty when all known ones are, unknown when none is known."""
    known: list[Value] = []
    for custom in layout.dues:
        if custom is None:
            known.append(_day(issue.get("due_date")))
        elif custom in held:
            known.append(_day(held[custom]))
    return {DUE: next((value for value in known if value is not None), None)} if known else {}


def _custom_value(held: Any, spec: FieldSpec, account_name: Callable[[str], str]) -> Value:
    names = {option.id: option.name for option in spec.options}
    if spec.kind is Kind.MULTISELECT:
        return frozenset(names.get(str(value), str(value)) for value in held or ())
    if held in (None, "", []):
        return None
    match spec.kind:
        case Kind.NUMBER:
            return float(held)
        case Kind.DATE:
            return _day(held)
        case Kind.SELECT:
            return names.get(str(held), str(held))
        case Kind.PERSON:
            return Person(UserId(str(held)), account_name(str(held)))
        case _:
            return str(held)


def _version(issue: Json, fields: Mapping[FieldId, Value], facts: tuple[object, ...]) -> str:
    """`updated_on`, which knows seconds only, and a digest of what we read."""
    content = [sorted((id_, encode(value)) for id_, value in fields.items()), [str(fact) for fact in facts]]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return f"{need(issue, 'updated_on')}~{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# --- what would be shown --------------------------------------------------------------------------------------------


def show(project: Project, id_: FieldId, value: Value, format_: FormatName) -> Normalised:
    """What Redmine shows after being given `value`."""
    spec = project.fields.get(id_)
    kind = spec.kind if spec else None
    if kind is not None and kind.is_set:
        return Normalised(value if isinstance(value, frozenset) else frozenset())
    if is_empty(value):
        return Normalised(None)
    if id_ == TITLE and isinstance(value, str):
        return shorten_title(value)
    if isinstance(value, Doc):
        return show_text(value, format_, refs_of(project.pictures))
    if kind is Kind.TEXT and isinstance(value, str):
        return shorten_text(value)
    return Normalised(value)


# --- writing --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Change:
    """A write as Redmine takes it. `customs`: id → value. `reasons`: field → why it cannot be written."""

    data: Json = field(default_factory=dict)
    customs: Json = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    def check(self) -> None:
        """Raises Rejected when something cannot be written."""
        if self.reasons:
            raise Rejected("; ".join(sorted(set(self.reasons.values()))), reasons=dict(self.reasons))

    def as_issue(self) -> Json:
        """The body of the request."""
        customs = [{"id": int(id_), "value": value} for id_, value in self.customs.items()]
        return {**self.data, **({"custom_fields": customs} if customs else {})}


class Unfit(Exception):
    """One value cannot be written; the text is the reason."""


def render_change(project: Project, values: Mapping[FieldId, Value], format_: FormatName) -> Change:
    """The values as Redmine takes them."""
    layout = Layout.of(project)
    change = Change()
    for id_, value in values.items():
        spec = project.fields.get(id_)
        try:
            if spec is None:
                raise Unfit("the project has no such field")
            if id_ == DESCRIPTION:
                text = None if value is None else _typed(value, Doc)
                change.data["description"] = render_text(text, format_, refs=refs_of(project.pictures))
            else:
                _render(change, layout, spec, value)
        except Unfit as unfit:
            change.reasons[id_] = str(unfit)
    return change


def _render(change: Change, layout: Layout, spec: FieldSpec, value: Value) -> None:
    if spec.id in _REFERENCES:
        change.data[f"{_REFERENCES[spec.id]}_id"] = "" if value is None else int(_option_id(spec, _typed(value, str)))
    elif spec.id in _RENDERERS:
        change.data |= _RENDERERS[spec.id](value)
    elif spec.id == DUE:
        _render_due(change, layout, value)
    elif spec.id == STATUS:
        change.data["status_id"] = int(status_id(layout, _typed(value, str)))
    else:
        custom = layout.customs[spec.id]
        change.customs[custom] = wire_value(spec, layout.formats.get(custom, ""), value)


def status_id(layout: Layout, name: str) -> str:
    """The status of that name. Raises Unfit."""
    status = layout.status_named(name)
    if status is None:
        raise Unfit(_no_such("status", name, [known.name for known in layout.statuses.values()]))
    return status.id


def _title(value: Value) -> Json:
    if not value:
        raise Unfit("a title is needed")
    return {"subject": _typed(value, str)}


def _assignee(value: Value) -> Json:
    return {"assigned_to_id": "" if value is None else int(_typed(value, Person).id)}


def _start(value: Value) -> Json:
    return {"start_date": "" if value is None else _date(value)}


def _parent(value: Value) -> Json:
    return {"parent_issue_id": "" if value is None else int(_typed(value, str))}


_RENDERERS: Final[Mapping[FieldId, Callable[[Value], Json]]] = {
    TITLE: _title,
    ASSIGNEE: _assignee,
    START: _start,
    PARENT: _parent,
}


def _render_due(change: Change, layout: Layout, value: Value) -> None:
    custom = layout.dues[0]
    if custom is None:
        change.data["due_date"] = "" if value is None else _date(value)
    else:
        change.customs[custom] = "" if value is None else _date(value)


def wire_value(spec: FieldSpec, format_: str, value: Value) -> Any:
    """The value of a custom field as Redmine takes it: text, or a list of texts. Raises Unfit."""
    if spec.kind is Kind.MULTISELECT:
        return sorted(_option_id(spec, name) for name in _typed(value or frozenset(), frozenset))
    if value is None:
        return ""
    match spec.kind:
        case Kind.NUMBER:
            return _number(_typed(value, float), format_)
        case Kind.DATE:
            return _date(value)
        case Kind.SELECT:
            return _option_id(spec, _typed(value, str))
        case Kind.PERSON:
            return str(_typed(value, Person).id)
        case _:
            return _typed(value, str)


def _number(value: float, format_: str) -> str:
    if format_ == "int" and not value.is_integer():
        raise Unfit(f"{value:g} is no whole number")
    return str(int(value)) if value.is_integer() else repr(value)


def _date(value: Value) -> str:
    day = _typed(value, date)
    if isinstance(day, datetime):
        raise Unfit("it is a date without a time")
    return str(day.isoformat())


def _option_id(spec: FieldSpec, name: str) -> str:
    found = [option.id for option in spec.options if option.name == name]
    if found:
        return found[0]
    if not spec.options and spec.kind in (Kind.SELECT, Kind.MULTISELECT) and spec.id != CATEGORY:
        return name  # a list that we may not see: Redmine refuses what is not in it
    raise Unfit(_no_such("option", name, [option.name for option in spec.options]))


def _no_such(what: str, name: str, names: list[str]) -> str:
    near = nearest(name, names)
    hint = f"; nearest: {near!r}" if near else ""
    return f"there is no {what} {name!r}; there are: {', '.join(names)}{hint}"


def _typed(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise Unfit(f"a {type(value).__name__} does not fit")
    return value
