"""`syncd undo`, once it was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from syncd.cli.door import FAILED, OK, connector_text
from syncd.cli.plan_json import item_data
from syncd.cli.progress import busy
from syncd.cli.say import change_text, counted, named, plain, show, show_json
from syncd.cli.session import Session
from syncd.cli.syncs import open_syncs
from syncd.engine.decide import Decided, Decisions, Undecidable, read_exactly
from syncd.model.errors import ConnectorError
from syncd.model.links import LinkId, SyncName
from syncd.model.records import Event, LinkRecord
from syncd.service.installation import Installation


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of one event: the decision that was noted, or why there is none."""

    id: int
    event: Event | None
    decided: Decided | None = None
    reason: str = ""


def undo_events(session: Session, ids: Sequence[int], *, as_json: bool) -> int:
    """Note what is to be taken back; 1 when something was refused."""
    with session.open() as installation:
        events = installation.store.audit.read_events(ids)
        with busy("reading both items"):
            done = {each.id: each for each in _undo(session, installation, events)}
        ordered = [done.get(each) or Undone(each, None, reason=_unknown(installation)) for each in dict.fromkeys(ids)]
        if as_json:
            show_json({"events": [_data(each) for each in ordered]})
        else:
            for line in _lines(session, ordered):
                show(line)
    return FAILED if any(each.decided is None for each in ordered) else OK


def _unknown(installation: Installation) -> str:
    days = installation.loaded.config.keep.events.days
    return f"there is no such event; history is kept for {days} days"


def _undo(session: Session, installation: Installation, events: Mapping[int, Event]) -> Iterator[Undone]:
    """The newest first, so that of two writes to one field the later one is taken back."""
    names = tuple(dict.fromkeys(event.sync for event in events.values() if event.sync in installation.syncs))
    opened = open_syncs(installation, names)
    outages = {name: session.redacted(connector_text(error)) for name, error in opened.outages.items()}
    for event in sorted(events.values(), key=lambda each: -each.id):
        if event.sync not in names:
            yield Undone(event.id, event, reason=f"sync {event.sync} is not configured any more")
        elif event.sync in outages:
            yield Undone(event.id, event, reason=outages[event.sync])
    for context in opened.contexts:
        mine = sorted((each for each in events.values() if each.sync == context.name), key=lambda each: -each.id)
        decisions = Decisions(context, installation.store, installation.clock)
        try:
            links = {event.link for event in mine if event.link is not None}
            records = read_exactly(context, installation.store, installation.clock, links)
        except ConnectorError as error:
            yield from (Undone(each.id, each, reason=session.redacted(connector_text(error))) for each in mine)
            continue
        yield from (_one(decisions, event, records) for event in mine)


def _one(decisions: Decisions, event: Event, records: Mapping[LinkId, LinkRecord]) -> Undone:
    record = records.get(event.link) if event.link is not None else None
    try:
        return Undone(event.id, event, decisions.undo(event, record))
    except Undecidable as refusal:
        return Undone(event.id, event, reason=str(refusal))


def _lines(session: Session, undone: Sequence[Undone]) -> Iterator[str]:
    for each in undone:
        if each.decided is None:
            yield f"{each.id}: {click.style('not undone', fg='red')}: {each.reason}"
        else:
            decided = each.decided
            item = decided.record.item(decided.side)
            what = change_text(decided.before, decided.value)
            yield f"{each.id}: {named(item) if item else ''}, {decided.rule.name(decided.side)}: {what}"
    syncs = dict.fromkeys(each.event.sync for each in undone if each.decided is not None and each.event is not None)
    for name in syncs:
        yield _next(session, name, sum(each.decided is not None for each in undone))


def _next(session: Session, name: SyncName, number: int) -> str:
    carried = f"The daemon carries {counted(number, 'undo', 'undos')} out with its next cycle"
    return f"{carried}; without one: {session.command(f'sync {name}')}"


def _data(undone: Undone) -> dict[str, Any]:
    decided = undone.decided
    return {
        "event": undone.id,
        "undone": decided is not None,
        "reason": undone.reason or None,
        "item": item_data(decided.record.item(decided.side)) if decided is not None else None,
        "field": decided.rule.name(decided.side) if decided is not None else None,
        "old": plain(decided.before) if decided is not None else None,
        "new": plain(decided.value) if decided is not None else None,
    }
