"""`create.set` of a mapping for Asana: plain YAML values, in Asana's own terms, for the create call. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from syncd.connectors.asana.wire import Json, gid_of
from syncd.connectors.names import nearest
from syncd.model.errors import Rejected


@dataclass(frozen=True, slots=True)
class Extra:
    """What the values come to. `section`: gid; `tags`: names; `customs`: gid → value; `data`: other properties."""

    section: str | None
    tags: frozenset[str]
    customs: Json
    data: Json


class _Refused(Exception):
    """One value cannot be set; the text is the reason."""


def parse_extra(values: Mapping[str, object], sections: Sequence[Json], fields: Sequence[Json]) -> Extra:
    """The values of `set`. Raises Rejected naming every one that cannot be set."""
    section: str | None = None
    tags: frozenset[str] = frozenset()
    customs: Json = {}
    data: Json = {}
    reasons: dict[str, str] = {}
    for name, value in values.items():
        try:
            match name:
                case "section":
                    section = _named(sections, str(value), "section")
                case "labels" | "tags":
                    tags = frozenset(map(str, value)) if isinstance(value, list) else frozenset({str(value)})
                case "assignee":
                    data["assignee"] = str(value)
                case _:
                    found = _field(fields, name)
                    customs[gid_of(found)] = _value(found, value)
        except _Refused as refused:
            reasons[name] = str(refused)
    if reasons:
        raise Rejected("; ".join(sorted(set(reasons.values()))), reasons=reasons)
    return Extra(section, tags, customs, data)


def _named(things: Sequence[Json], name: str, what: str) -> str:
    found = [gid_of(thing) for thing in things if name in (thing.get("gid"), thing.get("name"))]
    if len(found) == 1:
        return found[0]
    if found:
        raise _Refused(f"several things are called {name!r}: {', '.join(found)}")
    near = nearest(name, (str(thing.get("name")) for thing in things))
    raise _Refused(f"there is no {what} {name!r}" + (f"; nearest: {near!r}" if near else ""))


def _field(fields: Sequence[Json], name: str) -> Json:
    gid = _named(fields, name, "field")
    return next(one for one in fields if one.get("gid") == gid)


def _value(field: Json, value: Any) -> Any:
    kind = str(field.get("resource_subtype") or field.get("type"))
    render = _RENDERERS.get(kind)
    if render is None:
        raise _Refused(f"a field of type {kind!r} cannot be set")
    return None if value is None else render(field, value)


def _text(_: Json, value: Any) -> str:
    return str(value)


def _number(_: Json, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise _Refused(f"{value!r} is no number") from None


def _date(_: Json, value: Any) -> Json:
    try:
        return {"date": (value if isinstance(value, date) else date.fromisoformat(str(value))).isoformat()[:10]}
    except ValueError:
        raise _Refused(f"{value!r} is no date") from None


def _option(field: Json, value: Any) -> str:
    enabled = [option for option in field.get("enum_options") or () if option.get("enabled", True)]
    return _named(enabled, str(value), "option")


def _options(field: Json, value: Any) -> list[str]:
    return [_option(field, one) for one in (value if isinstance(value, list) else [value])]


def _people(_: Json, value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value])]


_RENDERERS: Mapping[str, Callable[[Json, Any], Any]] = {
    "text": _text,
    "number": _number,
    "date": _date,
    "enum": _option,
    "multi_enum": _options,
    "people": _people,
}
