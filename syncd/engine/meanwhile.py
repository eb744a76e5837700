"""What people and crashes did between a write and the first look at what it came to.

A create that answers its id alone, or whose answer was lost, is seen later: what it shows then may hold a person's
edit, which must not pass for what we made. A walk through a workflow that broke off leaves a status that is ours though
nobody asked for it, which must not pass for a person's edit. And a person may have set back what a write in doubt had
written, which must not pass for a write that never happened. All are told by the item's own history; where a system
keeps none, what is shown is taken for ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from syncd.engine.context import SyncContext
from syncd.model.items import Item, ItemId, Side
from syncd.model.links import Intent, Pair, RuleKey
from syncd.model.values import FieldId
from syncd.reconcile.settle import Recovered, halfway_pair, overtaken_pair, rewritten_pair


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

    def halfway(self, intent: Intent, shown: Item) -> Mapping[RuleKey, Pair]:
        """The baseline of a status that a transition left on its way; nothing when it arrived, or a person moved it."""
        stops: dict[RuleKey, Pair] = {}
        for key in intent.sent:
            rule = self._context.rules.get(key)
            if rule is None:
                continue
            field = rule.field(intent.side)
            pair = halfway_pair(intent, key, shown.fields.get(field))
            if pair is not None and self._is_ours(intent.side, shown, field):
                stops[key] = pair
        return stops

    def overtaken(self, intent: Intent, keys: Iterable[RuleKey]) -> Mapping[RuleKey, Pair]:
        """The baseline of fields whose write in doubt took effect, and which a person changed since."""
        party, ref = self._context.parties[intent.side], intent.ref
        fields = {key: rule.field(intent.side) for key in keys if (rule := self._context.rules.get(key)) is not None}
        if not fields or ref is None or not party.connector.capabilities.has_field_history:
            return {}
        edits = party.connector.fetch_field_edits(party.project, [ref.id], list(fields.values())).get(ref.id, ())
        pairs = {
            key: overtaken_pair(intent, key, [edit for edit in edits if edit.field == field])
            for key, field in fields.items()
        }
        return {key: pair for key, pair in pairs.items() if pair is not None}

    def rewritten(self, intent: Intent, shown: Item, recovered: Recovered) -> Recovered:
        """What else an update in doubt did: fields whose value nobody sent, but whose last edit is ours."""
        party, pairs = self._context.parties[intent.side], dict[RuleKey, Pair]()
        if not party.connector.capabilities.has_field_history:
            return recovered
        for key in intent.sent.keys() & self._context.rules.keys() - recovered.agreed.keys() - set(recovered.done):
            field = self._context.rules[key].field(intent.side)
            pair = rewritten_pair(intent, self._context.rules[key], shown)
            if pair is not None and self._is_ours(intent.side, shown, field):
                pairs[key] = pair
        return replace(recovered, done=(*recovered.done, *pairs), agreed={**recovered.agreed, **pairs})

    def _is_ours(self, side: Side, item: Item, field: FieldId) -> bool:
        """Whether the last edit of a field was ours."""
        party = self._context.parties[side]
        if not party.connector.capabilities.has_field_history:
            return True
        edits = party.connector.fetch_field_edits(party.project, [item.ref.id], [field]).get(item.ref.id, ())
        latest = max((edit for edit in edits if edit.field == field), key=lambda edit: edit.at, default=None)
        return latest is not None and latest.is_ours
