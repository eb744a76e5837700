"""Faults that can be switched on while the sandbox runs."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, MutableSet
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any


class FaultKind(Enum):
    """What goes wrong with a request."""

    RATE_LIMIT = auto()
    UNAVAILABLE = auto()
    DROP_BEFORE = auto()
    DROP_AFTER = auto()
    SLOW = auto()
    MALFORMED = auto()
    HTML = auto()


@dataclass(slots=True)
class Fault:
    """One rule: which requests it hits, how often, and with what.

    Attributes:
        kind: What happens.
        count: How many requests are still to be hit; None means all until cleared.
        every: Hit only each n-th request that fits.
        where: Regular expression searched in `METHOD /path`; empty fits all.
        details: `retry_after`, `reason`, `seconds`: whatever the kind needs.
    """

    kind: FaultKind
    count: int | None = 1
    every: int = 1
    where: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    seen: int = 0

    def hits(self, request: str) -> bool:
        """Count a request that fits; True when the fault strikes it."""
        if self.count == 0 or (self.where and not re.search(self.where, request)):
            return False
        self.seen += 1
        if self.seen % self.every:
            return False
        if self.count is not None:
            self.count -= 1
        return True


class Faults:
    """The switchboard of one server. Every method may be called while requests are served.

    Args:
        hidden: The live set of project keys (Jira) or gids (Asana) that nobody may see.
    """

    def __init__(self, hidden: MutableSet[str]) -> None:
        self._rules: list[Fault] = []
        self._lock = threading.Lock()
        self._hidden = hidden
        self._garbled: dict[str, str] = {}

    @property
    def garbled(self) -> Mapping[str, str]:
        """Id → name, of the items that no answer shows as it should."""
        return self._garbled

    def garble(self, item_id: str, name: str) -> None:
        """Answer null where the object of that id holds `name`, wherever it is shown; the item stays as it is."""
        self._garbled = {**self._garbled, item_id: name}

    def rate_limit(
        self, count: int | None = 1, *, every: int = 1, retry_after: str | int = 1, reason: str = "", where: str = ""
    ) -> Fault:
        """Answer 429. `retry_after` may be seconds or an HTTP date, as a header has it."""
        details = {"retry_after": str(retry_after), "reason": reason}
        return self._add(Fault(FaultKind.RATE_LIMIT, count, every, where, details))

    def unavailable(
        self, count: int | None = 1, *, every: int = 1, retry_after: str | int | None = None, where: str = ""
    ) -> Fault:
        """Answer 503, with Retry-After if one is given."""
        details = {} if retry_after is None else {"retry_after": str(retry_after)}
        return self._add(Fault(FaultKind.UNAVAILABLE, count, every, where, details))

    def drop_before(self, count: int | None = 1, *, every: int = 1, where: str = "") -> Fault:
        """Close the connection without an answer and without any effect."""
        return self._add(Fault(FaultKind.DROP_BEFORE, count, every, where))

    def drop_after(self, count: int | None = 1, *, every: int = 1, where: str = "") -> Fault:
        """Let the request take effect, then close the connection without an answer."""
        return self._add(Fault(FaultKind.DROP_AFTER, count, every, where))

    def slow(self, seconds: float, count: int | None = 1, *, every: int = 1, where: str = "") -> Fault:
        """Let the request take effect, then wait before answering."""
        return self._add(Fault(FaultKind.SLOW, count, every, where, {"seconds": seconds}))

    def malformed(self, count: int | None = 1, *, every: int = 1, where: str = "") -> Fault:
        """Let the request take effect, then answer half of the JSON text."""
        return self._add(Fault(FaultKind.MALFORMED, count, every, where))

    def html(self, count: int | None = 1, *, every: int = 1, where: str = "") -> Fault:
        """Answer 200 with an HTML login page, as a proxy in front does; no effect."""
        return self._add(Fault(FaultKind.HTML, count, every, where))

    def hide(self, project: str) -> None:
        """Take the right to see a project away from every account."""
        self._hidden.add(project)

    def show(self, project: str) -> None:
        """Give it back."""
        self._hidden.discard(project)

    def clear(self) -> None:
        """End all faults and show all projects and items."""
        with self._lock:
            self._rules = []
        self._garbled = {}
        self._hidden.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, if any. Called once a request by the server."""
        if not self._rules:
            return None
        request = f"{method} {path}"
        with self._lock:
            struck = next((rule for rule in self._rules if rule.hits(request)), None)
            self._rules = [rule for rule in self._rules if rule.count != 0]
        return struck

    def _add(self, fault: Fault) -> Fault:
        with self._lock:
            self._rules.append(fault)
        return fault
