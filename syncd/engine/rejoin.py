"""After the store was lost, or is an old copy: pairs that it does not know are joined anew, before any create.

Who calls it: the engine, once both sides were polled. What counts as evidence, the surest first:

1. The marker of a counterpart begins with the trace of the item it was made for. One that this store never gave is of
   an earlier store. Where lists do not show markers (Data Center), items that our own account made are read exactly.
2. Our status comment names the counterpart. It is read of items that our account made and that have a namesake on the
   other side; of all that our account made, once markers showed that a store was lost.
3. Namesakes alone, and a comment of ours on an item that a person made, do not tell enough: both items wait and say so.

In the life of a store our account makes no item that is in no pair, so looking for them costs nothing. Where the
account is a person's too, items that this person makes on both sides are looked at once for each change of theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from syncd.engine.context import SyncContext
from syncd.engine.journal import trace_in, trace_of
from syncd.engine.poll import read_exactly
from syncd.mapping.expr import ExpressionError
from syncd.model.errors import Gone, Malformed, Rejected
from syncd.model.items import Comment, Item, ItemRef, Side
from syncd.model.links import LinkKind
from syncd.model.ports import Clock
from syncd.model.records import (
    Event,
    Lone,
    NewLink,
    Trouble,
)
from syncd.model.richtext import Text, all_inlines
from syncd.model.storage import Store
from syncd.reconcile.comments import SIGNATURE
from syncd.reconcile.mirror_text import is_mirror_text

log = structlog.get_logger()

QUESTION: Final = "it may belong to"
"""Part of the reason why an item waits for a person here; tells such a wait from all others."""
_WAIT: Final = timedelta(days=1)
"""Renewed at every cycle that still finds the question open, so it never runs out within one."""


@dataclass(slots=True)
class Rejoiner:
    """Looks for unknown pairs of one sync. Remembers what it has read, for as long as an item shows the same."""

    context: SyncContext
    clock: Clock
    _read: set[tuple[ItemRef, str]] = field(default_factory=set)
    _named: dict[tuple[ItemRef, str], frozenset[str]] = field(default_factory=dict)

    def run(self, store: Store) -> None:
        """Join what is sure, and let wait what only a person can tell.

        A pair has no baseline: what differs is treated as at any pairing of two existing items.
        """
        lone = store.work.read_lone(self.context.name)
        may_pair = {each.side for each in lone} == set(Side)
        if may_pair and self._read_markers(store, lone):
            lone = store.work.read_lone(self.context.name)
        search = _Search(self.context, lone)
        if may_pair:
            search.by_marker()
            self._by_comments(search, store)
        for made, origin in search.pairs:
            self._join(store, made, origin)
        self._ask(store, search)

    def _read_markers(self, store: Store, lone: Sequence[Lone]) -> bool:
        """Read items of our own account exactly where lists do not show markers. Whether anything was read."""
        is_news = False
        for side, party in self.context.parties.items():
            if party.connector.capabilities.lists_markers:
                continue
            mine = [each for each in lone if each.side is side and _is_made_by(each, party.account.id)]
            unread = [each for each in mine if each.marker is None and (each.ref, each.version) not in self._read]
            if not unread:
                continue
            read_exactly(party, store, self.clock, [each.ref.id for each in unread])
            self._read |= {(each.ref, each.version) for each in unread}
            is_news = True
        return is_news

    def _by_comments(self, search: _Search, store: Store) -> None:
        for each in search.suspects():
            search.by_comment(each, self._urls_in_comments(each))
        rest = search.unjoined()
        asked = [each for each in rest if _is_asked(each)]
        for each in self._would_get_a_counterpart(rest, store) if search.is_lost else asked:
            search.doubt_by_comment(each, self._urls_in_comments(each))

    def _would_get_a_counterpart(self, rest: Sequence[Lone], store: Store) -> Iterator[Lone]:
        """Items that rules make a counterpart for, though people may have linked them with one that is there."""
        items = store.feeds.read_items([each.ref for each in rest])
        return (each for each in rest if each.ref in items and self._is_wanted(items[each.ref], each.side))

    def _is_wanted(self, item: Item, side: Side) -> bool:
        try:
            return self.context.mapping.create_rule(item, side) is not None
        except ExpressionError:
            return False

    def _urls_in_comments(self, lone: Lone) -> frozenset[str]:
        """What our status comment on an item leads to; nothing when there is none, or when it cannot be read."""
        key = (lone.ref, lone.version)
        if key not in self._named:
            party = self.context.parties[lone.side]
            try:
                comments = party.connector.fetch_comments(party.project, lone.ref.id)
            except (Gone, Rejected, Malformed) as error:
                log.warning("comments_unread", sync=self.context.name, item=lone.ref.id, error=type(error).__name__)
                comments = ()
            self._named[key] = frozenset().union(*(_urls(each) for each in comments if _is_status_comment(each)))
        return self._named[key]

    def _join(self, store: Store, made: Lone, origin: Lone) -> None:
        now = self.clock.now()
        marketing, it = (made.ref, origin.ref) if made.side is Side.MARKETING else (origin.ref, made.ref)
        cause = "paired again: an earlier store made it"
        version = self.context.mapping.config_version
        event = Event(now, self.context.name, "link", cause, version, ref=made.ref, side=made.side)
        # Without an origin: both may bear a comment of ours.
        joined = NewLink(self.context.name, LinkKind.TWIN, marketing, it, origin=None)
        if store.links.add(joined, [event], now) is not None:
            log.info("rejoined", sync=self.context.name, side=made.side, item=made.key)

    def _ask(self, store: Store, search: _Search) -> None:
        """Let items wait for an answer, and end the waiting of those about which nothing is open any more."""
        asked = search.doubts()
        for each in search.lone:
            if each.ref in asked:
                self._wait(store, each, _question(each, asked[each.ref]))
            elif _is_asked(each):
                store.work.record_trouble(self.context.name, each.ref, None)

    def _wait(self, store: Store, each: Lone, reason: str) -> None:
        if each.trouble is not None and each.trouble.unread_on is not None:
            return  # it waits to be read, and must not be taken off that queue; the question comes after that
        now, before = self.clock.now(), each.trouble if _is_asked(each) else None
        if before is None:
            log.warning("pair_in_doubt", sync=self.context.name, side=each.side, item=each.key)
        elif before.reason == reason and before.retry_at - now > _WAIT / 2:
            return
        since = before.since if before else now
        store.work.record_trouble(self.context.name, each.ref, Trouble(1, since, now + _WAIT, reason))


class _Search:
    """What the items without a twin tell about each other. Pure."""

    def __init__(self, context: SyncContext, lone: Sequence[Lone]) -> None:
        self.lone = sorted(lone, key=lambda each: each.created_at)  # of several copies the oldest is ours
        self.pairs: list[tuple[Lone, Lone]] = []
        self.is_lost = False
        self._accounts = {side: party.account.id for side, party in context.parties.items()}
        self._joined: set[ItemRef] = set()
        self._doubts: dict[ItemRef, dict[ItemRef, Lone]] = defaultdict(dict)
        self._by_name: Mapping[tuple[Side, str], list[Lone]] = _grouped(self.lone, lambda each: _plain(each.title))
        self._by_url: Mapping[tuple[Side, str], list[Lone]] = _grouped(self.lone, lambda each: each.url)

    def by_marker(self) -> None:
        """Join counterparts of an earlier store with the items whose trace they bear."""
        origins = {trace_of(each.side, each.ref): each for each in self.lone}
        for each in self.lone:
            if each.marker is None or each.is_known:
                continue
            origin = origins.get(trace_in(each.marker))
            if origin is not None and origin.side is each.side.other:
                self._pair(each, origin)
        self.is_lost = bool(self.pairs)

    def suspects(self) -> list[Lone]:
        """Items of our own account that may be an unknown counterpart."""
        mine = [each for each in self.unjoined() if self._is_suspect(each)]
        return [each for each in mine if self.is_lost or self._namesakes(each)]

    def by_comment(self, made: Lone, urls: Iterable[str]) -> None:
        """Join an item of our account with the one item that our comment on it names."""
        named = self._named(made, urls)
        if len(named) == 1:
            self._pair(made, named[0])

    def doubt_by_comment(self, each: Lone, urls: Iterable[str]) -> None:
        """Our comment on a person's item names its counterpart, yet not whether it was a twin."""
        for other in self._named(each, urls) if each.ref not in self._joined else ():
            self._doubt(each, other)

    def unjoined(self) -> list[Lone]:
        """What is in no pair yet."""
        return [each for each in self.lone if each.ref not in self._joined]

    def doubts(self) -> Mapping[ItemRef, Sequence[Lone]]:
        """Items that have to wait → those that each may belong to."""
        for each in self.unjoined():
            for other in self._namesakes(each) if self._is_suspect(each) else ():
                self._doubt(each, other)
        open_ = {
            ref: [each for each in of.values() if each.ref not in self._joined] for ref, of in self._doubts.items()
        }
        return {ref: others for ref, others in open_.items() if others and ref not in self._joined}

    def _doubt(self, one: Lone, other: Lone) -> None:
        self._doubts[one.ref][other.ref] = other
        self._doubts[other.ref][one.ref] = one

    def _is_suspect(self, each: Lone) -> bool:
        return not each.is_known and _is_made_by(each, self._accounts[each.side])

    def _namesakes(self, each: Lone) -> list[Lone]:
        same = self._by_name.get((each.side.other, _plain(each.title)), [])
        return [other for other in same if other.ref not in self._joined]

    def _named(self, each: Lone, urls: Iterable[str]) -> list[Lone]:
        found = {other.ref: other for url in urls for other in self._by_url.get((each.side.other, url), ())}
        return [other for other in found.values() if other.ref not in self._joined]

    def _pair(self, made: Lone, origin: Lone) -> None:
        if not {made.ref, origin.ref} & self._joined:
            self._joined |= {made.ref, origin.ref}
            self.pairs.append((made, origin))


