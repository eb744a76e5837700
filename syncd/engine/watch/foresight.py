"""What IT's own history says: notes issues as they go, learns from them once a week, and answers for one link.

One for all syncs of an installation: syncs that share an IT project learn from the same issues.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

import structlog

from syncd.checks.context import CheckContext
from syncd.engine.context import Party, SyncContext
from syncd.engine.watch.noting import TOLD_BY, Stages, monday, note, told, work_time
from syncd.model.errors import ConnectorError
from syncd.model.forecasts import PastIssue
from syncd.model.items import Item, Side
from syncd.model.ports import Clock
from syncd.model.records import Feed
from syncd.model.storage import Store

if TYPE_CHECKING:
    from syncd.forecast.forecaster import Forecaster

log = structlog.get_logger()

CHECKS: Final = ("deadline-forecast", "late-request", "not-started")
"""The checks that ask; nothing is noted or learnt while all of them are off."""
NOTED_EVERY: Final = timedelta(hours=1)
REQUESTS: Final = 20
"""Most requests at once for the histories of issues that are done: one batch each."""
MOST_HISTORIES: Final = 1000
"""Most issues asked for at once."""
BATCH: Final = 500
GROWN: Final = 1.5
"""It is learnt anew within a week when so much more is known, as while the first histories come in."""


@dataclass(frozen=True, slots=True)
class _Learnt:
    """`week`: the Monday on which it was learnt. `known`: issues that it was learnt from. `by`: None = too few.

    `work`: days that the work on an issue takes, see `Pace`.
    """

    week: date
    known: int
    by: Forecaster | None
    work: int | None


class Foresight:
    """Forecasts for all syncs; for several threads.

    Of syncs that share an IT project one learns and the others wait for it: without what is learnt the checks would
    take back what they said by it, until the next morning.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._turns: dict[Feed, Lock] = {}
        self._noted_at: dict[Feed, datetime] = {}
        self._learnt: dict[Feed, _Learnt] = {}
        self._news: dict[Feed, int] = {}  # at most so many issues are known that nothing was learnt from

    def note(self, context: SyncContext) -> None:
        """Note what has changed in a sync's IT project since the last time, and learn from it; at most once an hour.

        Issues that are done are looked up in their system's history, where it keeps one.
        """
        party = context.parties[Side.IT]
        if _is_on(context):
            with self._turns.setdefault(party.feed, Lock()):
                self._note(party)

    def _note(self, party: Party) -> None:
        now, noted_at = self._clock.now(), self._noted_at.get(party.feed)
        if noted_at is not None and timedelta(0) <= now - noted_at < NOTED_EVERY:
            return
        self._noted_at[party.feed] = now
        number = 0
        while news := self._store.past.read_news(party.feed, limit=BATCH):
            self._store.past.record(party.feed, [note(item, before, party.zone) for item, before in news])
            number += len(news)
        number += self._look_up(party) if party.connector.capabilities.has_field_history else 0
        self._learn(party, number)

    def _look_up(self, party: Party) -> int:
        """Of how many issues the history was read."""
        can = party.connector.capabilities
        limit = min(REQUESTS * (can.history_batch or can.exact_batch), MOST_HISTORIES)
        issues = self._store.past.read_untold(party.feed, limit=limit)
        if not issues:
            return 0
        try:
            histories = party.connector.fetch_field_edits(party.project, [issue.ref.id for issue in issues], TOLD_BY)
        except ConnectorError as error:  # the forecast can wait; whatever else needs the connection will say the same
            log.warning("histories_unread", connection=party.feed.connection, error=str(error))
            return 0
        stages = Stages.of(party.project)
        now_told = [told(issue, histories.get(issue.ref.id, ()), stages, party.zone) for issue in issues]
        self._store.past.record(party.feed, now_told)
        return len(now_told)

    def seen(self, sync: SyncContext, context: CheckContext) -> CheckContext:
        """The context with the forecast of its IT item against the launch, if there is any."""
        if not _is_on(sync):
            return context
        party = sync.parties[Side.IT]
        learnt = self._learnt.get(party.feed)
        tomorrow = context.today(Side.MARKETING) + timedelta(days=1)
        context = replace(context, forecast_until=context.morning(Side.MARKETING, tomorrow))
        item, launch = context.it.item, context.marketing.due
        if learnt is None or learnt.by is None:
            return context
        context = replace(context, pace=replace(learnt.by.pace, work=learnt.work))
        if item is None or item.is_done or launch is None or not self._store.feeds.is_listed(party.feed, item.ref):
            return context
        return replace(context, forecast=learnt.by.ask(self._asked(party, item, launch), context.today(Side.IT)))

    def _asked(self, party: Party, item: Item, launch: date) -> PastIssue:
        """The issue as if the launch were its date."""
        before = next(iter(self._store.past.read(party.feed, [item.ref])), None)
        now = note(item, before, party.zone)
        names = (now.team, now.kind, now.priority, now.owner, now.author)
        return PastIssue(*names, now.opened, now.dated or now.opened, launch)

    def _learn(self, party: Party, news: int) -> None:
        """Learn anew when a week has begun, or when much more is known than before.

        `news`: issues noted just now. All that is noted is read only when they may come to so much.
        """
        feed, week = party.feed, monday(self._clock.now(), party.zone)
        learnt = self._learnt.get(feed)
        self._news[feed] = self._news.get(feed, 0) + news
        is_stale = learnt is None or learnt.week != week
        if learnt is not None and not is_stale and learnt.known + self._news[feed] <= learnt.known * GROWN:
            return
        noted = self._store.past.read(feed)
        past = [past for issue in noted if (past := issue.past) is not None]
        self._news[feed] = max(len(past) - learnt.known, 0) if learnt else 0
        if learnt is None or is_stale or len(past) > learnt.known * GROWN:
            self._news[feed] = 0
            self._learnt[feed] = _Learnt(week, len(past), _fitted(past, week), work_time(noted, week))
            if past:
                log.info("forecast_learnt", connection=feed.connection, project=feed.project, issues=len(past))


def _is_on(context: SyncContext) -> bool:
    return any(context.watching.checks[code].severity is not None for code in CHECKS)


def _fitted(past: Sequence[PastIssue], week: date) -> Forecaster | None:
    from syncd.forecast.forecaster import fit  # NumPy takes a while to load, and is needed by this alone

    return fit(past, week)
