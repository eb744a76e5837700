"""`syncd demo`."""

from __future__ import annotations

import click

from syncd.cli.options import command
from syncd.cli.session import Session


@command("demo")
@click.option("--serve", is_flag=True, help="Keep both tools up afterwards, to click through and to play with.")
@click.option("--flavour", type=click.Choice(["cloud", "dc"]), default="cloud", help="Of the Jira. Default: cloud.")
@click.pass_obj
def demo(session: Session, serve: bool, flavour: str) -> None:
    """Show in a minute what syncd does, on two stand-in tools.

    Starts a small Jira and a small Asana on this machine, fills them with a campaign, and keeps them in step with the
    real product and a real configuration, which it writes to ./.demo for you to look at. Nothing leaves this machine.
    """
    from syncd.cli.demo.run import run_demo

    run_demo(session, flavour, serve=serve)
