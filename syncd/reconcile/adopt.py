"""Joining what exists: which items of the two sides belong together already, by what they say about each other.

Two items are paired only when one names the other in a person's own words and that reference is unique both ways: it
names no other item of that side, and no other item names its counterpart. Everything else that names something is a
*proposal*, for a person to confirm. The engine asks this before any counterpart is made; nothing here reads or writes.

References in texts (`url`, `key`) count alike; a shared field (`field:NAME`) counts by itself. What stands earlier in
`adopt.by` is settled first. Items that are in a twin, under a tombstone or behind a security level are never paired,
but naming one of them makes a reference ambiguous as well.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from syncd.mapping.rules import Recognised
from syncd.model.items import ItemRef, Side
from syncd.model.records import Pairable
from syncd.model.values import FieldId
from syncd.reconcile.mentions import KEY, URL, Mention, host_of, parts_of

MOST_ALIKE: Final = 5
"""A value of a shared field that more items of a side have identifies none of them."""
_TEXTS: Final = (URL, KEY)


@dataclass(frozen=True, slots=True)
class Reference:
    """Two items of which one names the other, or that share a value. `said_by`: where the mention stands."""

    marketing: ItemRef
    it: ItemRef
    mention: Mention
    said_by: Side

    def ref(self, side: Side) -> ItemRef:
        """The item on `side`."""
        return self.marketing if side is Side.MARKETING else self.it

    @property
    def pair(self) -> tuple[ItemRef, ItemRef]:
        """Both items."""
        return self.marketing, self.it


@dataclass(frozen=True, slots=True)
class Matches:
    """What the references come to. `pairs`: to be joined, each with the reference it rests on.

    `proposals`: references between items that could be joined, but are not unique, or second-hand.
    """

    pairs: tuple[Reference, ...] = ()
    proposals: tuple[Reference, ...] = ()


class Directory:
    """What the items of both sides are called: finds the item that a mention names."""

    def __init__(self, items: Sequence[Pairable]) -> None:
        self._keys: dict[tuple[Side, str], ItemRef] = {(item.side, item.key): item.ref for item in items}
        self._ids: dict[tuple[Side, str], ItemRef] = {(item.side, item.ref.id): item.ref for item in items}
        self._hosts = {(item.side, host_of(item.url)) for item in items}

    def named(self, side: Side, text: str) -> ItemRef | None:
        """The item of `side` with that key, id or address."""
        known = self._keys.get((side, text)) or self._ids.get((side, text))
        return known or self.find(side, Mention(URL, text, FieldId("")))

    def find(self, side: Side, mention: Mention) -> ItemRef | None:
        """The item of `side` that is named; None for one that is not known there."""
        if mention.how == KEY:
            return self._keys.get((side, mention.text)) or self._keys.get((side, mention.text.removeprefix("#")))
        if mention.how != URL or (side, host_of(mention.text)) not in self._hosts:
            return None
        named = (self._keys.get((side, part)) or self._ids.get((side, part)) for part in parts_of(mention.text))
        return next((ref for ref in named if ref is not None), None)


def match(items: Sequence[Pairable], mentions: Mapping[ItemRef, Sequence[Mention]], by: Recognised) -> Matches:
    """The pairs and proposals among `items`; the same input gives the same answer.

    Args:
        items: everything known on the two connections; `Pairable.is_free` says which may be joined.
        mentions: of the free items.
        by: what pairs are recognised by; what counts more comes first.
    """
    free = {item.ref: item for item in items if item.is_free}
    references = _References(free)
    references.take_texts(Directory(items), mentions)
    references.take_values(mentions)
    pairs: list[Reference] = []
    for kinds in _rounds(by):
        taken = {ref for pair in pairs for ref in pair.pair}
        pairs += references.unique(kinds, taken)
    taken = {ref for pair in pairs for ref in pair.pair}
    return Matches(tuple(pairs), tuple(references.rest(taken)))


def _rounds(by: Recognised) -> Iterator[tuple[str, ...]]:
    """What counts alike, in the order in which it counts."""
    has_texts = False
    for index, each in enumerate(by):
        if not isinstance(each, str):
            yield (str(index),)
        elif not has_texts:
            has_texts = True
            yield _TEXTS


class _References:
    """All references from free items, by the kind of mention."""

    def __init__(self, free: Mapping[ItemRef, Pairable]) -> None:
        self._free = free
        self._found: dict[tuple[ItemRef, ItemRef], list[Reference]] = defaultdict(list)
        self._beside: dict[ItemRef, set[str]] = defaultdict(set)
        """Items that name something which cannot be joined: kinds of these mentions."""

    def take_texts(self, directory: Directory, mentions: Mapping[ItemRef, Sequence[Mention]]) -> None:
        """What items name in their texts."""
        for ref, item in self._free.items():
            for mention in mentions.get(ref, ()):
                named = directory.find(item.side.other, mention)
                if named is not None:
                    self._add(item.side, ref, named, mention)

    def take_values(self, mentions: Mapping[ItemRef, Sequence[Mention]]) -> None:
        """What items have in common."""
        having: dict[tuple[str, str], dict[Side, list[ItemRef]]] = {}
        for ref, item in self._free.items():
            for mention in mentions.get(ref, ()):
                if mention.how not in _TEXTS:
                    group = having.setdefault((mention.how, mention.text), {side: [] for side in Side})
                    group[item.side].append(ref)
        for (how, text), group in having.items():
            if all(0 < len(members) <= MOST_ALIKE for members in group.values()):
                for marketing, it in product(*group.values()):
                    found = (each for each in mentions[marketing] if (each.how, each.text) == (how, text))
                    self._add(Side.MARKETING, marketing, it, next(found))

    def _add(self, side: Side, ref: ItemRef, named: ItemRef, mention: Mention) -> None:
        if named in self._free:
            marketing, it = (ref, named) if side is Side.MARKETING else (named, ref)
            self._found[marketing, it].append(Reference(marketing, it, mention, side))
        elif not mention.is_second_hand:
            self._beside[ref].add(mention.how)

    def unique(self, kinds: Sequence[str], taken: Collection[ItemRef]) -> Iterator[Reference]:
        """References of these kinds that stand alone at both of their ends, between items that are not taken."""
        first = {pair: own[0] for pair in self._found if (own := self._own_words(pair, kinds))}
        degree = Counter(ref for pair in first for ref in pair)
        for pair, reference in first.items():
            is_alone = all(degree[ref] == 1 and not self._beside[ref].intersection(kinds) for ref in pair)
            if is_alone and not any(ref in taken for ref in pair):
                yield reference

    def _own_words(self, pair: tuple[ItemRef, ItemRef], kinds: Sequence[str]) -> list[Reference]:
        return [each for each in self._found[pair] if each.mention.how in kinds and not each.mention.is_second_hand]

    def rest(self, taken: Collection[ItemRef]) -> Iterator[Reference]:
        """One reference for each two items that are not joined; the own words first."""
        for pair, found in self._found.items():
            if not any(ref in taken for ref in pair):
                yield min(found, key=lambda each: each.mention.is_second_hand)
