"""`syncd check`."""

from __future__ import annotations

import click

from syncd.cli.options import command
from syncd.cli.session import Session


@command("check")
@click.option("--live", is_flag=True, help="Also ask both systems. Writes nothing.")
@click.pass_obj
def check(session: Session, live: bool) -> int:
    """Prove the configuration; with --live against both systems.

    Every problem is told at once as FILE:LINE:COLUMN: MESSAGE, with exit code 2. With --live the credentials, projects,
    fields, statuses and people are proved too, and you are told what polls of each system cannot see.
    """
    from syncd.cli.checking import check_files, check_live

    return check_live(session) if live else check_files(session)
