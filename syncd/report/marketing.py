"""The comment's words on the marketing side: what a campaign manager understands in ten seconds."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from syncd.model.findings import RaisedFinding, Severity
from syncd.model.links import LinkKind
from syncd.report.view import LinkView, Shown, Spell, StatusView, owner_of, status_of
from syncd.report.voice import Line, Voice
from syncd.report.words import NOTHING_TO_DO, departments, dotted, listed_briefly, one_line, quoted

_SIGNS: Final = {Severity.CRITICAL: "●", Severity.WARNING: "○", Severity.INFO: "·"}

_MOST_LINKS: Final = 8
"""Lines of counterparts; the rest is counted."""

_NEWS: Final = {
    "deadline-mismatch": "the dates don't fit yet",
    "deadline-missing": "a date is missing",
    "deadline-moved": "a date has moved",
    "waiting-for-marketing": "they are waiting for you",
    "owner-missing": "nobody is in charge",
    "review-missing": "a review is missing",
    "status-contradiction": "one side is finished, the other is not",
    "conflict": "the two sides say different things",
    "sync-error": "a change got stuck",
}
"""What the headline says of the worst finding; any other needs a decision, or is good to know."""


def _headline(view: StatusView, spell: Spell) -> str:
    del spell  # dates stand in the next line
    raised = view.told[0] if view.told else None
    if raised is None:
        return f"{_linked(view)}. {NOTHING_TO_DO}"
    if not view.links:
        return f"{quoted(view.item.title)}: {_alone(view, raised)}"
    return f"{departments(view)} on {quoted(view.item.title)}: {_news(view, raised)}"


def _alone(view: StatusView, raised: RaisedFinding) -> str:
    """The news on an item without a link."""
    if raised.finding.code == "sync-error":
        return f"{view.other_department} has no ticket for this yet"
    if raised.finding.code == "review-missing":
        return _NEWS["review-missing"]
    return f"{view.other_department} may be needed here"


def _news(view: StatusView, raised: RaisedFinding) -> str:
    if raised.finding.severity is Severity.INFO:
        return "good to know"
    code = "" if view.is_closed(raised) else raised.finding.code
    return _NEWS.get(code, "something needs a decision")


def _linked(view: StatusView) -> str:
    if not view.links:
        return quoted(view.item.title)
    keys = [link.item.key for link in view.links if view.shows(Shown.LINK, link)]
    return f"Linked with {listed_briefly(keys) or 'their ticket'} at {departments(view)}"


def _lines(view: StatusView, spell: Spell) -> list[Line]:
    own = _own_line(view, spell)
    links = [_link_line(view, link, spell) for link in view.links]
    if len(links) == 1:
        return [replace(links[0], rest=dotted([links[0].rest, own]))]
    ordered = [line for _, line in sorted(zip(view.links, links, strict=True), key=lambda one: _weight(view, one[0]))]
    rest = view.links[_MOST_LINKS:] if len(links) > _MOST_LINKS + 1 else ()
    more = [Line("", f"and {len(rest)} more")] if rest else []
    return [*ordered[: len(links) - len(rest)], *more, Line("", own[:1].upper() + own[1:])]


def _weight(view: StatusView, link: LinkView) -> tuple[bool, bool, bool, int]:
    """What comes first: the twin, what something was found on, what is open; then the earliest made."""
    has_findings = any(raised.link == link.id for raised in view.told)
    return link.kind is not LinkKind.TWIN, not has_findings, link.item.is_done, link.id


def _link_line(view: StatusView, link: LinkView, spell: Spell) -> Line:
    key, url = (link.item.key, link.url) if view.shows(Shown.LINK, link) else ("", "")
    rest = dotted(
        [
            one_line(status_of(link.item)) if view.shows(Shown.STATUS, link) else "",
            _owner(view, link),
            _done_by(view, link, spell),
        ]
    )
    return Line(key, rest, url)


def _owner(view: StatusView, link: LinkView) -> str:
    if not view.shows(Shown.OWNER, link):
        return link.department
    owner = owner_of(link.item)
    return f"{owner.name} ({link.department})" if owner else f"no one assigned yet ({link.department})"


def _done_by(view: StatusView, link: LinkView, spell: Spell) -> str:
    if link.item.is_done or not view.shows(Shown.DUE, link):
        return ""
    return f"done by {spell(link.due)}" if link.due else "no date yet"


def _own_line(view: StatusView, spell: Spell) -> str:
    if view.item.is_done:
        return ""
    owner = owner_of(view.item)
    launch = spell(view.due) if view.due else "no date yet"
    return f"your launch: {launch}{f', {owner.name}' if owner else ''}"


def _sign(raised: RaisedFinding) -> str:
    return f"{raised.number} {_SIGNS[raised.finding.severity]}"


MARKETING: Final = Voice(_headline, _lines, _sign)
