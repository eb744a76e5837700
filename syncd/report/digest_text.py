"""A digest as Markdown, and as HTML that a mail client shows: styles inline, nothing fetched, every text escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Final

from syncd.model.days import day_speller
from syncd.model.findings import Severity
from syncd.model.items import Side
from syncd.model.richtext import safe_href
from syncd.report.digest import Digest, Line, News, OwnerDigest
from syncd.report.view import Spell
from syncd.report.words import sentences

NOTHING: Final = "Nothing new."
HEADINGS: Final = {
    News.NEW: "New",
    News.WORSE: "Worse than before",
    News.DUE: "Comes due",
    News.MISSED: "Not settled before its date",
    News.SETTLED: "Settled",
}
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>#|~&])")
_LIST_MARK: Final = re.compile(r"^(\d*)([-+.)])")
"""What Markdown could take for markup; the rest stays as it is, since many read a mail's Markdown as plain text."""
_DATED: Final = {News.DUE: "Due", News.SETTLED: "Settled on", News.MISSED: "Ended on"}
_OVER: Final = frozenset({News.SETTLED, News.MISSED})


def digest_title(digest: Digest) -> str:
    """The heading, good as a mail's subject."""
    spell = _speller(digest)
    return f"Campaigns and IT, {spell(digest.since)} to {spell(digest.on)}"


def render_markdown(digest: Digest) -> str:
    """The digest as CommonMark, ending in a newline."""
    return "\n".join(_markdown(digest, _speller(digest))) + "\n"


def render_html(digest: Digest) -> str:
    """The digest as one HTML page, ending in a newline."""
    title = escape(digest_title(digest))
    metas = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    head = f'<!doctype html>\n<html lang="en"><head>{metas}<title>{title}</title></head>'
    body = "\n".join(_html(digest, _speller(digest)))
    return f'{head}\n<body style="{_BODY}">\n<h1 style="font-size:20px">{title}</h1>\n{body}\n</body></html>\n'


def _speller(digest: Digest) -> Spell:
    lines = (line for sync in digest.syncs for owner in sync.owners for line in owner.lines)
    return day_speller([digest.since, digest.on, *(line.on for line in lines)])


def _name(owner: OwnerDigest) -> str:
    if owner.owner == owner.department:
        return f"{owner.department} (nobody in charge)"
    return f"{owner.owner} ({owner.department})"


def _detail(line: Line, spell: Spell) -> str:
    return sentences([line.detail, f"{_DATED.get(line.news, 'Since')} {spell(line.on)}"])


def _item(line: Line, side: Side) -> str:
    """IT's items by key and title, marketing's by title: a key is a long number there."""
    if line.title in ("", line.key):
        return line.key
    return f"{line.key} {line.title}" if side is Side.IT else line.title


def _severity(line: Line) -> str:
    return f" ({line.severity})" if line.severity is Severity.CRITICAL and line.news not in _OVER else ""


# Markdown


def _markdown(digest: Digest, spell: Spell) -> Iterator[str]:
    yield f"# {_plain(digest_title(digest))}"
    for sync in digest.syncs:
        yield f"\n## {_plain(sync.sync)}"
        if not sync.owners:
            yield f"\n{NOTHING}"
        for owner in sync.owners:
            yield f"\n### {_plain(_name(owner))}"
            for news in News:
                lines = owner.of(news)
                if lines:
                    yield f"\n**{HEADINGS[news]}**\n"
                yield from (_markdown_line(line, owner.side, spell) for line in lines)


def _markdown_line(line: Line, side: Side, spell: Spell) -> str:
    href, item = safe_href(line.url), _plain(_item(line, side))
    shown = f"[{item}](<{href}>)" if href and not re.search(r"[<>\s\\]", href) else item
    text = f" **{_plain(line.text)}**" if line.text else ""
    return f"- {shown}:{text}{_severity(line)} {_plain(_detail(line, spell))}"


def _plain(text: str) -> str:
    """Text that no Markdown reader takes for markup, in one line."""
    return _LIST_MARK.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", " ".join(text.split())))


# HTML

_BODY: Final = (
    "font-family:Arial,Helvetica,sans-serif;font-size:15px;line-height:1.5;color:#222;"
    "max-width:680px;margin:0 auto;padding:8px 12px;overflow-wrap:anywhere"
)
_LIST: Final = "margin:0 0 12px;padding-left:20px"
_COLOURS: Final = {Severity.CRITICAL: "#b00020", Severity.WARNING: "#8a5a00", Severity.INFO: "#1a4f8a"}


def _html(digest: Digest, spell: Spell) -> Iterator[str]:
    for sync in digest.syncs:
        yield f'<h2 style="font-size:17px">{escape(sync.sync)}</h2>'
        if not sync.owners:
            yield f"<p>{NOTHING}</p>"
        for owner in sync.owners:
            yield f'<h3 style="font-size:15px">{escape(_name(owner))}</h3>'
            for news in News:
                yield from _html_section(owner, news, spell)


def _html_section(owner: OwnerDigest, news: News, spell: Spell) -> Iterator[str]:
    lines = owner.of(news)
    if lines:
        yield f'<p style="margin:12px 0 4px"><strong>{HEADINGS[news]}</strong></p>\n<ul style="{_LIST}">'
        yield from (_html_line(line, owner.side, spell) for line in lines)
        yield "</ul>"


def _html_line(line: Line, side: Side, spell: Spell) -> str:
    """The item, what it is, and what it rests on: a line each. What is over needs no colour any more."""
    href, item = safe_href(line.url), escape(_item(line, side))
    shown = f'<a href="{escape(href)}">{item}</a>' if href else item
    colour = f";color:{_COLOURS[line.severity]}" if line.severity and line.news not in _OVER else ""
    text = f'<br><span style="font-weight:bold{colour}">{escape(line.text)}</span>' if line.text else ""
    detail = escape(_detail(line, spell))
    return f'<li style="margin-bottom:6px">{shown}{text}{_severity(line)}<br>{detail}</li>'
