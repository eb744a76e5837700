"""The strict check of names that openapi-core does not make: unknown query parameters and unknown keys of a body."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from .specs import Json, Operation, Schema, Spec
from .systems import System
from .tolerated import QUERY_PATTERNS

_SLIPS = frozenset({"None", "null", "undefined", "nan"})
"""What an unset value looks like once it has been put into a path."""


def check_names(spec: Spec, system: System, operation: Operation, query: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Unknown or repeated query parameters, and unset values in the path."""
    listed = {parameter["name"]: parameter for parameter in operation.parameters if parameter["in"] == "query"}
    for name, count in Counter(name for name, _ in query).items():
        if name not in listed and not _is_in_prose(system, operation.template, name):
            yield f"query: unknown parameter {name!r}"
        elif count > 1 and spec.flat(listed.get(name, {}).get("schema", {})).get("type") != "array":
            yield f"query: {name!r} is given {count} times"
    for value in operation.path_values:
        if value in _SLIPS:
            yield f"path: {value!r} stands where an id belongs"


def _is_in_prose(system: System, template: str, name: str) -> bool:
    return any(
        row.system is system and row.template == template and re.fullmatch(row.names, name) for row in QUERY_PATTERNS
    )


def unknown_keys(spec: Spec, schema: Schema, value: Json, where: str = "") -> Iterator[str]:
    """Places in a JSON value whose names the schema does not list; see `tolerated.STRICT_NAMES_REASON`."""
    flat = spec.flat(schema)
    if isinstance(value, list):
        for number, element in enumerate(value):
            yield from unknown_keys(spec, flat.get("items", {}), element, f"{where}[{number}]")
    if not isinstance(value, dict):
        return
    listed, others = flat["properties"], flat.get("additionalProperties")
    for key, inner in value.items():
        place = f"{where}.{key}" if where else key
        if key in listed:
            yield from unknown_keys(spec, listed[key], inner, place)
        elif isinstance(others, dict):
            yield from unknown_keys(spec, others, inner, place)
        elif listed:
            yield place
