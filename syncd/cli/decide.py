"""`syncd approve`, `pause` and `resume`: what a person decides about a sync."""

from __future__ import annotations

import click

from syncd.cli.options import command, sync_argument
from syncd.cli.session import Session


@command("approve")
@sync_argument(required=True)
@click.option("--plan", "plan_id", metavar="ID", help="Only if the plan is still this one, as `syncd plan` named it.")
@click.pass_obj
def approve(session: Session, sync: str, plan_id: str | None) -> int:
    """Allow a sync to carry out its plan; ends a pause.

    Reads both sides again. The next cycle may write as much as the plan says now; a plan that has grown much until then
    asks again (`brake` in the configuration).
    """
    from syncd.cli.deciding import approve_sync

    return approve_sync(session, sync, plan_id)


@command("pause")
@sync_argument(required=True)
@click.option("--reason", default="paused by hand", show_default=True, help="Shown by `syncd status`.")
@click.pass_obj
def pause(session: Session, sync: str, reason: str) -> int:
    """Stop a sync from writing.

    No field, no new item and no status comment is written any more. What is being written comes to its end; a running
    daemon obeys with its next cycle. No server is asked, so this works in an outage too.
    """
    from syncd.cli.deciding import pause_sync

    return pause_sync(session, sync, reason)


@command("resume")
@sync_argument(required=True)
@click.pass_obj
def resume(session: Session, sync: str) -> int:
    """End the pause of a sync.

    Its plan needs no new approval, unless it has grown beyond the brake meanwhile.
    """
    from syncd.cli.deciding import resume_sync

    return resume_sync(session, sync)
