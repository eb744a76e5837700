"""`syncd status`, once it was asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import click

from syncd.cli.door import OK
from syncd.cli.say import (
    COLOURS,
    columns,
    counted,
    held_back_data,
    held_back_text,
    instant,
    iso,
    joined,
    say_warnings,
    show,
    show_json,
)
from syncd.cli.session import Session
from syncd.cli.syncs import state_of
from syncd.config.choices import Mode
from syncd.engine.watch.pace import HeldBack, read_held_back
from syncd.model.findings import Severity
from syncd.model.links import LinkKind, SyncName
from syncd.model.syncs import SyncState
from syncd.service.installation import Installation

WORST_FIRST = tuple(sorted(Severity, key=lambda severity: -severity.rank))


@dataclass(frozen=True, slots=True)
class Standing:
    """What the store knows of one sync.

    `dependencies`: links that are no pairs. `dirty`: to be looked at; `waiting`: tried again later. `held_back`: status
    comments that wait for `report.per_hour`.
    """

    mode: Mode
    state: SyncState
    pairs: int
    dependencies: int
    dirty: int
    waiting: int
    in_doubt: int
    findings: dict[str, int]
    held_back: HeldBack | None


def show_status(session: Session, *, as_json: bool) -> int:
    """Print the standing of every sync."""
    with session.read() as installation:
        standings = [_standing(installation, name) for name in installation.syncs]
        if as_json:
            show_json({"syncs": [_data(each) for each in standings]})
        else:
            for number, standing in enumerate(standings):
                _show(session, standing, is_first=number == 0)
            say_warnings(installation.left_alone)
    return OK


def _standing(installation: Installation, name: SyncName) -> Standing:
    store = installation.store
    dirty, waiting = store.work.count(name)
    links = store.links.counts().get(name, {})
    found = store.findings.count_open(name)
    per_hour = installation.loaded.config.report.per_hour
    return Standing(
        mode=next(sync.mode for sync in installation.loaded.config.syncs if sync.name == name),
        state=state_of(installation, name),
        pairs=links.get(LinkKind.TWIN, 0),
        dependencies=links.get(LinkKind.DEPENDENCY, 0),
        dirty=dirty,
        waiting=waiting,
        in_doubt=len(store.journal.read_open(name)),
        findings={severity.value: found.get(severity, 0) for severity in WORST_FIRST},
        held_back=read_held_back(store, name, per_hour, installation.clock.now()),
    )


def _show(session: Session, standing: Standing, *, is_first: bool) -> None:
    if not is_first:
        show()
    show(f"{click.style(standing.state.name, bold=True)}  {_in_a_word(session, standing)}")
    for line in columns(list(_rows(session, standing)), indent="  "):
        show(line)


def _in_a_word(session: Session, standing: Standing) -> str:
    state = standing.state
    if state.paused is not None:
        return click.style("paused", fg="red")
    if state.last_error:
        return click.style("failing", fg="red")
    if standing.mode is not Mode.SYNC:
        return f"mode {standing.mode}: no field is written"
    if state.approved_at is None:
        return click.style("waits for approval", fg="yellow") + f": {session.command(f'plan {state.name}')}"
    return click.style("approved", fg="green")


def _rows(session: Session, standing: Standing) -> Iterator[tuple[str, str]]:
    state = standing.state
    if state.paused is not None:
        yield "paused", state.paused
    if state.refused is not None:
        yield "configuration", f"the daemon goes on by the one from before: {session.redacted(state.refused)}"
    yield "last cycle", instant(state.last_cycle_at) if state.last_cycle_at else "never"
    if state.last_error is not None:
        yield "error", session.redacted(state.last_error)
    if state.approved_at is not None:
        yield "approved", instant(state.approved_at)
    yield "pairs", f"{standing.pairs:,}"
    if standing.dependencies:
        yield "depends on", counted(standing.dependencies, "issue")
    yield "work", _work(standing)
    if standing.held_back is not None:
        yield "comments", held_back_text(standing.held_back)
    yield "findings", _findings(standing)


def _work(standing: Standing) -> str:
    parts = [
        f"{standing.dirty:,} to look at" if standing.dirty else "",
        f"{counted(standing.waiting, 'item')} tried again later" if standing.waiting else "",
        f"{counted(standing.in_doubt, 'write')} in doubt" if standing.in_doubt else "",
    ]
    idle = (
        "nothing to do"
        if standing.mode is Mode.SYNC
        else f"all looked at; `syncd plan {standing.state.name}` says more"
    )
    return joined(parts) or idle


def _findings(standing: Standing) -> str:
    parts = [click.style(f"{number} {name}", fg=COLOURS[name]) for name, number in standing.findings.items() if number]
    return joined(parts) or "none"


def _data(standing: Standing) -> dict[str, Any]:
    state = standing.state
    return {
        "sync": state.name,
        "mode": standing.mode.value,
        "approved_at": iso(state.approved_at),
        "paused": state.paused,
        "last_cycle_at": iso(state.last_cycle_at),
        "error": state.last_error,
        "configuration_refused": state.refused,
        "links": standing.pairs,
        "dependencies": standing.dependencies,
        "dirty": standing.dirty,
        "tried_again_later": standing.waiting,
        "in_doubt": standing.in_doubt,
        "comments_held_back": held_back_data(standing.held_back),
        "findings": standing.findings,
    }
