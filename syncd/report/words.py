"""Small pieces of plain English that both sides' comments use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from syncd.model import lines
from syncd.model.findings import RaisedFinding
from syncd.model.items import Side
from syncd.model.links import LinkKind
from syncd.report.view import Kept, LinkView, Shown, Spell, StatusView

FOOTER: Final = "Written by syncd, edited only when something changes."
CLOSED: Final = (
    "Something about the linked ticket needs a look; it is not open to everybody, so nothing of it is told here"
)
NOTHING_TO_DO: Final = "Nothing to do for you."

_PROMISE: Final = "If the dates don't fit, you hear about it here."
_MOST_OF_A_TITLE: Final = 80
_MOST_FIELDS: Final = 6
_ENDS: Final = (".", "!", "?", "…")
_FIELD_WORDS: Final = {"due": "due date", "start": "start date", "assignee": "owner", "parent": "parent task"}


def one_line(text: str) -> str:
    """Text in one line, shortened with a visible mark."""
    return lines.one_line(text, _MOST_OF_A_TITLE)


def quoted(text: str) -> str:
    """A title in quotation marks."""
    return f'"{one_line(text)}"'


def shown_title(link: LinkView) -> str:
    """The counterpart's title in quotation marks, "" for one that is not open to all."""
    return "" if link.item.is_restricted else quoted(link.item.title)


def counterpart_name(view: StatusView, link: LinkView) -> str:
    """What people on this side call the counterpart: IT's items by key, marketing's by title."""
    if view.side is Side.IT:
        return shown_title(link) or link.tool
    return link.item.key if view.shows(Shown.LINK, link) else link.department


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence: "a, b and c"."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def listed_briefly(words: Sequence[str], most: int = 3) -> str:
    """The same, with no more than a number of them: "a, b, c and 9 more"."""
    rest = len(words) - most
    return listed(words if rest <= 1 else [*words[:most], f"{rest} more"])


def dotted(parts: Iterable[str]) -> str:
    """The parts that are not empty, with dots between."""
    return " · ".join(part for part in parts if part)


def sentences(parts: Iterable[str]) -> str:
    """Parts as sentences, each ended by what ends it already or by a full stop."""
    return " ".join(
        part if part.rstrip("\"”')")[-1:] in _ENDS else f"{part}." for part in map(str.strip, parts) if part
    )


def departments(view: StatusView) -> str:
    """The departments on the other side."""
    return listed(list(dict.fromkeys(link.department for link in view.links)) or [view.other_department])


def footer(view: StatusView, spell: Spell) -> str:
    """How to answer, how old this is, and who wrote it."""
    as_of = f"As of {spell(view.as_of)}. " if view.as_of else ""
    if not view.prefix:
        return f"{as_of}{FOOTER}"
    first = f'"{view.prefix} mute {view.told[0].number} until friday" or ' if view.told else ""
    return f'Reply {first}"{view.prefix} help". {as_of}{FOOTER}'


def muted_line(view: StatusView, raised: RaisedFinding, spell: Spell) -> str:
    """What nobody is told more about, who asked for that, and until when."""
    mute = raised.mute
    if mute is None:
        return ""
    until = f"until {spell(mute.until)}" if mute.until else "until its facts change"
    title = "" if view.is_closed(raised) else f': "{raised.finding.title[view.side]}"'
    return f"{raised.number} {'agreed' if mute.is_agreed else 'muted'}{title} (by {mute.by}, {until})"


def kept_lines(view: StatusView) -> list[str]:
    """What is kept in step, once for all links where it is the same, else link by link; dependencies together."""
    twins = [link for link in view.links if link.kind is LinkKind.TWIN]
    lines = [_kept(view.side, link) for link in twins]
    if not twins:
        together = f"Nothing is copied between them. {_PROMISE}"
        return [together] if len(view.links) > 1 else [_kept(view.side, link) for link in view.links]
    if len(set(lines)) <= 1 and len(twins) == len(view.links):
        return lines[:1]
    named = [f"{counterpart_name(view, link)}: {line}" for link, line in zip(twins, lines, strict=True)]
    return named if len(twins) == len(view.links) else [*named, "From and to the others nothing is copied."]


def _kept(side: Side, link: LinkView) -> str:
    kept, other = link.kept, link.department
    if kept == Kept():
        return f"Nothing is copied between the two. {_PROMISE}"
    here, there = (kept.to_it, kept.to_marketing) if side is Side.MARKETING else (kept.to_marketing, kept.to_it)
    return sentences(
        [
            f"Kept in step: {_fields(kept.both)}" if kept.both else "",
            f"Goes to {other}: {_fields(here)}" if here else "",
            f"Comes from {other}: {_fields(there)}" if there else "",
            f"Each side keeps its own {_fields(kept.own)}" if kept.own else "",
            _PROMISE,
        ]
    )


def field_word(name: str) -> str:
    """What people call a canonical field; any other name as it is."""
    return _FIELD_WORDS.get(name, name)


def _fields(names: Sequence[str]) -> str:
    words = [field_word(name) for name in names]
    rest = len(words) - _MOST_FIELDS
    return listed(words if rest <= 1 else [*words[:_MOST_FIELDS], f"{rest} more"])
