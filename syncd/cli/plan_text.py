"""A plan as people read it: a summary first, then item by item what changes and why. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, TypeVar

import click
import yaml

from syncd.cli.planned import CREATE, EDIT, POST, STATUS, UPDATE, WITHDRAW, Change, Said, Shown, Step, Waiting
from syncd.cli.planned_files import Filed, file_text, files_of
from syncd.cli.say import change_text, columns, counted, joined, named, over_lines, party_name, value_text, wrapped
from syncd.engine.adopt import NOTHING
from syncd.engine.depends import Dependency
from syncd.model.items import Side
from syncd.model.values import is_empty

MARKS = {
    CREATE: click.style("+", fg="green"),
    UPDATE: click.style("~", fg="yellow"),
    STATUS: click.style("~", fg="yellow"),
}
JOINS = click.style("=", fg="green")
WAITS = click.style("!", fg="red")
MOST_IN_A_LINE: Final = 80
C = TypeVar("C", Said, Filed)
ROW: Final = "values: - "
"""So begins the advice that is a row of a value table."""


def plan_lines(plan: Shown) -> Iterator[str]:
    """The whole plan."""
    yield heading(plan)
    found = plan.rejoined or plan.needs or plan.adoptable != NOTHING
    has_lines = plan.steps or plan.said or plan.files or plan.waiting or found
    if not has_lines and (plan.item is not None or not plan.comments):
        yield f"  {_nothing(plan)}"
        return
    yield ""
    yield from _summary(plan)
    for pair in plan.rejoined:
        yield ""
        yield f"= {' ↔ '.join(named(item) for item in pair if item is not None)}"
        yield "    a pair of an earlier store: found again, and joined before anything is written"
    for adoption in plan.adoptable.pairs:
        yield ""
        yield f"{JOINS} {named(adoption.marketing)} ↔ {named(adoption.it)}"
        yield wrapped(adoption.why, indent="    ")
    for needed in _by_campaign(plan.needs):
        yield ""
        yield f"{JOINS} {named(needed[0].marketing)} needs"
        yield from columns([(named(each.it), f"(named in its {each.place})") for each in needed], indent="    ")
    for step_group in _by_item(plan.steps):
        yield ""
        yield from _step_lines(plan, step_group)
    for said in _by_place(plan.said):
        yield ""
        yield from _said_lines(plan, said)
    for files in _by_place(plan.files):
        yield ""
        yield from _file_lines(plan, files)
    for waiting in _by_pair(plan.waiting):
        yield ""
        yield from _waiting_lines(waiting)


def size_text(plan: Shown) -> str:
    """How much there is to approve: `3 writes`, `3 writes, 2 existing pairs to join and 4 status comments`."""
    pairs, comments = len(plan.adoptable.pairs), plan.comments
    parts = [
        counted(plan.writes, "write"),
        *([f"{counted(pairs, 'existing pair')} to join"] if pairs else []),
        *([counted(comments, "status comment")] if comments else []),
    ]
    return " and ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)


def heading(plan: Shown) -> str:
    """Which sync, and what its two ends are."""
    ends = [
        f"{party_name(party)} {click.style(party.project.name or party.project.key, bold=True)}"
        for party in (plan.context.parties[side] for side in Side)
    ]
    return over_lines(f"{click.style(plan.context.name, bold=True)}: {ends[0]} ↔ {ends[1]}")


def _nothing(plan: Shown) -> str:
    if plan.item is not None:
        return f"Nothing is planned for {plan.item}; `syncd explain {plan.item}` says why."
    if plan.findings or plan.troubled or plan.in_doubt:
        return joined(["Nothing to write", _waits(plan), f"{counted(plan.findings, 'open finding')}: `syncd findings`"])
    return "Nothing to do: both sides are in step."


# --- the summary ------------------------------------------------------------------------------------------------


def _summary(plan: Shown) -> Iterator[str]:
    rows = [("joined", _joins(plan)), ("needed", counted(len(plan.needs), "issue") if plan.needs else "")]
    rows += [(party_name(plan.context.parties[side]), _writes_of(plan, side)) for side in Side]
    rows = [row for row in rows if row[1]]
    rest = (
        ("joined again", counted(len(plan.rejoined), "pair") if plan.rejoined else ""),
        ("comments", _comments(plan)),
        ("mails", _mails(plan)),
        ("waits", _waits(plan)),
        ("look at", _oddities(plan)),
    )
    rows += [(name, text) for name, text in rest if text]
    yield from columns(rows, indent="  ", gap="   ")


def _joins(plan: Shown) -> str:
    pairs, proposals = len(plan.adoptable.pairs), len(plan.adoptable.proposals)
    look = f"`syncd links adopt {plan.context.name}`"
    return joined(
        [
            f"{counted(pairs, 'existing pair')}" if pairs else "",
            f"{counted(proposals, 'proposal')} for a person to confirm: {look}" if proposals else "",
        ]
    )


def _by_campaign(needs: Iterable[Dependency]) -> Iterator[Sequence[Dependency]]:
    for _, group in groupby(needs, key=lambda each: each.marketing.ref):
        yield tuple(group)


def _writes_of(plan: Shown, side: Side) -> str:
    made, updated = len(plan.steps_on(side, CREATE)), plan.steps_on(side, UPDATE)
    fields, moved = sum(len(step.changes) for step in updated), len(plan.steps_on(side, STATUS))
    return joined(
        [
            f"{counted(made, 'new item')}" if made else "",
            f"{counted(fields, 'field')} of {counted(len(updated), 'item')}" if updated else "",
            f"{counted(moved, 'status', 'statuses')}" if moved else "",
            *_comments_of(plan, side),
            *files_of(plan.files, side),
        ]
    )


def _comments_of(plan: Shown, side: Side) -> Iterator[str]:
    for action, word in ((POST, "copied"), (EDIT, "edited"), (WITHDRAW, "withdrawn")):
        number = len(plan.said_on(side, action))
        yield f"{counted(number, 'comment')} {word}" if number else ""


def _comments(plan: Shown) -> str:
    number = plan.comments
    per_hour = plan.context.watching.per_hour
    pace = f", {per_hour:,} an hour" if number > per_hour else ""
    return f"{counted(number, 'status comment')} on new pairs{pace}" if number else ""


def _mails(plan: Shown) -> str:
    mails = {side: plan.mails_from(side) for side in Side}
    parts = [f"{number:,} from {party_name(plan.context.parties[side])}" for side, number in mails.items() if number]
    return f"at most {joined(parts)}, to whoever follows the items" if parts else ""


def _waits(plan: Shown) -> str:
    codes = Counter(each.code for each in plan.waiting)
    fields = ", ".join(f"{code} {number}" for code, number in codes.most_common())
    return joined(
        [
            f"{counted(len(plan.waiting), 'field')} ({fields})" if codes else "",
            f"{counted(plan.in_doubt, 'write')} in doubt" if plan.in_doubt else "",
            f"{counted(plan.troubled, 'item')} tried again later" if plan.troubled else "",
        ]
    )


def _oddities(plan: Shown) -> str:
    """What a person should not overlook in a long plan."""
    changes = [change for step in plan.steps for change in step.changes]
    emptied, cut = sum(each.is_emptying for each in changes), sum(each.is_shortened for each in changes)
    lost = sum(not is_empty(each.lost) for each in changes)
    left = sum(len(step.left_out) for step in plan.steps)
    return joined(
        [
            f"{counted(emptied, 'field')} emptied" if emptied else "",
            f"{counted(lost, 'value')} overruled by a policy (kept in history)" if lost else "",
            f"{counted(cut, 'text')} shortened" if cut else "",
            f"{counted(left, 'value')} left out of new items" if left else "",
        ]
    )


# --- item by item -----------------------------------------------------------------------------------------------


def _by_item(steps: Iterable[Step]) -> Iterator[Sequence[Step]]:
    """Steps that belong together: fields and status of one item."""
    for _, group in groupby(steps, key=lambda step: (step.side, step.item.ref if step.item else id(step))):
        yield tuple(group)


def _step_lines(plan: Shown, steps: Sequence[Step]) -> Iterator[str]:
    first = steps[0]
    where = party_name(plan.context.parties[first.side])
    if first.item is not None:
        yield over_lines(f"{MARKS[first.action]} {where}: {named(first.item)}")
        rows = [row for step in steps for change in step.changes for row in _change_rows(change)]
    else:
        origin = named(first.twin) if first.twin else ""
        rule = click.style(f"   {first.where.file}:{first.where.line}", dim=True) if first.where.line else ""
        yield over_lines(f"{MARKS[CREATE]} {where}: new {first.type or 'item'} for {origin}{rule}")
        rows = list(_create_rows(first))
    yield from columns(rows, indent="    ")


def _change_rows(change: Change) -> Iterator[tuple[str, str]]:
    if change.added or change.removed:
        text = joined(
            [
                f"+ {', '.join(change.added)}" if change.added else "",
                f"− {', '.join(change.removed)}" if change.removed else "",
            ]
        )
    else:
        text = change_text(change.old, change.new)
    why = click.style(f"({change.why})", dim=True)
    if len(text) + len(change.why) <= MOST_IN_A_LINE:
        yield change.field, f"{text}  {why}"
    else:
        yield change.field, text
        yield "", why
    if not is_empty(change.lost):
        yield "", f"overrules {value_text(change.lost)}, which stays in history"
    if change.is_shortened:
        yield "", "too long for this side: shortened, with a note at its end"


def _create_rows(step: Step) -> Iterator[tuple[str, str]]:
    for change in step.changes:
        note = "  (too long for this side: shortened, with a note at its end)" if change.is_shortened else ""
        yield change.field, value_text(change.new) + note
    for name, value in step.extra:
        yield name, f"{_yaml(value)}  {click.style('(`set` of the rule)', dim=True)}"
    for name in step.later:
        yield name, click.style("once the item is there", dim=True)
    for name, reason in step.left_out:
        yield name, f"left out: {reason}"


def _yaml(value: object) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=1000)
    return text.removesuffix("...\n").strip()


# --- copied comments and files ----------------------------------------------------------------------------------


def _by_place(copies: Iterable[C]) -> Iterator[Sequence[C]]:
    """Comments or files of one item."""
    for _, group in groupby(copies, key=lambda each: (each.side, each.item or each.twin)):
        yield tuple(group)


def _said_lines(plan: Shown, said: Sequence[Said]) -> Iterator[str]:
    yield _place_line(plan, said[0])
    rows = []
    for each in said:
        text = "a text that cannot be read" if each.text is None else value_text(each.text)
        rows.append((each.action, f"{text}  {click.style(f'({each.why})', dim=True)}"))
    yield from columns(rows, indent="    ")


def _file_lines(plan: Shown, files: Sequence[Filed]) -> Iterator[str]:
    yield _place_line(plan, files[0])
    rows = [(each.action, f"{file_text(each)}  {click.style(f'({each.why})', dim=True)}") for each in files]
    yield from columns(rows, indent="    ")


def _place_line(plan: Shown, first: Said | Filed) -> str:
    new = f"the new item for {named(first.twin)}" if first.twin else "a new item"
    return f"{MARKS[UPDATE]} {party_name(plan.context.parties[first.side])}: {named(first.item) if first.item else new}"


# --- what waits -------------------------------------------------------------------------------------------------


def _by_pair(waiting: Iterable[Waiting]) -> Iterator[Sequence[Waiting]]:
    def pair(each: Waiting) -> tuple[object, ...]:
        return each.link, *(item.ref for item in (each.marketing, each.it) if item is not None)

    for _, group in groupby(waiting, key=pair):
        yield tuple(group)


def _waiting_lines(waiting: Sequence[Waiting]) -> Iterator[str]:
    items = [named(item) for item in (waiting[0].marketing, waiting[0].it) if item is not None]
    yield f"{WAITS} {' ↔ '.join(items)}"
    size = max(len(each.field) for each in waiting) + 2
    for each in waiting:
        indent = " " * (4 + size)
        yield wrapped(f"waits: {each.reason}", indent=f"    {each.field:<{size}}", hanging=indent)
        yield from advice_lines(each.advice, f"{each.where.file}:{each.where.line}" if each.where.line else "", indent)


def advice_lines(advice: str, where: str, indent: str) -> Iterator[str]:
    """What to do about it, and where; a line of YAML stands on a line of its own, to be copied."""
    if not advice:
        return
    place = click.style(f"   {where}", dim=True) if where else ""
    if advice.startswith(ROW):
        row = "→ add a row to `values:` of this field; ~ for NAME if it means nothing there"
        yield wrapped(row, indent=indent, hanging=indent + "  ") + place
        yield from (f"{indent}    - {row.removeprefix(ROW)}" for row in advice.splitlines())
    else:
        yield wrapped(f"→ {advice}", indent=indent, hanging=indent + "  ") + place
