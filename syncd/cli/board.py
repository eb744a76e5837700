"""`syncd findings --board`: the portfolio on one page."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from syncd.cli.door import OK
from syncd.cli.plan_json import item_data
from syncd.cli.say import COLOURS, counted, iso, joined, show_json
from syncd.cli.session import Session
from syncd.cli.syncs import chosen
from syncd.engine.watch.portfolio import read_views
from syncd.model.days import day_speller
from syncd.model.findings import Severity
from syncd.model.items import Item
from syncd.model.links import SyncName
from syncd.report.board import Board, Campaign, Point, board_of
from syncd.report.view import Spell
from syncd.report.words import sentences
from syncd.service.desks import desks_of
from syncd.service.installation import Installation

WIDEST: Final = 160
_SIGNS: Final = {Severity.CRITICAL: "●", Severity.WARNING: "○"}


def show_board(session: Session, sync: str | None, *, as_json: bool) -> int:
    """Print what is at risk, by sync and campaign."""
    with session.read() as installation:
        now = installation.clock.now()
        boards = {name: _board(installation, name) for name in chosen(installation, sync)}
    if as_json:
        show_json({"at": iso(now), "syncs": [_data(name, board) for name, board in boards.items()]})
        return OK
    console = _console()
    for number, (name, board) in enumerate(boards.items()):
        if number:
            console.print()
        _show(console, name, board)
    return OK


def _board(installation: Installation, sync: SyncName) -> Board:
    desks, now = desks_of(installation), installation.clock.now()
    views = read_views(installation.store, desks, sync, installation.store.findings.read_open(sync))
    return board_of((view, desks[sync][view.side].days_left(view, now)) for view in views)


# on a terminal


def _console() -> Console:
    """As wide as the terminal, 100 columns where there is none; coloured only on one."""
    width = min(shutil.get_terminal_size((100, 24)).columns, WIDEST)
    is_coloured = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    return Console(width=width, color_system="auto" if is_coloured else None, highlight=False)


def _show(console: Console, name: SyncName, board: Board) -> None:
    counts = [f"{board.count(severity)} {severity.value}" for severity in reversed(Severity) if board.count(severity)]
    head = f"{counted(len(board.campaigns), 'campaign')} at risk: {', '.join(counts)}" if counts else "nothing at risk"
    console.print(Text.assemble((_clean(name), "bold"), f"  {head}"))
    if board.campaigns:
        console.print(_table(board.campaigns))
    rest = joined(
        [
            f"{counted(board.muted, 'finding')} muted" if board.muted else "",
            f"{counted(board.mild, 'finding')} good to know: `syncd findings {name}`" if board.mild else "",
        ]
    )
    if rest:
        console.print(Text(rest, style="dim"))


def _table(campaigns: Iterable[Campaign]) -> Table:
    rows = list(campaigns)
    spell = day_speller(day for row in rows for day in (row.due, *(point.since for point in row.points)))
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, padding=(0, 1), show_edge=False)
    table.add_column("Until", no_wrap=True)
    table.add_column("Campaign", ratio=4, overflow="fold")
    table.add_column("At risk, and why", ratio=8, overflow="fold")
    table.add_column("Who acts", ratio=3, overflow="fold")
    for number, row in enumerate(rows):
        if number:
            table.add_row()
        table.add_row(_until(row, spell), _campaign(row), _why(row, spell), Text("\n".join(map(_clean, row.who))))
    return table


def _until(row: Campaign, spell: Spell) -> Text:
    sign = (_SIGNS[row.severity], COLOURS[row.severity.value])
    if row.due is None or row.days_left is None:
        return Text.assemble(sign, " no date")
    return Text.assemble(sign, f" {spell(row.due)}", (f"\n{_left(row.days_left)}", "dim"))


def _left(days: int) -> str:
    """In two lines, since its column is no wider than a date."""
    unit = "day" if abs(days) == 1 else "days"
    return f"{abs(days):,} working\n{unit} {'left' if days >= 0 else 'ago'}"


def _campaign(row: Campaign) -> Text:
    name = Text(_named(row.item), style="bold")
    others = [f"\n↔ {_clean(item.key)}" for item in row.counterparts]
    return Text.assemble(name, ("".join(others), "dim"))


def _named(item: Item) -> str:
    return _clean(item.key) if item.is_restricted or item.title == item.key else _clean(f"{item.key} {item.title}")


def _why(row: Campaign, spell: Spell) -> Text:
    return Text("\n").join(Text.assemble(*_point(point, spell)) for point in row.points)


def _point(point: Point, spell: Spell) -> Iterator[str | tuple[str, str]]:
    yield sentences([_clean(point.title)]), COLOURS[point.severity.value]
    yield f"\n{_clean(sentences([*point.facts, f'Since {spell(point.since)}']))}"
    if point.advice:
        yield f"\n→ {_clean(point.advice)}", "italic"


def _clean(text: str) -> str:
    """One line without anything that a terminal would obey."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


# for programs


def _data(name: SyncName, board: Board) -> dict[str, Any]:
    return {
        "sync": name,
        "critical": board.count(Severity.CRITICAL),
        "warning": board.count(Severity.WARNING),
        "muted": board.muted,
        "good_to_know": board.mild,
        "campaigns": [_campaign_data(each) for each in board.campaigns],
    }


def _campaign_data(campaign: Campaign) -> dict[str, Any]:
    return {
        "severity": campaign.severity.value,
        "item": _item_data(campaign.item),
        "counterparts": [_item_data(item) for item in campaign.counterparts],
        "until": campaign.due.isoformat() if campaign.due else None,
        "days_left": campaign.days_left,
        "who": list(campaign.who),
        "points": [_point_data(point) for point in campaign.points],
    }


def _point_data(point: Point) -> dict[str, Any]:
    return {
        "code": point.code,
        "number": point.number,
        "severity": point.severity.value,
        "title": point.title,
        "facts": list(point.facts),
        "advice": point.advice,
        "since": point.since.isoformat(),
        "who": list(point.who),
    }


def _item_data(item: Item) -> dict[str, Any]:
    return {**(item_data(item) or {}), **({"title": None} if item.is_restricted else {})}
