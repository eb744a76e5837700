"""An item without a counterpart: which rule or limit keeps it from having one, or that it will get one."""

from __future__ import annotations

from collections.abc import Iterator

from syncd.cli.say import instant, party_name, wrapped
from syncd.config.choices import CreateFor
from syncd.engine.context import SyncContext
from syncd.mapping.expr import ExpressionError
from syncd.mapping.rules import CreateRule
from syncd.model.errors import ConnectorError
from syncd.model.items import Item, Side
from syncd.model.links import Action, LinkKind, LinkState
from syncd.model.storage import Store


def single_lines(context: SyncContext, side: Side, item: Item, store: Store) -> Iterator[str]:
    """Why the item has no counterpart in this sync."""
    yield f"  No counterpart in sync {context.name}."
    for reason in _limits(context, side, item, store):
        yield wrapped(reason, indent="    ")
        return
    yield from _rules(context, side, item)


def _limits(context: SyncContext, side: Side, item: Item, store: Store) -> Iterator[str]:
    """What holds before any rule is asked; the first one decides."""
    mapping, party = context.mapping, context.parties[side]
    if _has_tombstone(store, item):
        yield "A person parted it from its counterpart: no rule makes another one. `syncd links add` joins it again."
    if any(
        intent.action is Action.CREATE and intent.origin == item.ref for intent in store.journal.read_open(context.name)
    ):
        yield "It is in doubt whether its counterpart was made: that is found out before anything else is done."
    waits = next((each.trouble for each in store.work.read_lone(context.name) if each.ref == item.ref), None)
    if waits is not None:
        yield f"It waits: {waits.reason} (looked at again at {instant(waits.retry_at)})"
    if item.is_restricted:
        yield "It is behind a security level: such items never leave their side."
    if not item.in_scope:
        yield f"It is not in {party.project.name or party.project.key} any more."
    if item.is_done and mapping.create_for is CreateFor.OPEN:
        yield "It is done, and `create_for: open` makes counterparts of open items only."
    if mapping.since is not None and item.created_at.astimezone(mapping.zones[side]).date() <= mapping.since:
        yield f"It was created before `since: {mapping.since.isoformat()}`."
    if not any(rule.side is side.other for rule in mapping.creates):
        yield f"No rule in `links.create` makes anything in {party_name(context.parties[side.other])}."
    if not _fits_filter(context, side, item):
        yield f"It does not fit the filter of {party_name(party)}: {party.project.scope.filter}"


def _has_tombstone(store: Store, item: Item) -> bool:
    return any(
        link.state is LinkState.TOMBSTONE and link.kind is LinkKind.TWIN and item.ref in (link.marketing, link.it)
        for link in store.links.read_all(tombstones=True)
    )


def _fits_filter(context: SyncContext, side: Side, item: Item) -> bool:
    party = context.parties[side]
    try:
        return item.ref.id in party.connector.fetch_matching(party.project, [item.ref.id])
    except ConnectorError:  # an outage was said when the sync was opened; the rules can still be told
        return True


def _rules(context: SyncContext, side: Side, item: Item) -> Iterator[str]:
    """Each rule for new items on the other side, until one fits."""
    for rule in (each for each in context.mapping.creates if each.side is side.other):
        place = f"{rule.where.file}:{rule.where.line}: " if rule.where.line else ""
        fits, why = _fits(rule, item)
        yield wrapped(f"{place}{why}", indent="    ")
        if fits:
            yield f"    The next cycle makes one in {party_name(context.parties[side.other])}, if its plan is approved."
            return


def _fits(rule: CreateRule, item: Item) -> tuple[bool, str]:
    if rule.when is None:
        return True, "this rule fits every item"
    try:
        fits = rule.fits(item)
    except ExpressionError as error:
        return False, f"the rule cannot be worked out: {error}"
    return fits, f"`when: {rule.when.source}` is {'true' if fits else 'false'} for it"
