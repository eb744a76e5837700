"""A preview as it is shown to people and programs: who gets what, why, and what waits. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from syncd.cli.planned_files import Filed, file_facts, filed
from syncd.config.choices import Mode
from syncd.engine.adopt import NOTHING, Adoptable
from syncd.engine.context import SyncContext
from syncd.engine.copies.mirrors import PlannedComments
from syncd.engine.depends import Dependency
from syncd.engine.engine import Preview
from syncd.engine.planner import PlannedCreate, PlannedLink
from syncd.mapping.rules import FieldRule, Location
from syncd.model.items import Item, ItemRef, Side
from syncd.model.links import Hold, LinkId, RuleKey
from syncd.model.mirrors import CommentOperation, EditMirror, PostMirror, WithdrawMirror
from syncd.model.plan import CreateItem, FieldWrite, Operation, SetStatus, UpdateFields
from syncd.model.richtext import Doc
from syncd.model.values import FieldId, Value, encode, is_empty
from syncd.reconcile.create import LATER, LEFT_OUT
from syncd.reconcile.mirror_text import words_of

NOWHERE: Final = Location()
CREATE: Final = "create"
UPDATE: Final = "update"
STATUS: Final = "status"
POST: Final = "comment"
EDIT: Final = "edit comment"
WITHDRAW: Final = "withdraw comment"


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a step. `added`, `removed`: of a set. `lost`: what a person entered and a policy overrules."""

    field: str
    old: Value
    new: Value
    why: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    lost: Value = None
    is_shortened: bool = False

    @property
    def is_emptying(self) -> bool:
        """Whether something is there now and nothing afterwards."""
        return is_empty(self.new) and not is_empty(self.old)


