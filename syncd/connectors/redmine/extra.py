"""`create.set` and `transitions.fill` of a mapping for Redmine: plain YAML values, in Redmine's own terms. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from syncd.connectors.names import nearest
from syncd.connectors.redmine.layout import CATEGORY, Custom
from syncd.connectors.redmine.wire import Json, id_of, name_of
from syncd.model.errors import Rejected


class _Refused(Exception):
    """One value cannot be set; the text is the reason."""


def parse_extra(values: Mapping[str, object], categories: Sequence[Json], customs: Sequence[Custom]) -> Json:
    """The values as a part of an issue. Raises Rejected naming every one that cannot be set."""
    data: Json = {}
    fields: list[Json] = []
    reasons: dict[str, str] = {}
    for name, value in values.items():
        try:
            if name.casefold() == CATEGORY:
                data["category_id"] = _category(categories, str(value))
            elif name == "assignee":
                data["assigned_to_id"] = _number(value)
            else:
                custom = _find(customs, name)
                fields.append({"id": int(custom.id), "value": _value(custom, value)})
        except _Refused as refused:
            reasons[name] = str(refused)
    if reasons:
        raise Rejected("; ".join(sorted(set(reasons.values()))), reasons=reasons)
    return {**data, **({"custom_fields": fields} if fields else {})}


def _category(categories: Sequence[Json], name: str) -> int:
    for one in categories:
        if name in (name_of(one), id_of(one)):
            return int(id_of(one))
    raise _Refused(f"there is no category {name!r}")


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise _Refused(f"{value!r} is no number of an account") from None


def _find(customs: Sequence[Custom], name: str) -> Custom:
    found = [one for one in customs if name in (one.id, one.name)]
    if found:
        return found[0]
    near = nearest(name, (one.name for one in customs))
    raise _Refused(f"no custom field {name!r} is known" + (f"; nearest: {near!r}" if near else ""))


def _value(custom: Custom, value: Any) -> Any:
    if custom.is_multiple:
        return [_plain(custom, one) for one in (value if isinstance(value, list) else [value])]
    return "" if value is None else _plain(custom, value)


def _plain(custom: Custom, value: Any) -> str:
    if custom.format == "bool" and isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, date):
        return value.isoformat()[:10]
    stored = {name: id_ for id_, name in custom.options.items()}
    return stored.get(str(value), str(value))
