"""What a person decides about one field of a pair: which side counts in a conflict, and which write is taken back.

A decision is noted in the store, together with the values that the person saw, and carried out by the next cycle: with
an exact read before, journalled, read back, like any other write. So it works beside a running daemon, and an edit that
comes in between is never overwritten: then the decision falls away and the field is planned as always. Called by the
commands; nothing here writes to a system.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from syncd.config.choices import Mode
from syncd.engine.context import SyncContext
from syncd.mapping.rules import FieldRule
from syncd.model.errors import SyncdError
from syncd.model.items import Item, Side
from syncd.model.links import UNDO, USE, Action, Hold, LinkId, LinkKind, LinkState, Pair, RuleKey
from syncd.model.ports import Clock
from syncd.model.records import Event, LinkRecord, Settlement
from syncd.model.storage import Store
from syncd.model.values import Kind, Value
from syncd.reconcile.merge import FieldState
from syncd.reconcile.words import field_name, people_text

CONFLICT: Final = "conflict"
WRITES: Final = frozenset({Action.UPDATE.value, Action.TRANSITION.value})
"""Kinds of events that wrote one field."""
_NAMES: Final = {Side.MARKETING: "marketing", Side.IT: "IT"}


class Undecidable(SyncdError):
    """What a person decided cannot be done; the text says why, and what can."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was noted: `value` takes the place of `before` on `side`, in field `rule` of `record`."""

    record: LinkRecord
    rule: FieldRule
    side: Side
    before: Value
    value: Value


