"""What our roles in a project allow, as far as Redmine tells; asked for when needed. Safe from several threads.

Redmine drops what a role does not allow without a word, so what must not be dropped is looked up beforehand.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from syncd.connectors.redmine.client import RedmineClient
from syncd.connectors.redmine.wire import id_of

PERMISSION_KEPT: Final = timedelta(hours=1)
"""How long a permission is believed in; one that is missing is looked for each time."""
PRIVATE_NOTES: Final = "set_notes_private"


@dataclass(slots=True)
class Permissions:
    """Those of our account, by project."""

    client: RedmineClient
    _granted: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def may_hide_notes(self, project: str, now: datetime) -> bool:
        """Whether notes of ours can be private ones; true also where Redmine does not tell, as of no member."""
        with self._lock:
            granted = self._granted.get(project)
        if granted is not None and timedelta(0) <= now - granted < PERMISSION_KEPT:
            return True
        may = self._ask(project)
        if may:
            with self._lock:
                self._granted[project] = now
        return may

    def _ask(self, project: str) -> bool:
        me = self.client.me({"include": "memberships"})
        if me.get("admin"):
            return True
        memberships = [one for one in me.get("memberships") or () if id_of(one.get("project")) == project]
        roles = {id_of(role) for one in memberships for role in one.get("roles") or ()}
        return not roles or any(PRIVATE_NOTES in self.client.role(id_).get("permissions", ()) for id_ in sorted(roles))
