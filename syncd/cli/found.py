"""`syncd findings`, once it was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any, Final

import click

from syncd.cli.door import OK
from syncd.cli.plan_json import item_data
from syncd.cli.plan_text import advice_lines
from syncd.cli.say import COLOURS, counted, iso, named, show, show_json, wrapped
from syncd.cli.session import Session
from syncd.cli.syncs import chosen
from syncd.mapping.compile import compile_mapping
from syncd.model.days import day_in, spell_day
from syncd.model.findings import Mute, RaisedFinding
from syncd.model.items import Item, ItemRef, Side
from syncd.model.links import Link, LinkId, SyncName
from syncd.model.storage import Store
from syncd.service.desks import desks_of
from syncd.service.installation import Installation

LINE_TO_ADD: Final = "add"
"""Under this name a finding keeps the line of YAML that would settle it."""

MOST_ALIKE: Final = 3
"""So many items are named of those that one line would settle."""

Pairs = Mapping[LinkId, Link]


def show_findings(session: Session, sync: str | None, *, as_json: bool) -> int:
    """Print the open findings."""
    with session.read() as installation:
        names = chosen(installation, sync)
        raised = [each for each in installation.store.findings.read_open() if each.sync in names]
        pairs, items = _items_of(installation.store, raised)
        places, desks = _places(installation), desks_of(installation)
    if as_json:
        show_json({"findings": [_data(each, pairs, items) for each in raised]})
        return OK
    for number, group in enumerate(_alike(raised)):
        if number:
            show()
        about = [_names(each, pairs, items) for each in group]
        zone = desks[group[0].sync][Side.MARKETING].zone
        for line in finding_lines(group[0], about, _place(group[0], places), zone=zone):
            show(line)
    if not raised:
        show("No open findings.")
    else:
        show()
        show(counted(len(raised), "open finding"))
    return OK


def _items_of(store: Store, raised: Sequence[RaisedFinding]) -> tuple[Pairs, Mapping[ItemRef, Item]]:
    """The pairs and items that findings are about."""
    links = store.links.of_items({each.item for each in raised})
    pairs = {link.id: link for of_item in links.values() for link in of_item}
    refs = {each.item for each in raised} | {link.ref(side) for link in pairs.values() for side in Side}
    return pairs, store.feeds.read_items(refs)


def _refs(raised: RaisedFinding, pairs: Pairs) -> tuple[ItemRef, ...]:
    link = pairs.get(raised.link) if raised.link is not None else None
    return (link.marketing, link.it) if link is not None else (raised.item,)


def _names(raised: RaisedFinding, pairs: Pairs, items: Mapping[ItemRef, Item]) -> str:
    return " ↔ ".join(named(items[ref]) if ref in items else ref.id for ref in _refs(raised, pairs))


def _places(installation: Installation) -> dict[tuple[SyncName, str], str]:
    """Where the rules of canonical fields stand: no server is asked, so the ids of others are not known."""
    loaded = installation.loaded
    return {
        (SyncName(sync.name), rule.key): f"{rule.where.file}:{rule.where.line}"
        for sync in loaded.config.syncs
        for rule in compile_mapping(loaded.config, sync, None, loaded.document).rules
    }


def _place(raised: RaisedFinding, places: Mapping[tuple[SyncName, str], str]) -> str:
    return places.get((raised.sync, raised.finding.subject.partition("=")[0]), "")


def _alike(raised: Sequence[RaisedFinding]) -> list[list[RaisedFinding]]:
    """Findings that one line of YAML would settle together; every other one alone. In the order of the first."""
    groups: dict[object, list[RaisedFinding]] = {}
    for number, each in enumerate(raised):
        line_to_add = each.finding.seen.get(LINE_TO_ADD)
        groups.setdefault((each.sync, each.finding.code, line_to_add) if line_to_add else number, []).append(each)
    return list(groups.values())


def finding_lines(
    raised: RaisedFinding, about: Sequence[str], where: str = "", margin: str = "", *, zone: tzinfo = UTC
) -> Iterator[str]:
    """One finding: how bad, what, on which items, the facts, and who can do what.

    `where`: the rule it is about. `zone`: in which its first day is told, that of the ticket as on the board.
    """
    finding = raised.finding
    severity = finding.severity.value
    title = finding.title.get(Side.IT) or next(iter(finding.title.values()), finding.code)
    badge = click.style(f"{severity:<8}", fg=COLOURS[severity])
    yield f"{margin}{badge}  {click.style(title, bold=True)}  {finding.code}"
    indent = margin + " " * 10
    yield from (wrapped(each, indent=indent, hanging=indent + "  ") for each in about[:MOST_ALIKE])
    if len(about) > MOST_ALIKE:
        yield f"{indent}and {counted(len(about) - MOST_ALIKE, 'other')}"
    since = spell_day(day_in(raised.since, zone), with_year=True)
    yield f"{indent}{raised.sync} · point {raised.number} · since {since}"
    if raised.mute is not None:
        yield wrapped(mute_text(raised.mute), indent=indent)
    for fact in finding.facts:
        yield wrapped(fact, indent=indent)
    line_to_add = finding.seen.get(LINE_TO_ADD, "")
    advice = dict.fromkeys(finding.advice[side] for side in Side if side in finding.advice)
    for text in advice if not line_to_add else ():
        yield wrapped(f"→ {text}", indent=indent, hanging=indent + "  ")
    yield from advice_lines(line_to_add, where, indent)


def mute_text(mute: Mute) -> str:
    """Who asked for silence, and until when, or why it is over."""
    if mute.ended:
        return f"{mute.ended}."
    until = f"until {spell_day(mute.until, with_year=True)}" if mute.until else "until its facts change"
    return f"{'Agreed' if mute.is_agreed else 'Muted'} by {mute.by}, {until}."


def _mute_data(mute: Mute) -> dict[str, Any]:
    return {
        "by": mute.by,
        "at": iso(mute.at),
        "is_agreed": mute.is_agreed,
        "until": mute.until.isoformat() if mute.until else None,
        "ended": mute.ended or None,
    }


def _data(raised: RaisedFinding, pairs: Pairs, items: Mapping[ItemRef, Item]) -> dict[str, Any]:
    finding = raised.finding
    return {
        "sync": raised.sync,
        "code": finding.code,
        "severity": finding.severity.value,
        "number": raised.number,
        "since": iso(raised.since),
        "link": raised.link,
        "items": [
            item_data(items.get(ref)) or {"connection": ref.connection, "id": ref.id} for ref in _refs(raised, pairs)
        ],
        "title": {side.value: text for side, text in finding.title.items()},
        "facts": list(finding.facts),
        "advice": {side.value: text for side, text in finding.advice.items()},
        "told": sorted(side.value for side in finding.told),
        "subject": finding.subject,
        "mute": _mute_data(raised.mute) if raised.mute is not None else None,
        "add": finding.seen.get(LINE_TO_ADD),
    }
