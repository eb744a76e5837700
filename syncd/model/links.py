"""Links, baselines and intents: what syncd remembers about two items that belong together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NewType

from syncd.model.items import ItemRef, Marker, Side
from syncd.model.values import Value

LinkId = NewType("LinkId", int)
IntentId = NewType("IntentId", int)
SyncName = NewType("SyncName", str)
RuleKey = NewType("RuleKey", str)
"""Identity of one field rule of a mapping: its marketing field id and its IT field id, joined by "|"."""


class LinkKind(StrEnum):
    """`twin`: mirrored 1:1. `dependency`: the campaign needs that issue; nothing is mirrored, checks apply."""

    TWIN = "twin"
    DEPENDENCY = "dependency"


class LinkState(StrEnum):
    """`active`: followed. `tombstone`: removed; no rule joins or recreates these two again, only a person.

    `ended`: a dependency that nothing names any more; named again, it is followed again.
    """

    ACTIVE = "active"
    TOMBSTONE = "tombstone"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Pair:
    """The two values of one field rule, each as its own side shows it."""

    marketing: Value
    it: Value

    def on(self, side: Side) -> Value:
        """The value that `side` shows."""
        return self.marketing if side is Side.MARKETING else self.it

    def replace(self, side: Side, value: Value) -> Pair:
        """The pair with another value on `side`."""
        return Pair(value, self.it) if side is Side.MARKETING else Pair(self.marketing, value)

    def without(self, elements: Pair) -> Pair:
        """A pair of sets, with those elements taken out of each; of any other pair nothing is taken."""
        return Pair(_less(self.marketing, elements.marketing), _less(self.it, elements.it))


def _less(value: Value, elements: Value) -> Value:
    return value - elements if isinstance(value, frozenset) and isinstance(elements, frozenset) else value


NO_ELEMENTS: Final = Pair(frozenset(), frozenset())

Baseline = Mapping[RuleKey, Pair]
"""For each mapped field of a twin the values at the last agreement; a missing key = never agreed."""


@dataclass(frozen=True, slots=True)
class Link:
    """Two items that belong together.

    `origin`: the side whose item existed first; None when both did and a person paired them. `found_in`: where the
    marketing item names the issue it depends on, in people's words; "" of any link that a person added or a rule made.
    """

    id: LinkId
    sync: SyncName
    kind: LinkKind
    state: LinkState
    marketing: ItemRef
    it: ItemRef
    origin: Side | None
    created_at: datetime
    found_in: str = ""

    def ref(self, side: Side) -> ItemRef:
        """The item's reference on `side`."""
        return self.marketing if side is Side.MARKETING else self.it


USE: Final = "use"
"""Code of a hold: a person said which side counts (`Hold.side`)."""
UNDO: Final = "undo"
"""Code of a hold: a person wants an earlier value back on `Hold.side`; it stands in the history, kind `undo`."""
PICTURE: Final = "picture"
"""Code of a hold: a text is to be written anew from `Hold.side`, for what it shows is on the other side now too."""
DECIDED: Final = frozenset({USE, UNDO, PICTURE})
"""What waits for nobody: the next plan carries it out, if both sides still show what the person saw."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A field that waits. `code`: `unmapped-value`, `conflict`, `rejected`, `unknown`, `bounce`, `workflow`, DECIDED.

    `seen` is the pair of values it was held on: planned again when a side no longer shows them, or when
    `config_version` differs. `reason` is a plain sentence with the facts; `advice` says what to do (a line of YAML).
    `value`: what found no counterpart, as people see it; "" = the whole value; of a conflict, who changed each side and
    when, a line a side (marketing first), "" = not known. The elements of a set that have none
    hold up nothing: the others cross. `versions`: of the two items when a system refused; what it refuses may depend on
    other fields, so it is asked again as soon as either differs.
    """

    rule: RuleKey
    code: str
    reason: str
    seen: Pair
    config_version: str
    advice: str = ""
    side: Side | None = None
    """Where the value could not be written, or None when both sides are concerned."""
    value: str = ""
    versions: tuple[str, str] = ("", "")


class Action(StrEnum):
    """What an intent does to its side. `comment` and what follows it: the status comment; then copies.

    `attach`, `detach`: a copied file, or the line in its place.
    """

    CREATE = "create"
    UPDATE = "update"
    TRANSITION = "transition"
    COMMENT = "comment"
    EDIT_COMMENT = "edit_comment"
    DELETE_COMMENT = "delete_comment"
    MIRROR = "mirror"
    EDIT_MIRROR = "edit_mirror"
    WITHDRAW = "withdraw"
    ATTACH = "attach"
    DETACH = "detach"


FILING: Final = frozenset({Action.ATTACH, Action.DETACH})
"""Writes of copied files."""
MIRRORING: Final = frozenset({Action.MIRROR, Action.EDIT_MIRROR, Action.WITHDRAW}) | FILING
"""Writes of copied comments and files: they never hold up the fields of their link."""


class Outcome(StrEnum):
    """How an intent ended. An intent without outcome is *open*: sent, perhaps; never repeated blindly."""

    DONE = "done"
    REJECTED = "rejected"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Intent:
    """A line of the journal: what is about to be sent, and what it rests on.

    `ref`: the item written to; None for a create. `link`: None until a create has made its link; `origin` is then the
    item whose counterpart is being made. `sent`: rule → value sent, in the receiving side's own terms.
    `rests_on`: rule → the pair of values it was planned on.
    `detail`: what an action needs besides (status, comment id).
    `opened_at`: UTC instant before the request went out.
    `known_at`: UTC instant by the item's own server up to which its edits are known to the plan; None for a create.
    """

    id: IntentId
    sync: SyncName
    action: Action
    side: Side
    marker: Marker
    opened_at: datetime
    link: LinkId | None = None
    ref: ItemRef | None = None
    origin: ItemRef | None = None
    sent: Mapping[RuleKey, Value] = field(default_factory=dict)
    rests_on: Mapping[RuleKey, Pair] = field(default_factory=dict)
    detail: Mapping[str, Any] = field(default_factory=dict)
    known_at: datetime | None = None
