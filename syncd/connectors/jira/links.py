"""Writes what blocks an issue: links between issues, each a request of its own.

Which end of a create is which is the classic slip, and the documentation does not settle it. So the first link that a
connector makes is read back: a server that shows it the other way round gets no further one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.shapes import WIRE_IDS, Blocking, End
from syncd.connectors.jira.wire import need
from syncd.model.errors import Gone, Rejected
from syncd.model.items import ItemId, SetChange
from syncd.model.values import BLOCKED_BY, Value

_WIRE: Final = WIRE_IDS[BLOCKED_BY]
_REVERSED: Final = "this server shows a new link the other way round than it was told; the link was taken back"
_KEPT: Final = "the account may not take this link away"


class Linker:
    """Links issues for one connection. Safe from several threads: what it remembers only ever becomes true."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client
        self._is_proven = False

    def write(self, blocking: Blocking, item_id: ItemId, value: Value | SetChange, done: list[str]) -> None:
        """Let an issue be blocked by these, or by these as well.

        Args:
            blocking: How this server says it.
            item_id: The blocked one.
            value: Ids of the blockers: all of them, or those that come and go.
            done: Gets what took effect, request by request.

        Raises:
            Rejected: For what the server refuses; names the field.
        """
        try:
            change = value if isinstance(value, SetChange) else self._change(blocking, item_id, value)
            for blocker in sorted(change.added):
                self._create(blocking, blocker, item_id)
                done.append(blocker)
                self._prove(blocking, blocker, item_id)
            held = self._held(blocking, item_id, blocking.blocker) if change.removed else {}
            for blocker in sorted(change.removed & held.keys()):
                self._delete(blocking, item_id, blocker, held[blocker])
                done.append(blocker)
        except Rejected as error:
            error.reasons = {BLOCKED_BY: str(error)}
            raise

    def _change(self, blocking: Blocking, item_id: ItemId, value: Value) -> SetChange:
        wanted = value if isinstance(value, frozenset) else frozenset()
        held = frozenset(self._held(blocking, item_id, blocking.blocker))
        return SetChange(wanted - held, held - wanted)

    def _create(self, blocking: Blocking, blocker: str, item_id: ItemId) -> None:
        ends = {blocking.blocker: blocker, blocking.blocker.other: item_id}
        self._client.create_link(blocking.id, inward=ends[End.INWARD], outward=ends[End.OUTWARD])

    def _prove(self, blocking: Blocking, blocker: str, item_id: ItemId) -> None:
        """Read the first link back from its blocked end."""
        if self._is_proven:
            return
        if blocker in self._held(blocking, item_id, blocking.blocker):
            self._is_proven = True
            return
        wrong = self._held(blocking, item_id, blocking.blocker.other).get(blocker)
        if wrong is not None:
            self._client.delete_link(wrong)
            raise Rejected(_REVERSED, item_id=item_id)

    def _delete(self, blocking: Blocking, item_id: ItemId, blocker: str, link_id: str) -> None:
        """A link that is gone meanwhile is no error. Jira says the same of one that we may not take away."""
        try:
            self._client.delete_link(link_id)
        except Gone:
            if blocker in self._held(blocking, item_id, blocking.blocker):
                raise Rejected(_KEPT, item_id=item_id, http_status=404) from None

    def _held(self, blocking: Blocking, item_id: ItemId, end: End) -> Mapping[str, str]:
        """Id of the issue at that end → id of the link, read exactly. Raises Gone."""
        found = self._client.issues([item_id], [_WIRE], operation="read links")
        if not found:
            raise Gone("the item is gone or hidden", item_id=item_id)
        return blocking.read(need(need(found[0], "fields"), _WIRE), end)
