"""What people and crashes did between a write and the first look at what it came to.

A create that answers its id alone, or whose answer was lost, is seen later: what it shows then may hold a person's
edit, which must not pass for what we made. A walk through a workflow that broke off leaves a status that is ours though
nobody asked for it, which must not pass for a person's edit. A person may have set back what a write in doubt had
written, which must not pass for a write that never happened; or edited just before it, which nobody would see any more.
All are told by the item's own history; where a system keeps none, what is shown is taken for ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import structlog

from syncd.engine.context import SyncContext
from syncd.engine.trouble import WHOLE_CONNECTION
from syncd.model.errors import ConnectorError, Transient
from syncd.model.items import FieldEdit, Item, ItemId, Side
from syncd.model.links import Intent, IntentId
from syncd.model.values import FieldId
from syncd.reconcile.settle import Recovered, judge_recovered

log = structlog.get_logger()


class Meanwhile:
    """Asks histories, and only where something may have happened. Raises what connectors raise."""

    def __init__(self, context: SyncContext) -> None:
        self._context = context

    def edited(self, side: Side, made: Iterable[Item]) -> Mapping[ItemId, frozenset[FieldId]]:
        """Fields of items that we made which others edited since; an item that nobody touched costs no request."""
        touched = [item.ref.id for item in made if item.updated_at > item.created_at]
        party = self._context.parties[side]
        if not touched or not party.connector.capabilities.has_field_history:
            return {}
        fields = list(dict.fromkeys(rule.field(side) for rule in self._context.mapping.rules))
        histories = party.connector.fetch_field_edits(party.project, touched, fields)
        return {
            item_id: frozenset(edit.field for edit in edits if not edit.is_ours) for item_id, edits in histories.items()
        }

    def judge(self, intents: Sequence[Intent], shown: Mapping[ItemId, Item]) -> Mapping[IntentId, Recovered]:
        """What writes in doubt to one side came to; those whose item is not shown are left out."""
        known = [(intent, shown[intent.ref.id]) for intent in intents if intent.ref and intent.ref.id in shown]
        histories = self.histories([intent for intent, _ in known])
        judged: dict[IntentId, Recovered] = {}
        for intent, item in known:
            edits = None if histories is None else histories.get(item.ref.id, ())
            judged[intent.id] = judge_recovered(intent, self._context.rules, item, edits)
        return judged

    def histories(self, intents: Sequence[Intent]) -> Mapping[ItemId, tuple[FieldEdit, ...]] | None:
        """The histories of what was written to one side, but for sets that are merged; None where there are none."""
        if not intents:
            return None
        side = intents[0].side
        party = self._context.parties[side]
        if not party.connector.capabilities.has_field_history:
            return None
        rules = [self._context.rules[key] for intent in intents for key in intent.sent if key in self._context.rules]
        is_merged = party.connector.capabilities.merges_sets
        fields = {rule.field(side) for rule in rules if not (is_merged and rule.kind.is_set)}
        ids = dict.fromkeys(intent.ref.id for intent in intents if intent.ref is not None)
        try:
            return party.connector.fetch_field_edits(party.project, list(ids), sorted(fields))
        except (*WHOLE_CONNECTION, Transient):
            raise
        except ConnectorError as error:  # for good, as it seems: without the history there is still what is shown
            log.warning("history_unread", sync=self._context.name, side=side, error=type(error).__name__)
            return None
