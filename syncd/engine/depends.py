"""Dependencies: the issues that a campaign needs, found where its marketing item names them, or added by a person.

The watch calls it for every item that changed, before the checks look. It is level-triggered: what an item names now is
compared with its found dependencies. An issue that no poll has shown is asked for once, by its key, and then waited
for: a poll brings it, or the question is put again after a day. Nothing here writes to a ticket.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from syncd.engine.context import SyncContext
from syncd.engine.singly import ask_singly
from syncd.engine.talk.listening import Place
from syncd.engine.talk.own_comments import written_by_us
from syncd.model.errors import ConnectorError, SyncdError
from syncd.model.items import Comment, Item, ItemId, ItemRef, Side
from syncd.model.links import Link, LinkId, LinkKind
from syncd.model.ports import Clock
from syncd.model.records import Event, Named, NewLink, Said
from syncd.model.storage import Store
from syncd.reconcile.comments import is_written_by_syncd
from syncd.reconcile.depends import COMMENTS, find_key, find_named, find_said, pick_said
from syncd.reconcile.mentions import host_of

log = structlog.get_logger()

ASKED_AGAIN: Final = timedelta(days=1)
"""When a named issue that was not there is asked for once more."""
MOST_ASKED: Final = 100


class Unfit(SyncdError):
    """A dependency that a person asked for cannot be; the text says why."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """An issue that a marketing item needs. `place`: where it names it, in people's words; "" = a person said so."""

    marketing: Item
    it: Item
    place: str


@dataclass(frozen=True, slots=True)
class Found:
    """What the texts of some items come to. `ends`: found dependencies that nothing names any more, each with why."""

    adds: tuple[Dependency, ...] = ()
    ends: tuple[tuple[Link, str], ...] = ()


