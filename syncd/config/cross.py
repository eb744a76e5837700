"""What no single key can say: references between the parts of the configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from syncd.config.holidays import weekend_of
from syncd.config.messages import nearest, unknown_calendar
from syncd.config.people_file import wrong_calendar
from syncd.config.references import has_reference
from syncd.config.scalars import WEEKDAYS
from syncd.config.schema import Config, SideConfig, SyncConfig
from syncd.config.schema.connections import secret_keys
from syncd.config.schema.people import CALENDAR
from syncd.config.yaml import Document, KeyPath
from syncd.model.errors import Problem
from syncd.model.items import Side

_SHARED = ("status", "done", "due", "calendar")
"""Settings that decide how an item reads: the same for every sync that reads a project."""

_PASSWORD = re.compile(r"://[^/@:]*:[^@]+@")
_PLAIN_SECRET = "a secret stands here in plain; better ${credential:NAME}, ${file:PATH} or ${env:NAME}"  # noqa: S105


def cross_problems(config: Config, document: Document) -> Iterator[Problem]:
    """References to things that do not exist, and settings that contradict each other."""
    yield from reference_problems(config, document)
    yield from _unlike_readers(config, document)


def reference_problems(config: Config, document: Document) -> Iterator[Problem]:
    """Names given twice, and names of what does not exist."""
    yield from _duplicate_names(config, document)
    for index, sync in enumerate(config.syncs):
        yield from _one_project_twice(sync, document, index)
        for side in Side:
            yield from _side(config, sync.side(side), document, ("syncs", index, side.value))
    yield from _people(config, document)


def _duplicate_names(config: Config, document: Document) -> Iterator[Problem]:
    seen: dict[str, KeyPath] = {}
    for index, sync in enumerate(config.syncs):
        names = [(sync.name, ("syncs", index, "name")), *((old, ("syncs", index, "was")) for old in sync.was)]
        for name, path in names:
            if name in seen:
                line = document.place(seen[name]).line
                yield document.place(path).problem(f"the sync name {name!r} is taken in line {line}")
            seen.setdefault(name, path)


def _one_project_twice(sync: SyncConfig, document: Document, index: int) -> Iterator[Problem]:
    if (sync.marketing.connection, sync.marketing.project) == (sync.it.connection, sync.it.project):
        place = document.place(("syncs", index, "it", "project"))
        yield place.problem("both sides of this sync are the same project of the same connection")


def _side(config: Config, side: SideConfig, document: Document, path: KeyPath) -> Iterator[Problem]:
    if side.connection not in config.connections:
        hint = nearest(side.connection, config.connections)
        yield document.place((*path, "connection")).problem(f"no connection is called {side.connection!r}; {hint}")
    if side.calendar is not None and side.calendar not in config.calendars:
        yield document.place((*path, "calendar")).problem(unknown_calendar(side.calendar, config.calendars))


def _unlike_readers(config: Config, document: Document) -> Iterator[Problem]:
    """A project is polled once for all its syncs, so all have to read it alike."""
    first: dict[tuple[str, str], tuple[SideConfig, str]] = {}
    for index, sync in enumerate(config.syncs):
        for side in Side:
            mine = sync.side(side)
            theirs, name = first.setdefault((mine.connection, mine.project), (mine, sync.name))
            for key in _SHARED:
                if getattr(mine, key) != getattr(theirs, key):
                    place = document.place(("syncs", index, side.value, key))
                    yield place.problem(f"{key!r} of project {mine.project} is set otherwise in sync {name!r}")


def _people(config: Config, document: Document) -> Iterator[Problem]:
    """Names of what does not exist. The rows of the table's file, behind those of the list, were looked at there."""
    if CALENDAR in config.connections:
        place = document.key_place(("connections", CALENDAR))
        yield place.problem(f"a connection may not be called {CALENDAR!r}: in `people.map` that is a person's calendar")
    paths: list[KeyPath] = [("people", "fallback", name) for name in config.people.fallback]
    for index, row in enumerate(config.people.map):
        paths += [("people", "map", index, name) for name in row if name != CALENDAR]
        own, wrong = ("people", "map", index, CALENDAR), wrong_calendar(row, config.calendars)
        if wrong and own in document.keys:
            yield document.place(own).problem(wrong)
    for path in paths:
        name = str(path[-1])
        if name not in config.connections and path in document.keys:
            hint = nearest(name, config.connections)
            yield document.key_place(path).problem(f"no connection is called {name!r}; {hint}")


def literal_secrets(config: Config, document: Document) -> Iterator[Problem]:
    """A warning for every secret that stands in the file in plain. `document`: before references were replaced."""
    paths: list[KeyPath] = [("service", "ping")]
    for name, connection in config.connections.items():
        paths += [("connections", name, key) for key in sorted(secret_keys(type(connection)))]
    paths += [("alerts", "to", index) for index in range(len(config.alerts.to))]
    for path in paths:
        text = document.value(path)
        if isinstance(text, str) and text and not has_reference(text):
            yield document.place(path).problem(_PLAIN_SECRET)
    store = document.value(("store",))
    if isinstance(store, str) and _PASSWORD.search(store) and not has_reference(store):
        yield document.place(("store",)).problem(_PLAIN_SECRET)


def other_weekends(config: Config, document: Document) -> Iterator[Problem]:
    """A warning for each calendar of a country with another weekend than the default, which nobody has chosen."""
    for name, calendar in config.calendars.items():
        if calendar.country is None or "weekend" in calendar.model_fields_set:
            continue
        known = weekend_of(calendar.country)
        if known != set(calendar.weekend):
            place = document.place(("calendars", name, "country"))
            yield place.problem(
                f"the weekend of {calendar.country} is {_days(known)} as far as is known, here it is "
                f"{_days(calendar.weekend)}; set `weekend` to say which holds"
            )


def _days(weekdays: Iterable[int]) -> str:
    return ", ".join(WEEKDAYS[day] for day in sorted(weekdays))
