"""Counterparts: every create journalled before, its link stored after.

A create is sent once (no second counterpart): one that is refused is sent again with less, under an intent of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace

from syncd.engine.answers import Answers, refused_fields
from syncd.engine.batch import Applied, Bare, Batch, Runner
from syncd.engine.context import SyncContext
from syncd.engine.journal import Journal
from syncd.engine.meanwhile import Meanwhile
from syncd.engine.planner import PlannedCreate
from syncd.engine.trouble import Troubles
from syncd.model.errors import ConnectorError, Rejected
from syncd.model.items import Draft, Item, ItemRef
from syncd.model.links import Intent, LinkId
from syncd.model.plan import CreateItem
from syncd.model.ports import Clock
from syncd.model.records import Candidate
from syncd.model.storage import Store
from syncd.model.values import TITLE


class Creates:
    """Makes the counterparts of one sync."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock, executor: Executor) -> None:
        self._context = context
        self._store = store
        self._journal = Journal(context, store, clock)
        self._troubles = Troubles(context, store, clock)
        self._meanwhile = Meanwhile(context)
        self._runner = Runner(context, self._troubles, executor)
        self._answers = Answers(context, self._journal, self._troubles)

    def apply_creates(self, planned: Sequence[PlannedCreate], should_stop: Callable[[], bool]) -> Applied:
        """Make the planned counterparts."""
        batch = Batch(Applied(), should_stop)
        self._runner.run(batch, planned, self._make_counterpart)
        self._answers.settle_bare(batch)
        return batch.applied

    def settle_create(self, intent: Intent, made: Item, cause: str) -> LinkId | None:
        """Store the link that a create made, seen again after its answer was lost. Raises what connectors raise."""
        edited = self._meanwhile.of_made(intent.side, [made]).edited(made.ref.id)
        return self._answers.settle_made(intent, made, cause, edited)

    def _make_counterpart(self, batch: Batch, planned: PlannedCreate) -> None:
        if planned.create is not None:
            self._create(batch, planned.create)
            self._finish_candidate(planned.candidate)

    def _finish_candidate(self, candidate: Candidate) -> None:
        if candidate.trouble is not None:
            self._troubles.end(candidate.item.ref)
        self._store.work.clear(self._context.name, candidate.marks)

    def _create(self, batch: Batch, create: CreateItem) -> None:
        """One create; fields that the system refuses are left out and tried as an update of the new item.

        Without a named field only the title goes into the next try: an item without details beats none. Some systems
        name one field at a time; each try has fewer.
        """
        attempt: CreateItem | None = create
        while attempt is not None:
            try:
                self._send_create(batch, attempt)
            except Rejected as error:
                attempt = _without(attempt, error)
                if attempt is None:
                    raise
            else:
                return

    def _send_create(self, batch: Batch, create: CreateItem) -> None:
        intent = self._journal.open_create(create)
        if intent is None:
            return
        party = self._context.parties[create.side]
        try:
            answer = party.connector.create_item(party.project, create.draft, intent.marker)
        except Rejected as error:
            batch.applied.count("rejected")
            self._journal.close_rejected(intent, (), str(error))
            raise
        except ConnectorError as error:
            self._journal.leave(intent, error)
            raise
        if isinstance(answer, Item):
            self._answers.settle_made(intent, answer, "created by a rule of the mapping", frozenset())
        else:
            batch.add_bare(Bare(intent, create.writes, ItemRef(party.connector.name, answer)))
        batch.applied.count("created")


def _without(create: CreateItem, error: Rejected) -> CreateItem | None:
    """The create without the refused fields, or with the title alone; None when nothing can be left out."""
    refused = refused_fields(create.writes, error)
    if refused:
        kept = tuple(write for write in create.writes if write.field not in refused)
    else:
        kept = tuple(write for write in create.writes if write.field == TITLE)
    if len(kept) == len(create.writes) or TITLE in refused:
        return None
    fields = {write.field: write.value for write in kept}
    return replace(create, writes=kept, draft=Draft(fields, create.draft.type, create.draft.extra))