class Dependencies:
    """Those of one sync."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        self._it = context.parties[Side.IT]

    @property
    def has_comments(self) -> bool:
        """Whether what comments name counts."""
        depends = self._context.mapping.depends
        return depends is not None and depends.comments

    def follow(self, refs: Collection[ItemRef]) -> dict[ItemRef, list[ItemRef]]:
        """Bring the found dependencies of these items up to date; returns the issues of those that ended, by item.

        Raises only what concerns a whole connection.
        """
        found, now = self.find(refs), self._clock.now()
        for each in found.adds:
            self._add(each)
        parted: dict[ItemRef, list[ItemRef]] = {}
        for link, why in found.ends:
            event = Event(now, link.sync, "unlink", why, self._context.mapping.config_version, ref=link.marketing)
            self._store.links.end(link.id, [event], now)
            parted.setdefault(link.marketing, []).append(link.it)
        return parted

    def find(self, refs: Collection[ItemRef]) -> Found:
        """What these items name, against their dependencies; notes what is named, and asks for what is not known."""
        links = self._store.links.of_items(refs)
        known = self._store.named.read(self._context.name, refs)
        found_links = {ref: self._found_ones(links.get(ref, ())) for ref in refs}
        if self._context.mapping.depends is None and not known and not any(found_links.values()):
            return Found()
        items = {ref: item for ref, item in self._store.feeds.read_items(refs).items() if self._is_ours(item)}
        said = self._store.named.read_said(self._context.name, items) if self.has_comments else {}
        named = {ref: own for ref, item in items.items() if (own := self._places(item, said.get(ref, ()))) is not None}
        notes = self._resolve(named, known)
        self._store.named.record(self._context.name, notes)
        return self._compare(items, notes, found_links)

    def look_again(self) -> frozenset[ItemRef]:
        """Items that name an issue which is there by now. Asks again for those that nobody found a day ago.

        Raises only what concerns a whole connection.
        """
        name, now = self._context.name, self._clock.now()
        if self._context.mapping.depends is None:
            return frozenset()
        missing = self._store.named.read_missing(name, now - ASKED_AGAIN, limit=MOST_ASKED)
        if missing:
            self._ask(missing)
            self._store.named.note_asked(name, missing, now)
        arrived = self._store.named.read_arrived(name, self._it.feed.connection)
        items = self._store.feeds.read_items(arrived) if arrived else {}
        return frozenset(ref for ref, item in items.items() if self._is_ours(item))

    def ask(self, key: str) -> Item | None:
        """The issue with that key as IT's system shows it now. Raises only what concerns a whole connection."""
        return self._ask([key]).get(key)

    # --- what is named ---------------------------------------------------------------------------------------------

    def _found_ones(self, links: Iterable[Link]) -> tuple[Link, ...]:
        own = (link for link in links if link.sync == self._context.name and link.kind is LinkKind.DEPENDENCY)
        return tuple(link for link in own if link.found_in)

    def _is_ours(self, item: Item) -> bool:
        return item.in_scope and self._store.feeds.is_listed(self._context.parties[Side.MARKETING].feed, item.ref)

    def _places(self, item: Item, said: Iterable[Said]) -> dict[str, str] | None:
        """Key → where it stands; None for a text that nobody can work out: then everything stays as it is."""
        depends = self._context.mapping.depends
        if depends is None or item.is_restricted:
            return {}
        try:
            named = find_named(item, depends, host_of(self._it.project.url))
        except Exception:
            log.exception("references_unread", sync=self._context.name, item=item.ref.id)
            return None
        fields = self._context.parties[Side.MARKETING].project.fields
        in_texts = {key: fields[field].name if field in fields else field for key, field in named.items()}
        return dict.fromkeys(pick_said(said, depends), str(COMMENTS)) | in_texts

    def _resolve(
        self, named: Mapping[ItemRef, Mapping[str, str]], known: Mapping[ItemRef, Sequence[Named]]
    ) -> dict[ItemRef, tuple[Named, ...]]:
        """What is to be noted of each item, with the issue that each key turned out to be."""
        before = {(ref, each.key): each for ref, own in known.items() for each in own}
        new = {key for ref, own in named.items() for key in own if _of(before, ref, key).it is None}
        found = dict(self._store.feeds.find_keys(self._it.feed.connection, new))
        asked = {each.key for each in before.values() if each.asked_at is not None}
        unknown = sorted(new - found.keys() - asked)
        answered = self._ask(unknown)
        found |= {key: item for key, item in answered.items() if item is not None}
        now = self._clock.now()

        def note(ref: ItemRef, key: str, place: str) -> Named:
            old = _of(before, ref, key)
            it = old.it or (found[key].ref.id if key in found else None)
            return Named(key, place, it, now if key in answered else old.asked_at)

        notes = {ref: [note(ref, key, place) for key, place in own.items()] for ref, own in named.items()}
        closed = self._closed({each.it for own in notes.values() for each in own if each.it is not None})
        return {
            ref: tuple(Named(e.key, e.place, None if e.it in closed else e.it, e.asked_at) for e in own)
            for ref, own in notes.items()
        }

    def _closed(self, ids: Collection[ItemId]) -> frozenset[ItemId]:
        """Those behind a security level."""
        items = self._store.feeds.read_items([ItemRef(self._it.feed.connection, id_) for id_ in ids])
        return frozenset(ref.id for ref, item in items.items() if item.is_restricted)

    def _ask(self, keys: Sequence[str]) -> dict[str, Item | None]:
        """The issues with these keys as IT's system shows them now; None for what is not there, or hidden.

        Keys about which nothing was learnt are missing. An issue that was moved answers to its old key.
        """
        ask = partial(self._it.connector.fetch_items, self._it.project)
        answered: dict[str, Item | None] = {}
        for some, answer in ask_singly(ask, [ItemId(key) for key in keys]):
            if isinstance(answer, ConnectorError):
                log.warning("issue_unread", sync=self._context.name, error=type(answer).__name__)
                continue
            self._store.feeds.record_items(self._it.feed, self._it.readers, answer.values(), self._clock.now())
            shown = {item.key: item for item in answer.values()}
            if len(some) == 1:
                answered[some[0]] = next(iter(shown.values()), None)
                continue
            answered |= {key: shown.get(key) for key in some}
            if not shown.keys() <= set(some):
                for key in set(some) - shown.keys():
                    answered |= self._ask([key])
        return answered

    # --- what becomes of it ----------------------------------------------------------------------------------------

    def _compare(
        self,
        items: Mapping[ItemRef, Item],
        notes: Mapping[ItemRef, Sequence[Named]],
        found: Mapping[ItemRef, Sequence[Link]],
    ) -> Found:
        pairs = self._store.links.pairs_of(notes.keys())
        wanted = {(ref, self._issue(each)): each.place for ref, own in notes.items() for each in own if each.it}
        issues = self._store.feeds.read_items([it for _, it in wanted.keys() - pairs])
        adds = [
            Dependency(items[ref], issues[it], place)
            for (ref, it), place in wanted.items()
            if (ref, it) not in pairs and it in issues
        ]
        ended = [link for ref in notes for link in found[ref] if (ref, link.it) not in wanted]
        return Found(tuple(adds), tuple((link, self._why(link)) for link in ended))

    def _issue(self, named: Named) -> ItemRef:
        return ItemRef(self._it.feed.connection, ItemId(named.it or ""))

    def _why(self, link: Link) -> str:
        if link.it.id in self._closed([link.it.id]):
            return "the issue is not open to everybody any more"
        return f"it is not named in the {link.found_in} any more"

    def _add(self, found: Dependency) -> None:
        cause = f"needed: named in the {found.place}"
        if _store(self._context, self._store, self._clock, found, cause) is not None:
            log.info("dependency_found", sync=self._context.name, marketing=found.marketing.key, it=found.it.key)


