"""What a status comment is made of: one item, all its links over all syncs, and what the checks found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from syncd.model.days import day_in, day_speller
from syncd.model.findings import RaisedFinding, Severity
from syncd.model.items import Category, Item, Side
from syncd.model.links import LinkId, LinkKind
from syncd.model.values import ASSIGNEE, DUE, STATUS, FieldId, Person, UserId

Spell = Callable[[date], str]


class Shown(StrEnum):
    """What of the other side's item a comment may show (`report.show`)."""

    LINK = "link"
    STATUS = "status"
    OWNER = "owner"
    DUE = "due"


ALL: Final = frozenset(Shown)

_REVEALED_BY: Final = {"due": Shown.DUE, "status": Shown.STATUS, "assignee": Shown.OWNER}


@dataclass(frozen=True, slots=True)
class Kept:
    """What a twin keeps in step, in the words people have for the fields.

    Empty for a dependency, and where no field is written (`mode`).

    `both`: both ways. `to_it`, `to_marketing`: one way. `own`: each side keeps its own value; the two are compared.
    """

    both: tuple[str, ...] = ()
    to_it: tuple[str, ...] = ()
    to_marketing: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkView:
    """One link, seen from the item that the comment is on.

    `item`: the counterpart, of `department` in `tool`; `zone`: its side's. `origin`: the side whose item existed first.
    """

    id: LinkId
    kind: LinkKind
    origin: Side | None
    created_at: datetime
    department: str
    tool: str
    item: Item
    zone: ZoneInfo
    kept: Kept = Kept()

    @property
    def url(self) -> str:
        """Where the counterpart is."""
        return self.item.url

    @property
    def due(self) -> date | None:
        """The counterpart's day."""
        return due_of(self.item, self.zone)


@dataclass(frozen=True, slots=True)
class StatusView:
    """The item on `side` that the comment is on, and all there is to say about it.

    `department` is its own, `other_department` what it calls the other side while there is no link. `findings`: the
    open ones of this item, with numbers that are stable on it. `zone`: of this side.
    `receipt_due`: a link was made and its receipt has not been written; not part of what the comment says.
    `as_of`: the day of writing, which says how old is what changed without a word since; no part of the meaning either.
    `robots`: accounts of this side's tool that are no people, syncd's own among them. `prefix`: of commands, "" where
    nobody may give any. `answers`: lines about commands. `reply_due`: a command acted and the comment does not say so.
    """

    side: Side
    department: str
    other_department: str
    item: Item
    zone: ZoneInfo
    links: tuple[LinkView, ...] = ()
    findings: tuple[RaisedFinding, ...] = ()
    show: frozenset[Shown] = ALL
    receipt_due: bool = False
    robots: frozenset[UserId] = frozenset()
    prefix: str = ""
    answers: tuple[str, ...] = ()
    reply_due: bool = False
    as_of: date | None = None

    @property
    def told(self) -> tuple[RaisedFinding, ...]:
        """The findings this side is told, worst first, then by number.

        What is about the item alone was found once for each of its links and is told once; muted once, it is silent.
        """
        told: list[RaisedFinding] = []
        said = {_own_words(raised, self.side) for raised in self._for_this_side if raised.is_muted}
        rest = (raised for raised in self._for_this_side if not raised.is_muted)
        for raised in sorted(rest, key=lambda raised: (-raised.finding.severity.rank, raised.number)):
            words = _own_words(raised, self.side)
            if words is None or words not in said:
                told.append(raised)
                said.add(words)
        return tuple(told)

    @property
    def muted(self) -> tuple[RaisedFinding, ...]:
        """The findings this side would be told if nobody had asked for silence, by number."""
        return tuple(sorted((raised for raised in self._for_this_side if raised.is_muted), key=lambda one: one.number))

    @property
    def _for_this_side(self) -> Iterator[RaisedFinding]:
        return (raised for raised in self.findings if self.side in raised.finding.told)

    @property
    def worst(self) -> Severity | None:
        """The severity of the worst finding this side is told."""
        return max((raised.finding.severity for raised in self.told), key=lambda level: level.rank, default=None)

    @property
    def has_closed(self) -> bool:
        """Whether a counterpart is not open to all: what the comment said of it before is not to stay there."""
        return any(link.item.is_restricted for link in self.links)

    @property
    def due(self) -> date | None:
        """The item's own day."""
        return due_of(self.item, self.zone)

    def shows(self, what: Shown, link: LinkView) -> bool:
        """Whether the comment may show that of a counterpart: never of one that is not open to all."""
        return what in self.show and not link.item.is_restricted

    def is_closed(self, raised: RaisedFinding) -> bool:
        """Whether a finding is about a counterpart that is not open to all.

        Then all its words may quote it: a title names values and counts days from its date, an advice names people.
        """
        return any(link.item.is_restricted for link in self.links if link.id == raised.link)

    def may_tell(self, raised: RaisedFinding) -> bool:
        """Whether the facts of a finding hold nothing of the other side that this side is not shown."""
        revealed = (key.partition(".") for key in raised.finding.seen)
        return all(
            _REVEALED_BY[field] in self.show
            for side, _, field in revealed
            if side == self.side.other and field in _REVEALED_BY
        )

    def speller(self) -> Spell:
        """How days are spelt throughout this comment."""
        return day_speller(self._days())

    def _days(self) -> Iterator[date | None]:
        yield self.due
        yield self.as_of
        for link in self.links:
            yield link.due if self.shows(Shown.DUE, link) else None
            yield day_in(link.created_at, self.zone)
        for raised in self.told:
            yield day_in(raised.since, self.zone)
        for raised in self.muted:
            yield raised.mute.until if raised.mute else None


