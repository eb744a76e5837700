"""`syncd explain`, once it was asked for: the pairs of an item field by field, or why it has no counterpart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import click

from syncd.cli.door import FAILED, OK, Refused, connector_text
from syncd.cli.events import event_lines, events_of, field_names
from syncd.cli.explain_comments import comment_lines, file_lines
from syncd.cli.explain_pair import PairStory, pair_lines
from syncd.cli.explain_single import single_lines
from syncd.cli.finding_items import fetch_item
from syncd.cli.found import finding_lines
from syncd.cli.progress import busy
from syncd.cli.say import instant, named, show, wrapped
from syncd.cli.session import Session
from syncd.cli.syncs import open_syncs
from syncd.engine.context import Party, SyncContext
from syncd.engine.planner import Planner
from syncd.model.errors import ConnectorError
from syncd.model.items import Item, ItemRef, Side
from syncd.model.links import Link, LinkKind, RuleKey
from syncd.model.storage import Store
from syncd.service.desks import desks_of
from syncd.service.installation import Installation

LAST_EVENTS = 8


def explain_item(session: Session, text: str) -> int:
    """Tell everything that decides about one item."""
    with session.open_copy() as installation:
        with busy("reading"):
            opened = open_syncs(installation, installation.syncs)
            teller = _Teller(session, installation, opened.contexts)
            items = teller.find(text)
        for name, error in opened.outages.items():
            click.echo(f"{name}: could not be asked: {session.redacted(connector_text(error))}", err=True)
        if not items:
            raise Refused(f"no item {text!r} on any side: name it by its key, its id or its address in the browser")
        for number, item in enumerate(items):
            if number:
                show()
            for line in teller.lines(item):
                show(line)
    return FAILED if opened.outages else OK


@dataclass(frozen=True, slots=True)
class _Teller:
    session: Session
    installation: Installation
    contexts: Sequence[SyncContext]

    @property
    def store(self) -> Store:
        return self.installation.store

    def find(self, text: str) -> list[Item]:
        """Stored items of that name; else what any side finds under it."""
        stored = list(self.store.feeds.find_item(text))
        if stored:
            return stored
        found: dict[ItemRef, Item] = {}
        for party in self._parties():
            try:
                item = fetch_item(self.store, party, text)
            except (Refused, ConnectorError):  # not on this side, or not to be had: the others are asked too
                continue
            found[item.ref] = item
            self._remember(party, [item])
        return list(found.values())

    def lines(self, item: Item) -> Iterator[str]:
        """The story of one item, with that of each pair it is in."""
        links = self.store.links.of_items([item.ref]).get(item.ref, ())
        yield f"{click.style(named(item), bold=True)}  {item.url}"
        for link in links:
            context = next((each for each in self.contexts if each.name == link.sync), None)
            yield from self._pair(context, link) if context else self._unread_pair(link)
        if not any(link.kind is LinkKind.TWIN for link in links):
            yield from self._single(item)
        yield from self._missing(item)
        yield from self._findings(item)
        yield from self._events(item)

    # --- the parts ----------------------------------------------------------------------------------------------

    def _unread_pair(self, link: Link) -> Iterator[str]:
        """A pair of a sync that could not be opened, by what was read last."""
        record = self.store.links.read(link.id)
        items = [item for side in Side if record is not None and (item := record.item(side)) is not None]
        yield f"  in a pair of sync {link.sync}: {' ↔ '.join(map(named, items))}"
        yield "  The pair is there and could not be read now; its fields are told once both sides answer."

    def _pair(self, context: SyncContext, link: Link) -> Iterator[str]:
        trouble = self._read_anew(context, link)
        record = self.store.links.read(link.id)
        if record is None:
            return
        planner = Planner(context, self.store, self.installation.clock)
        plan = planner.plan_links([record])[0].plan
        yield from pair_lines(PairStory(context, record, plan, context.around(self.store.links), trouble))
        if context.mapping.comments is not None:
            yield from comment_lines(self.store.mirrors.read(link.id), self.store.mirrors.read_look(link.id))
        if context.mapping.files is not None:
            yield from file_lines(self.store.mirrors.read_files(link.id))

    def _read_anew(self, context: SyncContext, link: Link) -> str | None:
        """Both items as they are now, into the throwaway store; why not, if a side could not be asked."""
        for side, party in context.parties.items():
            ref = link.ref(side)
            try:
                found = party.connector.fetch_items(party.project, [ref.id])
            except ConnectorError as error:
                return f"told from the last read: {self.session.redacted(connector_text(error))}"
            self._remember(party, found.values())
            if found.broken:
                return f"told from the last read: {found.broken[ref.id]}"
            if not found:
                self.store.feeds.record_gone([ref], self.installation.clock.now())
        return None

    def _single(self, item: Item) -> Iterator[str]:
        mine = [(context, side) for context in self.contexts for side in Side if _reads(context.parties[side], item)]
        if not mine:
            yield "  No sync reads its project."
        for context, side in mine:
            yield from single_lines(context, side, self._current(context.parties[side], item), self.store)

    def _missing(self, item: Item) -> Iterator[str]:
        """The issues that the item names and that could not be linked."""
        for context in self.contexts:
            for named_one in self.store.named.read(context.name, [item.ref]).get(item.ref, ()):
                if named_one.it is None:
                    asked = f"; last asked for on {instant(named_one.asked_at)}" if named_one.asked_at else ""
                    why = f"which is not there, or not open to everybody{asked}"
                    yield wrapped(f"Its {named_one.place} names {named_one.key}, {why}.", indent="  ")

    def _current(self, party: Party, item: Item) -> Item:
        try:
            return party.connector.fetch_items(party.project, [item.ref.id]).get(item.ref.id, item)
        except ConnectorError:  # the last read tells nearly as much; an outage was said when the sync was opened
            return item

    def _findings(self, item: Item) -> Iterator[str]:
        raised = self.store.findings.of_items([item.ref]).get(item.ref, ())
        if raised:
            yield ""
            yield "  Findings"
        desks = desks_of(self.installation)
        places = {key: rule.where for context in self.contexts for key, rule in context.rules.items()}
        for each in raised:
            where = places.get(RuleKey(each.finding.subject.partition("=")[0]))
            place = f"{where.file}:{where.line}" if where is not None and where.line else ""
            zone = desks[each.sync][Side.MARKETING].zone
            yield from finding_lines(each, (), place, margin="  ", zone=zone)

    def _events(self, item: Item) -> Iterator[str]:
        events = events_of(self.store, item.ref, LAST_EVENTS)
        if events:
            items = self.store.feeds.read_items({event.ref for event in events if event.ref is not None})
            yield ""
            yield f"  Last events (all of them: {self.session.command(f'history {item.key}')})"
            yield from event_lines(events, items, field_names(self.installation), indent="  ")

    def _parties(self) -> Iterator[Party]:
        seen = set()
        for context in self.contexts:
            for party in context.parties.values():
                if party.feed not in seen:
                    seen.add(party.feed)
                    yield party

    def _remember(self, party: Party, items: Iterable[Item]) -> None:
        self.store.feeds.record_items(party.feed, party.readers, items, self.installation.clock.now())


def _reads(party: Party, item: Item) -> bool:
    return party.connector.name == item.ref.connection
