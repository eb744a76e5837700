"""`syncd approve`, `pause` and `resume`, once they were asked for."""

from __future__ import annotations

from dataclasses import replace

from syncd.cli.door import OK, Refused
from syncd.cli.plan_text import size_text
from syncd.cli.progress import busy
from syncd.cli.say import show
from syncd.cli.session import Session
from syncd.cli.syncs import chosen, mode_place, preview, state_of
from syncd.config.choices import Mode
from syncd.model.links import SyncName
from syncd.model.records import Event
from syncd.model.syncs import SyncState
from syncd.service.installation import Installation


def approve_sync(session: Session, sync: str, plan_id: str | None) -> int:
    """Allow the plan as it is now, or only the named one."""
    with session.open() as installation:
        (name,) = chosen(installation, sync)
        with busy("reading both sides"):
            engine = installation.require([name])
            context = next(each for each in engine.syncs if each.name == name)
            found, plan = preview(installation, context)
        if plan_id is not None and plan_id != plan.id:
            again = session.command(f"plan {name}")
            raise Refused(f"the plan of {name} is another one by now: {plan.id} with {size_text(plan)}; see {again}")
        was_paused = state_of(installation, name).paused is not None
        engine.approve(name, found.writes, len(found.adoptable.pairs))
        show(f"{name}: plan {plan.id} with {size_text(plan)} is approved.")
        if was_paused:
            show("The pause is over.")
        if context.mode is Mode.SYNC:
            show(f"The daemon carries it out with its next cycle; without one: {session.command(f'sync {name}')}")
        else:
            place = mode_place(installation, name)
            show(
                f"Mode {context.mode}: nothing is carried out before `mode: sync` stands in {place.file}:{place.line}."
            )
    return OK


def pause_sync(session: Session, sync: str, reason: str) -> int:
    """Note the pause; whoever runs cycles reads it before the next one."""
    with session.open() as installation:
        (name,) = chosen(installation, sync)
        _decide(installation, replace(state_of(installation, name), paused=reason), "pause", reason)
        show(f"{name}: paused ({reason}). {session.command(f'resume {name}')} ends that.")
    return OK


def resume_sync(session: Session, sync: str) -> int:
    """Take the pause away."""
    with session.open() as installation:
        (name,) = chosen(installation, sync)
        state = state_of(installation, name)
        if state.paused is None:
            show(f"{name}: not paused.")
            return OK
        _decide(installation, replace(state, paused=None), "resume", f"the pause is over: {state.paused}")
        show(f"{name}: goes on with the next cycle.")
        if state.approved_at is None:
            show(f"Its plan was never approved: {session.command(f'plan {name}')}")
    return OK


def _decide(installation: Installation, state: SyncState, kind: str, cause: str) -> None:
    audit = installation.store.audit
    audit.record_state(state)
    audit.record([Event(installation.clock.now(), SyncName(state.name), kind, cause, state.config_version)])