def essence_of(view: StatusView) -> StatusView:
    """The view without what is no news to those who read it, so that a change of that alone edits no comment.

    That is what they did themselves on this item (owner, date, status, that it is finished), and how the work on a
    counterpart goes: its status and owner, unless it is finished or, for marketing, begins. That it begins is no news
    either where their own item shows it, since statuses are kept in step.
    """
    links = tuple(replace(link, item=_news_of(view.side, link)) for link in view.links)
    item = replace(_without(view.item, {ASSIGNEE, DUE, STATUS}), category=Category.TODO)
    return replace(view, item=item, links=links, as_of=None)


def _news_of(side: Side, link: LinkView) -> Item:
    item = _without(link.item, {ASSIGNEE, STATUS})
    if side is Side.IT or STATUS in (*link.kept.both, *link.kept.to_marketing):
        return item
    return replace(item, fields={**item.fields, STATUS: item.category})


def _without(item: Item, names: Set[FieldId]) -> Item:
    return replace(item, fields={name: value for name, value in item.fields.items() if name not in names})


def is_about_itself(raised: RaisedFinding, side: Side) -> bool:
    """Whether a finding of a link is about the item of this side alone: its subject begins with the side."""
    return raised.finding.subject.partition(" ")[0] == side and raised.finding.told == {side}


def _own_words(raised: RaisedFinding, side: Side) -> tuple[str, ...] | None:
    """What is said of the item alone, whatever the link; None of a finding about two items."""
    finding = raised.finding
    words = (finding.code, finding.subject, finding.title[side], finding.advice[side])
    return words if is_about_itself(raised, side) else None


def due_of(item: Item, zone: ZoneInfo) -> date | None:
    """The day an item is due, in its own side's zone."""
    due = item.fields.get(DUE)
    return day_in(due, zone) if isinstance(due, date) else None


def owner_of(item: Item) -> Person | None:
    """Who is in charge of an item, if anybody with an open account is."""
    owner = item.fields.get(ASSIGNEE)
    return owner if isinstance(owner, Person) and owner.is_active else None


def status_of(item: Item) -> str:
    """The name of its status, "" when that is not known."""
    status = item.fields.get(STATUS)
    return status if isinstance(status, str) else ""
