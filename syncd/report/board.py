"""The portfolio at one moment: each campaign that is at risk, why, until when, and who acts; worst first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from syncd.model.days import day_in
from syncd.model.findings import RaisedFinding, Severity
from syncd.model.items import Item, Side
from syncd.report.view import StatusView, owner_of
from syncd.report.words import CLOSED

_AT_RISK: Final = Severity.WARNING.rank
_NO_DAY: Final = 10**6
"""Working days that a campaign without a date is sorted by: behind all that have one."""


@dataclass(frozen=True, slots=True)
class Point:
    """One finding. `since`: the day it was raised, in the campaign's zone. `who`: the people or departments to act."""

    code: str
    number: int
    severity: Severity
    title: str
    facts: tuple[str, ...]
    advice: str
    since: date
    who: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Campaign:
    """A marketing item (or an item of IT that is alone) at risk.

    `due`: its day; `days_left`: working days of its side up to and with that day, negative when it is over, None
    without one. `points`: worst first.
    """

    item: Item
    counterparts: tuple[Item, ...]
    due: date | None
    days_left: int | None
    points: tuple[Point, ...]

    @property
    def severity(self) -> Severity:
        """How bad the worst is."""
        return self.points[0].severity

    @property
    def who(self) -> tuple[str, ...]:
        """All who are to act, each once."""
        return tuple(dict.fromkeys(name for point in self.points for name in point.who))


@dataclass(frozen=True, slots=True)
class Board:
    """`campaigns`: those at risk. `muted`: findings that people asked to hear no more about. `mild`: further ones."""

    campaigns: tuple[Campaign, ...]
    muted: int
    mild: int

    def count(self, severity: Severity) -> int:
        """How many campaigns are as bad as that, and no worse."""
        return sum(campaign.severity is severity for campaign in self.campaigns)


def board_of(views: Iterable[tuple[StatusView, int | None]]) -> Board:
    """The board of one sync. `views`: its campaigns, each with the working days that are left."""
    known = list(views)
    campaigns = [found for view, left in known if (found := _campaign(view, left)) is not None]
    raised = [each for view, _ in known for each in view.findings]
    return Board(
        tuple(sorted(campaigns, key=_urgency)),
        sum(each.is_muted for each in raised),
        sum(not each.is_muted and each.finding.severity.rank < _AT_RISK for each in raised),
    )


def _urgency(campaign: Campaign) -> tuple[int, int, str]:
    left = _NO_DAY if campaign.days_left is None else campaign.days_left
    return -campaign.severity.rank, left, campaign.item.key


def _campaign(view: StatusView, days_left: int | None) -> Campaign | None:
    risks = [each for each in view.findings if not each.is_muted and each.finding.severity.rank >= _AT_RISK]
    worst_first = sorted(risks, key=lambda each: (-each.finding.severity.rank, each.number))
    if not worst_first:
        return None
    by_ref = {item.ref: item for each in worst_first for item in _others(view, each)}
    points = tuple(_point(view, each) for each in worst_first)
    return Campaign(view.item, tuple(by_ref.values()), view.due, days_left, points)


def _point(view: StatusView, raised: RaisedFinding) -> Point:
    finding, is_closed = raised.finding, view.item.is_restricted or view.is_closed(raised)
    title = CLOSED if is_closed else _said(finding.title, view.side)
    which = [item.key for item in _others(view, raised)] if len(view.links) > 1 else []
    return Point(
        code=finding.code,
        number=raised.number,
        severity=finding.severity,
        title=": ".join([*which, title]),
        facts=() if is_closed else finding.facts,
        advice="" if is_closed else _said(finding.advice, next(iter(_acting(finding.told)), view.side)),
        since=day_in(raised.since, view.zone),
        who=tuple(_who(view, raised)),
    )


def _said(texts: Mapping[Side, str], side: Side) -> str:
    return texts.get(side) or next(iter(texts.values()), "")


def _acting(told: frozenset[Side]) -> Sequence[Side]:
    return [side for side in Side if side in told]


def _others(view: StatusView, raised: RaisedFinding) -> Iterator[Item]:
    return (link.item for link in view.links if link.id == raised.link)


def _who(view: StatusView, raised: RaisedFinding) -> Iterator[str]:
    """On each side that is told, who is in charge, or else the department."""
    for side in _acting(raised.finding.told):
        links = [link for link in view.links if link.id == raised.link]
        if side is view.side:
            item, department = view.item, view.department
        elif links:
            item, department = links[0].item, links[0].department
        else:
            yield view.other_department
            continue
        owner = None if item.is_restricted else owner_of(item)
        yield f"{owner.name} ({department})" if owner else department
