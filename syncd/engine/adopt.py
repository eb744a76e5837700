"""Joining what exists: asks the pure core which items belong together, and stores the links.

Called in every cycle before any counterpart is made, and by `syncd links adopt`. Costs no request and next to no time
while no item without a twin has changed; else one look at the filters, for the items that are concerned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from syncd.engine.context import SyncContext
from syncd.mapping.rules import Recognised
from syncd.model.errors import SyncdError
from syncd.model.items import Item, ItemRef, Side
from syncd.model.links import LinkId, LinkKind
from syncd.model.ports import Clock
from syncd.model.records import Event, NewLink, Pairable, Trouble
from syncd.model.storage import Store
from syncd.reconcile.adopt import Directory, Matches, Reference, match
from syncd.reconcile.mentions import KEY, URL, Mention, find_mentions
from syncd.reconcile.titles import find_alike, likeness

log = structlog.get_logger()

QUESTION: Final = "may be its counterpart already"
"""Part of the reason why an item waits for a person here; tells such a wait from all others."""
PATIENCE: Final = timedelta(days=7)
"""How long it waits: most mentions are only mentions, and an item that nobody keeps in step is not seen, while a second
counterpart is. A week leaves time for an answer, over holidays too."""
Memory = dict[ItemRef, tuple[str, tuple[Mention, ...]]]
"""What items were found to mention, with the version that said it: reading texts costs more than all the rest."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """Two existing items that belong together, or may. `why`: a sentence. `score`: how alike the titles are, 0 to 1.

    `is_named`: one of the two names the other; else only the titles are alike.
    """

    marketing: Item
    it: Item
    why: str
    score: float
    is_named: bool = True

    def item(self, side: Side) -> Item:
        """The item on `side`."""
        return self.marketing if side is Side.MARKETING else self.it


@dataclass(frozen=True, slots=True)
class Adoptable:
    """What can be joined. `pairs`: for sure. `proposals`: for a person to confirm.

    `undecided`: items that name, in a person's own words, one or several that may be their counterpart: no rule makes
    another one for them before that is settled. The text says why. `judged`: the items that were looked at; None = all,
    since nothing is adopted. One that turns up later in the same cycle waits for the next.
    """

    pairs: tuple[Adoption, ...] = ()
    proposals: tuple[Adoption, ...] = ()
    undecided: Mapping[ItemRef, str] = field(default_factory=dict)
    judged: frozenset[ItemRef] | None = None


NOTHING: Final = Adoptable()
BY_DEFAULT: Final[Recognised] = (URL, KEY)


class Undecided(SyncdError):
    """A person has to say whether the counterpart of an item exists already; until then none is made, for a week."""


def is_unanswered(trouble: Trouble | None, now: datetime) -> bool:
    """Whether a person was asked for long enough what an item is to those it names: then a rule may make another."""
    return trouble is not None and QUESTION in trouble.reason and now - trouble.since >= PATIENCE


class Adopter:
    """Finds and joins the existing pairs of one sync.

    `memory` is kept by the caller from one cycle to the next, for the same `by`: what pairs are recognised by.
    """

    def __init__(self, context: SyncContext, store: Store, clock: Clock, memory: Memory, by: Recognised) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._memory = memory
        self._by = by

    def find(self) -> Adoptable:
        """What can be joined of items that changed. Raises what connectors raise when they are asked for filters."""
        if not self._by:
            return NOTHING
        items = self._read() if self._has_news() else ()
        found = self._told(self._fitting(self._matches(items)))
        return replace(found, judged=frozenset(item.ref for item in items))

    def find_alike(self, found: Adoptable) -> tuple[Adoption, ...]:
        """Proposals by title alone, the likeliest first, for items that nothing in `found` is about."""
        about = {each.item(side).ref for each in (*found.pairs, *found.proposals) for side in Side}
        free = [each.ref for each in self._read() if each.is_free and each.ref not in about]
        items = self._store.feeds.read_items(self._fitting_refs(free))
        sides: dict[Side, list[tuple[Item, str]]] = {side: [] for side in Side}
        for each in self._read():
            if each.ref in items:
                sides[each.side].append((items[each.ref], items[each.ref].title))
        alike = find_alike(sides[Side.MARKETING], sides[Side.IT])
        parted = self._store.links.pairs_of(free)
        proposals = [
            Adoption(one, other, "the titles are alike", score, is_named=False)
            for one, other, score in alike
            if (one.ref, other.ref) not in parted
        ]
        return tuple(sorted(proposals, key=lambda each: (-each.score, each.marketing.key, each.it.key)))

    def find_named(self, side: Side, texts: Iterable[str]) -> dict[str, Item]:
        """What these keys, ids or addresses name on a side; those that name nothing are left out."""
        directory = Directory([item for item in self._read() if item.in_project])
        refs = {text: ref for text in texts if (ref := directory.named(side, text.strip())) is not None}
        items = self._store.feeds.read_items(refs.values())
        return {text: items[ref] for text, ref in refs.items() if ref in items}

    def find_twins(self, items: Iterable[Item]) -> dict[ItemRef, Item | None]:
        """The counterparts of those that are in a twin of any sync; None for one that was never read."""
        refs = [item.ref for item in items]
        links = self._store.links.of_items(refs)
        twins = {
            ref: link.it if link.marketing == ref else link.marketing
            for ref in refs
            for link in links.get(ref, ())
            if link.kind is LinkKind.TWIN
        }
        read = self._store.feeds.read_items(twins.values())
        return {ref: read.get(twin) for ref, twin in twins.items()}

    def join(self, adoptions: Iterable[Adoption]) -> int:
        """Store links for these; returns how many are new. An item that was joined meanwhile is left alone."""
        return sum(self._join(each) is not None for each in adoptions)

    # --- finding --------------------------------------------------------------------------------------------------

    def _has_news(self) -> bool:
        return bool(self._store.work.read_candidates(self._context.name, self._clock.now(), limit=1))

    def _read(self) -> tuple[Pairable, ...]:
        feeds = {side: party.feed for side, party in self._context.parties.items()}
        return self._store.work.read_pairable(self._context.name, feeds, self._clock.now())

    def _matches(self, items: Sequence[Pairable]) -> Matches:
        """What the references come to, as far as they concern items that changed."""
        if not items:
            return Matches()
        found = match(items, self._mentions(items), self._by)
        news = {item.ref for item in items if item.is_news}
        return Matches(
            tuple(each for each in found.pairs if not news.isdisjoint(each.pair)),
            tuple(each for each in found.proposals if not news.isdisjoint(each.pair)),
        )

    def _mentions(self, items: Sequence[Pairable]) -> dict[ItemRef, tuple[Mention, ...]]:
        free = {item.ref: item for item in items if item.is_free}
        unread = [ref for ref, item in free.items() if item.is_news or self._memory.get(ref, ("",))[0] != item.version]
        for ref, item in self._store.feeds.read_items(unread).items():
            mentions = find_mentions(item, free[ref].side, self._by)
            self._memory[ref] = (free[ref].version, mentions)
        for ref in self._memory.keys() - free.keys():
            del self._memory[ref]
        return {ref: mentions for ref, (_, mentions) in self._memory.items()}

    def _fitting(self, found: Matches) -> Matches:
        """Without items that do not fit their side's filter, and without pairs that a person parted."""
        refs = {ref for each in (*found.pairs, *found.proposals) for ref in each.pair}
        if not refs:
            return found
        fitting, parted = self._fitting_refs(refs), self._store.links.pairs_of(refs)

        def kept(references: Iterable[Reference]) -> tuple[Reference, ...]:
            return tuple(each for each in references if fitting.issuperset(each.pair) and each.pair not in parted)

        return Matches(kept(found.pairs), kept(each for each in found.proposals if not self._is_need(each)))

    def _is_need(self, reference: Reference) -> bool:
        """Whether a reference that is not unique makes a dependency: that answers what the two are to each other."""
        depends, mention = self._context.mapping.depends, reference.mention
        if depends is None or mention.is_second_hand or reference.said_by is not Side.MARKETING:
            return False
        is_counted = self._context.parties[Side.IT].project.key in depends.projects
        return is_counted and mention.how in depends.by and mention.field in depends.fields

    def _fitting_refs(self, refs: Iterable[ItemRef]) -> set[ItemRef]:
        refs, fitting = list(refs), set[ItemRef]()
        for party in self._context.parties.values():
            mine = {ref.id: ref for ref in refs if ref.connection == party.connector.name}
            matched = party.connector.fetch_matching(party.project, list(mine)) if mine else frozenset()
            fitting |= {mine[item_id] for item_id in matched if item_id in mine}
        return fitting

    # --- telling --------------------------------------------------------------------------------------------------

    def _told(self, found: Matches) -> Adoptable:
        items = self._store.feeds.read_items({ref for each in (*found.pairs, *found.proposals) for ref in each.pair})
        named: dict[ItemRef, list[str]] = {}
        for each in (each for each in found.proposals if not each.mention.is_second_hand):
            for side in Side:
                named.setdefault(each.ref(side), []).append(items[each.ref(side.other)].key)
        return Adoptable(
            tuple(self._adoption(each, items) for each in found.pairs),
            tuple(self._adoption(each, items) for each in found.proposals),
            {ref: self._undecided(keys) for ref, keys in named.items()},
        )

    def _undecided(self, keys: Sequence[str]) -> str:
        others = " or ".join(keys[:3]) + (" or another one" if len(keys) > 3 else "")
        return f"{others} {QUESTION}: `syncd links adopt {self._context.name}` says why; another is made in a week"

    def _adoption(self, reference: Reference, items: Mapping[ItemRef, Item]) -> Adoption:
        marketing, it = items[reference.marketing], items[reference.it]
        return Adoption(marketing, it, self._why(reference, marketing, it), likeness(marketing.title, it.title))

    def _why(self, reference: Reference, marketing: Item, it: Item) -> str:
        mention, side = reference.mention, reference.said_by
        sayer, named = (marketing, it) if side is Side.MARKETING else (it, marketing)
        where = self._field_name(side, mention)
        if mention.how not in (URL, KEY):
            return f"both have “{mention.text}” in {where}"
        what = f"the address of {named.key}" if mention.how == URL else f"“{mention.text}”"
        is_quoted = ", but not in a person's own words" if mention.is_second_hand else ""
        return f"{what} stands in the {where} of {sayer.key}{is_quoted}"

    def _field_name(self, side: Side, mention: Mention) -> str:
        spec = self._context.parties[side].project.fields.get(mention.field)
        return spec.name if spec is not None and spec.name else mention.field

    # --- joining --------------------------------------------------------------------------------------------------

    def _join(self, adoption: Adoption) -> LinkId | None:
        context, now = self._context, self._clock.now()
        marketing, it = adoption.marketing.ref, adoption.it.ref
        new = NewLink(context.name, LinkKind.TWIN, marketing, it, origin=None)
        event = Event(
            now, context.name, "link", f"joined: {adoption.why}", context.mapping.config_version, ref=marketing
        )
        link = self._store.links.add(new, [event], now)
        if link is not None:
            log.info("adopted", sync=context.name, marketing=adoption.marketing.key, it=adoption.it.key)
        return link
