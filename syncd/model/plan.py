"""Plans: the operations that would bring a link to agreement, as pure data. A dry run prints one; nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncd.model.items import Draft, ItemRef, SetChange, Side
from syncd.model.links import NO_ELEMENTS, Hold, LinkId, Pair, RuleKey
from syncd.model.values import FieldId, Value


@dataclass(frozen=True, slots=True)
class FieldWrite:
    """One field of an update: what is sent, what it replaces, why.

    `pair`: the values of both sides it rests on. `elements`: for sets, what is added and removed instead of the whole.
    `cause`: "it changed", "both changed: it wins", "first filled", … for `explain` and history.
    `lost`: a value of a person that this write replaces by policy (it stays in history).
    `unsaid`: elements of the two sets that have no counterpart: they stay where they are, and are not agreed upon.
    """

    rule: RuleKey
    field: FieldId
    value: Value
    pair: Pair
    cause: str
    elements: SetChange | None = None
    lost: Value = None
    is_shortened: bool = False
    settles: bool = True
    """Whether the baseline may move with this write; False while the other half of a two-way set merge is to come."""
    unsaid: Pair = NO_ELEMENTS

    @property
    def rests_on(self) -> Pair:
        """What of the pair there can be agreement about."""
        return self.pair.without(self.unsaid)

    def agreement(self, to: Side, shown: Value) -> Pair:
        """The baseline that the write makes, with what `to` shows then."""
        return self.pair.replace(to, shown).without(self.unsaid)


@dataclass(frozen=True, slots=True)
class CreateItem:
    """Make the counterpart of `origin` on `side`.

    `writes`: the mapped fields that travel in the create call; `later`: those that cannot (status).
    `rule`: index of the `create` rule that fitted, for `explain`.
    """

    side: Side
    origin: ItemRef
    draft: Draft
    writes: tuple[FieldWrite, ...]
    later: tuple[RuleKey, ...]
    rule: int


@dataclass(frozen=True, slots=True)
class UpdateFields:
    """Write fields of one existing item in one request."""

    side: Side
    ref: ItemRef
    writes: tuple[FieldWrite, ...]


@dataclass(frozen=True, slots=True)
class SetStatus:
    """Bring an item to a status through its workflow."""

    side: Side
    ref: ItemRef
    write: FieldWrite


Operation = CreateItem | UpdateFields | SetStatus


@dataclass(frozen=True, slots=True)
class Note:
    """A decision without a write, for `explain` and history: `rule`, what was decided and why, in words."""

    rule: RuleKey
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What reconciling one link came to.

    `agreed`: baseline entries to store as they are (both sides already agree). `holds`: fields that wait.
    `notes`: one per mapped field. `link` is None when the plan makes a counterpart.
    """

    link: LinkId | None
    operations: tuple[Operation, ...] = ()
    agreed: Mapping[RuleKey, Pair] = field(default_factory=dict)
    holds: tuple[Hold, ...] = ()
    notes: tuple[Note, ...] = ()
    needs_history: tuple[RuleKey, ...] = ()
    """Conflicts under `newest` that cannot be decided without the field edits of both sides."""
    waits_for: frozenset[ItemRef] = frozenset()
    """Items that fields of this link name and that are not linked yet; it is planned again once one of them is."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be written to either side."""
        return not self.operations
