"""Words that a setting chooses from. The values are the words of the YAML files."""

from __future__ import annotations

from enum import StrEnum


class Direction(StrEnum):
    """Which way a field travels.

    `once`: in the create call only. `compare`: never written; recorded for the checks.
    """

    BOTH = "both"
    TO_IT = "to-it"
    TO_MARKETING = "to-marketing"
    ONCE = "once"
    COMPARE = "compare"


class Conflict(StrEnum):
    """Who wins when both sides changed one field.

    `newest` falls back to `flag` where the times of the two edits are unknown or too close; `flag` waits for a person.
    """

    NEWEST = "newest"
    MARKETING = "marketing"
    IT = "it"
    FLAG = "flag"


class UnknownPeople(StrEnum):
    """What happens to a person field when the person has no account on the other side."""

    KEEP = "keep"
    EMPTY = "empty"
    FALLBACK = "fallback"


class CreateFor(StrEnum):
    """Which items may get a counterpart: those that are not done, or all."""

    OPEN = "open"
    ALL = "all"


class Differences(StrEnum):
    """What adopting a pair with unlike values does: keep both, or let one side win."""

    KEEP = "keep"
    MARKETING = "marketing"
    IT = "it"


class WhenEmptied(StrEnum):
    """What a value that a person emptied does to the other side: empty it there too, or leave it."""

    CLEAR = "clear"
    KEEP = "keep"


class Mode(StrEnum):
    """How far a sync goes: `watch` reads, checks and plans; `report` adds status comments; `sync` writes all."""

    WATCH = "watch"
    REPORT = "report"
    SYNC = "sync"


class MatchPeople(StrEnum):
    """How accounts of one human are found: by equal e-mail addresses, or only as `people.map` says."""

    EMAIL = "email"
    NONE = "none"
