"""Finds the issue that bears a marker although the search index may not know it yet.

Jira gives out keys in sequence, so the issues made since an instant are the keys after the last one made before it.
Those are read directly: on Cloud a hundred at a time, without the index. On Data Center, where a read costs a request,
the index (which lags by seconds there) names our own issues of that time, and the keys behind the newest are tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from syncd.connectors.jira.client import EXACT_BATCH, JiraClient
from syncd.connectors.jira.poll import minute_text
from syncd.connectors.jira.shapes import JiraProject
from syncd.connectors.jira.wire import Flavour, epoch_ms, parse_instant, parse_marker
from syncd.model.items import Marker

SKEW: Final = timedelta(minutes=10)
"""Our clock and the server's may differ by this."""
LATEST: Final = timedelta(hours=1)
"""A create that was sent has taken effect within this, or never will."""
GAP: Final = 5
"""On Data Center: so many keys in a row without an issue are the end (a refused create uses one up)."""
_OPERATION: Final = "look for a created issue"


def find_marked(
    client: JiraClient, project: JiraProject, marker: Marker, since: datetime, zone: ZoneInfo
) -> dict[str, Any] | None:
    """The issue as an exact read shows it, or None. `zone`: of the account."""
    look = _on_cloud if client.flavour is Flavour.CLOUD else _on_data_center
    for issue in look(client, project, since, zone):
        if parse_marker(issue.get("properties")) == marker:
            return issue
    return None


def _on_cloud(client: JiraClient, project: JiraProject, since: datetime, _zone: ZoneInfo) -> Iterator[dict[str, Any]]:
    before = f"project = {project.id} AND created < {epoch_ms(since - SKEW)} ORDER BY created DESC"
    last = _numbers(client.search_once(before, ["created"], 10, operation=_OPERATION))
    # The lowest of the last few: an issue that was moved here is old and has a high key.
    first = min(last, default=0) + 1
    while True:
        keys = [f"{project.key}-{number}" for number in range(first, first + EXACT_BATCH)]
        found = client.issues(keys, project.layout.wires, operation=_OPERATION)
        yield from found
        if not found or all(parse_instant(issue["fields"]["created"]) > since + LATEST for issue in found):
            return
        first += EXACT_BATCH


def _on_data_center(
    client: JiraClient, project: JiraProject, since: datetime, zone: ZoneInfo
) -> Iterator[dict[str, Any]]:
    window = f'created >= "{minute_text(since - SKEW, zone)}" AND created <= "{minute_text(since + LATEST, zone)}"'
    ours = f"project = {project.id} AND creator = currentUser() AND {window} ORDER BY created ASC"
    start, has_more = 0, True
    while has_more:
        rows, has_more = client.search_from(ours, ["created"], start, operation=_OPERATION)
        start += len(rows)
        yield from client.issues([row["id"] for row in rows], project.layout.wires, operation=_OPERATION)
    newest = client.search_once(f"project = {project.id} ORDER BY key DESC", ["created"], 1, operation=_OPERATION)
    yield from _behind(client, project, max(_numbers(newest), default=0))


def _behind(client: JiraClient, project: JiraProject, number: int) -> Iterator[dict[str, Any]]:
    missed = 0
    while missed < GAP:
        number += 1
        issue = client.issue(f"{project.key}-{number}", project.layout.wires, operation=_OPERATION)
        missed = 0 if issue else missed + 1
        if issue:
            yield issue


def _numbers(issues: Sequence[dict[str, Any]]) -> list[int]:
    return [int(str(issue["key"]).rpartition("-")[2]) for issue in issues]
