"""A plan for programs: the shape that docs/cli-json.md promises. Pure."""

from __future__ import annotations

from typing import Any

from syncd.cli.planned import CREATE, UPDATE, Change, Said, Shown, Step, Waiting
from syncd.cli.planned_files import Filed, copied_bytes
from syncd.cli.say import plain
from syncd.engine.adopt import Adoption
from syncd.mapping.rules import Location
from syncd.model.items import Item, Side
from syncd.model.values import is_empty


def plan_data(plan: Shown) -> dict[str, Any]:
    """One sync."""
    return {
        "sync": plan.context.name,
        "plan": plan.id,
        "mode": plan.context.mode.value,
        "writes": plan.writes,
        "summary": {side.value: _counts(plan, side) for side in Side} | _waits(plan),
        "rejoined": [[item_data(item) for item in pair] for pair in plan.rejoined],
        "joined": [adoption_data(each) for each in plan.adoptable.pairs],
        "proposals": [adoption_data(each) for each in plan.adoptable.proposals],
        "needs": [
            {"marketing": item_data(each.marketing), "it": item_data(each.it), "named_in": each.place}
            for each in plan.needs
        ],
        "operations": [_step(step) for step in plan.steps],
        "copies": [_said(each) for each in plan.said],
        "files": [_filed(each) for each in plan.files],
        "waiting": [_waiting(each) for each in plan.waiting],
    }


def adoption_data(adoption: Adoption) -> dict[str, Any]:
    """Two existing items that belong together, or may."""
    return {
        "marketing": item_data(adoption.marketing),
        "it": item_data(adoption.it),
        "why": adoption.why,
        "score": adoption.score,
    }


def _counts(plan: Shown, side: Side) -> dict[str, int]:
    counts = {action: len(plan.steps_on(side, action)) for action in (CREATE, UPDATE, "status")}
    copies = {"copies": sum(each.side is side for each in plan.said)}
    files = {"files": sum(each.side is side for each in plan.files), "bytes": copied_bytes(plan.files, side)}
    return counts | copies | files


def _waits(plan: Shown) -> dict[str, int]:
    return {
        "comments": plan.comments,
        "mails": sum(plan.mails_from(side) for side in Side),
        "rejoined": len(plan.rejoined),
        "waiting": len(plan.waiting),
        "in_doubt": plan.in_doubt,
        "tried_again_later": plan.troubled,
    }


def _step(step: Step) -> dict[str, Any]:
    data: dict[str, Any] = {
        "action": step.action,
        "side": step.side.value,
        "link": step.link,
        "item": item_data(step.item),
        "twin": item_data(step.twin),
        "fields": [_change(change) for change in step.changes],
    }
    if step.action == CREATE:
        data |= {
            "type": step.type,
            "set": dict(step.extra),
            "later": list(step.later),
            "left_out": [{"field": field, "reason": reason} for field, reason in step.left_out],
            "rule": place_data(step.where),
        }
    return data


def _said(said: Said) -> dict[str, Any]:
    return {
        "action": said.action,
        "side": said.side.value,
        "item": item_data(said.item),
        "twin": item_data(said.twin),
        "text": None if said.text is None else said.text.plain_text(),
        "why": said.why,
    }


def _filed(file: Filed) -> dict[str, Any]:
    return {
        "action": file.action,
        "side": file.side.value,
        "item": item_data(file.item),
        "twin": item_data(file.twin),
        "name": file.name,
        "bytes": file.size,
        "why": file.why,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "field": change.field,
        "old": plain(change.old),
        "new": plain(change.new),
        "added": list(change.added),
        "removed": list(change.removed),
        "why": change.why,
        "overrules": None if is_empty(change.lost) else plain(change.lost),
        "shortened": change.is_shortened,
    }


def _waiting(waiting: Waiting) -> dict[str, Any]:
    return {
        "link": waiting.link,
        "marketing": item_data(waiting.marketing),
        "it": item_data(waiting.it),
        "field": waiting.field,
        "code": waiting.code,
        "reason": waiting.reason,
        "advice": waiting.advice,
        "side": waiting.side.value if waiting.side else None,
        "rule": place_data(waiting.where),
    }


def item_data(item: Item | None) -> dict[str, Any] | None:
    """An item by all its names."""
    if item is None:
        return None
    return {
        "connection": item.ref.connection,
        "id": item.ref.id,
        "key": item.key,
        "title": item.title,
        "url": item.url,
    }


def place_data(where: Location) -> dict[str, Any] | None:
    """A place in the configuration."""
    return {"file": where.file, "line": where.line, "column": where.column} if where.line else None
