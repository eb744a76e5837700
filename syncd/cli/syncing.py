"""`syncd sync`, once it was asked for: cycles until nothing is left, and what they came to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import click

from syncd.cli.door import FAILED, OK, connector_text
from syncd.cli.plan_json import plan_data
from syncd.cli.plan_text import plan_lines, size_text
from syncd.cli.planned import Shown
from syncd.cli.progress import busy, counting_down
from syncd.cli.say import counted, held_back_data, held_back_text, joined, show, show_json
from syncd.cli.session import Session
from syncd.cli.stopping import Stop, asking, stoppable
from syncd.cli.syncs import chosen, mode_place, open_syncs, preview, state_of
from syncd.config.choices import Mode
from syncd.engine.context import SyncContext
from syncd.engine.engine import Report
from syncd.engine.watch.pace import HeldBack
from syncd.model.errors import ConnectorError, RateLimited
from syncd.model.links import SyncName
from syncd.service.installation import Installation
from syncd.store.turn import only_one

MOST_CYCLES: Final = 30
"""A sync that still finds work after so many cycles is answered by an automation, or people are very busy."""
LONGEST_PAUSE_S: Final = 300.0
"""A server that asks for a longer pause is left alone; the next run goes on."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The options of the command. `is_quiet`: the answer is for a program, so nothing else goes to stdout."""

    once: bool = False
    yes: bool = False
    is_quiet: bool = False


@dataclass(slots=True)
class Outcome:
    """What the cycles of one sync came to.

    `waits`: why nothing is written, with the `plan` that would be. `left`: marks still to be looked at, and items that
    are tried again later. `findings`: open ones by severity.
    """

    sync: SyncName
    cycles: int = 0
    created: int = 0
    written: int = 0
    mirrored: int = 0
    files: int = 0
    rejected: int = 0
    comments: int = 0
    held_back: HeldBack | None = None
    in_doubt: int = 0
    error: str | None = None
    waits: str | None = None
    is_stopped: bool = False
    plan: Shown | None = None
    left: tuple[int, int] = (0, 0)
    findings: dict[str, int] = field(default_factory=dict)

    def add(self, report: Report) -> None:
        """Count a cycle in."""
        done = report.done
        self.cycles += 1
        self.created += done.created
        self.written += done.written
        self.mirrored += done.mirrored
        self.files += done.files
        self.rejected += done.rejected
        self.in_doubt = done.in_doubt
        self.comments += report.comments
        self.held_back = report.held_back

    @property
    def has_failed(self) -> bool:
        """Whether something did not come to its end."""
        return bool(self.error or self.waits or self.rejected or self.left[1] or self.in_doubt or self.is_stopped)


def run_syncs(session: Session, sync: str | None, wish: Wish) -> int:
    """Run the chosen syncs, one after the other; 1 when something failed or waits."""
    with session.open() as installation:
        names = chosen(installation, sync)
        with only_one(installation.loaded.config.store.reveal()), stoppable() as stop:
            outcomes = list(_Runner(session, installation, wish, stop).run(names))
        if wish.is_quiet:
            show_json({"syncs": [_data(each) for each in outcomes]})
    return FAILED if any(each.has_failed for each in outcomes) else OK


