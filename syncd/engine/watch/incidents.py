"""What is broken in IT now: asks for it at a pace of its own, and has the campaigns looked at that it touches.

One for all syncs of an installation. What is known is stored, so that a restart says nothing twice and a failed request
ends nothing; the campaigns are queued before it is, so that a crash repeats a look.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

import structlog

from syncd.checks.context import CheckContext
from syncd.checks.incidents import INCIDENT_IMPACT, reach_of
from syncd.engine.context import SyncContext
from syncd.model.errors import ConnectorError
from syncd.model.incidents import Incident, IncidentTeller
from syncd.model.items import ItemRef, Side
from syncd.model.links import LinkId, SyncName
from syncd.model.ports import Clock
from syncd.model.storage import Store

log = structlog.get_logger()

ASKED_EVERY: Final = timedelta(minutes=5)
"""One request a sync; more often than a sync is polled it is not asked either."""
KEPT: Final = timedelta(days=14)
"""An incident that is over is known for so long: longer than it is told, whatever holidays there are."""


class Incidents:
    """Open incidents for all syncs. Not for several threads at once on one sync."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._asked_at: dict[SyncName, datetime] = {}
        self._failing: set[SyncName] = set()

    def poll(self, context: SyncContext) -> None:
        """Ask what is open now, if it is time and anybody wants to know; queue the campaigns that news touches."""
        known = self._store.incidents.read(context.name) if self._is_due(context) else None
        found = self._ask(context, known) if known is not None else None
        if known is None or found is None:
            return
        now = self._clock.now()
        kept = {*found, *_past(known, found)}
        news = [each for each in kept.symmetric_difference(known) if not _is_forgotten(each, now)]
        if news:
            carriers = [each.name for each in context.watching.components if any(map(each.is_of, news))]
            touched = self._store.incidents.read_reached(context.name, carriers, now)
            self._store.findings.queue_watch(context.name, touched)
            remembered = [each for each in kept if not _is_forgotten(each, now)]
            self._store.incidents.record(context.name, remembered, now)
            log.info("incidents_changed", sync=context.name, incidents=len(found), campaigns=len(touched))

    def _is_due(self, context: SyncContext) -> bool:
        if context.watching.incidents is None:
            return False
        now, asked_at = self._clock.now(), self._asked_at.get(context.name)
        return asked_at is None or not timedelta(0) <= now - asked_at < ASKED_EVERY  # the clock may be set back

    def _ask(self, context: SyncContext, known: Iterable[Incident]) -> tuple[Incident, ...] | None:
        """The answer; None when there is none."""
        party, query = context.parties[Side.IT], context.watching.incidents
        if query is None or not isinstance(party.connector, IncidentTeller):
            return None
        self._asked_at[context.name] = self._clock.now()
        is_open = [incident.id for incident in known if incident.over_at is None]
        try:
            found = party.connector.fetch_incidents(party.project, query, is_open)
        except ConnectorError as error:  # campaigns wait for no incident; what else needs the connection says the same
            if context.name not in self._failing:
                log.warning("incidents_unread", sync=context.name, error=str(error))
            self._failing.add(context.name)
            return None
        if context.name in self._failing:
            log.info("incidents_read_again", sync=context.name)
        self._failing.discard(context.name)
        return found


def _past(known: Iterable[Incident], found: Collection[Incident]) -> list[Incident]:
    """Those that were over already, and are not open again."""
    again = {incident.id for incident in found}
    return [each for each in known if each.id not in again and each.over_at is not None]


def _is_forgotten(incident: Incident, now: datetime) -> bool:
    """Whether it was over so long ago that nobody has to hear of it any more."""
    return incident.over_at is not None and now - incident.over_at >= KEPT


def note_reach(store: Store, context: CheckContext, ref: ItemRef, link: LinkId | None) -> None:
    """Note which components could touch a campaign, so that their incidents find it."""
    if context.components:
        reach = reach_of(context, context.settings[INCIDENT_IMPACT.code])
        store.incidents.record_reach(context.sync, ref, link, reach)
