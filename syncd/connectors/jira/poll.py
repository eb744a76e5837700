"""The incremental read of a project: what to ask, where to go on, what cursor to leave behind.

The cursor is the largest `updated` seen; each poll begins an overlap before it, because the index lags and Data Center
asks by the minute, and never has an end: an item that changes again while we read would fall out. Pages come oldest
change first, so a stored page with its cursor never hides an unread one.

An issue whose `updated` cannot be read moves no cursor. It counts for the minute of the one before it: the order is the
server's, so where a page begins stays right.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.shapes import Layout
from syncd.connectors.jira.wire import Flavour, epoch_ms, from_epoch_ms, parse_instant
from syncd.model.errors import Malformed, Transient

OVERLAP: Final = timedelta(minutes=2)
RESTARTS: Final = 5
"""How often a minute is read from its beginning because items moved under our feet."""


@dataclass(frozen=True, slots=True)
class RawPage:
    """Issues as JSON, the cursor behind them, whether more follow."""

    issues: list[Any]
    cursor: str
    is_last: bool


def render_cursor(updated_at: datetime | None) -> str:
    """A cursor; None = nothing seen yet."""
    return json.dumps({"updated_ms": epoch_ms(updated_at) if updated_at else None})


def parse_cursor(cursor: str | None) -> datetime | None:
    """The largest `updated` seen; None = begin at the beginning. Raises Malformed."""
    if cursor is None:
        return None
    try:
        number = json.loads(cursor)["updated_ms"]
        return None if number is None else from_epoch_ms(int(number))
    except (ValueError, TypeError, KeyError):
        raise Malformed(f"not a cursor of this connector: {cursor!r:.80}") from None


def minute_text(moment: datetime, zone: ZoneInfo) -> str:
    """The instant as JQL has it on Data Center: minutes, rounded down, in the account's own zone.

    In the hour that a clock change repeats, a text means either instant, so the text before it is taken.
    """
    local = moment.astimezone(zone)
    while local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        moment -= timedelta(minutes=30)
        local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M}"


def raw_changes(client: JiraClient, layout: Layout, cursor: str | None, zone: ZoneInfo) -> Iterator[RawPage]:
    """Pages of issues changed since the cursor, overlap included. `zone`: of the account, for Data Center."""
    last = parse_cursor(cursor)
    since = last - OVERLAP if last else None
    pages = (
        _cloud_pages(client, layout, since)
        if layout.flavour is Flavour.CLOUD
        else _dc_pages(client, layout, since, zone)
    )
    for issues, is_last in pages:
        for issue in issues:
            updated_at = _updated_at(issue)
            last = max(last or updated_at, updated_at) if updated_at else last
        yield RawPage(issues, render_cursor(last), is_last)


def _cloud_pages(client: JiraClient, layout: Layout, since: datetime | None) -> Iterator[tuple[list[Any], bool]]:
    """Epoch milliseconds are exact and have no zone."""
    bound = f" AND updated >= {epoch_ms(since)}" if since else ""
    jql = f"project = {layout.project_id}{bound} ORDER BY updated ASC, id ASC"
    return client.search(jql, layout.wires, operation="poll")


def _dc_pages(
    client: JiraClient, layout: Layout, since: datetime | None, zone: ZoneInfo
) -> Iterator[tuple[list[Any], bool]]:
    """Pages move while issues change, so each begins at the last `updated`, and `start` counts within its minute only.

    There the last issue seen is asked for again: if it is not the first of the page, something before it moved to the
    end, and the minute is read once more.
    """
    bound = minute_text(since, zone) if since else None
    start, restarts = 0, 0
    anchor: str | None = None
    while True:
        where = f' AND updated >= "{bound}"' if bound else ""
        jql = f"project = {layout.project_id}{where} ORDER BY updated ASC, key ASC"
        issues, has_more = client.search_from(jql, layout.wires, start, operation="poll")
        if anchor is not None and not (issues and issues[0]["id"] == anchor):
            restarts += 1
            if restarts > RESTARTS:
                raise Transient("issues change faster than they can be read")
            start, anchor = 0, None
            continue
        yield issues, not has_more
        if not has_more:
            return
        anchor = str(issues[-1]["id"])
        minutes = _minutes(issues, bound, zone)
        if minutes[-1] == bound:
            start += len(issues) - 1
        else:
            bound, start, restarts = minutes[-1], minutes.count(minutes[-1]) - 1, 0


def _minutes(issues: Sequence[Any], before: str | None, zone: ZoneInfo) -> list[str | None]:
    """The minute of each issue of a page. `before`: of the first ones, as long as they do not say."""
    minutes: list[str | None] = []
    for issue in issues:
        updated_at = _updated_at(issue)
        before = minute_text(updated_at, zone) if updated_at else before
        minutes.append(before)
    return minutes


def _updated_at(issue: Any) -> datetime | None:
    """When it was changed; None for an issue that is set aside since it does not say."""
    try:
        return parse_instant(issue["fields"]["updated"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
