"""A compiled mapping: what `reconcile` and the engine work with. Made by `compile`, never by hand outside tests."""

from __future__ import annotations

from collections import abc
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import Final
from zoneinfo import ZoneInfo

from syncd.config.choices import Conflict, CreateFor, Differences, Direction, WhenEmptied
from syncd.mapping.attachments import FileRules
from syncd.mapping.comments import CommentRules
from syncd.mapping.expr import Expr
from syncd.mapping.lens import Lens
from syncd.model.errors import Problem
from syncd.model.items import Item, Side
from syncd.model.links import RuleKey
from syncd.model.ports import StatusRules
from syncd.model.values import FieldId, Kind, Value


@dataclass(frozen=True, slots=True)
class Location:
    """Where in the configuration something stands. `line` and `column` count from 1; 0 = not in a file."""

    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """`file:line:column`."""
        return f"{self.file}:{self.line}:{self.column}"


_TOWARDS: Final = {Direction.TO_IT: Side.IT, Direction.TO_MARKETING: Side.MARKETING}


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One entry of `fields`.

    `kind` decides how two edits merge; the kinds of the two ends may differ (a status shown in a select field), see
    `kind_on`. `default`: written on create when the value of the existing item is empty, in the new item's own words.
    `names`: what people call the two fields.
    """

    key: RuleKey
    marketing: FieldId
    it: FieldId
    kind: Kind
    direction: Direction
    conflict: Conflict
    lens: Lens
    default: Value = None
    where: Location = Location()
    names: abc.Mapping[Side, str] = field(default_factory=dict)
    kinds: abc.Mapping[Side, Kind] = field(default_factory=dict)

    def field(self, side: Side) -> FieldId:
        """The field on `side`."""
        return self.marketing if side is Side.MARKETING else self.it

    def kind_on(self, side: Side) -> Kind:
        """The kind of the field on `side`; a `status` there is written through its workflow."""
        return self.kinds.get(side, self.kind)

    def name(self, side: Side) -> str:
        """What people call the field on `side`."""
        return self.names.get(side, self.field(side))

    @property
    def title(self) -> str:
        """What people call the field when both sides are meant."""
        return " / ".join(dict.fromkeys(self.name(side) for side in Side))

    def writes_to(self, side: Side) -> bool:
        """Whether edits of the other side are carried over to `side`."""
        return self.direction is Direction.BOTH or _TOWARDS.get(self.direction) is side

    def creates_on(self, side: Side) -> bool:
        """Whether the value travels when a counterpart is made on `side`."""
        return self.direction is Direction.ONCE or self.writes_to(side)


@dataclass(frozen=True, slots=True)
class CreateRule:
    """One entry of `links.create`: a counterpart is made on `side` for an item of the other side that fits `when`.

    `type`: of the new item; None = the side's own `type`. `extra`: values for the create call only, by field name.
    """

    side: Side
    when: Expr | None = None
    type: str | None = None
    extra: abc.Mapping[str, object] = field(default_factory=dict)
    where: Location = Location()

    def fits(self, item: Item) -> bool:
        """Whether `item` (of the other side) asks for a counterpart. Raises ExpressionError."""
        return self.when is None or self.when.is_true(item)


Recognised = tuple[str | tuple[FieldId, FieldId], ...]
"""What existing pairs are recognised by: `url`, `key`, or a pair of field ids whose values are equal and not empty."""


@dataclass(frozen=True, slots=True)
class Adopt:
    """How existing pairs are recognised, what counts more coming first, and what becomes of values that differ."""

    by: Recognised = ()
    differences: Differences = Differences.KEEP


@dataclass(frozen=True, slots=True)
class Depends:
    """How the issues are recognised that a marketing item needs.

    `by`: `key`, `url`. `fields`: of the marketing item, in which they are named; `comments`: in its comments too.
    `projects`: keys of the IT projects whose issues count.
    """

    by: Recognised
    fields: tuple[FieldId, ...]
    projects: frozenset[str]
    comments: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping compiled for one sync.

    `since`: counterparts only for items created or matched after that day, in the zone of their side (`zones`).
    `config_version`: changes with every setting that influences what would be written.
    `warnings`: for the operator, with their place. `comments`: which comments cross, `files`: which files;
    None = none. `depends`: how dependencies are found; None = only people add them.
    """

    rules: tuple[FieldRule, ...]
    creates: tuple[CreateRule, ...] = ()
    create_for: CreateFor = CreateFor.OPEN
    since: date | None = None
    adopt: Adopt = Adopt()
    status_rules: StatusRules = field(default_factory=StatusRules)
    empty: WhenEmptied = WhenEmptied.CLEAR
    config_version: str = ""
    warnings: tuple[Problem, ...] = ()
    zones: abc.Mapping[Side, ZoneInfo] = field(default_factory=dict)
    comments: CommentRules | None = None
    files: FileRules | None = None
    depends: Depends | None = None

    @property
    def clears(self) -> bool:
        """Whether a value that a person emptied is emptied on the other side too."""
        return self.empty is WhenEmptied.CLEAR

    @property
    def differences(self) -> Side | None:
        """The side that wins where two existing items are paired with unlike values; None keeps both."""
        return None if self.adopt.differences is Differences.KEEP else Side(self.adopt.differences.value)

    def create_rule(self, item: Item, side: Side, matched_on: date | None = None) -> tuple[int, CreateRule] | None:
        """The first rule that makes a counterpart for `item` of `side`, and its index; None when there is none.

        Args:
            item: an item without a twin.
            side: where `item` is.
            matched_on: the day since which the item is known to fit, None when that is not known.

        Raises:
            ExpressionError: `when` cannot be worked out for this item.
        """
        if not self._is_wanted(item, side, matched_on):
            return None
        for index, rule in enumerate(self.creates):
            if rule.side is side.other and rule.fits(item):
                return index, rule
        return None

    def _is_wanted(self, item: Item, side: Side, matched_on: date | None) -> bool:
        if item.is_done and self.create_for is CreateFor.OPEN:
            return False
        if self.since is None:
            return True
        created_on = item.created_at.astimezone(self.zones.get(side, UTC)).date()
        return max(created_on, matched_on or created_on) > self.since
