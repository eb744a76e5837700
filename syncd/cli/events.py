"""The audit trail of an item, for `syncd history` and the end of `syncd explain`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby, islice
from typing import Any, Final

import click

from syncd.cli.door import OK, Refused
from syncd.cli.plan_json import item_data
from syncd.cli.say import change_text, columns, instant, iso, lines_by_row, named, plain, shortened, show, show_json
from syncd.cli.session import Session
from syncd.model.items import ConnectionName, Item, ItemRef, Side
from syncd.model.links import SyncName
from syncd.model.records import Event
from syncd.model.storage import Store
from syncd.model.values import is_empty
from syncd.service.installation import Installation

MOST_OF_A_TITLE: Final = 24
"""Characters of a title that stands for an item in a line of history."""

Names = Mapping[tuple[SyncName, Side], Mapping[str, str]]
"""What the configuration of a sync calls the fields of a side, by their ids."""


def show_history(session: Session, text: str, limit: int, *, as_json: bool) -> int:
    """Print what happened to an item and its pair."""
    with session.read() as installation:
        store = installation.store
        found = store.feeds.find_item(text)
        if not found:
            raise Refused(f"syncd has never read an item {text!r}: name it by its key, its id or its address")
        events = [event for item in found for event in events_of(store, item.ref, limit)]
        items = store.feeds.read_items({event.ref for event in events if event.ref is not None})
        names = field_names(installation)
    if as_json:
        told = [_data(each, items, names) for each in events]
        show_json({"items": [item_data(item) for item in found], "events": told})
        return OK
    for item in found:
        show(f"{named(item)}  {item.url}")
    for line in _by_configuration(events, items, names) if events else ["Nothing has happened to it yet."]:
        show(line)
    return OK


def events_of(store: Store, ref: ItemRef, limit: int) -> list[Event]:
    """The last events of an item and of the pairs it is in, newest first."""
    events = {event.id: event for event in store.audit.read(ref=ref, limit=limit)}
    for link in store.links.of_items([ref]).get(ref, ()):
        events |= {event.id: event for event in store.audit.read(link=link.id, limit=limit)}
    return sorted(events.values(), key=lambda event: -event.id)[:limit]


def field_names(installation: Installation) -> Names:
    """As they were resolved when a sync was last opened: no server is asked."""
    feeds = installation.store.feeds
    return {
        (SyncName(sync.name), side): feeds.read_field_names(ConnectionName(sync.side(side).connection))
        for sync in installation.loaded.config.syncs
        for side in Side
    }


def _by_configuration(events: Sequence[Event], items: Mapping[ItemRef, Item], names: Names) -> Iterator[str]:
    """Events under the version of the configuration by which they happened; what a person did may have none."""
    rows = lines_by_row(_rows(events, items, names))
    for version, group in groupby(events, key=lambda event: event.config_version):
        yield click.style(f"by configuration {version}" if version else "by hand", dim=True)
        yield from chain.from_iterable(islice(rows, len(list(group))))


def event_lines(
    events: Iterable[Event], items: Mapping[ItemRef, Item], names: Names, *, indent: str = ""
) -> Iterator[str]:
    """Events, each with the number by which `syncd undo` knows it."""
    rows = _rows(events, items, names)
    yield from columns(rows, indent=indent) if rows else []


def _rows(events: Iterable[Event], items: Mapping[ItemRef, Item], names: Names) -> list[tuple[str, ...]]:
    return [
        (f"{event.id}", instant(event.at), event.kind.replace("_", " "), _where(event, items), _what(event, names))
        for event in events
    ]


def _where(event: Event, items: Mapping[ItemRef, Item]) -> str:
    """The item written to; where a system has no keys for people, by its title."""
    if event.ref is None:
        return ""
    item = items.get(event.ref)
    if item is None:
        return event.ref.id
    return item.key if item.key != item.ref.id else f"“{shortened(item.title, MOST_OF_A_TITLE)}”"


def _what(event: Event, names: Names) -> str:
    cause = click.style(f"({event.cause})", dim=True)
    field = _field(event, names)
    if event.rule is None:
        return event.cause
    if event.side is None or event.kind == "hold":
        return f"{field}: {event.cause}"
    if is_empty(event.old) and is_empty(event.new):
        return f"{field} {cause}"
    return f"{field}: {change_text(event.old, event.new)}  {cause}"


def _field(event: Event, names: Names) -> str:
    """The field of the side that was written to, as people call it."""
    marketing, _, it = (event.rule or "").partition("|")
    side = event.side or Side.MARKETING
    id_ = it if side is Side.IT else marketing
    return names.get((event.sync, side), {}).get(id_, id_)


def _data(event: Event, items: Mapping[ItemRef, Item], names: Names) -> dict[str, Any]:
    return {
        "id": event.id,
        "at": iso(event.at),
        "sync": event.sync,
        "kind": event.kind,
        "cause": event.cause,
        "link": event.link,
        "item": item_data(items.get(event.ref)) if event.ref is not None else None,
        "side": event.side.value if event.side else None,
        "field": _field(event, names) or None,
        "old": plain(event.old),
        "new": plain(event.new),
        "config_version": event.config_version,
    }
