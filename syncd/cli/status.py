"""`syncd status`."""

from __future__ import annotations

import click

from syncd.cli.options import command, json_option
from syncd.cli.session import Session


@command("status")
@json_option
@click.pass_obj
def status(session: Session, as_json: bool) -> int:
    """Say how each sync is doing.

    Told from the store, so it works in an outage: mode, approval, pause, the last cycle, how many pairs there are, what
    is still to be looked at, what waits, and the open findings.
    """
    from syncd.cli.standing import show_status

    return show_status(session, as_json=as_json)
