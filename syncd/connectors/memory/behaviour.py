"""How a memory server behaves, and what goes wrong with it: all of it may be changed while it is used."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from syncd.model.errors import AuthError, Gone, Malformed, RateLimited, Rejected, Transient
from syncd.model.items import ItemId
from syncd.model.values import FieldId, Value

Rewrite = Callable[[Value], Value]


@dataclass(slots=True)
class Behaviour:
    """The habits of a memory server.

    Attributes:
        page_size: Rows of one poll page.
        overlap_s: Seconds before the cursor that a poll reads again.
        index_lag_s: Seconds before a poll and `find_marked` know a write; exact reads are always fresh.
        missing_rows: Items that the index has lost for the moment.
        stale_rows: Items that the index shows as they were before their last write.
        duplicates_rows: Each row comes twice in its page.
        duplicates_pages: Each page comes twice.
        version_grain_s: 0 = each write has its own version; else versions and times are cut to this grain.
        max_title_chars: Longer titles are refused; the connector shortens them before.
        max_comment_chars: Longer comments are refused.
        normalisers: What the server makes of a value, known to the connector's `normalise`. Idempotent.
        rewriters: What the server makes of a value without anybody knowing beforehand.
        ignored: Fields that a write leaves alone without a word.
        refused: Field → reason; a write that holds one of them is refused as a whole.
        names_refused: Whether a refusal says which fields it is about.
        withheld: Fields that answers lack, as after losing a screen or a permission.
        broken: Items that answers show in a way that nobody can understand.
        workflow: Status → statuses that can be reached from it in one step; None = all from all.
        screens: Status → fields that the step into it demands.
        marks_comments: Whether a comment has a place for a marker.
        comments_bump: Whether a comment changes the version and time of its item.
        max_file_bytes: Larger files are refused.
        files_bump: Whether a new file changes the version and time of its item; that one is gone never does.
        hides_sizes: Files are listed without their size.
        rewrites_names: What the server makes of a file's name.
        on_written: Called after each write of a connector, with item and fields: another automation.
    """

    page_size: int = 100
    overlap_s: float = 120.0
    index_lag_s: float = 0.0
    missing_rows: set[ItemId] = field(default_factory=set)
    stale_rows: set[ItemId] = field(default_factory=set)
    duplicates_rows: bool = False
    duplicates_pages: bool = False
    version_grain_s: float = 0.0
    max_title_chars: int = 255
    max_comment_chars: int = 32767
    normalisers: dict[FieldId, Rewrite] = field(default_factory=dict)
    rewriters: dict[FieldId, Rewrite] = field(default_factory=dict)
    ignored: set[FieldId] = field(default_factory=set)
    refused: dict[FieldId, str] = field(default_factory=dict)
    names_refused: bool = True
    withheld: set[FieldId] = field(default_factory=set)
    broken: set[ItemId] = field(default_factory=set)
    workflow: Mapping[str, frozenset[str]] | None = None
    screens: dict[str, frozenset[str]] = field(default_factory=dict)
    marks_comments: bool = True
    comments_bump: bool = True
    max_file_bytes: int = 10_000_000
    files_bump: bool = True
    hides_sizes: bool = False
    rewrites_names: Callable[[str], str] = str
    on_written: Callable[[ItemId, frozenset[FieldId]], None] | None = None


class Moment(StrEnum):
    """When a request is looked at: before it has any effect, or after, before its answer arrives."""

    BEFORE = "before"
    AFTER = "after"


class Trouble(StrEnum):
    """What can go wrong with a request."""

    AUTH = "auth"
    HIDDEN = "hidden from this account"
    MALFORMED = "malformed"
    OUTAGE = "outage"
    RATE_LIMIT = "rate limit"
    REFUSED = "refused"
    TIMEOUT_AFTER = "time-out after the effect"
    TIMEOUT_BEFORE = "time-out before the effect"


_AFTER = frozenset({Trouble.MALFORMED, Trouble.TIMEOUT_AFTER})


@dataclass(slots=True)
class _Armed:
    trouble: Trouble
    operation: str
    times: int | None
    skip: int
    retry_after_s: float


@dataclass(frozen=True, slots=True)
class Call:
    """One request as the server sees it. `operation`: the connector's method in words: "create item"."""

    connection: str
    operation: str
    is_write: bool


class Faults:
    """What goes wrong with requests, switchable at any time from any thread.

    `on_call` is called around each request with the call and the moment; what it raises (a crash, say) goes through
    as it is. It runs outside the server's lock, so it may act as a person.
    """

    def __init__(self) -> None:
        self.on_call: Callable[[Call, Moment], None] | None = None
        self._armed: list[_Armed] = []
        self._lock = threading.Lock()

    def arm(
        self,
        trouble: Trouble,
        operation: str = "*",
        *,
        times: int | None = 1,
        skip: int = 0,
        retry_after_s: float = 30.0,
    ) -> None:
        """Let requests fail whose operation fits the shell pattern.

        The first `skip` of them pass; then `times` fail, or all until `clear` when it is None.
        """
        with self._lock:
            self._armed.append(_Armed(trouble, operation, times, skip, retry_after_s))

    def clear(self) -> None:
        """Everything works again; `on_call` is gone too."""
        with self._lock:
            self._armed = []
        self.on_call = None

    def before(self, call: Call) -> _Armed | None:
        """Strike a request that arrives; the trouble that is to strike it after its effect is returned."""
        if self.on_call is not None:
            self.on_call(call, Moment.BEFORE)
        armed = self._take(call)
        if armed is not None and armed.trouble not in _AFTER:
            _fail(armed, call)
        return armed

    def after(self, call: Call, armed: _Armed | None) -> None:
        """Strike a request that has had its effect."""
        if self.on_call is not None:
            self.on_call(call, Moment.AFTER)
        if armed is not None:
            _fail(armed, call)

    def _take(self, call: Call) -> _Armed | None:
        with self._lock:
            struck = next((armed for armed in self._armed if fnmatchcase(call.operation, armed.operation)), None)
            if struck is None:
                return None
            if struck.skip:
                struck.skip -= 1
                return None
            if struck.times is not None:
                struck.times -= 1
                self._armed = [armed for armed in self._armed if armed.times != 0]
            return struck


def _fail(armed: _Armed, call: Call) -> None:
    match armed.trouble:
        case Trouble.AUTH:
            raise AuthError("the login was refused", connection=call.connection, operation=call.operation)
        case Trouble.HIDDEN:
            raise Gone(
                "hidden from this account", connection=call.connection, operation=call.operation, http_status=403
            )
        case Trouble.REFUSED:
            raise Rejected("not allowed", connection=call.connection, operation=call.operation, http_status=400)
        case Trouble.RATE_LIMIT:
            raise RateLimited(
                "too many requests",
                retry_after_s=armed.retry_after_s,
                connection=call.connection,
                operation=call.operation,
            )
        case Trouble.MALFORMED if not call.is_write:
            raise Malformed(
                "the answer could not be read", connection=call.connection, operation=call.operation, http_status=200
            )
        case _:
            raise Transient(
                f"no answer: {armed.trouble}",
                is_in_doubt=call.is_write,
                connection=call.connection,
                operation=call.operation,
            )
