"""`syncd digest`."""

from __future__ import annotations

import click

from syncd.cli.options import command, sync_argument
from syncd.cli.session import Session


@command("digest")
@sync_argument()
@click.option(
    "--since",
    "span",
    type=click.Choice(["daily", "weekly"]),
    default="daily",
    show_default=True,
    help="daily: since marketing's last working day, and what is due by its next one; weekly: seven days either way.",
)
@click.option("--owner", metavar="NAME", help="Only what is for this person or department.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "html", "json"]),
    default="markdown",
    show_default=True,
    help="html: a page that mail clients show; json: see docs/cli-json.md.",
)
@click.pass_obj
def digest(session: Session, sync: str | None, span: str, owner: str | None, form: str) -> int:
    """Tell each owner what is new, worse, due and settled since yesterday or last week.

    Told from the store, in the words of the status comment and with its limits: what is milder than
    `report.min_severity` or muted is left out (that many launches need one team in a week is told all the same), and
    nothing is told of tickets behind a security level. Nothing is sent.
    """
    from syncd.cli.digesting import show_digest

    return show_digest(session, sync, is_weekly=span == "weekly", owner=owner, form=form)