class Decisions:
    """Notes what people decide about the fields of one sync's pairs. Raises Undecidable."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock) -> None:
        self._context = context
        self._store = store
        self._clock = clock

    # --- conflicts ------------------------------------------------------------------------------------------------

    def conflicts(self, record: LinkRecord) -> Mapping[RuleKey, Hold]:
        """The fields of a pair that wait until somebody says which side counts."""
        return {rule: hold for rule, hold in record.holds.items() if hold.code in (CONFLICT, USE)}

    def conflict_named(self, record: LinkRecord, name: str) -> RuleKey:
        """The field in conflict that a person means, by its name or id on either side; "" = the only one."""
        rules = [self._context.rules[key] for key in self.conflicts(record) if key in self._context.rules]
        meant = [rule for rule in rules if not name or name.casefold() in names_of(rule)]
        if len(meant) == 1:
            return meant[0].key
        if not rules:
            raise Undecidable("no field is in conflict")
        listed = ", ".join(rule.title for rule in rules)
        if not name:
            raise Undecidable(f"several fields are in conflict, name one: {listed}")
        raise Undecidable(f"{'several fields are' if meant else 'no field in conflict is'} called {name!r}: {listed}")

    def use(self, record: LinkRecord, rule: RuleKey, winner: Side, cause: str) -> Decided:
        """Let one side win where both changed a field. `cause`: who said so, and how, for the history."""
        hold = self.conflicts(record).get(rule)
        mapped = self._mapped(rule)
        if hold is None:
            raise Undecidable(f"{field_name(mapped)} is not in conflict")
        values = self._values(record, mapped)
        loser = winner.other
        if not mapped.writes_to(loser):
            raise Undecidable(f"{field_name(mapped)} is {mapped.direction}: it is never written in {_NAMES[loser]}")
        if values != hold.seen:
            raise Undecidable(f"{field_name(mapped)} has changed since: the next cycle looks at it again")
        decided = Decided(record, mapped, loser, values.on(loser), values.on(winner))
        self._note(
            decided, Hold(rule, USE, f"{cause}: {_NAMES[winner]} counts", values, self._version, side=winner), cause
        )
        return decided

    # --- undo -----------------------------------------------------------------------------------------------------

    def undo(self, event: Event, record: LinkRecord | None) -> Decided:
        """Take a write back that nobody has changed since. `record`: its link, both items as they are right now."""
        rule, side = self._written_field(event)
        if record is None:
            raise Undecidable("the two are no pair any more")
        self._refuse_newer(event, record)
        values = self._values(record, rule)
        self._refuse_changed(event, rule, record, values)
        decided = Decided(record, rule, side, values.on(side), event.old)
        if values.on(side) == event.old:
            raise Undecidable(f"{field_name(rule)} shows “{people_text(event.old)}” already")
        cause = f"undo of event {event.id} ({event.cause})"
        self._note(decided, Hold(rule.key, UNDO, cause, values, self._version, side=side), cause)
        return decided

    def _written_field(self, event: Event) -> tuple[FieldRule, Side]:
        """The field that an event wrote, and where."""
        if self._context.mode is not Mode.SYNC:
            raise Undecidable(f"sync {self._context.name} is in mode {self._context.mode}: it writes no fields")
        if event.rule is None or event.side is None or event.kind not in WRITES:
            raise Undecidable(_no_write(event))
        rule = self._mapped(event.rule)
        if not rule.writes_to(event.side):
            raise Undecidable(
                f"{field_name(rule)} is {rule.direction} by now: it is never written in {_NAMES[event.side]}"
            )
        return rule, event.side

    def _refuse_newer(self, event: Event, record: LinkRecord) -> None:
        if record.intents:
            raise Undecidable("a write to this pair is in doubt: that is found out first")
        if any(hold.code == UNDO for rule, hold in record.holds.items() if rule == event.rule):
            raise Undecidable("another undo of this field is not carried out yet")
        written = (each for kind in WRITES for each in self._store.audit.read_kind(record.link.id, kind))
        newer = [
            each.id for each in written if each.id > event.id and (each.rule, each.side) == (event.rule, event.side)
        ]
        if newer:
            raise Undecidable(f"it was written again since: event {max(newer)} comes first")

    def _refuse_changed(self, event: Event, rule: FieldRule, record: LinkRecord, values: Pair) -> None:
        """Nobody may have changed the value since, nor the other side in a way that was not carried over yet."""
        side = event.side or Side.MARKETING
        agreed = record.baseline.get(rule.key)
        normal = self._context.around(self._store.links).normalise(side, rule.field(side), event.new).value
        is_rewritten = rule.kind is Kind.RICHTEXT and agreed is not None and agreed.on(side) == values.on(side)
        if values.on(side) not in (event.new, normal) and not is_rewritten:
            raise Undecidable(
                f"{field_name(rule)} was changed since: it shows “{people_text(values.on(side))}”, "
                f"and the write was “{people_text(event.new)}”"
            )
        state = FieldState(rule, values, agreed)
        if agreed is None or any(state.changed(each) for each in Side):
            raise Undecidable(
                f"{field_name(rule)} was edited and is not carried over yet: try again after the next cycle"
            )

    # --- common ---------------------------------------------------------------------------------------------------

    @property
    def _version(self) -> str:
        return self._context.mapping.config_version

    def _mapped(self, rule: RuleKey) -> FieldRule:
        found = self._context.rules.get(rule)
        if found is None:
            raise Undecidable(f"the field {rule.replace('|', ' / ')} is not mapped any more")
        return found

    def _values(self, record: LinkRecord, rule: FieldRule) -> Pair:
        """Both values as they are shown."""
        if record.link.state is not LinkState.ACTIVE or record.link.kind is not LinkKind.TWIN:
            raise Undecidable("the two are no pair any more")
        for side in Side:
            item = record.item(side)
            if item is None:
                raise Undecidable(f"the item {record.link.ref(side).id} in {_NAMES[side]} is gone or hidden")
            if item.is_restricted:
                raise Undecidable(f"{item.key} is behind a security level: nothing of it leaves its side")
            if rule.field(side) not in item.fields:
                raise Undecidable(f"{item.key} does not show {field_name(rule)}")
        return Pair(*(_shown(record.item(side), rule, side) for side in Side))

    def _note(self, decided: Decided, hold: Hold, cause: str) -> None:
        """Store the decision with its line of history, and have the next cycle look at the pair."""
        link, now = decided.record.link, self._clock.now()
        event = Event(
            now,
            link.sync,
            hold.code,
            cause,
            self._version,
            link.id,
            link.ref(decided.side),
            decided.side,
            decided.rule.key,
            decided.before,
            decided.value,
        )
        self._store.links.settle(link.id, Settlement(held=(hold,), events=(event,)), now)
        self._store.work.mark(link.sync, Side.MARKETING, [link.marketing])


def names_of(rule: FieldRule) -> frozenset[str]:
    """All that people call a field, on either side; case does not count."""
    names = {rule.title, *(rule.name(side) for side in Side), *(rule.field(side) for side in Side)}
    return frozenset(name.casefold() for name in names)


def _shown(item: Item | None, rule: FieldRule, side: Side) -> Value:
    return item.fields[rule.field(side)] if item is not None else None


def _no_write(event: Event) -> str:
    match event.kind:
        case "create":
            return (
                f"it made {people_text(event.new)}, and syncd never deletes an item; `syncd links remove` parts the two"
            )
        case "link":
            return "it joined two items; `syncd links remove` parts them"
        case "undo":
            return "it is the decision; what it wrote is an event of its own, which can be undone"
        case _:
            return f"it is no write of a field ({event.kind.replace('_', ' ')})"


def read_exactly(context: SyncContext, store: Store, clock: Clock, links: Iterable[LinkId]) -> dict[LinkId, LinkRecord]:
    """These links with both items as they are right now, in batches; None for an item that is gone or hidden.

    Links that there are not any more are left out. Raises what connectors raise.
    """
    records = {link: record for link in links if (record := store.links.read(link)) is not None}
    for side, party in context.parties.items():
        refs = {record.link.ref(side) for record in records.values()}
        found = party.connector.fetch_items(party.project, [ref.id for ref in refs]) if refs else {}
        store.feeds.record_items(party.feed, party.readers, found.values(), clock.now())
        for link, record in records.items():
            records[link] = record.with_item(side, found.get(record.link.ref(side).id))
    return records
