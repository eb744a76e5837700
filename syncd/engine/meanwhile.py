"""What people and crashes did between a write and the first look at what it came to.

A create that answers its id alone, or whose answer was lost, is seen later: what it shows then may hold a person's
edit, which must not pass for what we made. A walk through a workflow that broke off leaves a status that is ours though
nobody asked for it, which must not pass for a person's edit. A person may have set back what a write in doubt had
written, which must not pass for a write that never happened; or edited just before it, which nobody would see any more.
All are told by the item's own history; where a system keeps none, what is shown is taken for ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from syncd.engine.context import Party, SyncContext
from syncd.engine.singly import ask_singly
from syncd.engine.trouble import Unasked
from syncd.model.errors import ConnectorError, SyncdError
from syncd.model.items import FieldEdit, Item, ItemId, Side
from syncd.model.links import Intent
from syncd.model.values import FieldId
from syncd.reconcile.settle import Recovered, judge_recovered


@dataclass(frozen=True, slots=True)
class Histories:
    """What the histories of some items tell.

    `edits`: newest first, by item; None where the system keeps no history. `unread`: why those of others are not known.
    """

    edits: Mapping[ItemId, Sequence[FieldEdit]] | None = None
    unread: Mapping[ItemId, SyncdError] = field(default_factory=dict)

    def of(self, item: ItemId) -> Sequence[FieldEdit] | None:
        """The history of one item, None where there is none. Raises why it could not be read."""
        if item in self.unread:
            raise self.unread[item]
        return None if self.edits is None else self.edits.get(item, ())

    def edited(self, item: ItemId) -> frozenset[FieldId]:
        """The fields of an item that others than syncd edited. Raises why its history could not be read."""
        return frozenset(edit.field for edit in self.of(item) or () if not edit.is_ours)


class Meanwhile:
    """Asks histories, and only where something may have happened. Raises only what concerns a whole connection."""

    def __init__(self, context: SyncContext) -> None:
        self._context = context

    def of_made(self, side: Side, made: Iterable[Item]) -> Histories:
        """The histories of items that we made; one that nobody touched since costs no request."""
        touched = [item.ref.id for item in made if item.updated_at > item.created_at]
        fields = dict.fromkeys(rule.field(side) for rule in self._context.mapping.rules)
        return _read(self._context.parties[side], touched, list(fields))

    def of_written(self, intents: Sequence[Intent]) -> Histories:
        """The histories of what was written to one side, but for sets that are merged."""
        if not intents:
            return Histories()
        side = intents[0].side
        party = self._context.parties[side]
        rules = [self._context.rules[key] for intent in intents for key in intent.sent if key in self._context.rules]
        is_merged = party.connector.capabilities.merges_sets
        fields = {rule.field(side) for rule in rules if not (is_merged and rule.kind.is_set)}
        ids = dict.fromkeys(intent.ref.id for intent in intents if intent.ref is not None)
        return _read(party, list(ids), sorted(fields))

    def judge(self, intent: Intent, shown: Item, histories: Histories) -> Recovered:
        """What a write in doubt came to. Raises why the history of its item could not be read."""
        return judge_recovered(intent, self._context.rules, shown, histories.of(shown.ref.id))


def _read(party: Party, ids: Sequence[ItemId], fields: Sequence[FieldId]) -> Histories:
    """All of them at once; one that cannot be read keeps none of the others from it."""
    if not party.connector.capabilities.has_field_history:
        return Histories()
    edits: dict[ItemId, Sequence[FieldEdit]] = {}
    unread: dict[ItemId, SyncdError] = dict.fromkeys(ids, Unasked("its history was not asked for"))
    for part, answer in ask_singly(lambda some: party.connector.fetch_field_edits(party.project, some, fields), ids):
        if isinstance(answer, ConnectorError):
            unread |= dict.fromkeys(part, answer)
        else:
            edits |= answer
            unread = {item: why for item, why in unread.items() if item not in part}
    return Histories(edits, unread)
