"""Gathers what the checks of one sync are told: of a link, or of an item without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from syncd.checks.context import CheckContext, Failures, LinkContext, SideContext
from syncd.checks.facts import advance, fields_on
from syncd.checks.word_rules import WordMatcher
from syncd.engine import adopt, rejoin
from syncd.engine.context import SyncContext
from syncd.engine.copies.mirror_holds import holds_of
from syncd.engine.talk.questions import Questions
from syncd.engine.watch.crowding import read_earlier, team_of
from syncd.engine.watch.foresight import Foresight
from syncd.engine.watch.precedents import Precedents
from syncd.model.availability import Availability
from syncd.model.facts import LinkFacts
from syncd.model.items import Item, ItemRef, Side
from syncd.model.links import Hold, Link, LinkKind
from syncd.model.mirrors import MirrorState
from syncd.model.ports import Clock
from syncd.model.records import Candidate, GoneNote, LinkRecord
from syncd.model.storage import Store
from syncd.model.values import CANONICAL, STATUS
from syncd.reconcile.words import field_name
from syncd.report.view import owner_of

QUESTIONS: Final = (adopt.QUESTION, rejoin.QUESTION)
"""What reasons hold that ask a person whether the counterpart is there already."""
_THERE: Final = frozenset({MirrorState.ACTIVE, MirrorState.DECLINED, MirrorState.REFUSED})
"""Copies of files whose originals are there and for all to see."""
RECENT: Final = 20
"""Lines of an item's history in which the last refusal stands."""


class CheckContexts:
    """What is known at one instant. Asks the store alone."""

    def __init__(
        self, context: SyncContext, store: Store, clock: Clock, foresight: Foresight, precedents: Precedents
    ) -> None:
        self._context = context
        self._store = store
        self._foresight = foresight
        self._precedents = precedents
        self._questions = Questions(context, store, clock)
        self._incidents = store.incidents.read(context.name) if context.watching.components else ()
        self._field_titles = {rule.key: field_name(rule) for rule in context.mapping.rules}
        self._custom_fields = {
            side: {id_: spec.name for id_, spec in party.project.fields.items() if id_ not in CANONICAL}
            for side, party in context.parties.items()
        }
        first = next(iter(context.parties[Side.MARKETING].readers))
        # One question on an item, however many syncs read it: the first of them asks.
        self._asks_first = first == context.name

    def of_link(self, record: LinkRecord, now: datetime) -> CheckContext:
        """A link. What happened on it is stored when there is news."""
        items = {side: item for side in Side if (item := record.item(side)) is not None}
        failures = Failures(record.trouble.failures, record.trouble.since) if record.trouble else None
        context = replace(
            self._context_of(now, items, failures),
            link=self._link_context(record.link),
            holds=self._holds(record),
            reviews=self._context.watching.reviews,
            components=self._context.watching.components,
            requests=self._context.watching.requests,
            gone=self._gone(record),
            files=self._files(record.link),
        )
        context = replace(context, facts=self._facts(record.link, context), sayings=self._questions.sayings(record))
        context = replace(context, earlier=read_earlier(self._store, context, record.link))
        return self._foresight.seen(self._context, context)

    def of_item(self, side: Side, item: Item, waiting: Candidate | None, now: datetime) -> CheckContext:
        """An item without a link. `waiting`: it is about to get a counterpart."""
        context = self._context_of(now, {side: item}, self._unmade(waiting))
        return self._precedents.seen(self._context, context) if self._asks_first else context

    def _context_of(self, now: datetime, items: Mapping[Side, Item], failures: Failures | None) -> CheckContext:
        context, watching = self._context, self._context.watching
        return CheckContext(
            context.name,
            now,
            self._side(Side.MARKETING, items.get(Side.MARKETING)),
            self._side(Side.IT, items.get(Side.IT)),
            watching.checks,
            general=watching.general,
            failures=failures,
            involvement=watching.involvement if self._asks_first else WordMatcher(),
            vendors=watching.vendors if self._asks_first else WordMatcher(),
            reviews=watching.reviews if self._asks_first else (),
            components=watching.components if self._asks_first else (),
            incidents=self._incidents,
            field_titles=self._field_titles,
        )

    def _side(self, side: Side, item: Item | None) -> SideContext:
        context, party = self._context, self._context.parties[side]
        owner = owner_of(item) if item else None
        own, common = context.own_calendars.of(side, owner) if owner else None, context.watching.calendars[side]
        return SideContext(
            side,
            party.department,
            party.tool,
            party.zone,
            own or common,
            context.watching.availability.get(side, Availability()),
            item,
            owner.name if owner else None,
            common if own else None,
            self._custom_fields[side],
        )

    # of a link

    def _link_context(self, link: Link) -> LinkContext:
        rules = self._context.mapping.rules if link.kind is LinkKind.TWIN else ()
        keeps_status = any(rule.it == STATUS and rule.writes_to(Side.MARKETING) for rule in rules)
        team = team_of(self._context, self._store, link)
        return LinkContext(link.kind, link.origin, link.created_at, keeps_status, team)

    def _gone(self, record: LinkRecord) -> dict[Side, GoneNote]:
        """What direct reads did not find. The store is asked only when an item is missing."""
        missing = {side: record.link.ref(side) for side in Side if record.item(side) is None}
        notes = self._store.feeds.read_gone(list(missing.values())) if missing else {}
        return {side: notes[ref] for side, ref in missing.items() if ref in notes}

    def _holds(self, record: LinkRecord) -> tuple[Hold, ...]:
        """The fields, the comments and the files that wait."""
        fields, mapping = tuple(record.holds.values()), self._context.mapping
        if mapping.comments is None and mapping.files is None:
            return fields
        return (*fields, *holds_of(self._store, record.link.id, mapping.config_version))

    def _files(self, link: Link) -> frozenset[str] | None:
        """What people of marketing attached, as far as their files are copied; so this asks no system."""
        rules = self._context.mapping.files
        if rules is None or Side.IT not in rules.to:
            return None
        known = self._store.mirrors.read_files(link.id)
        return frozenset(each.name for each in known if each.side is Side.MARKETING and each.state in _THERE)

    def _facts(self, link: Link, context: CheckContext) -> LinkFacts:
        """What happened on the link so far; stored when there is news, as what syncd wrote counts from then on."""
        known = self._store.facts.read(link.id)
        since = known.seen_at if known else context.now
        counts = {side: self._store.journal.count_writes(link.id, side, since) for side in Side} if known else {}
        facts = advance(known, context, {side: fields_on(side, rules) for side, rules in counts.items()})
        if known is None or replace(facts, seen_at=known.seen_at) != known:
            self._store.facts.record(link.id, facts)
        return facts

    # of an item without one

    def _unmade(self, waiting: Candidate | None) -> Failures | None:
        """How often a counterpart could not be made; None while a person is asked whether it is there already."""
        trouble = waiting.trouble if waiting else None
        if waiting is None or trouble is None or any(question in trouble.reason for question in QUESTIONS):
            return None
        return Failures(trouble.failures, trouble.since, self._refusal(waiting.item.ref, trouble.reason))

    def _refusal(self, ref: ItemRef, reason: str) -> str:
        """Why the other system refused, in its own words; "" for whatever else fails: that is for the operator."""
        events = self._store.audit.read(sync=self._context.name, ref=ref, limit=RECENT)
        return reason if any(event.kind == "rejected" and event.cause == reason for event in events) else ""
