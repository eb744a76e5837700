"""What became of a sync's findings in a day or a week, told to each owner on his side in the status comment's words.

Quiet like the comment: what is milder than `report.min_severity` is left out, the few things apart that are for the
digest above all, and so is what is muted; of a ticket behind a security level neither a title nor a fact is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from syncd.model.days import day_in
from syncd.model.findings import RaisedFinding, Severity
from syncd.model.items import Side
from syncd.report.view import StatusView, owner_of
from syncd.report.words import CLOSED, counterpart_name, departments, one_line, sentences

_CLOSED_AND_OVER = "A point about the linked ticket, which is not open to everybody"


class News(StrEnum):
    """What happened; in the order in which it is told."""

    NEW = "new"
    WORSE = "worse"
    DUE = "comes due"
    MISSED = "not settled in time"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Period:
    """`since`: what happened from then on is news. `until`: the last day that counts as coming due."""

    now: datetime
    since: datetime
    until: date


@dataclass(frozen=True, slots=True)
class Line:
    """One piece of news about one item. `severity`: of the finding; None for an item that merely comes due.

    `text`: what it is, `detail`: what it rests on and what to do; sentences, each may be "". `on`: the day since when,
    until when or at which it is due, in the side's zone.
    """

    news: News
    key: str
    title: str
    url: str
    severity: Severity | None
    text: str
    detail: str
    on: date


@dataclass(frozen=True, slots=True)
class OwnerDigest:
    """The news for one owner on one side. `owner`: the department for what nobody is in charge of."""

    owner: str
    department: str
    side: Side
    lines: tuple[Line, ...]

    def of(self, news: News) -> tuple[Line, ...]:
        """The lines of one kind, in their order."""
        return tuple(line for line in self.lines if line.news is news)


@dataclass(frozen=True, slots=True)
class SyncDigest:
    """The news of one sync; owners without any are left out. Marketing's come first, then by name."""

    sync: str
    owners: tuple[OwnerDigest, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """The news of several syncs. `since` and `on`: the first and the last day that it tells of."""

    since: date
    on: date
    syncs: tuple[SyncDigest, ...]


def digest_of(
    sync: str,
    views: Iterable[StatusView],
    period: Period,
    *,
    least: Severity,
    always: frozenset[str] = frozenset(),
    owner: str | None = None,
) -> SyncDigest:
    """The digest of one sync. `views`: items of both sides, their `findings` open or ended within the period.

    `least`: the mildest severity that is told. `always`: codes of findings that are told however mild they are.
    `owner`: only what is for this person or department.
    """
    lines: dict[tuple[Side, str, str], list[Line]] = {}
    for view in views:
        if not view.item.is_restricted:
            lines.setdefault((view.side, *_owner(view)), []).extend(_lines(view, period, least, always))
    owners = [
        OwnerDigest(name, department, side, tuple(sorted(found, key=_order)))
        for (side, name, department), found in lines.items()
        if found and (owner is None or owner.casefold() in {name.casefold(), department.casefold()})
    ]
    order = list(Side)
    return SyncDigest(sync, tuple(sorted(owners, key=lambda each: (order.index(each.side), each.owner))))


def _owner(view: StatusView) -> tuple[str, str]:
    owner = owner_of(view.item)
    return (owner.name if owner else view.department), view.department


def _order(line: Line) -> tuple[int, int, date, str]:
    return list(News).index(line.news), -line.severity.rank if line.severity else 1, line.on, line.key


def _lines(view: StatusView, period: Period, least: Severity, always: frozenset[str]) -> Iterator[Line]:
    told = [each for each in view.findings if view.side in each.finding.told and not each.is_muted]
    is_open = {_identity(each) for each in told if each.ended_at is None}
    for raised in told:
        news = _news(view, raised, period)
        is_back = raised.ended_at is not None and _identity(raised) in is_open
        is_told = raised.finding.severity.rank >= least.rank or raised.finding.code in always
        if news is not None and not is_back and is_told:
            yield _line(view, raised, news)
    due = view.due
    if due is not None and not view.item.is_done and day_in(period.now, view.zone) <= due <= period.until:
        yield Line(News.DUE, view.item.key, one_line(view.item.title), view.item.url, None, "", _opposite(view), due)


def _identity(raised: RaisedFinding) -> tuple[object, ...]:
    return raised.link, raised.finding.code, raised.finding.subject


def _news(view: StatusView, raised: RaisedFinding, period: Period) -> News | None:
    if raised.ended_at is not None:
        ended_on, due = day_in(raised.ended_at, view.zone), view.due
        is_late = due is not None and due < ended_on and not view.item.is_done
        return None if raised.ended_at < period.since else News.MISSED if is_late else News.SETTLED
    if raised.since >= period.since:
        return News.NEW
    return News.WORSE if raised.risen_at is not None and raised.risen_at >= period.since else None


def _line(view: StatusView, raised: RaisedFinding, news: News) -> Line:
    finding, is_closed = raised.finding, is_kept_closed(view, raised)
    is_over = raised.ended_at is not None
    at = raised.ended_at or (raised.risen_at if news is News.WORSE else None) or raised.since
    text = (_CLOSED_AND_OVER if is_over else CLOSED) if is_closed else finding.title[view.side]
    facts = finding.facts if not is_closed and view.may_tell(raised) else ()
    advice = f"Ask {departments(view)} about it" if is_closed else finding.advice[view.side]
    return Line(
        news,
        view.item.key,
        one_line(view.item.title),
        view.item.url,
        finding.severity,
        sentences([text]),
        "" if is_over else sentences([*facts, advice]),
        day_in(at, view.zone),
    )


def is_kept_closed(view: StatusView, raised: RaisedFinding) -> bool:
    """Whether nothing of a finding may be told: its counterpart is not open to all, or not known any more."""
    is_known = raised.link is None or any(link.id == raised.link for link in view.links)
    return not is_known or view.is_closed(raised)


def _opposite(view: StatusView) -> str:
    """Which counterparts the item has, as far as they may be named."""
    names = [counterpart_name(view, link) for link in view.links[:_MOST_NAMES]]
    return sentences([f"With {', '.join(dict.fromkeys(names))}" if names else ""])


_MOST_NAMES = 5
