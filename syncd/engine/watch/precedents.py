"""What became of a team's earlier tasks: learnt once a week from the store, and told of one task.

Of a marketing project, whichever syncs read it. It costs nothing unless `it-not-involved` has `learn: true`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

import structlog

from syncd.checks.context import CheckContext, CheckSettings
from syncd.checks.involvement import IT_NOT_INVOLVED
from syncd.checks.terms import FIELDS, names_on, terms_of
from syncd.engine.context import SyncContext
from syncd.engine.watch.noting import monday
from syncd.mapping.rules import Mapping as Rules
from syncd.model.days import day_in
from syncd.model.involvement import Bounds, EndedTask, PastTask, Precedent
from syncd.model.items import Item, Side
from syncd.model.links import RuleKey, SyncName
from syncd.model.ports import Clock
from syncd.model.records import Feed
from syncd.model.storage import Store
from syncd.model.values import LABELS, FieldId

if TYPE_CHECKING:
    from syncd.forecast.involvement import Involvement

log = structlog.get_logger()

MOST_TASKS: Final = 5_000
"""The newest ones that are learnt from: words change, and learning is to take seconds."""
PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Source:
    """A marketing project as far as learning goes.

    `fields`: what is read of its tasks. `copied`: the field rules by which a ticket's words may come back to its task:
    a task that was written by one of these is left out.
    """

    feed: Feed
    zone: tzinfo
    fields: tuple[FieldId, ...]
    copied: frozenset[RuleKey]


def source_of(feed: Feed, zone: tzinfo, mappings: Iterable[Rules]) -> Source:
    """What can be learnt from. `mappings`: of all syncs that read the project.

    Fields that a rule for new tickets looks at are left out: there the words decide, and a task that had them has a
    ticket anyway. So are labels that come from IT.
    """
    known = tuple(mappings)
    whens = [rule.when for each in known for rule in each.creates if rule.side is Side.IT and rule.when is not None]
    asked = {FieldId(name) for when in whens for name in when.uses}
    copied = {rule.key: rule.marketing for each in known for rule in each.rules if rule.writes_to(Side.MARKETING)}
    left_out = asked | ({LABELS} & set(copied.values()))
    fields = tuple(field for field in FIELDS if field not in left_out)
    return Source(feed, zone, fields, frozenset(key for key, field in copied.items() if field in fields))


class Precedents:
    """Answers for all syncs. Not for several threads at once on one project."""

    def __init__(self, contexts: Mapping[SyncName, SyncContext], store: Store, clock: Clock) -> None:
        self._contexts = contexts
        self._store = store
        self._clock = clock
        self._learnt: dict[tuple[Feed, Bounds], tuple[date, Involvement]] = {}

    def seen(self, sync: SyncContext, context: CheckContext) -> CheckContext:
        """The context with what became of tasks like its own, if that says anything."""
        settings, item = context.settings[IT_NOT_INVOLVED.code], context.marketing.item
        if item is None or not learns(settings):
            return context
        party = sync.parties[Side.MARKETING]
        week = monday(self._clock.now(), party.zone)
        source = self._source(sync)
        learnt = self._learn(source, bounds_of(settings), week)
        until = context.morning(Side.MARKETING, week + timedelta(days=7))
        return replace(context, precedent=_told(learnt, item, source.fields), precedent_until=until)

    def _source(self, sync: SyncContext) -> Source:
        party = sync.parties[Side.MARKETING]
        alike = (each for each in self._contexts.values() if each.parties[Side.MARKETING].feed == party.feed)
        return source_of(party.feed, party.zone, (each.mapping for each in alike))

    def _learn(self, source: Source, bounds: Bounds, week: date) -> Involvement:
        key = (source.feed, bounds)
        known = self._learnt.get(key)
        if known is not None and known[0] == week:
            return known[1]
        learnt = learn_from(self._store, source, bounds, week)
        self._learnt[key] = (week, learnt)
        lesson, feed = learnt.lesson, source.feed
        log.info(
            "involvement_learnt",
            connection=feed.connection,
            project=feed.project,
            tasks=lesson.tasks,
            linked=lesson.linked,
            precision=lesson.trial.precision,
            silence=lesson.silence,
        )
        return learnt


def learns(settings: CheckSettings) -> bool:
    """Whether anything is to be learnt at all."""
    return settings.severity is not None and settings.flag("learn")


def bounds_of(settings: CheckSettings) -> Bounds:
    """What is asked of the learning."""
    return Bounds(settings.number("min_history"), settings.number("min_linked"), settings.share("min_precision"))


def learn_from(store: Store, source: Source, bounds: Bounds, week: date) -> Involvement:
    """What was known on the morning of that Monday, so that a restart in between changes no sentence."""
    from syncd.forecast.involvement import learn  # NumPy takes a while to load, and is needed by this alone

    before = datetime.combine(week, time(), source.zone)
    ended = store.past.read_ended(source.feed, before, limit=MOST_TASKS, copied=source.copied)
    return learn(_past(store, source, ended), bounds)


def _past(store: Store, source: Source, ended: Collection[EndedTask]) -> Iterator[PastTask]:
    """Page by page: of the tasks only their words are kept."""
    tasks = list(ended)
    for start in range(0, len(tasks), PAGE):
        page = tasks[start : start + PAGE]
        items = store.feeds.read_items([task.ref for task in page])
        for task in page:
            if (item := items.get(task.ref)) is not None:
                opened = day_in(item.created_at, source.zone)
                yield PastTask(opened, tuple(terms_of(item, source.fields)), task.is_linked, names_on(item))


def _told(learnt: Involvement, item: Item, fields: Collection[FieldId]) -> Precedent | None:
    """The words as this task has them."""
    written = terms_of(item, fields)
    precedent = learnt.ask(written)
    return precedent and replace(precedent, terms=tuple(written[term] for term in precedent.terms))
