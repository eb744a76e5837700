"""The status comment of one item, over all its links and syncs.

It is a function of the view alone, without a clock: its text changes only when what it says does. The two sides are
told the same facts, each in its own words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from syncd.model.days import day_in
from syncd.model.findings import RaisedFinding, Severity
from syncd.model.items import Side
from syncd.model.richtext import Block, Doc, Inline, LineBreak, Mark, Mention, Paragraph, Text, link
from syncd.model.values import Person
from syncd.report.it import IT
from syncd.report.marketing import MARKETING
from syncd.report.view import Shown, Spell, StatusView, is_about_itself
from syncd.report.voice import Line, Voice
from syncd.report.words import CLOSED, counterpart_name, departments, footer, kept_lines, muted_line, sentences

_STRONG: Final = frozenset({Mark.STRONG})
_MOST_FINDINGS: Final = 8
_MOST_LINES: Final = 12
_VOICES: Final = {Side.MARKETING: MARKETING, Side.IT: IT}


def render_comment(view: StatusView) -> Doc:
    """The comment as rich text, without any mention."""
    return Doc(tuple(_blocks(view, _VOICES[view.side], view.speller())))


def with_mention(doc: Doc, person: Person) -> Doc:
    """The comment with a first line that calls one person to it."""
    call = Paragraph((Mention(person.name, person.id), Text(", please have a look.")))
    return Doc((call, *doc.blocks))


def _blocks(view: StatusView, voice: Voice, spell: Spell) -> Iterator[Block]:
    yield Paragraph((Text(voice.headline(view, spell), _STRONG), *_lines(voice.lines(view, spell))))
    for raised in view.told[:_MOST_FINDINGS]:
        yield Paragraph(tuple(_finding(view, voice, raised, spell)))
    if len(view.told) > _MOST_FINDINGS:
        yield Paragraph((Text(f"And {len(view.told) - _MOST_FINDINGS} more."),))
    for raised in view.muted[:_MOST_FINDINGS]:
        yield Paragraph((Text(muted_line(view, raised, spell)),))
    if not view.told:
        for line in kept_lines(view):
            yield Paragraph((Text(line),))
    if view.answers:
        yield Paragraph(tuple(_broken(view.answers)))
    yield Paragraph(tuple(_footer(view, spell)))


def _broken(lines: Sequence[str]) -> Iterator[Inline]:
    for number, line in enumerate(lines):
        if number:
            yield LineBreak()
        yield Text(line)


def _lines(lines: list[Line]) -> Iterator[Inline]:
    """A line each. A single counterpart's address stands in the footer, several behind their labels."""
    for line in [line for line in lines if line.label or line.rest][:_MOST_LINES]:
        has_link = line.label and line.url and len(lines) > 1
        yield LineBreak()
        yield link(line.label, line.url) if has_link else Text(line.label)
        yield Text(f" · {line.rest}" if line.label and line.rest else line.rest)
    if len(lines) > _MOST_LINES:
        yield LineBreak()
        yield Text(f"and {len(lines) - _MOST_LINES} more")


def _finding(view: StatusView, voice: Voice, raised: RaisedFinding, spell: Spell) -> Iterator[Inline]:
    finding = raised.finding
    is_closed = view.is_closed(raised)
    yield Text(f"{voice.sign(raised)} {_about(view, raised)}")
    yield Text(sentences([CLOSED if is_closed else finding.title[view.side]]), _STRONG)
    if not is_closed and view.may_tell(raised):
        yield Text(f" {sentences(finding.facts)}")
    if raised.mute is not None and raised.mute.ended:
        yield Text(f" {sentences([raised.mute.ended])}")
    yield LineBreak()
    advice = f"Ask {departments(view)} about it." if is_closed else finding.advice[view.side]
    since = f"Since {spell(day_in(raised.since, view.zone))}" if finding.severity is not Severity.INFO else ""
    yield Text(f"→ {sentences([advice, since])}")


def _about(view: StatusView, raised: RaisedFinding) -> str:
    """Which of several counterparts a finding is about."""
    if len(view.links) < 2 or is_about_itself(raised, view.side):
        return ""
    return next((f"{counterpart_name(view, each)}: " for each in view.links if each.id == raised.link), "")


def _footer(view: StatusView, spell: Spell) -> Iterator[Inline]:
    yield Text(footer(view, spell))
    if len(view.links) == 1 and view.shows(Shown.LINK, view.links[0]) and view.links[0].url:
        yield Text(" ")
        yield link(view.links[0].url, view.links[0].url)
