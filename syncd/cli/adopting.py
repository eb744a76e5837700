"""`syncd links adopt`, once it was asked for: what belongs together already, shown with the reason, and joined."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from syncd.cli.door import OK, Refused
from syncd.cli.pairs_file import Row, read_pairs
from syncd.cli.plan_json import adoption_data
from syncd.cli.progress import busy
from syncd.cli.say import columns, counted, named, over_lines, party_name, show, show_json, wrapped
from syncd.cli.session import Session
from syncd.cli.stopping import asking
from syncd.cli.syncs import chosen
from syncd.engine.adopt import Adoptable, Adopter, Adoption
from syncd.engine.context import SyncContext
from syncd.engine.engine import Engine
from syncd.model.errors import ConfigError, Problem
from syncd.model.items import Item, ItemRef, Side
from syncd.model.links import LinkState


@dataclass(frozen=True, slots=True)
class Wish:
    """The options. `file`: pairs to be joined. `accepted`: numbers of proposals. `yes`: nobody is asked."""

    file: str | None = None
    with_titles: bool = False
    accepted: tuple[int, ...] = ()
    yes: bool = False
    as_json: bool = False


def adopt_links(session: Session, sync: str, wish: Wish) -> int:
    """Show what could be joined, and join what is confirmed."""
    rows = read_pairs(Path(wish.file)) if wish.file else ()
    with session.open() as installation:
        (name,) = chosen(installation, sync)
        with busy("reading both sides"):
            engine = installation.require([name])
            context = next(each for each in engine.syncs if each.name == name)
            with engine.looking(name) as adopter:
                found = _find(adopter, wish)
                chosen_pairs = _from_file(adopter, context, wish.file, rows) if wish.file else _chosen(found, wish)
            links = installation.store.links.read_all(name, tombstones=True)
        rejected = sum(link.state is LinkState.TOMBSTONE for link in links)
        return _Answer(session, engine, context, wish, rejected).give(found, chosen_pairs)


def _find(adopter: Adopter, wish: Wish) -> Adoptable:
    if wish.file:
        return Adoptable()
    found = adopter.find()
    alike = adopter.find_alike(found) if wish.with_titles or wish.accepted else ()
    return Adoptable(found.pairs, (*found.proposals, *alike))


def _chosen(found: Adoptable, wish: Wish) -> tuple[Adoption, ...]:
    """The proposals that a person named by their numbers; without any, the pairs that are sure."""
    if not wish.accepted:
        return found.pairs
    by_number = {number_of(each): each for each in found.proposals}
    unknown = [str(number) for number in wish.accepted if number not in by_number]
    if unknown:
        raise Refused(f"there is no proposal {', '.join(unknown)} any more; --propose lists those that there are")
    accepted = tuple(by_number[number] for number in dict.fromkeys(wish.accepted))
    refs = [each.item(side).ref for each in accepted for side in Side]
    twice = next((each.item(side) for each in accepted for side in Side if refs.count(each.item(side).ref) > 1), None)
    if twice is not None:
        raise Refused(f"{named(twice)} is in several of these proposals; it can have one counterpart only")
    return accepted


def number_of(adoption: Adoption) -> int:
    """Five digits that name a proposal: the same two items always have the same, whatever else is proposed."""
    names = "|".join(f"{ref.connection}:{ref.id}" for ref in (adoption.marketing.ref, adoption.it.ref))
    return int.from_bytes(hashlib.sha256(names.encode()).digest()[:4]) % 90_000 + 10_000


# --- the file -----------------------------------------------------------------------------------------------------


def _from_file(adopter: Adopter, context: SyncContext, file: str | None, rows: Sequence[Row]) -> tuple[Adoption, ...]:
    """The pairs of a file that are no pairs yet. Raises ConfigError with every line that cannot be joined."""
    items = {side: adopter.find_named(side, [row.on(side) for row in rows]) for side in Side}
    twins = adopter.find_twins([item for found in items.values() for item in found.values()])
    lines = _Lines(context, items, twins)
    problems = [Problem(str(file), row.line, 1, text) for row in rows for text in lines.problems(row)]
    if problems:
        raise ConfigError(tuple(problems))
    fresh = {row.line: lines.adoption(row) for row in rows if not lines.is_joined(row)}
    return tuple({(each.marketing.ref, each.it.ref): each for each in fresh.values()}.values())


@dataclass(slots=True)
class _Lines:
    """Looks at one line after the other. `partners`: which items earlier lines named, with which counterpart."""

    context: SyncContext
    items: Mapping[Side, Mapping[str, Item]]
    twins: Mapping[ItemRef, Item | None]
    partners: dict[ItemRef, tuple[int, ItemRef]] = field(default_factory=dict)

    def problems(self, row: Row) -> Iterator[str]:
        """What keeps the two items of a line from being joined."""
        pair = {side: self.items[side].get(row.on(side)) for side in Side}
        for side, item in pair.items():
            if item is None:
                party = self.context.parties[side]
                where = f"{party_name(party)}, {party.project.name or party.project.key}"
                yield f"there is no item {row.on(side)!r} in {where}"
            elif item.is_restricted:
                yield f"{named(item)} is behind a security level: such items never leave their side"
        marketing, it = pair[Side.MARKETING], pair[Side.IT]
        if marketing is not None and it is not None:
            yield from self._taken(marketing, it)
            yield from self._named_before(row, marketing, it)

    def _taken(self, marketing: Item, it: Item) -> Iterator[str]:
        for item, other in ((marketing, it), (it, marketing)):
            twin = self.twins.get(item.ref, other)
            if twin is None or twin.ref != other.ref:
                yield f"{named(item)} has a twin already: {named(twin) if twin is not None else 'one never read'}"

    def _named_before(self, row: Row, marketing: Item, it: Item) -> Iterator[str]:
        for item, other in ((marketing, it), (it, marketing)):
            line, partner = self.partners.setdefault(item.ref, (row.line, other.ref))
            if partner != other.ref:
                yield f"{named(item)} stands in line {line} with another counterpart"

    def is_joined(self, row: Row) -> bool:
        """Whether the two are a pair already."""
        return self.items[Side.MARKETING][row.marketing].ref in self.twins

    def adoption(self, row: Row) -> Adoption:
        """The pair of a line that has no problem."""
        marketing, it = self.items[Side.MARKETING][row.marketing], self.items[Side.IT][row.it]
        return Adoption(marketing, it, "a person said so: syncd links adopt --csv", 1.0)


# --- the answer ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Answer:
    session: Session
    engine: Engine
    context: SyncContext
    wish: Wish
    rejected: int

    def give(self, found: Adoptable, adoptions: Sequence[Adoption]) -> int:
        """Show, ask, join."""
        if not self.wish.as_json:
            self._show(found, adoptions)
        joined = self.engine.join(self.context.name, adoptions) if adoptions and self._is_confirmed(adoptions) else 0
        if self.wish.as_json:
            show_json(self._data(found, adoptions, joined))
        else:
            self._tell(adoptions, joined)
        return OK

    def _is_confirmed(self, adoptions: Sequence[Adoption]) -> bool:
        """Numbers and --yes say enough; otherwise whoever sits at the terminal is asked."""
        if self.wish.yes or self.wish.accepted:
            return True
        if self.wish.as_json or not self.session.can_ask():
            return False
        with asking():
            return click.confirm(f"Join {counted(len(adoptions), 'pair')}?", err=True)

    def _show(self, found: Adoptable, adoptions: Sequence[Adoption]) -> None:
        for each in adoptions:
            show(over_lines(f"{click.style('=', fg='green')} {_both(each)}", hanging="    "))
            show(wrapped(each.why, indent="    "))
        proposals = [each for each in found.proposals if each not in adoptions]
        if proposals:
            show(click.style("Proposals, for a person to confirm:", bold=True))
            for line in columns([_row(each) for each in proposals], indent="  "):
                show(line)
            show(f"To join some of them: {self._command('--accept N,N')}")
        if not adoptions and not proposals:
            show("Nothing to join.")
        if self.rejected:
            listed = self.session.command(f"links list {self.context.name} --removed")
            show(f"Not proposed: {counted(self.rejected, 'pair')} that somebody rejected or parted: {listed}")
        if not self.wish.with_titles and not self.wish.accepted and not self.wish.file:
            show(f"Likely pairs by title: {self._command('--propose')}")

    def _tell(self, adoptions: Sequence[Adoption], joined: int) -> None:
        if joined:
            show(f"Joined {counted(joined, 'pair')}. What the next cycle does with them: {self._plan()}")
        elif adoptions:
            show(f"Nothing was joined. To join them: {self._command('--yes')}")

    def _plan(self) -> str:
        return self.session.command(f"plan {self.context.name}")

    def _command(self, rest: str) -> str:
        file = f"--csv {self.wish.file} " if self.wish.file else ""
        return self.session.command(f"links adopt {self.context.name} {file}{rest}")

    def _data(self, found: Adoptable, adoptions: Sequence[Adoption], joined: int) -> dict[str, Any]:
        return {
            "sync": self.context.name,
            "pairs": [adoption_data(each) for each in adoptions],
            "proposals": [{"number": number_of(each), **adoption_data(each)} for each in found.proposals],
            "joined": joined,
        }


def _both(adoption: Adoption) -> str:
    return f"{named(adoption.marketing)} ↔ {named(adoption.it)}"


def _row(adoption: Adoption) -> tuple[str, ...]:
    return f"{number_of(adoption)}", f"{adoption.score:.0%}", f"{_both(adoption)}  ({adoption.why})"
