"""`syncd findings`."""

from __future__ import annotations

import click

from syncd.cli.options import SyncdCommand, json_option, sync_argument
from syncd.cli.session import Session


class ListOrDecide(click.Group):
    """A group that lists when no command of its own is named: `syncd findings [SYNC]`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` in front of what is no command."""
        is_help = bool(set(args) & set(self.get_help_option_names(ctx)))
        if not is_help and not any(each in self.commands for each in args):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group("findings", cls=ListOrDecide)
def findings() -> None:
    """List what the checks found, or say no more about it.

    Without a command of its own it lists: `syncd findings [SYNC]`.
    """


@findings.command("list", cls=SyncdCommand)
@sync_argument()
@click.option("--board", "as_board", is_flag=True, help="By campaign: what is at risk, why, until when, who acts.")
@click.option(
    "--score", "as_score", is_flag=True, help="By check: what came true, was false or settled in time, and how early."
)
@json_option
@click.pass_obj
def list_(session: Session, sync: str | None, as_board: bool, as_score: bool, as_json: bool) -> int:
    """List what the checks found, worst first.

    Told from the store: what the last cycles raised and nobody has settled yet. Where a line of YAML would settle it,
    that line is shown.
    """
    if as_score and as_board:
        raise click.UsageError("--board and --score are two views: choose one")
    if as_score:
        from syncd.cli.score import show_score

        return show_score(session, sync, as_json=as_json)
    if as_board:
        from syncd.cli.board import show_board

        return show_board(session, sync, as_json=as_json)
    from syncd.cli.found import show_findings

    return show_findings(session, sync, as_json=as_json)


@findings.command("mute", cls=SyncdCommand)
@click.argument("item", metavar="ITEM")
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@click.option(
    "--until", metavar="DAY", help='Such as "friday", "20 Mar", "2026-03-20". Default: until its facts change.'
)
@click.pass_obj
def mute(session: Session, item: str, number: int, until: str | None) -> int:
    """Say no more about point N of a ticket, until a day or until its facts change."""
    from syncd.cli.muting import silence

    return silence(session, item, number, until=until, is_agreed=False)


@findings.command("accept", cls=SyncdCommand)
@click.argument("item", metavar="ITEM")
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@click.pass_obj
def accept(session: Session, item: str, number: int) -> int:
    """Note that point N of a ticket is known and agreed: silent until its facts change."""
    from syncd.cli.muting import silence

    return silence(session, item, number, until=None, is_agreed=True)


@findings.command("unmute", cls=SyncdCommand)
@click.argument("item", metavar="ITEM")
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@click.pass_obj
def unmute(session: Session, item: str, number: int) -> int:
    """Speak about point N of a ticket again."""
    from syncd.cli.muting import speak_again

    return speak_again(session, item, number)