@dataclass(frozen=True, slots=True)
class Step:
    """One write to one side. `item`: written to, None for one that is made; `twin`: the other one of the pair.

    `later`: fields that a create cannot carry. `left_out`: (field, reason). `extra`: `set` of the create rule.
    """

    action: str
    side: Side
    item: Item | None
    twin: Item | None
    link: LinkId | None
    changes: tuple[Change, ...]
    type: str | None = None
    extra: tuple[tuple[str, object], ...] = ()
    later: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    where: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class Said:
    """A copied comment that is written. `item`: on which it stands, None for one to be made; `twin`: the other one.

    `text`: what the copy will say below its first line, or says until it is withdrawn; None where that is not known.
    """

    action: str
    side: Side
    item: Item | None
    twin: Item | None
    text: Doc | None
    why: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A field of a pair that is held back. `where`: of its rule; `side`: where the value could not go.

    `link`: None while the counterpart is still to be made.
    """

    marketing: Item | None
    it: Item | None
    link: LinkId | None
    field: str
    code: str
    reason: str
    advice: str
    side: Side | None
    where: Location


@dataclass(frozen=True, slots=True)
class Shown:
    """The plan of one sync. `id`: names these operations; the same ones always have the same.

    `writes`: operations in all. `in_doubt`: writes whose fate is not known yet; `troubled`: items tried again later.
    `findings`: open ones of the sync. `rejoined`: pairs of an earlier store that are joined again. `quiet`: sides whose
    system mails nobody about edits. `item`: the only one that is shown. `adoptable`: existing pairs to be joined, and
    proposals. `receipts`: items of pairs that were joined by hand and were never told of it, by side.
    """

    context: SyncContext
    id: str
    writes: int
    steps: tuple[Step, ...]
    waiting: tuple[Waiting, ...]
    in_doubt: int = 0
    troubled: int = 0
    findings: int = 0
    rejoined: tuple[tuple[Item | None, Item | None], ...] = ()
    quiet: frozenset[Side] = frozenset()
    item: str | None = None
    adoptable: Adoptable = NOTHING
    receipts: Mapping[Side, int] = field(default_factory=dict)
    said: tuple[Said, ...] = ()
    files: tuple[Filed, ...] = ()
    needs: tuple[Dependency, ...] = ()

    def of_item(self, key: str) -> Shown:
        """What concerns one item, by key, id or URL; the numbers of the whole plan stay."""
        said = tuple(each for each in self.said if _is_about(key, each.item, each.twin))
        files = tuple(each for each in self.files if _is_about(key, each.item, each.twin))
        steps = tuple(step for step in self.steps if _is_about(key, step.item, step.twin))
        waiting = tuple(each for each in self.waiting if _is_about(key, each.marketing, each.it))
        rejoined = tuple(pair for pair in self.rejoined if _is_about(key, *pair))
        pairs = tuple(each for each in self.adoptable.pairs if _is_about(key, each.marketing, each.it))
        proposals = tuple(each for each in self.adoptable.proposals if _is_about(key, each.marketing, each.it))
        adoptable = replace(self.adoptable, pairs=pairs, proposals=proposals)
        needs = tuple(each for each in self.needs if _is_about(key, each.marketing, each.it))
        found = replace(self, said=said, files=files, needs=needs)
        return replace(found, steps=steps, waiting=waiting, rejoined=rejoined, item=key, adoptable=adoptable)

    def steps_on(self, side: Side, action: str) -> tuple[Step, ...]:
        """The steps of one sort."""
        return tuple(step for step in self.steps if step.side is side and step.action == action)

    def said_on(self, side: Side, action: str) -> tuple[Said, ...]:
        """The copied comments of one sort."""
        return tuple(each for each in self.said if each.side is side and each.action == action)

    def comments_on(self, side: Side) -> int:
        """How many status comments are posted there at once: the receipts of new pairs."""
        made = sum(step.action == CREATE for step in self.steps)
        new = {step.twin.ref for step in self.steps if step.action == CREATE and step.twin is not None}
        needed = {(each.marketing if side is Side.MARKETING else each.it).ref for each in self.needs} - new
        pairs = made + len(self.rejoined) + len(self.adoptable.pairs) + self.receipts.get(side, 0) + len(needed)
        return pairs if side in self.context.watching.comments else 0

    def mails_from(self, side: Side) -> int:
        """How many mails the system of a side may send at most to those who follow an item: one a write."""
        steps = [step for step in self.steps if step.side is side]
        silent = sum(step.action == UPDATE for step in steps) if side in self.quiet else 0
        copies = sum(each.side is side and each.action != WITHDRAW for each in self.said)
        files = sum(each.side is side for each in self.files)
        return len(steps) - silent + self.comments_on(side) + copies + files

    @property
    def comments(self) -> int:
        """How many status comments are posted at once, on both sides."""
        return sum(self.comments_on(side) for side in Side)

    @property
    def is_pending(self) -> bool:
        """Whether there is anything to approve."""
        return bool(self.writes or self.comments or self.adoptable.pairs)

    @property
    def is_written(self) -> bool:
        """Whether a run carries it out at all."""
        return self.context.mode is Mode.SYNC


def shown(preview: Preview, context: SyncContext) -> Shown:
    """A preview of `context`, ready to be told; what the store knows besides is added by the caller."""
    rules = context.rules
    steps = [step for planned in preview.links for step in _link_steps(planned, rules)]
    steps += [step for planned in preview.creates if (step := _create_step(planned, context)) is not None]
    waiting = [_waiting(planned, hold, rules) for planned in preview.links for hold in planned.plan.holds]
    waiting += [_waiting(planned, hold, rules) for planned in preview.creates for hold in _holds(planned)]
    rejoined = tuple((record.marketing, record.it) for record in preview.rejoined)
    said = tuple(_said(planned, operation) for planned in preview.comments for operation in planned.operations)
    return Shown(
        context,
        plan_id(preview),
        preview.writes,
        tuple(steps),
        tuple(waiting),
        rejoined=rejoined,
        adoptable=preview.adoptable,
        needs=preview.needs,
        said=said,
        files=tuple(file for planned in preview.comments for file in filed(planned)),
    )


def plan_id(preview: Preview) -> str:
    """Eight hex digits that name the operations of a plan, whatever their order."""
    operations = [operation for planned in preview.links for operation in planned.plan.operations]
    operations += [planned.create for planned in preview.creates if planned.create is not None]
    facts = [_facts(operation) for operation in operations]
    facts += [["join", _ref(each.marketing.ref), _ref(each.it.ref)] for each in preview.adoptable.pairs]
    facts += [_comment_facts(operation) for planned in preview.comments for operation in planned.operations]
    facts += [file_facts(operation) for planned in preview.comments for operation in planned.files.operations]
    lines = sorted(json.dumps(each, sort_keys=True, default=str) for each in facts)
    return hashlib.sha256("\n".join([preview.sync, *lines]).encode()).hexdigest()[:8]


def _facts(operation: Operation) -> list[Any]:
    match operation:
        case CreateItem(side=side, origin=origin, draft=draft):
            return [CREATE, side, _ref(origin), draft.type, dict(draft.extra), _encoded(operation.writes)]
        case UpdateFields(side=side, ref=ref, writes=writes):
            return [UPDATE, side, _ref(ref), _encoded(writes)]
        case SetStatus(side=side, ref=ref, write=write):
            return [STATUS, side, _ref(ref), _encoded([write])]


def _comment_facts(operation: CommentOperation) -> list[Any]:
    match operation:
        case PostMirror(side=side, original=original, body=body):
            return [POST, side, original.id, body.digest()]
        case EditMirror(side=side, mirror=mirror, body=body):
            return [EDIT, side, mirror.original, body.digest()]
        case WithdrawMirror(side=side, mirror=mirror):
            return [WITHDRAW, side, mirror.original]


def _said(planned: PlannedComments, operation: CommentOperation) -> Said:
    item, twin = planned.items.get(operation.side), planned.items.get(operation.side.other)
    match operation:
        case PostMirror(side=side, original=original, body=body):
            who = original.author.name if original.author else "somebody"
            return Said(POST, side, item, twin, words_of(body), f"new, by {who}")
        case EditMirror(side=side, body=body, cause=cause):
            return Said(EDIT, side, item, twin, words_of(body), cause)
        case WithdrawMirror(side=side, shown=shown, cause=cause):
            return Said(WITHDRAW, side, item, twin, words_of(shown) if shown else None, cause)


def _ref(ref: ItemRef) -> list[str]:
    return [ref.connection, ref.id]


def _encoded(writes: Iterable[FieldWrite]) -> list[Any]:
    return sorted([write.field, json.dumps(_sent(write), sort_keys=True)] for write in writes)


def _sent(write: FieldWrite) -> Any:
    if write.elements is not None:
        return {"added": sorted(write.elements.added), "removed": sorted(write.elements.removed)}
    return encode(write.value)


def _link_steps(planned: PlannedLink, rules: dict[RuleKey, FieldRule]) -> Iterator[Step]:
    record = planned.record
    for operation in planned.plan.operations:
        match operation:
            case UpdateFields(side=side, writes=writes):
                changes = tuple(_change(write, side, rules) for write in writes)
                yield Step(UPDATE, side, record.item(side), record.item(side.other), record.link.id, changes)
            case SetStatus(side=side, write=write):
                changes = (_change(write, side, rules),)
                yield Step(STATUS, side, record.item(side), record.item(side.other), record.link.id, changes)
            case CreateItem():
                continue


def _create_step(planned: PlannedCreate, context: SyncContext) -> Step | None:
    create = planned.create
    if create is None or planned.plan is None:
        return None
    rules, side = context.rules, create.side
    notes = [(note.outcome, _name(rules, note.rule, side), note.reason) for note in planned.plan.notes]
    return Step(
        action=CREATE,
        side=side,
        item=None,
        twin=planned.candidate.item,
        link=None,
        changes=tuple(_change(write, side, rules) for write in create.writes),
        type=create.draft.type or context.parties[side].project.scope.type,
        extra=tuple(create.draft.extra.items()),
        later=tuple(name for outcome, name, _ in notes if outcome == LATER),
        left_out=tuple((name, reason) for outcome, name, reason in notes if outcome == LEFT_OUT),
        where=context.mapping.creates[create.rule].where,
    )


def _change(write: FieldWrite, side: Side, rules: dict[RuleKey, FieldRule]) -> Change:
    elements = write.elements
    return Change(
        field=_name(rules, write.rule, side, write.field),
        old=write.pair.on(side),
        new=write.value,
        why=write.cause,
        added=tuple(sorted(elements.added)) if elements else (),
        removed=tuple(sorted(elements.removed)) if elements else (),
        lost=write.lost,
        is_shortened=write.is_shortened,
    )


def _holds(planned: PlannedCreate) -> tuple[Hold, ...]:
    return planned.plan.holds if planned.plan is not None else ()


def _waiting(planned: PlannedLink | PlannedCreate, hold: Hold, rules: dict[RuleKey, FieldRule]) -> Waiting:
    rule = rules.get(hold.rule)
    items = {side: planned.item(side) for side in Side}
    return Waiting(
        marketing=items[Side.MARKETING],
        it=items[Side.IT],
        link=planned.record.link.id if isinstance(planned, PlannedLink) else None,
        field=rule.title if rule else str(hold.rule),
        code=hold.code,
        reason=hold.reason,
        advice=hold.advice,
        side=hold.side,
        where=rule.where if rule else NOWHERE,
    )


def _name(rules: dict[RuleKey, FieldRule], key: RuleKey, side: Side, field: FieldId | None = None) -> str:
    return rules[key].name(side) if key in rules else str(field or key)


def _is_about(key: str, *items: Item | None) -> bool:
    wanted = key.strip().casefold()
    return any(
        wanted in (item.key.casefold(), item.ref.id.casefold(), item.url.casefold())
        for item in items
        if item is not None
    )
