"""What the commands about syncs share: which ones are meant, their state, and their previews."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import click

from syncd.cli.planned import Shown, shown
from syncd.cli.session import Session
from syncd.config.choices import Mode
from syncd.config.messages import nearest
from syncd.config.yaml import Place
from syncd.engine.context import SyncContext
from syncd.engine.engine import Preview
from syncd.model.errors import ConfigError, ConnectorError
from syncd.model.items import ItemRef, Side
from syncd.model.links import LinkId, SyncName
from syncd.model.syncs import SyncState
from syncd.service.installation import Installation

PAGE: Final = 500
"""Links that are read at once."""


def chosen(installation: Installation, name: str | None) -> tuple[SyncName, ...]:
    """The sync of that name, or all of them. Raises UsageError for a name that there is not."""
    if name is None:
        return installation.syncs
    if name not in installation.syncs:
        raise click.UsageError(f"there is no sync {name!r}; {nearest(name, installation.syncs)}")
    return (SyncName(name),)


@dataclass(frozen=True, slots=True)
class Opened:
    """The syncs that could be opened, and those that an outage keeps from it."""

    contexts: tuple[SyncContext, ...]
    outages: dict[SyncName, ConnectorError]


def open_syncs(installation: Installation, names: tuple[SyncName, ...]) -> Opened:
    """Open syncs at their servers. Raises ConfigError with every problem of all of them."""
    proof = installation.prove(names)
    if proof.problems:
        raise ConfigError(proof.problems)
    outages = dict(proof.outages or {})
    contexts = {context.name: context for context in installation.assembly.contexts}
    return Opened(tuple(contexts[name] for name in names if name in contexts and name not in outages), outages)


def preview(installation: Installation, context: SyncContext) -> tuple[Preview, Shown]:
    """What a run of that sync would do now. Raises what connectors raise.

    A sync that may not write yet plans its items and puts them away, so all of them are looked at again.
    """
    if context.mode is not Mode.SYNC or state_of(installation, context.name).approved_at is None:
        feeds = {side: party.feed for side, party in context.parties.items()}
        installation.store.work.mark_all(context.name, feeds)
    found = installation.ensure(context.name).preview(context.name)
    store = installation.store
    return found, replace(
        shown(found, context),
        in_doubt=len(store.journal.read_open(context.name)),
        troubled=store.work.count(context.name)[1],
        findings=sum(store.findings.count_open(context.name).values()),
        quiet=_quiet_sides(installation, context),
        receipts=_receipts(installation, context),
    )


def _receipts(installation: Installation, context: SyncContext) -> dict[Side, int]:
    """How many items of pairs that the next cycle looks at were never told of their counterpart."""
    store, now = installation.store, installation.clock.now()
    seen: set[LinkId] = set()
    found: dict[Side, set[ItemRef]] = {side: set() for side in Side}
    while records := store.work.read_links(context.name, now, limit=PAGE, skip=seen):
        seen |= {record.link.id for record in records}
        for side in Side:
            items = (record.item(side) for record in records if all(record.item(each) is not None for each in Side))
            refs = [item.ref for item in items if item is not None and not item.is_restricted]
            found[side] |= store.findings.without_comment(refs)
    return {side: len(refs) for side, refs in found.items()}


def _quiet_sides(installation: Installation, context: SyncContext) -> frozenset[Side]:
    """The sides with `notify: false`."""
    settings = installation.loaded.config.connections
    of_sides = {side: settings[party.feed.connection].model_dump() for side, party in context.parties.items()}
    return frozenset(side for side, keys in of_sides.items() if not keys.get("notify", True))


def state_of(installation: Installation, name: SyncName) -> SyncState:
    """What is known of a sync; an empty state when it has never run."""
    return installation.store.audit.read_state(name) or SyncState(name, "")


def mode_place(installation: Installation, name: SyncName) -> Place:
    """Where the mode of a sync stands, or would."""
    return installation.loaded.place("syncs", installation.syncs.index(name), "mode")


def next_steps(session: Session, installation: Installation, plan: Shown) -> Iterator[str]:
    """What can be done with a plan."""
    name, state = plan.context.name, state_of(installation, plan.context.name)
    if plan.context.mode is not Mode.SYNC:
        place = mode_place(installation, name)
        yield f"Mode {plan.context.mode}: not carried out before `mode: sync` stands in {place.file}:{place.line}."
    elif state.paused is not None:
        yield f"Paused: {state.paused}"
        yield f"To allow this plan: {session.command(f'approve {name} --plan {plan.id}')}"
    elif state.approved_at is None:
        yield f"To allow it:      {session.command(f'approve {name} --plan {plan.id}')}"
        yield f"To carry it out:  {session.command(f'sync {name}')}"
    else:
        yield f"The next cycle carries it out; now: {session.command(f'sync {name}')}"
