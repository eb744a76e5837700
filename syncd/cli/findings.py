"""`syncd findings`."""

from __future__ import annotations

import click

from syncd.cli.options import command, json_option, sync_argument
from syncd.cli.session import Session


@command("findings")
@sync_argument()
@click.option("--board", "as_board", is_flag=True, help="By campaign: what is at risk, why, until when, who acts.")
@json_option
@click.pass_obj
def findings(session: Session, sync: str | None, as_board: bool, as_json: bool) -> int:
    """List what the checks found, worst first.

    Told from the store: what the last cycles raised and nobody has settled yet. Where a line of YAML would settle it,
    that line is shown.
    """
    if as_board:
        from syncd.cli.board import show_board

        return show_board(session, sync, as_json=as_json)
    from syncd.cli.found import show_findings

    return show_findings(session, sync, as_json=as_json)
