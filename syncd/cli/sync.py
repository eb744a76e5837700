"""`syncd sync`."""

from __future__ import annotations

import click

from syncd.cli.options import command, json_option, sync_argument
from syncd.cli.session import Session


@command("sync")
@sync_argument()
@click.option("--once", is_flag=True, help="One cycle only, whatever is left.")
@click.option("--yes", is_flag=True, help="Carry out the first plan without asking.")
@json_option
@click.pass_obj
def sync(session: Session, sync: str | None, once: bool, yes: bool, as_json: bool) -> int:
    """Bring both sides in step, then end.

    Polls both sides, writes what the plan says, lets the checks look and writes status comments, again and again until
    nothing is left but what waits. A plan that was never approved is shown first; on a terminal you are asked,
    elsewhere nothing is written without --yes. A paused sync stays paused: `syncd approve` or `syncd resume` ends that.

    Exit code 1: something could not be written, or a plan waits for approval.
    """
    from syncd.cli.syncing import Wish, run_syncs

    return run_syncs(session, sync, Wish(once=once, yes=yes, is_quiet=as_json))
