"""`syncd digest`, once it was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import click

from syncd.checks.registry import CHECKS
from syncd.cli.door import OK
from syncd.cli.say import show_json
from syncd.cli.session import Session
from syncd.cli.syncs import chosen
from syncd.engine.watch.portfolio import Desk, Desks, read_due, read_views
from syncd.model.days import day_in
from syncd.model.items import Side
from syncd.model.links import SyncName
from syncd.report.digest import Digest, Line, OwnerDigest, Period, SyncDigest, digest_of
from syncd.report.digest_text import render_html, render_markdown
from syncd.report.view import Shown
from syncd.service.desks import desks_of
from syncd.service.installation import Installation

WEEK: Final = timedelta(days=7)
_TEXTS: Final[Mapping[str, Callable[[Digest], str]]] = {"markdown": render_markdown, "html": render_html}


def show_digest(session: Session, sync: str | None, *, is_weekly: bool, owner: str | None, form: str) -> int:
    """Print the digest in one of its forms."""
    with session.read() as installation:
        names, desks, now = chosen(installation, sync), desks_of(installation), installation.clock.now()
        periods = {name: _period(desks[name][Side.MARKETING], now, is_weekly=is_weekly) for name in names}
        told = tuple(_of_sync(installation, desks, name, periods[name], owner) for name in names)
    zone = desks[names[0]][Side.MARKETING].zone
    since = min(period.since for period in periods.values())
    digest = Digest(day_in(since, zone), day_in(now, zone), told)
    if form == "json":
        show_json(_data(digest))
    else:
        click.echo(_TEXTS[form](digest), nl=False)
    return OK


def _period(desk: Desk, now: datetime, *, is_weekly: bool) -> Period:
    """A day reaches from marketing's last working day to its next one, so that no weekend falls between two digests."""
    today = day_in(now, desk.zone)
    if is_weekly:
        return Period(now, now - WEEK, today + WEEK)
    last = desk.calendar.subtract(today, 1)
    return Period(now, now - max(today - last, timedelta(days=1)), desk.calendar.add(today, 1))


def _of_sync(installation: Installation, desks: Desks, name: SyncName, period: Period, owner: str | None) -> SyncDigest:
    store, report = installation.store, installation.loaded.config.report
    found = (*store.findings.read_news(name, period.since), *store.findings.read_ended(name, period.since))
    due = read_due(store, desks, name, period.now, period.until)
    show = frozenset(Shown(what) for what in report.show)
    views = read_views(store, desks, name, found, sides=tuple(Side), further=due)
    shown = (replace(view, show=show) for view in views)
    always = frozenset(code for code, spec in CHECKS.items() if spec.is_for_digest)
    return digest_of(name, shown, period, least=report.min_severity, always=always, owner=owner)


def _data(digest: Digest) -> dict[str, Any]:
    return {
        "since": digest.since.isoformat(),
        "on": digest.on.isoformat(),
        "syncs": [{"sync": sync.sync, "owners": [_owner_data(each) for each in sync.owners]} for sync in digest.syncs],
    }


def _owner_data(owner: OwnerDigest) -> dict[str, Any]:
    return {
        "owner": owner.owner,
        "department": owner.department,
        "side": owner.side.value,
        "lines": [_line_data(line) for line in owner.lines],
    }


def _line_data(line: Line) -> dict[str, Any]:
    return {
        "news": line.news.value,
        "key": line.key,
        "title": line.title,
        "url": line.url,
        "severity": line.severity.value if line.severity else None,
        "text": line.text,
        "detail": line.detail,
        "day": line.on.isoformat(),
    }
