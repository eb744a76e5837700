"""`syncd plan`."""

from __future__ import annotations

import click

from syncd.cli.options import command, json_option, sync_argument
from syncd.cli.session import Session


@command("plan")
@sync_argument()
@click.option("--item", metavar="KEY", help="Only what concerns this item: its key, id or URL.")
@json_option
@click.pass_obj
def plan(session: Session, sync: str | None, item: str | None, as_json: bool) -> int:
    """Show what a run would do. Writes nothing anywhere.

    Reads both sides and prints, per sync: a summary, each new item and each field that would be written with its old
    and its new value and why, and the fields that wait. The last line names the plan; `syncd approve SYNC --plan ID`
    allows exactly this one.
    """
    from syncd.cli.planning import show_plans

    return show_plans(session, sync, item, as_json=as_json)