@dataclass(frozen=True, slots=True)
class _Runner:
    session: Session
    installation: Installation
    wish: Wish
    stop: Stop

    def run(self, names: tuple[SyncName, ...]) -> Iterator[Outcome]:
        with busy("opening both sides"):
            opened = open_syncs(self.installation, names)
        for name, error in opened.outages.items():
            yield self._tell(Outcome(name, error=self._text(error)), None)
        for context in opened.contexts:
            outcome = Outcome(context.name)
            try:
                self._run(context, outcome)
            except ConnectorError as error:
                outcome.error = self._text(error)
            yield self._tell(outcome, context)

    def _run(self, context: SyncContext, outcome: Outcome) -> None:
        if not self._may_write(context, outcome):
            return
        is_settled = False
        while not is_settled and outcome.cycles < (1 if self.wish.once else MOST_CYCLES):
            report = self._cycle(context)
            outcome.add(report)
            if self.stop():
                outcome.is_stopped = True
                return
            if report.waits is not None:
                outcome.waits = report.waits
                return
            if report.error is not None and not self._has_waited_for(report.error, outcome):
                outcome.error = self._text(report.error)
                return
            is_settled = report.error is None and not _has_moved(report)

    def _cycle(self, context: SyncContext) -> Report:
        work = self.installation.store.work
        with counting_down(f"{context.name}", lambda: work.count(context.name)[0]):
            return self.installation.ensure(context.name).run(context.name, self.stop)

    def _has_waited_for(self, error: ConnectorError, outcome: Outcome) -> bool:
        """Whether it was a pause that a server asked for, and it is over."""
        if not isinstance(error, RateLimited) or error.retry_after_s > LONGEST_PAUSE_S or self.wish.once:
            return False
        click.echo(f"{outcome.sync}: {error}; going on in {error.retry_after_s:.0f} s", err=True)
        self.stop.wait(error.retry_after_s)
        return True

    # --- approval -----------------------------------------------------------------------------------------------

    def _may_write(self, context: SyncContext, outcome: Outcome) -> bool:
        """Whether cycles may run: a plan that was never approved is shown, and a person asked."""
        state = state_of(self.installation, context.name)
        if state.paused is not None and context.mode is not Mode.WATCH:
            outcome.waits = f"paused: {state.paused}"
            return False
        if context.mode is not Mode.SYNC:
            return True
        return state.approved_at is not None or self._is_approved_now(context, outcome)

    def _is_approved_now(self, context: SyncContext, outcome: Outcome) -> bool:
        with busy("reading both sides"):
            found, plan = preview(self.installation, context)
        outcome.plan = plan
        if not self.wish.is_quiet:
            for line in plan_lines(plan):
                show(line)
            show()
        if plan.is_pending and not self._is_wanted(plan):
            again = self.session.command(f"sync {context.name} --yes")
            outcome.waits = f"plan {plan.id} was not approved; to carry it out: {again}"
            return False
        pairs = len(found.adoptable.pairs)
        self.installation.ensure(context.name).approve(context.name, found.writes, pairs)
        outcome.plan = None
        return True

    def _is_wanted(self, plan: Shown) -> bool:
        if self.wish.yes:
            return True
        if self.wish.is_quiet or not self.session.can_ask():
            return False
        with asking():
            return click.confirm(f"Carry out {size_text(plan)}?", err=True)

    # --- what it came to ----------------------------------------------------------------------------------------

    def _tell(self, outcome: Outcome, context: SyncContext | None) -> Outcome:
        store = self.installation.store
        outcome.left = store.work.count(outcome.sync)
        outcome.findings = {
            severity.value: number for severity, number in store.findings.count_open(outcome.sync).items()
        }
        if not self.wish.is_quiet:
            for line in self._lines(outcome, context):
                show(line)
        return outcome

    def _lines(self, outcome: Outcome, context: SyncContext | None) -> Iterator[str]:
        if outcome.cycles:
            nothing = "nothing to write" if context is not None and context.mode is Mode.SYNC else "both sides read"
            yield f"{outcome.sync}: {_done(outcome) or nothing} in {counted(outcome.cycles, 'cycle')}"
        for reason in (
            outcome.error,
            outcome.waits,
            "stopped; the next run goes on from here" if outcome.is_stopped else None,
        ):
            if reason is not None:
                yield f"{outcome.sync}: {reason}"
        if context is not None and context.mode is not Mode.SYNC:
            place = mode_place(self.installation, context.name)
            what = "no field is" if context.mode is Mode.REPORT else "nothing is"
            yield f"  mode {context.mode}: {what} written before `mode: sync` stands in {place.file}:{place.line}"
            yield f"  what would be: {self.session.command(f'plan {context.name}')}"
        yield from _left(outcome, self.session)

    def _text(self, error: ConnectorError) -> str:
        return self.session.redacted(connector_text(error))


def _has_moved(report: Report) -> bool:
    """Whether another cycle may find more to do."""
    return bool(report.done.created or report.done.written or report.done.mirrored or report.done.files)


def _done(outcome: Outcome) -> str:
    parts = [
        f"{outcome.created:,} made" if outcome.created else "",
        f"{counted(outcome.written, 'update')} written" if outcome.written else "",
        f"{counted(outcome.mirrored, 'comment')} copied, edited or withdrawn" if outcome.mirrored else "",
        f"{counted(outcome.files, 'file')} copied or taken away" if outcome.files else "",
        f"{counted(outcome.comments, 'status comment')}" if outcome.comments else "",
    ]
    return joined(parts)


def _left(outcome: Outcome, session: Session) -> Iterator[str]:
    _, troubled = outcome.left
    waits = [
        f"{counted(outcome.rejected, 'write')} refused" if outcome.rejected else "",
        f"{counted(troubled, 'item')} tried again later" if troubled else "",
        f"{counted(outcome.in_doubt, 'new item')} in doubt: looked for again with the next run"
        if outcome.in_doubt
        else "",
    ]
    if joined(waits):
        yield f"  waits: {joined(waits)}"
    if outcome.held_back is not None:
        yield f"  {held_back_text(outcome.held_back)}"
    if outcome.findings:
        counts = ", ".join(
            f"{outcome.findings[name]} {name}" for name in ("critical", "warning", "info") if name in outcome.findings
        )
        yield f"  findings: {counts}; see {session.command('findings')}"


def _data(outcome: Outcome) -> dict[str, Any]:
    dirty, troubled = outcome.left
    return {
        "sync": outcome.sync,
        "cycles": outcome.cycles,
        "created": outcome.created,
        "written": outcome.written,
        "mirrored": outcome.mirrored,
        "files": outcome.files,
        "rejected": outcome.rejected,
        "comments": outcome.comments,
        "comments_held_back": held_back_data(outcome.held_back),
        "in_doubt": outcome.in_doubt,
        "tried_again_later": troubled,
        "left": dirty,
        "findings": outcome.findings,
        "error": outcome.error,
        "waits": outcome.waits,
        "stopped": outcome.is_stopped,
        "plan": plan_data(outcome.plan) if outcome.plan is not None else None,
    }
