"""Carries the facts of a link on from one look to the next.

The answer follows from what is stored and what is shown now, not from what was polled in between: a look that is
repeated, comes late or follows a restart changes nothing but how exactly an instant is known.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from datetime import datetime
from typing import Final

from syncd.checks.context import CheckContext
from syncd.checks.crowding import counted_launch
from syncd.model.days import day_in
from syncd.model.facts import Brief, Dates, DueMove, ItemFacts, LinkFacts
from syncd.model.items import Category, Item, Side
from syncd.model.links import RuleKey
from syncd.model.richtext import Doc
from syncd.model.values import DESCRIPTION, DUE, LABELS, STATUS, FieldId, Value, encode

ANSWERS: Final = frozenset({DESCRIPTION, DUE})
"""Fields by whose change people answer a question: they write down what is missing, or enter the date."""
_DIGITS: Final = 12
_MOST_MOVES: Final = 20
_MOST_TEXT: Final = 20_000
"""Characters of a request that are kept to compare it with later."""
FLAG, _RELATIONS, _FILES = FieldId("flag"), FieldId("relations"), FieldId("files")
"""Among the digests: that an item was flagged, related to another or given a file is a change like that of a field.

No field has these ids.
"""

_MARKS: Final = (LABELS, FLAG)
"""What people mark an item with: how long it has been so is asked for by itself."""

Written = Mapping[Side, frozenset[FieldId]]
"""The fields that syncd wrote on each side since the last look."""


def fields_on(side: Side, rules: Iterable[RuleKey]) -> frozenset[FieldId]:
    """The fields of one side that field rules are about."""
    return frozenset(FieldId(rule.split("|")[0 if side is Side.MARKETING else -1]) for rule in rules)


def advance(facts: LinkFacts | None, context: CheckContext, written: Written) -> LinkFacts:
    """The facts of the context's link as they are now."""
    if facts is None:
        facts = LinkFacts(context.now, _dates(context, _latest_update(context)))
    launch = counted_launch(facts.launch, context)
    known = replace(facts, seen_at=max(facts.seen_at, context.now), launch=launch)
    for side in Side:
        item = context.on(side).item
        if item is not None:
            known = known.with_item(side, _advance_item(facts, context, item, side, written))
    return _advance_brief(_advance_dates(known, facts, context), facts, context, written)


def _latest_update(context: CheckContext) -> datetime:
    """What is seen for the first time has been so at least since the last change of either item."""
    shown = [side.item.updated_at for side in (context.marketing, context.it) if side.item is not None]
    return min(max(shown, default=context.now), context.now)


def _changed_at(facts: LinkFacts, context: CheckContext, side: Side) -> datetime:
    """When what differs from the last look was changed: after that look, and not after the item's last update."""
    item = context.on(side).item
    return min(context.now, max(facts.seen_at, item.updated_at if item else context.now))


# items


def _advance_item(facts: LinkFacts, context: CheckContext, item: Item, side: Side, written: Written) -> ItemFacts:
    digests = {name: _digest(value) for name, value in item.fields.items()} | _digests_of_signs(context, item, side)
    status = item.fields.get(STATUS)
    shown = status if isinstance(status, str) else ""
    before = facts.on(side)
    if before is None:
        at = min(item.updated_at, context.now)
        marked_since = dict.fromkeys((name for name in _MARKS if name in digests), at)
        return ItemFacts(shown, item.category, at, at, digests=digests, marked_since=marked_since)
    at = _changed_at(facts, context, side)
    changed = {name for name, digest in digests.items() if before.digests.get(name, digest) != digest}
    moved = changed - written.get(side, frozenset())
    has_status = (before.status, before.category) == (shown, item.category)
    return ItemFacts(
        shown,
        item.category,
        before.status_since if has_status else at,
        at if moved else before.moved_at,
        _reopened_at(before, item, at),
        {**before.digests, **digests},
        at if moved & ANSWERS else before.answered_at,
        _marked_since(before, changed, digests, at),
    )


def _marked_since(
    before: ItemFacts, changed: Set[FieldId], digests: Mapping[FieldId, str], at: datetime
) -> Mapping[FieldId, datetime]:
    """What was not asked for before was there when the item was changed last."""
    known = {name: before.marked_since.get(name, before.moved_at) for name in _MARKS if name in digests}
    return {**before.marked_since, **known, **{name: at for name in _MARKS if name in changed}}


def _reopened_at(before: ItemFacts, item: Item, at: datetime) -> datetime | None:
    if item.is_done:
        return None
    return at if before.category is Category.DONE else before.reopened_at


