"""Words and layout of the story: short lines that a marketing person and an engineer read alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Final

import click

from syncd.cli.planned import CREATE, Shown, Step
from syncd.cli.say import COLOURS, change_text, counted, shortened, value_text, width, wrapped
from syncd.engine.context import SyncContext
from syncd.model.findings import RaisedFinding
from syncd.model.items import Item, ItemRef, Side
from syncd.model.links import Link
from syncd.model.records import Event
from syncd.model.values import TITLE, is_empty

_TRAVELS: Final = frozenset({"create", "update", "transition"})
SIGNS: Final = {"critical": "●", "warning": "○", "info": "·"}
_TITLE_SIZE: Final = 34
_LONG_TITLE: Final = 44


def heading(number: int, text: str, command: str = "") -> str:
    """A line that opens an act; at its right the command that does the same."""
    left = click.style(f"{number}  {text}", bold=True)
    room = width() - len(click.unstyle(left)) - len(command)
    return f"{left}{' ' * max(2, room)}{click.style(command, dim=True)}" if command else left


def paragraph(text: str, indent: str = "   ") -> str:
    """A sentence or two."""
    return wrapped(text, indent=indent)


def quoted_comment(where: str, text: str) -> Iterator[str]:
    """A comment as it stands on an item, with a bar beside it."""
    yield f"   {click.style(where, bold=True)}"
    bar = click.style("│", fg="cyan")
    for line in filter(str.strip, text.splitlines()):
        for part in wrap(line, width() - 5, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False):
            yield f"   {bar} {part}"


def title(item: Item) -> str:
    """“Spring landing page”."""
    return f"“{shortened(item.title, _TITLE_SIZE)}”"


def name(item: Item, side: Side) -> str:
    """What people call an item: IT's by key, marketing's by title."""
    return item.key if side is Side.IT else title(item)


def pair_name(marketing: Item | None, it: Item | None) -> str:
    """`“Spring landing page” ↔ WEB-1`."""
    names = [name(item, side) for side, item in ((Side.MARKETING, marketing), (Side.IT, it)) if item is not None]
    return " ↔ ".join(names)


# --- the plan ---------------------------------------------------------------------------------------------------


def step_line(step: Step, context: SyncContext) -> str:
    """One write of a plan in a line: what is made or changed where."""
    tool = context.parties[step.side].tool.ljust(5)
    if step.action == CREATE:
        origin = f"“{shortened(step.twin.title, _LONG_TITLE)}”" if step.twin else ""
        fields = counted(len(step.changes), "field")
        return f"   {click.style('+', fg='green')} {tool}  new for {origin}  {click.style(fields, dim=True)}"
    about = name(step.item, step.side) if step.item else ""
    fields = ", ".join(change.field for change in step.changes)
    return f"   {click.style('~', fg='yellow')} {tool}  {about}  {click.style(fields, dim=True)}"


def plan_counts(plan: Shown) -> tuple[int, int]:
    """New items, and fields of existing ones."""
    made = [step for step in plan.steps if step.action == CREATE]
    return len(made), sum(len(step.changes) for step in plan.steps if step.action != CREATE)


# --- what happened ----------------------------------------------------------------------------------------------


def event_lines(
    events: Iterable[Event], items: Mapping[ItemRef, Item], links: Mapping[ItemRef, Link], context: SyncContext
) -> Iterator[str]:
    """What travelled: `Asana → Jira  WEB-17  title: “…” → “…”`, what goes to IT first."""
    told = [
        (event.side, event.kind == "create", items[event.ref], event)
        for event in events
        if event.kind in _TRAVELS and event.side is not None and event.ref is not None and event.ref in items
    ]
    for side, is_new, item, event in sorted(told, key=lambda each: (each[0], each[1], each[2].key, each[3].id)):
        if is_new:
            link = links.get(item.ref)
            yield _created(side, item, items.get(link.ref(side.other)) if link else None, context)
        else:
            yield from _written(event, side, item, context)


def _created(side: Side, made: Item, origin: Item | None, context: SyncContext) -> str:
    what = f"new: {made.key}" if side is Side.IT else "new task"
    about = f" for {name(origin, side.other)}" if origin else ""
    return f"   {_arrow(side, context)}  {click.style('+', fg='green')} {what}{about}"


def _written(event: Event, side: Side, item: Item, context: SyncContext) -> Iterator[str]:
    rule = context.rules.get(event.rule) if event.rule else None
    field = rule.name(side) if rule else str(event.rule)
    if rule is not None and rule.field(side) == TITLE:
        about = item.key if side is Side.IT else ""
    else:
        about = name(item, side)
    change = change_text(event.old, event.new) if not is_empty(event.old) else value_text(event.new)
    lead = f"   {_arrow(side, context)}  "
    text = f"{about}  {field}: {change}" if about else f"{field}: {change}"
    hanging = " " * (len(click.unstyle(lead)) + 2)
    yield lead + wrapped(text, indent=hanging[2:], hanging=hanging).lstrip()
    if event.cause.startswith("both sides changed"):
        yield wrapped(
            f"{event.cause[0].upper()}{event.cause[1:]}. The other value stays in the history.", indent=hanging
        )


def _arrow(to: Side, context: SyncContext) -> str:
    """From where to where, in a column."""
    tools = {side: party.tool for side, party in context.parties.items()}
    size = sum(map(len, tools.values())) + 3
    return click.style(f"{tools[to.other]} → {tools[to]}".ljust(size), fg="cyan" if to is Side.IT else "magenta")


# --- what the checks found --------------------------------------------------------------------------------------


def finding_lines(raised: RaisedFinding, about: str) -> Iterator[str]:
    """A finding: its sign, what it is about, its title as marketing reads it, and the line of YAML that settles it."""
    finding = raised.finding
    sign = click.style(SIGNS[finding.severity], fg=COLOURS[finding.severity])
    yield marked(sign, f"{about}: {finding.title[Side.MARKETING]}")
    if add := finding.seen.get("add"):
        yield f"     {click.style(f'to be added to mapping.yaml, under {add}', dim=True)}"


def settled_line(raised: RaisedFinding, about: str) -> str:
    """A finding that is no longer one."""
    return marked(click.style("✓", fg="green"), f"{about}: settled, “{raised.finding.title[Side.MARKETING]}”")


def marked(sign: str, text: str) -> str:
    """A sentence behind a sign."""
    return f"   {sign} {wrapped(text, indent='     ').lstrip()}"