def _grouped(lone: Iterable[Lone], key: Callable[[Lone], str]) -> Mapping[tuple[Side, str], list[Lone]]:
    groups: dict[tuple[Side, str], list[Lone]] = defaultdict(list)
    for each in lone:
        groups[each.side, key(each)].append(each)
    return groups


def _is_made_by(each: Lone, account: str) -> bool:
    return each.author == account


def _is_asked(each: Lone) -> bool:
    return each.trouble is not None and QUESTION in each.trouble.reason


def _plain(title: str) -> str:
    return " ".join(title.casefold().split())


def _is_status_comment(comment: Comment) -> bool:
    return comment.is_ours and SIGNATURE in comment.body.plain_text() and not is_mirror_text(comment.body)


def _urls(comment: Comment) -> frozenset[str]:
    """Where a comment leads to, and all in its words that may be an address."""
    links = {run.href for run in all_inlines(comment.body.blocks) if isinstance(run, Text) and run.href}
    words = {word.strip("()<>[],") for word in comment.body.plain_text().split() if "://" in word}
    return frozenset(links | words)


def _question(each: Lone, others: Sequence[Lone]) -> str:
    """What a person has to decide; the command takes the marketing item first."""
    other = others[0]
    marketing, it = (each, other) if each.side is Side.MARKETING else (other, each)
    return (
        f"{QUESTION} {', '.join(one.key for one in others)}, made before this store knew of it: "
        f"`syncd links add {marketing.key} {it.key}` joins them; if they are two things, give one another title"
    )
