"""What happened on a link over time, as far as checks ask for it: a snapshot says only how things are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from syncd.model.items import Category, Side
from syncd.model.records import Feed
from syncd.model.values import FieldId


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item of a link. All instants are UTC.

    `status_since`: it has shown this status at least since then. `reopened_at`: when it was last taken back from done,
    None while it is done or if it never was. `moved_at`: the last change of a field by anybody but syncd.
    `digests`: of each field's value, by which the next change is seen. `answered_at`: the last such change of what is
    asked for or of a date, by which a question can be answered without a word; None if there was none.
    `marked_since`: its labels and its flag have been what they are at least since then.
    """

    status: str
    category: Category
    status_since: datetime
    moved_at: datetime
    reopened_at: datetime | None = None
    digests: Mapping[FieldId, str] = field(default_factory=dict)
    answered_at: datetime | None = None
    marked_since: Mapping[FieldId, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dates:
    """The two days of a link, each in its own side's zone; None = not set. `since`: they stand at least since then."""

    launch: date | None
    planned: date | None
    since: datetime

    def on(self, side: Side) -> date | None:
        """The day of that side."""
        return self.launch if side is Side.MARKETING else self.planned

    def is_same(self, other: Dates) -> bool:
        """Whether both days are the same."""
        return (self.launch, self.planned) == (other.launch, other.planned)


@dataclass(frozen=True, slots=True)
class DueMove:
    """One side's day became another one."""

    side: Side
    at: datetime
    old: date
    new: date


@dataclass(frozen=True, slots=True)
class Brief:
    """What marketing asked for when IT had begun, at `started_at`.

    `text`: of the description, as far as it is kept. `changed_at`: its last change since; None while it is the same.
    `files`: by name; None while it was not known which there are. `new_files`: those that came since.
    """

    started_at: datetime
    text: str
    launch: date | None
    changed_at: datetime | None = None
    files: frozenset[str] | None = None
    new_files: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Launch:
    """A launch to come that needs IT.

    `week`: the day on which its week begins. `team`: the IT project that does the work; `owner`: the id of the account
    that is in charge there, "" without one. `since`: it has been in that week of that team since then.
    """

    day: date
    week: date
    team: Feed
    owner: str
    since: datetime


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """`seen_at`: when the link was last looked at. `agreed`: the last two dates that both sides lived with.

    `moves`: of either date since the last agreement, oldest first. `brief`: None until IT has begun. `launch`: None
    while there is none to come that counts.
    """

    seen_at: datetime
    dates: Dates
    marketing: ItemFacts | None = None
    it: ItemFacts | None = None
    agreed: Dates | None = None
    moves: tuple[DueMove, ...] = ()
    brief: Brief | None = None
    launch: Launch | None = None

    def on(self, side: Side) -> ItemFacts | None:
        """The item of that side; None while it could not be read."""
        return self.marketing if side is Side.MARKETING else self.it

    def with_item(self, side: Side, item: ItemFacts) -> LinkFacts:
        """The facts with another item on `side`."""
        return replace(self, marketing=item) if side is Side.MARKETING else replace(self, it=item)
