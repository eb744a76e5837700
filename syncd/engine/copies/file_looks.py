"""Looking at the files of two items: what is read of them, and what would bring them in step."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from syncd.engine.context import Party, SyncContext
from syncd.mapping.attachments import FileRules
from syncd.model.attachments import Attachment, AttachmentConnector
from syncd.model.errors import ConnectorError, Gone
from syncd.model.files import FilePlan
from syncd.model.items import Item, ItemId, Side
from syncd.model.links import LinkId
from syncd.model.mirrors import MirrorState
from syncd.model.ports import Clock
from syncd.model.records import LinkRecord
from syncd.model.storage import Store
from syncd.reconcile.attachments import Folder, plan_files

NOT_YET: Final = LinkId(0)
SOME: Final = 2
"""Items from which on one request for all of them is worth it."""


def connector_of(party: Party) -> AttachmentConnector | None:
    """What carries the files of a side; None where its system keeps none."""
    return party.connector if isinstance(party.connector, AttachmentConnector) else None


@dataclass(frozen=True, slots=True)
class FileLook:
    """What was read of the files of two items, and what follows from it."""

    folder: Folder
    plan: FilePlan


class FileLooks:
    """Reads and plans the files of one sync's items."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock) -> None:
        self._context = context
        self._store = store
        self._clock = clock
        connectors = {side: connector_of(party) for side, party in context.parties.items()}
        self._ahead: dict[tuple[Side, ItemId], tuple[Attachment, ...]] = {}
        self._connectors = {side: each for side, each in connectors.items() if each is not None}

    @property
    def rules(self) -> FileRules | None:
        """Which files cross; None = none are looked at."""
        return self._context.mapping.files if len(self._connectors) == len(Side) else None

    def read_ahead(self, wanted: Sequence[tuple[Side, Item]]) -> None:
        """Read the files of these items at once, for the looks that follow.

        What fails here is asked for again item by item, and fails there.
        """
        self._ahead = {}
        for side in self.rules.to if self.rules else ():
            ids = [item.ref.id for each, item in wanted if each is side.other]
            if len(ids) < SOME:
                continue
            party, connector = self._context.parties[side.other], self._connectors[side.other]
            with suppress(ConnectorError):
                found = connector.fetch_attachments(party.project, ids)
                self._ahead |= {(side.other, id_): files for id_, files in found.items()}

    def look(
        self,
        items: Mapping[Side, Item],
        changed: Collection[Side],
        record: LinkRecord | None = None,
        *,
        is_new: bool = True,
    ) -> FileLook:
        """Read the files of those items that changed, and what else the plan needs; each side twice at most."""
        folder = self._folder(items, record, is_new=is_new)
        rules = self.rules
        if rules is None:
            return FileLook(folder, FilePlan())
        for side in changed:
            if self._is_of_interest(side, folder, rules):
                folder = self._read(folder, side)
        while True:
            plan = plan_files(self._with_limits(folder, rules), rules, self._clock.now())
            if not plan.needs:
                return FileLook(folder, plan)
            for side in plan.needs:
                folder = self._read(folder, side)

    def _folder(self, items: Mapping[Side, Item], record: LinkRecord | None, *, is_new: bool) -> Folder:
        if record is None:
            return Folder(NOT_YET, items, {})
        link = record.link
        known, since = self._store.mirrors.read_files(link.id), link.created_at if link.origin is None else None
        return Folder(link.id, items, {}, known, since=since, is_new=is_new)

    def _is_of_interest(self, side: Side, folder: Folder, rules: FileRules) -> bool:
        """Whether files of a side are copied, or are copies."""
        return side.other in rules.to or any(each.state is MirrorState.ACTIVE for each in folder.known)

    def _read(self, folder: Folder, side: Side) -> Folder:
        """The folder with the files of a side as they are now."""
        twice = folder.twice | {side} if side in folder.files else folder.twice
        item = folder.items[side]
        ahead = self._ahead.pop((side, item.ref.id), None)
        files = {**folder.files, side: self._fetch(side, item) if ahead is None else ahead}
        return replace(folder, files=files, twice=twice)

    def _fetch(self, side: Side, item: Item) -> tuple[Attachment, ...] | None:
        """The files of an item; None when we may not read them. Raises Gone when the item itself is not there."""
        party = self._context.parties[side]
        found = self._connectors[side].fetch_attachments(party.project, [item.ref.id]).get(item.ref.id)
        if found is None and party.connector.fetch_items(party.project, [item.ref.id]).is_gone(item.ref.id):
            raise Gone(f"{item.key} is gone", connection=item.ref.connection, item_id=item.ref.id)
        return found

    def _with_limits(self, folder: Folder, rules: FileRules) -> Folder:
        """The folder with what the receiving systems take, asked for only where there is something to give."""
        receivers = [side for side in rules.to if folder.files.get(side.other)]
        projects = {side: self._context.parties[side].project for side in receivers}
        limits = {side: self._connectors[side].max_attachment_size(projects[side]) for side in receivers}
        return replace(folder, most={side: most for side, most in limits.items() if most is not None})
