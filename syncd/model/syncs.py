"""What is kept of a sync as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.model.links import LinkId, SyncName


@dataclass(frozen=True, slots=True)
class SyncState:
    """What an operator decided about a sync, and what stopped it.

    `approved_writes`: how many writes the approved plan may make, at least 1 until it was carried out. `paused`: the
    reason, None while it runs. `scrubbed_link`: the last one that the present round of the scrub compared, None before
    the first; `scrubbed_at`: when that was. `mode`: in which it ran last, "" before the first time. `watch_version`: of
    the settings of watching by which all items were looked at, or are going to be. `refused`: what is wrong with a
    newer configuration that the daemon was told to go by, None when nothing is.
    """

    name: SyncName
    config_version: str
    approved_at: datetime | None = None
    approved_version: str | None = None
    approved_writes: int = 0
    paused: str | None = None
    last_cycle_at: datetime | None = None
    last_error: str | None = None
    scrubbed_link: LinkId | None = None
    scrubbed_at: datetime | None = None
    mode: str = ""
    watch_version: str = ""
    refused: str | None = None
