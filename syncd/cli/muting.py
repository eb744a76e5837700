"""`syncd findings mute`, `accept` and `unmute`, once they were asked for. No server is asked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from syncd.cli.door import OK, Refused
from syncd.cli.say import show
from syncd.cli.session import Session
from syncd.engine.talk.mutes import Mutes, Unmutable
from syncd.model.days import day_in, spell_day
from syncd.model.findings import Mute, RaisedFinding
from syncd.model.items import Item, Side
from syncd.model.records import Event
from syncd.model.storage import Store
from syncd.reconcile.until import LEADS, NotUnderstood, parse_until
from syncd.service.installation import Installation

BY: Final = "an operator"
"""Who is named on the ticket: the terminal knows no account of the tool."""


def silence(session: Session, item: str, number: int, *, until: str | None, is_agreed: bool) -> int:
    """Say no more about a finding."""
    with session.open() as installation:
        found, mutes = _item(installation.store, item), Mutes(installation.store, installation.clock)
        raised = _find(mutes, found, number)
        day = _day(installation, raised, until) if until is not None else None
        until_at = _begins_at(installation, raised, day) if day is not None else None
        mutes.mute(raised, Mute(BY, None, installation.clock.now(), is_agreed, day, until_at))
        said = f"until {spell_day(day, with_year=True)}" if day is not None else "until its facts change"
        _note(installation, raised, f"{'accept' if is_agreed else 'mute'} {number}, {said}")
    show(f"Point {number} of {found.key} is {'agreed' if is_agreed else 'muted'} {said}: {_title(raised)}")
    return OK


def speak_again(session: Session, item: str, number: int) -> int:
    """End the silence about a finding."""
    with session.open() as installation:
        found, mutes = _item(installation.store, item), Mutes(installation.store, installation.clock)
        raised = _find(mutes, found, number)
        try:
            mutes.unmute(raised)
        except Unmutable as error:
            raise Refused(str(error)) from error
        _note(installation, raised, f"unmute {number}")
    show(f"Point {number} of {found.key} is spoken of again: {_title(raised)}")
    return OK


def _item(store: Store, text: str) -> Item:
    found = store.feeds.find_item(text)
    if len(found) != 1:
        many = "names several items: name one by its address in the browser"
        raise Refused(f"{text!r} {many if found else 'is no item that syncd knows'}")
    return found[0]


def _find(mutes: Mutes, item: Item, number: int) -> RaisedFinding:
    try:
        return mutes.find(item.ref, number)
    except Unmutable:
        raise Refused(f"{item.key} has no open point {number}; `syncd explain {item.key}` shows its points") from None


def _zone(installation: Installation, raised: RaisedFinding) -> ZoneInfo:
    """That of the marketing side: its launch is what findings are about."""
    config = installation.loaded.config
    sync = next((each for each in config.syncs if each.name == raised.sync), config.syncs[0])
    return ZoneInfo(config.calendar_of(sync.side(Side.MARKETING).calendar).timezone)


def _day(installation: Installation, raised: RaisedFinding, until: str) -> date | None:
    words = until.casefold().split()
    words = words if words[:1] and words[0] in LEADS else ["until", *words]
    try:
        return parse_until(words, day_in(installation.clock.now(), _zone(installation, raised)))
    except NotUnderstood as error:
        raise Refused(str(error)) from error


def _begins_at(installation: Installation, raised: RaisedFinding, day: date) -> datetime:
    at = installation.loaded.config.checks.general.at
    return datetime.combine(day, at, _zone(installation, raised)).astimezone(UTC)


def _note(installation: Installation, raised: RaisedFinding, what: str) -> None:
    """A line of history; the next cycle tells it on the tickets."""
    store, now = installation.store, installation.clock.now()
    store.audit.record(
        [Event(now, raised.sync, "command", f"{what}: syncd findings", link=raised.link, ref=raised.item)]
    )
    store.findings.queue_watch(raised.sync, [raised.item])


def _title(raised: RaisedFinding) -> str:
    return raised.finding.title.get(Side.MARKETING) or raised.finding.code
