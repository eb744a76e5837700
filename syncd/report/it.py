"""The comment's words on the IT side: what is needed, by when, and what would help; no blame."""

from __future__ import annotations

from typing import Final

from syncd.model.days import day_in
from syncd.model.findings import RaisedFinding
from syncd.model.items import Side
from syncd.report.view import LinkView, Shown, Spell, StatusView, owner_of, status_of
from syncd.report.voice import Line, Voice
from syncd.report.words import counterpart_name, departments, dotted, one_line, quoted, shown_title


def _headline(view: StatusView, spell: Spell) -> str:
    if not view.links:
        title = quoted(view.item.title)
        return title if view.told else f"{view.other_department} does not need {title} any more"
    first, dates = view.links[0], _dates(view, spell)
    verb = "follows" if first.origin is Side.IT else "needs"
    if len(view.links) > 1:
        return f"{departments(view)} {verb} this for {len(view.links)} tasks: {dates}"
    title = shown_title(first)
    about = f" as {title}" if verb == "follows" and title else f" for {title}" if title else ""
    return f"{departments(view)} {verb} this{about}{f': {dates}' if dates else ''}"


def _dates(view: StatusView, spell: Spell) -> str:
    own = "" if view.item.is_done else f"your date {spell(view.due)}" if view.due else "no date yet"
    if len(view.links) > 1 or not view.shows(Shown.DUE, view.links[0]):
        return own
    launch = _launch(view.links[0], spell)
    return f"{launch}, {own}" if own else launch


def _launch(link: LinkView, spell: Spell) -> str:
    return f"launch {spell(link.due)}" if link.due else "no launch date yet"


def _lines(view: StatusView, spell: Spell) -> list[Line]:
    return [_link_line(view, link, spell) for link in view.links]


def _link_line(view: StatusView, link: LinkView, spell: Spell) -> Line:
    asked_on = spell(day_in(link.created_at, view.zone))
    is_one_of_many = len(view.links) > 1
    label = counterpart_name(view, link) if is_one_of_many else link.tool
    rest = dotted(
        [
            one_line(status_of(link.item)) if view.shows(Shown.STATUS, link) else "",
            _owner(view, link),
            _launch(link, spell) if is_one_of_many and view.shows(Shown.DUE, link) else "",
            f"linked on {asked_on}" if link.origin is not Side.MARKETING else f"asked for on {asked_on}",
        ]
    )
    return Line(label, rest, link.url if view.shows(Shown.LINK, link) else "")


def _owner(view: StatusView, link: LinkView) -> str:
    owner = owner_of(link.item) if view.shows(Shown.OWNER, link) else None
    return f"{owner.name} ({link.department})" if owner else link.department


def _sign(raised: RaisedFinding) -> str:
    return f"{raised.number} ({raised.finding.severity})"


IT: Final = Voice(_headline, _lines, _sign)