class NamedInComments:
    """Listens for the issues that people name in the comments on marketing items of one sync.

    All that they name is noted, of whatever project, so that other settings need no second reading. The watch follows
    the items afterwards.
    """

    def __init__(self, context: SyncContext, store: Store) -> None:
        self._context = context
        self._store = store
        self.key = f"depends:{context.name}"

    def wants(self, place: Place) -> bool:
        """Whether it is an item that may need issues."""
        return place.side is Side.MARKETING and place.item.in_scope

    def hear(self, place: Place, comments: Sequence[Comment]) -> None:
        """Note what they name now."""
        ref, name = place.item.ref, self._context.name
        ours = written_by_us(self._store, place)
        by_people = [each for each in comments if each.id not in ours and not is_written_by_syncd(each)]
        said = find_said(by_people, host_of(self._context.parties[Side.IT].project.url))
        if said != self._store.named.read_said(name, [ref]).get(ref, frozenset()):
            self._store.named.record_said(name, ref, said)


def _of(named: Mapping[tuple[ItemRef, str], Named], ref: ItemRef, key: str) -> Named:
    return named.get((ref, key), Named(key, ""))


def _store(context: SyncContext, store: Store, clock: Clock, found: Dependency, cause: str) -> LinkId | None:
    now, marketing = clock.now(), found.marketing.ref
    new = NewLink(context.name, LinkKind.DEPENDENCY, marketing, found.it.ref, None, found.place)
    event = Event(now, context.name, "link", cause, context.mapping.config_version, ref=marketing)
    return store.links.add(new, [event], now)


# --- by a person --------------------------------------------------------------------------------------------------


def add_dependency(context: SyncContext, store: Store, clock: Clock, marketing: Item, it: Item, cause: str) -> None:
    """A person says that the campaign needs this issue: it stays so until a person parts the two.

    Both items are stored as they are given. Raises Unfit.
    """
    for item in (marketing, it):
        if item.is_restricted:
            raise Unfit(f"{item.key} is behind a security level: such items never leave their side")
    links = store.links.of_items([marketing.ref]).get(marketing.ref, ())
    standing = next((link for link in links if link.it == it.ref), None)
    if standing is not None and standing.kind is LinkKind.TWIN:
        raise Unfit(f"{it.key} is its twin already")
    if standing is not None and not standing.found_in:
        raise Unfit(f"{it.key} is among what it needs already")
    for side, item in ((Side.MARKETING, marketing), (Side.IT, it)):
        party = context.parties[side]
        if not store.feeds.listed_elsewhere(party.feed, [item.ref]):
            store.feeds.record_items(party.feed, party.readers, [item], clock.now())
    _store(context, store, clock, Dependency(marketing, it, ""), cause)


def need_issue(context: SyncContext, store: Store, clock: Clock, marketing: Item, text: str, cause: str) -> Item:
    """For `/syncd depends`: add the issue that a person names by key or address; returns it.

    Only issues of the projects that dependencies are found in: a comment must open no other. Raises Unfit, and what
    concerns a whole connection.
    """
    party, depends = context.parties[Side.IT], context.mapping.depends
    projects = depends.projects if depends is not None else frozenset({party.project.key})
    key = find_key(text, projects, host_of(party.project.url))
    if key is None:
        raise Unfit(f"“{text}” is no issue of {', '.join(sorted(projects))}")
    it = store.feeds.find_keys(party.feed.connection, [key]).get(key)
    it = it or Dependencies(context, store, clock).ask(key)
    if it is None or it.is_restricted:  # told apart, the answer would tell that a hidden issue is there
        raise Unfit(f"{key} is not there, or not open to everybody")
    add_dependency(context, store, clock, marketing, it, cause)
    return it
