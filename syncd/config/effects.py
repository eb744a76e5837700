"""Keys that are known and checked but change nothing yet; taking a row out is part of building what it names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from syncd.config.schema import Config
from syncd.config.yaml import Document, KeyPath
from syncd.model.errors import Problem

WITHOUT_EFFECT: Final[tuple[tuple[str, ...], ...]] = (
    ("alerts",),
    ("service", "control"),
    ("service", "ping"),
    ("connections", "*", "expires"),
    ("connections", "*", "workspace"),
    ("report", "language"),
)
"""Paths of keys; `*` = each entry."""


def effectless_keys(document: Document) -> Iterator[Problem]:
    """A warning for every key that somebody set in vain."""
    for pattern in WITHOUT_EFFECT:
        for path in _matches(document.data, pattern, ()):
            name = ".".join(str(part) for part in path[-2:] if isinstance(part, str))
            yield document.key_place(path).problem(f"{name!r} has no effect in this version")


def half_set_incidents(config: Config, document: Document) -> Iterator[Problem]:
    """A warning where `incident-impact` knows what incidents are but not what they touch, or the other way round."""
    for index, sync in enumerate(config.syncs):
        impact = config.checks_of(sync).incident_impact
        has_query, has_components = impact.incidents is not None, bool(impact.components)
        if impact.severity != "off" and has_query is not has_components:
            given, lacking = ("incidents", "components") if has_query else ("components", "incidents")
            path = check_path(document, index, "incident-impact", given)
            yield document.key_place(path).problem(f"{given!r} has no effect without {lacking!r}")


def check_path(document: Document, index: int, code: str, key: str) -> KeyPath:
    """Where a check's setting stands that holds for the sync of this index: its own one, else the general one."""
    own: KeyPath = ("syncs", index, "checks", code, key)
    return own if own in document.values else ("checks", code, key)


def _matches(data: Any, pattern: tuple[str, ...], path: KeyPath) -> Iterator[KeyPath]:
    if not pattern:
        yield path
        return
    entries: list[tuple[str | int, Any]] = []
    if isinstance(data, dict):
        entries = list(data.items())
    elif isinstance(data, list) and pattern[0] == "*":
        entries = list(enumerate(data))
    for key, value in entries:
        if pattern[0] in ("*", key):
            yield from _matches(value, pattern[1:], (*path, key))