def _digests_of_signs(context: CheckContext, item: Item, side: Side) -> dict[FieldId, str]:
    """Of what is shown beside the fields. What is not known is absent."""
    files = context.files if side is Side.MARKETING else None
    shown = {_RELATIONS: item.signs.relations, _FILES: files}
    flag = {} if item.signs.flag is None else {FLAG: item.signs.flag}
    return flag | {name: _digest(value) for name, value in shown.items() if value is not None}


def _digest(value: Value) -> str:
    shown = json.dumps(encode(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(shown.encode()).hexdigest()[:_DIGITS]


# dates


def _dates(context: CheckContext, since: datetime) -> Dates:
    return Dates(context.marketing.due, context.it.due, since)


def _advance_dates(known: LinkFacts, before: LinkFacts, context: CheckContext) -> LinkFacts:
    """Dates that differ from the agreed ones have moved; what stood long enough before that was agreed on."""
    if any(context.on(side).item is None for side in Side):
        return known
    moved = [side for side in Side if before.dates.on(side) != context.on(side).due]
    at = max((_changed_at(before, context, side) for side in moved), default=context.now)
    agreed = before.dates if is_agreed(before.dates, context, at) else before.agreed
    moves = before.moves if agreed == before.agreed else ()
    if moved:
        moves = (*moves, *_moves(before.dates, context, moved, at))[-_MOST_MOVES:]
    dates = _dates(context, at) if moved else before.dates
    return replace(known, dates=dates, agreed=agreed, moves=moves)


def _moves(before: Dates, context: CheckContext, sides: list[Side], at: datetime) -> list[DueMove]:
    """A date that was entered or taken out has not moved."""
    days = [(side, before.on(side), context.on(side).due) for side in sides]
    return [DueMove(side, at, old, new) for side, old, new in days if old is not None and new is not None]


def is_agreed(dates: Dates, context: CheckContext, at: datetime) -> bool:
    """Whether both sides live with two dates at that instant."""
    agreed_at = agreed_from(dates, context)
    return agreed_at is not None and at >= agreed_at


def agreed_from(dates: Dates, context: CheckContext) -> datetime | None:
    """From when on two dates count as agreed: both there, fitting, and left so by IT for one working day."""
    if dates.launch is None or dates.planned is None or dates.planned > dates.launch:
        return None
    stands_since = day_in(dates.since, context.it.zone)
    return context.morning(Side.IT, context.it.calendar.add(stands_since, 2))  # the day after a whole one


# the request


def request_text(item: Item) -> str:
    """What an item asks for, in plain words."""
    text = item.fields.get(DESCRIPTION)
    return (text.plain_text() if isinstance(text, Doc) else text if isinstance(text, str) else "")[:_MOST_TEXT]


def _advance_brief(known: LinkFacts, before: LinkFacts, context: CheckContext, written: Written) -> LinkFacts:
    """The request as it was when IT's first days with it were over; what syncd carries over belongs to it too."""
    item = context.marketing.item
    if item is None or known.it is None or known.marketing is None:
        return known
    if known.it.category is Category.TODO:
        return replace(known, brief=None)
    text, launch = request_text(item), context.marketing.due
    if known.brief is None:
        return replace(known, brief=Brief(known.it.status_since, text, launch, files=context.files))
    brief = known.brief if known.brief.files is not None else replace(known.brief, files=context.files)
    changed, new_files = _changed_fields(before.marketing, known.marketing), _new_files(brief, context)
    has_more = not new_files <= brief.new_files
    if not changed and new_files == brief.new_files:
        return replace(known, brief=brief)
    at, started_at = _changed_at(before, context, Side.MARKETING), brief.started_at
    if at < _settled_at(started_at, context):
        return replace(known, brief=Brief(started_at, text, launch, files=context.files))
    if changed and not has_more and changed <= written.get(Side.MARKETING, frozenset()):
        changed_at = brief.changed_at if new_files else None
        return replace(known, brief=Brief(started_at, text, launch, changed_at, brief.files, new_files))
    is_same = (text, launch) == (brief.text, brief.launch) and not new_files
    changed_at = at if changed or has_more else brief.changed_at
    return replace(known, brief=replace(brief, changed_at=None if is_same else changed_at, new_files=new_files))


def _new_files(brief: Brief, context: CheckContext) -> frozenset[str]:
    """Those that came since IT began; what is not known now may still be there."""
    if context.files is None or brief.files is None:
        return brief.new_files
    return context.files - brief.files


def _changed_fields(before: ItemFacts | None, now: ItemFacts) -> frozenset[FieldId]:
    """Which parts of a request have changed since the last look."""
    seen = before.digests if before else now.digests
    return frozenset(name for name in (DESCRIPTION, DUE) if seen.get(name) != now.digests.get(name))


def _settled_at(started_at: datetime, context: CheckContext) -> datetime:
    days = context.settings["brief-changed"].number("settle_days")
    return context.morning(Side.IT, context.it.calendar.add(day_in(started_at, context.it.zone), days))
