"""Findings: what a check raised, with the facts it rests on and who can act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from syncd.model.items import CommentId, ItemRef, Marker, Side
from syncd.model.links import LinkId, SyncName


class Severity(StrEnum):
    """`info`: good to know. `warning`: decide this week. `critical`: the date falls if nothing happens now."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0, 1, 2: higher is worse."""
        return ("info", "warning", "critical").index(self.value)


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding on one link (or on a marketing item that has no link yet).

    `subject` tells two findings of one code on one link apart (the field, the value); it is part of the identity.
    `title`: what people see, in plain words, without code or blame. `facts`: two or three sentences it rests on, with
    weekdays and dates, never relative times. `advice` per side: who should do what. `told`: the sides it is shown on.
    `seen`: the raw facts, stable while the meaning is; a mute "until the facts change" compares them.
    """

    code: str
    severity: Severity
    title: Mapping[Side, str]
    facts: tuple[str, ...]
    advice: Mapping[Side, str]
    told: frozenset[Side]
    subject: str = ""
    seen: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mute:
    """That a person asked for silence about one finding, until a day or until its facts change.

    `is_agreed`: because it is known and agreed (`accept`). `by`: the person's name; `side`: where it was asked for,
    None = by an operator. `until`: the day on which it is spoken of again, and `until_at` the instant at which that day
    begins for the person; None = when the facts change. `seen`: the facts then (`Finding.seen`). `ended`: why it is
    spoken of again, in words; "" while there is silence.
    """

    by: str
    side: Side | None
    at: datetime
    is_agreed: bool = False
    until: date | None = None
    until_at: datetime | None = None
    seen: Mapping[str, str] = field(default_factory=dict)
    ended: str = ""

    @property
    def holds(self) -> bool:
        """Whether there is silence."""
        return not self.ended


class Ending(StrEnum):
    """What became of a finding.

    `came true`: the launch day passed with it open. `false`: nothing had changed, or people did not want to hear it.
    `settled in time`: people changed something, and it went before the day.
    """

    CAME_TRUE = "came true"
    FALSE = "false"
    SETTLED = "settled in time"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a finding ended. `lead_days`: working days from raising it to the launch, None without one."""

    ending: Ending
    lead_days: int | None = None


@dataclass(frozen=True, slots=True)
class RaisedFinding:
    """A finding as the store keeps it. `number` is stable on its item. `since`: when it was first raised.

    `mute`: the last one that was asked for, whether it holds or not. `risen_at`: when it last became worse.
    `ended`: how it did, as far as anybody can say.
    """

    finding: Finding
    sync: SyncName
    item: ItemRef
    link: LinkId | None
    number: int
    since: datetime
    ended_at: datetime | None = None
    mute: Mute | None = None
    risen_at: datetime | None = None
    ended: Ended | None = None

    @property
    def is_muted(self) -> bool:
        """Whether a person asked for silence about it, and it holds."""
        return self.mute is not None and self.mute.holds


@dataclass(frozen=True, slots=True)
class StatusComment:
    """What syncd knows of its one comment on an item.

    `meaning`: digest of what it says. `severity`: the worst finding it shows. `comment`: None once deleted.
    """

    ref: ItemRef
    comment: CommentId | None
    meaning: str
    severity: Severity | None
    written_at: datetime
    posted_at: datetime
    marker: Marker
