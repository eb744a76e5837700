"""Intents before a write, outcomes after: what makes a kill at any moment harmless."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeVar

from syncd.engine.context import SyncContext
from syncd.model.errors import ConnectorError, Malformed, Transient
from syncd.model.files import FileMirror
from syncd.model.items import FieldEdit, Item, ItemRef, Marker, Side
from syncd.model.links import Action, Hold, Intent, IntentId, LinkId, LinkKind, Outcome, Pair, RuleKey
from syncd.model.mirrors import Mirror
from syncd.model.plan import CreateItem, FieldWrite
from syncd.model.ports import Clock
from syncd.model.records import (
    Event,
    LinkRecord,
    NewLink,
    Settlement,
)
from syncd.model.storage import Store
from syncd.reconcile.settle import Recovered, Verdict
from syncd.reconcile.words import field_name, people_text

NOT_NEEDED: Final = (
    "{key} was made as a counterpart while somebody linked its original with another item: "
    "it is not needed any more, and is left to people"
)
LATE_EFFECT: Final = timedelta(seconds=90)
"""How long after sending a request may still take effect on a slow server: longer than the read time-out."""
UNSAVED: Final = IntentId(0)
_ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_LENGTH: Final = 26
_TRACE: Final = 10


def new_marker(origin: str = "") -> Marker:
    """A marker that names one intent for ever. It begins with the trace of what it was made for (`trace_of`)."""
    return Marker(origin + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH - len(origin))))


def trace_of(side: Side, ref: ItemRef) -> str:
    """What the marker of an item's counterpart begins with: should the store be lost, it tells whose that is (51 bits).

    Connections may be renamed, so only the side and the immutable id go into it.
    """
    number = int.from_bytes(hashlib.sha256(f"{side}:{ref.id}".encode()).digest())
    return "".join(_ALPHABET[number // len(_ALPHABET) ** place % len(_ALPHABET)] for place in range(_TRACE))


def trace_in(marker: Marker) -> str:
    """The trace that a marker begins with."""
    return marker[:_TRACE]


def may_have_happened(error: ConnectorError) -> bool:
    """Whether a write that failed like this may have taken effect: no answer, or one that nobody understands."""
    return isinstance(error, Malformed) or (isinstance(error, Transient) and error.is_in_doubt)


T = TypeVar("T")


class Journal:
    """Opens and closes the intents of one sync."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock) -> None:
        self._context = context
        self._store = store
        self._clock = clock

    def open_create(self, create: CreateItem) -> Intent | None:
        """Note a create. None when the origin has a twin, or is being given one."""
        return self._open(
            Action.CREATE,
            create.side,
            new_marker(trace_of(create.side.other, create.origin)),
            origin=create.origin,
            sent={write.rule: write.value for write in create.writes},
            rests_on={write.rule: write.rests_on for write in create.writes},
        )

    def open_write(self, action: Action, record: LinkRecord, side: Side, writes: Iterable[FieldWrite]) -> Intent:
        """Note an update or a transition of a linked item, as the plan knows it."""
        writes, item = tuple(writes), record.item(side)
        intent = self._open(
            action,
            side,
            link=record.link.id,
            ref=record.link.ref(side),
            sent={write.rule: write.value for write in writes},
            rests_on={write.rule: write.rests_on for write in writes},
            known_at=None if item is None else item.updated_at,
        )
        return _required(intent)

    def open_comment(self, action: Action, ref: ItemRef, side: Side, detail: Mapping[str, Any]) -> Intent:
        """Note a write to the status comment of an item."""
        return _required(self._open(action, side, ref=ref, detail=detail))

    def _open(self, action: Action, side: Side, marker: Marker | None = None, **facts: Any) -> Intent | None:
        marker = marker or new_marker()
        intent = Intent(UNSAVED, self._context.name, action, side, marker, self._clock.now(), **facts)
        return self._store.journal.open(intent)

    def close_write(self, intent: Intent, shown: Item, verdict: Verdict, writes: Iterable[FieldWrite]) -> None:
        """A write took effect: store what is shown, its baseline, its line of history, and what it replaced."""
        ignored = {hold.rule for hold in verdict.holds}
        replaced = [self._replaced(intent, rule, edit) for rule, edit in verdict.replaced.items()]
        events = [self._written(intent, write) for write in writes if write.rule not in ignored]
        events += [self.held(intent, hold) for hold in verdict.holds]
        holds = (*verdict.holds, *(hold for hold, _ in replaced))
        settlement = Settlement(
            items=(shown,),
            agreed=verdict.agreed,
            held=holds,
            released=tuple(intent.sent.keys() - {hold.rule for hold in holds}),
            events=(*events, *(event for _, event in replaced)),
        )
        self._store.journal.close(intent.id, Outcome.DONE, settlement, self._clock.now())

    def close_recovered(self, intent: Intent, shown: Item, recovered: Recovered) -> None:
        """What became of a write in doubt was found out: store it, and the history of what did happen."""
        replaced = [self._replaced(intent, rule, edit) for rule, edit in recovered.replaced.items()]
        events = [self._recovered(intent, rule, "found done after a break") for rule in recovered.done]
        if not events:
            events = [self._event(intent, "recover", "found not done after a break: planned again")]
        settlement = Settlement(
            items=(shown,),
            agreed=recovered.agreed,
            held=tuple(hold for hold, _ in replaced),
            released=tuple(rule for rule in recovered.done if rule not in recovered.replaced),
            events=(*events, *(event for _, event in replaced)),
        )
        outcome = Outcome.DONE if len(recovered.done) == len(intent.sent) else Outcome.ABANDONED
        self._store.journal.close(intent.id, outcome, settlement, self._clock.now())

    def _replaced(self, intent: Intent, rule: RuleKey, edit: FieldEdit) -> tuple[Hold, Event]:
        """A write replaced a person's edit unseen. Both values stay: ours shown, theirs here, and a person is asked."""
        name, sent = field_name(self._context.rules[rule]), intent.sent[rule]
        who = edit.author.name if edit.author else "Somebody"
        reason = (
            f"{who} set {name} to “{edit.new or 'nothing'}” at the very moment in which it was brought in step with "
            f"the other side. It now shows “{people_text(sent)}”."
        )
        pair = intent.rests_on[rule].replace(intent.side, sent)
        version = self._context.mapping.config_version
        hold = Hold(rule, "conflict", reason, pair, version, "Set the value that counts.", intent.side)
        return hold, self._event(intent, "conflict", reason, rule=rule, old=edit.new, new=sent)

    def _recovered(self, intent: Intent, rule: RuleKey, cause: str) -> Event:
        old = intent.rests_on[rule].on(intent.side)
        return self._event(intent, intent.action.value, cause, rule=rule, old=old, new=intent.sent[rule])

    def close_create(self, intent: Intent, made: Item, baseline: Mapping[RuleKey, Pair], cause: str) -> LinkId | None:
        """A counterpart exists: store its snapshot, the link, and the baseline, together.

        None when one of the two items was linked meanwhile: the new one stays alone, and no rule links it again.
        """
        origin = _required(intent.origin)
        marketing, it = (made.ref, origin) if intent.side is Side.MARKETING else (origin, made.ref)
        event = self._event(intent, "create", cause, ref=made.ref, new=made.key)
        settlement = Settlement(
            items=(made,),
            agreed=baseline,
            events=(event,),
            new_link=NewLink(intent.sync, LinkKind.TWIN, marketing, it, intent.side.other),
        )
        link = self._store.journal.close(intent.id, Outcome.DONE, settlement, self._clock.now())
        if link is None:
            self._store.audit.record([self._event(intent, "unlinked", NOT_NEEDED.format(key=made.key), ref=made.ref)])
        return link

    def close_rejected(self, intent: Intent, holds: tuple[Hold, ...], reason: str) -> None:
        """The system refused: the named fields wait."""
        events = [self.held(intent, hold) for hold in holds] or [self._event(intent, "rejected", reason)]
        settlement = Settlement(held=holds, events=tuple(events))
        self._store.journal.close(intent.id, Outcome.REJECTED, settlement, self._clock.now())

    def abandon(self, intent: Intent, *, items: tuple[Item, ...] = ()) -> None:
        """Nothing was written, for sure; what is known meanwhile is stored."""
        self._store.journal.close(intent.id, Outcome.ABANDONED, Settlement(items=items), self._clock.now())

    def leave(self, intent: Intent, error: ConnectorError) -> None:
        """A write failed: proof that nothing happened closes its intent, doubt leaves it open."""
        if not may_have_happened(error):
            self.abandon(intent)

    def open_mirror(
        self, action: Action, link: LinkId, ref: ItemRef, side: Side, mirror: Mirror, detail: Mapping[str, Any]
    ) -> Intent:
        """Note a write of a copied comment: to the item `ref` on `side`, for the original that `mirror` names."""
        facts = {"original": mirror.original, "digest": mirror.original_digest, "copy": mirror.id, **detail}
        return _required(self._open(action, side, link=link, ref=ref, detail=facts))

    def close_mirror(
        self, intent: Intent, mirror: Mirror, cause: str, *, outcome: Outcome = Outcome.DONE, **facts: Any
    ) -> None:
        """A copied comment was written, or refused: store what is known of it now, and its line of history."""
        kind = intent.action.value if outcome is Outcome.DONE else "rejected"
        settlement = Settlement(mirrors=(mirror,), events=(self._event(intent, kind, cause, **facts),))
        self._store.journal.close(intent.id, outcome, settlement, self._clock.now())

    def open_file(
        self, action: Action, link: LinkId, ref: ItemRef, side: Side, mirror: FileMirror, detail: Mapping[str, Any]
    ) -> Intent:
        """Note a write of a copied file, or of the line in its place: to the item `ref` on `side`."""
        facts = {"original": mirror.original, "name": mirror.name, "digest": mirror.digest, "copy": mirror.id}
        return _required(self._open(action, side, link=link, ref=ref, detail={**facts, "line": mirror.line, **detail}))

    def close_file(self, intent: Intent, mirror: FileMirror, cause: str, *, outcome: Outcome = Outcome.DONE) -> None:
        """A copied file was written, or refused: store what is known of it now, and its line of history."""
        kind = intent.action.value if outcome is Outcome.DONE else "rejected"
        before, after = (mirror.name, None) if intent.action is Action.DETACH else (None, mirror.name)
        told = f"{mirror.name}: {cause}" if outcome is Outcome.DONE else cause
        event = self._event(intent, kind, told, old=before, new=after)
        settlement = Settlement(files=(mirror,), events=(event,))
        self._store.journal.close(intent.id, outcome, settlement, self._clock.now())

    def close_comment(self, intent: Intent, kind: str, cause: str) -> None:
        """A status comment was written."""
        settlement = Settlement(events=(self._event(intent, kind, cause),))
        self._store.journal.close(intent.id, Outcome.DONE, settlement, self._clock.now())

    def hold_event(self, record: LinkRecord, hold: Hold) -> Event:
        """The line of history of a field that the plan itself holds back."""
        link, version = record.link, self._context.mapping.config_version
        return Event(
            self._clock.now(),
            link.sync,
            "hold",
            hold.reason,
            version,
            link.id,
            link.marketing,
            hold.side,
            hold.rule,
            hold.seen.marketing,
            hold.seen.it,
        )

    def dropped_event(self, record: LinkRecord, rule: RuleKey) -> Event:
        """The line of history of a decision that was not carried out."""
        link, hold, version = record.link, record.holds[rule], self._context.mapping.config_version
        cause = f"not carried out, since the field was edited in between: {hold.reason}"
        return Event(self._clock.now(), link.sync, "release", cause, version, link.id, link.marketing, None, rule)

    def held(self, intent: Intent, hold: Hold) -> Event:
        """The line of history of a field that waits from now on."""
        return self._event(intent, "hold", hold.reason, rule=hold.rule, old=hold.seen.marketing, new=hold.seen.it)

    def _written(self, intent: Intent, write: FieldWrite) -> Event:
        old = write.pair.on(intent.side)
        return self._event(intent, intent.action.value, write.cause, rule=write.rule, old=old, new=write.value)

    def _event(self, intent: Intent, kind: str, cause: str, **facts: Any) -> Event:
        facts.setdefault("ref", intent.ref or intent.origin)
        return Event(
            self._clock.now(),
            intent.sync,
            kind,
            cause,
            self._context.mapping.config_version,
            link=intent.link,
            side=intent.side,
            **facts,
        )


def _required(value: T | None) -> T:
    """A fact that this kind of intent always has."""
    if value is None:
        raise LookupError("the journal lacks a fact that its kind of intent always has")
    return value
