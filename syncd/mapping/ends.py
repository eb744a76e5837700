"""One end of a field rule: the field that a name means on its side, its kind, and the names its values can have."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass

from syncd.config.messages import nearest
from syncd.config.yaml import KeyPath
from syncd.mapping.places import Places
from syncd.model.items import Project, Side
from syncd.model.values import CANONICAL_KINDS, STATUS, TYPE, FieldId, Kind


@dataclass(frozen=True, slots=True)
class End:
    """A field on one side. `kind` is None for a custom field as long as no server was asked.

    `options`: the names that its values can have; None = any, or not known.
    """

    side: Side
    field: FieldId
    name: str
    kind: Kind | None
    options: frozenset[str] | None = None
    is_writable: bool = True


def find_end(side: Side, name: str, project: Project | None, places: Places, path: KeyPath) -> End | None:
    """The field that the configuration calls `name`; None, and a problem on record, when there is none."""
    if project is None:
        return End(side, FieldId(name), name, CANONICAL_KINDS.get(FieldId(name)))
    field = project.field_id(name)
    if field is None:
        places.wrong(path, no_field(side, project, name))
        return None
    spec = project.fields[field]
    return End(side, field, spec.name or name, spec.kind, option_names(project, field), spec.is_writable)


def option_names(project: Project, field: FieldId) -> frozenset[str] | None:
    """The names that values of a field can have, under those of the configuration; None = any."""
    if field == STATUS:
        names = {status.name for status in project.statuses} | _bound(project, "status:")
    elif field == TYPE:
        names = {each.name for each in project.types} | _bound(project, "type:")
    else:
        names = {option.name for option in project.fields[field].options} | _bound(project, f"option:{field}:")
    return frozenset(names) or None


def no_field(side: Side, project: Project, name: str) -> str:
    """The message for a field that the server does not have; canonical names count as names."""
    known = {id_ if id_ in CANONICAL_KINDS else spec.name for id_, spec in project.fields.items()}
    return f"{place_of(side, project)} has no field {name!r}; {nearest(name, known)}"


def place_of(side: Side, project: Project) -> str:
    """A side's project, in messages for the operator."""
    return f"{project.key or project.name} ({side})"


def _bound(project: Project, prefix: str) -> set[str]:
    return {key.removeprefix(prefix) for key in project.bindings if key.startswith(prefix)}


Projects = abc.Mapping[Side, Project]
