"""What each command does. Every effect may be repeated: a crash may fall between it and the note that it was done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from syncd.checks.involvement import IT_NOT_INVOLVED
from syncd.config.choices import Direction, Mode
from syncd.engine.context import SyncContext
from syncd.engine.decide import Decisions
from syncd.engine.depends import Unfit, need_issue
from syncd.engine.joining import Joining
from syncd.engine.named_items import Unfound, fetch_named
from syncd.engine.talk.listening import Place
from syncd.engine.talk.mutes import Mutes, day_begins_at
from syncd.model.days import day_in, spell_day
from syncd.model.errors import SyncdError
from syncd.model.findings import Mute
from syncd.model.items import Comment, Item, ItemRef, Side
from syncd.model.links import Link, LinkKind, SyncName
from syncd.model.ports import Clock
from syncd.model.records import LinkRecord
from syncd.model.storage import Store
from syncd.reconcile.commands import COMMANDS, Command, Verb
from syncd.report.words import field_word

_DIRECTIONS: Final = {
    Direction.BOTH: "Kept in step both ways",
    Direction.TO_IT: "Goes to IT",
    Direction.TO_MARKETING: "Goes to marketing",
    Direction.ONCE: "Given along once",
    Direction.COMPARE: "Only compared",
}
_WAITS: Final = {
    "conflict": "both sides changed it: say which one counts",
    "use": "decided, about to be carried out",
    "unmapped-value": "its value has no counterpart on the other side",
    "rejected": "the other system does not take it",
    "workflow": "no step of the workflow leads there",
    "bounce": "it was written too often",
    "unknown": "it could not be read",
}


class CannotDo(SyncdError):
    """A command that cannot be followed; the text says why, to the one who wrote it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command, where it was written, and in which comment."""

    place: Place
    comment: Comment
    command: Command

    @property
    def by(self) -> str:
        """The name of the person."""
        return self.comment.author.name if self.comment.author else ""

    @property
    def cause(self) -> str:
        """Who asked for what, and where, for the history."""
        return f"/{self.command.verb} by {self.by}, in a comment on {self.place.item.key}"


class Effects:
    """Carries out the commands written on one sync's items."""

    def __init__(
        self, context: SyncContext, contexts: Mapping[SyncName, SyncContext], store: Store, clock: Clock
    ) -> None:
        self._context = context
        self._contexts = contexts
        self._store = store
        self._clock = clock
        self._mutes = Mutes(store, clock)

    def carry_out(self, asked: Asked) -> list[str]:
        """Do it; the lines that answer it, if any. Raises SyncdError with the reason when it cannot be done."""
        verb = asked.command.verb
        if verb is None:
            raise CannotDo(asked.command.problem)
        effects: dict[Verb, Callable[[Asked], list[str]]] = {
            Verb.MUTE: self._silence,
            Verb.ACCEPT: self._silence,
            Verb.UNMUTE: self._unmute,
            Verb.NO_IT: self._no_it,
            Verb.LINK: self._link,
            Verb.DEPENDS: self._depend,
            Verb.UNLINK: self._unlink,
            Verb.USE: self._use,
            Verb.STATUS: self._status,
            Verb.EXPLAIN: self._explain,
            Verb.HELP: self._help,
        }
        return effects[verb](asked)

    # silence

    def _silence(self, asked: Asked) -> list[str]:
        place, command = asked.place, asked.command
        until = command.until
        until_at = day_begins_at(until, self._context, place.side) if until is not None else None
        mute = Mute(asked.by, place.side, self._clock.now(), command.verb is Verb.ACCEPT, until, until_at)
        for raised in [self._mutes.find(place.item.ref, number, place.side) for number in command.numbers]:
            self._mutes.mute(raised, mute)
        return []

    def _unmute(self, asked: Asked) -> list[str]:
        found = [self._mutes.find(asked.place.item.ref, number, asked.place.side) for number in asked.command.numbers]
        for raised in found:
            self._mutes.unmute(raised)
        return []

    def _no_it(self, asked: Asked) -> list[str]:
        shown = self._store.findings.of_items([asked.place.item.ref]).get(asked.place.item.ref, ())
        found = [raised for raised in shown if raised.finding.code == IT_NOT_INVOLVED.code]
        if not found:
            raise CannotDo("nothing here says that this needs IT")
        for raised in found:
            self._mutes.mute(raised, Mute(asked.by, asked.place.side, self._clock.now(), is_agreed=True))
        return []

    # links

    def _link(self, asked: Asked) -> list[str]:
        place, joining = asked.place, Joining(self._store, self._clock)
        context, other = self._counterpart(asked)
        items = {place.side: place.item, place.side.other: other}
        if not joining.is_joined(items) and not joining.join(context, items, asked.cause):
            raise CannotDo("one of the two is linked with another ticket already; unlink it first")
        return []

    def _counterpart(self, asked: Asked) -> tuple[SyncContext, Item]:
        """The named item of the other side, and the sync that may join it. A hidden one is told as one that is none."""
        side, target = asked.place.side.other, asked.command.target
        for context in self._contexts_of(asked.place):
            try:
                item = fetch_named(self._store, context.parties[side], target)
            except Unfound:
                continue
            if item.in_scope and not item.is_restricted:
                return context, item
        raise CannotDo(f"{target} is not there, or not open to everybody, at {self._context.parties[side].department}")

    def _contexts_of(self, place: Place) -> Iterator[SyncContext]:
        """The syncs of the project that an item is in."""
        own = self._context.parties[place.side].feed
        yield from (each for each in self._contexts.values() if each.parties[place.side].feed == own)

    def _depend(self, asked: Asked) -> list[str]:
        place, command = asked.place, asked.command
        if place.side is not Side.MARKETING:
            raise CannotDo("write this on the task of the campaign that needs it")
        refused: Unfit | None = None
        for context in self._contexts_of(place):
            try:
                need_issue(context, self._store, self._clock, place.item, command.target, asked.cause)
            except Unfit as error:
                refused = refused or error
            else:
                return []
        raise refused or CannotDo("no sync joins tickets of this project")

    def _unlink(self, asked: Asked) -> list[str]:
        ref = asked.place.item.ref
        links = self._store.links.of_items([ref]).get(ref, ())
        if not links:
            raise CannotDo("this is linked with nothing")
        others = self._store.feeds.read_items([_other(link, ref) for link in links])
        names = {link.id: others[_other(link, ref)] for link in links if _other(link, ref) in others}
        target = asked.command.target.casefold()
        meant = [link for link in links if not target or target in _names_of(names.get(link.id))]
        if len(meant) != 1:
            raise CannotDo(f"this is linked with {_listed(links, names.values())}; name one of them")
        Joining(self._store, self._clock).part(meant[0], asked.cause)
        gone = names.get(meant[0].id)
        return [f"No longer linked with {gone.key if gone and not gone.is_restricted else 'the other ticket'}."]

    # conflicts

    def _use(self, asked: Asked) -> list[str]:
        records = list(self._twins(asked.place))
        side = asked.command.side
        if not records or side is None:
            raise CannotDo("this is no half of a pair")
        for record in records:
            decisions = Decisions(self._contexts[record.link.sync], self._store, self._clock)
            rule = decisions.conflict_named(record, asked.command.field)
            decisions.use(record, rule, side, asked.cause)
        return []

    def _twins(self, place: Place) -> Iterator[LinkRecord]:
        for link in self._store.links.of_items([place.item.ref]).get(place.item.ref, ()):
            record = self._store.links.read(link.id) if link.kind is LinkKind.TWIN else None
            if record is not None and link.sync in self._contexts:
                yield record

    # answers

    def _status(self, asked: Asked) -> list[str]:
        ref, side = asked.place.item.ref, asked.place.side
        shown = [one for one in self._store.findings.of_items([ref]).get(ref, ()) if side in one.finding.told]
        muted = sum(raised.is_muted for raised in shown)
        waiting = [line for record in self._twins(asked.place) for line in self._waiting(record)]
        points = f"{len(shown) - muted} open, {muted} muted"
        day = spell_day(day_in(self._clock.now(), self._context.parties[side].zone), with_year=True)
        return [f"As of {day}: points: {points}; fields that wait: {len(waiting) or 'none'}."]

    def _explain(self, asked: Asked) -> list[str]:
        lines = []
        for record in self._twins(asked.place):
            context = self._contexts[record.link.sync]
            if context.mode is not Mode.SYNC:
                lines.append("Nothing is copied yet. Once it is:")
            for direction, words in _DIRECTIONS.items():
                rules = [rule for rule in context.mapping.rules if rule.direction is direction]
                titles = [field_word(rule.name(asked.place.side)) for rule in rules]
                lines += [f"{words}: {', '.join(titles)}."] if titles else []
            lines += self._waiting(record)
        return lines or ["This is no half of a pair: nothing is copied."]

    def _waiting(self, record: LinkRecord) -> list[str]:
        """The fields that wait, without values: the two sides may not see all of each other's."""
        rules = self._contexts[record.link.sync].rules
        held = [(rules[rule], hold) for rule, hold in record.holds.items() if rule in rules]
        return [
            f"Waits: {rule.title} ({_WAITS.get(hold.code, 'it could not be carried over')})." for rule, hold in held
        ]

    def _help(self, _asked: Asked) -> list[str]:
        rules = self._context.commands
        prefix = rules.prefix if rules is not None else ""
        return [f"{prefix} {spec.usage}: {spec.text}" for spec in COMMANDS]


def _other(link: Link, ref: ItemRef) -> ItemRef:
    return link.it if link.marketing == ref else link.marketing


def _listed(links: Sequence[Link], others: Iterable[Item]) -> str:
    """The tickets at the other ends, by key; those that are hidden or not open to everybody are named to nobody."""
    keys = sorted(item.key for item in others if not item.is_restricted)
    if not keys:
        return "several tickets"
    return ", ".join(keys) + (" and others" if len(keys) < len(links) else "")


def _names_of(item: Item | None) -> frozenset[str]:
    return (
        frozenset() if item is None else frozenset({item.key.casefold(), item.ref.id.casefold(), item.url.casefold()})
    )
