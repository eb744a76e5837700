"""`syncd undo`."""

from __future__ import annotations

import click

from syncd.cli.options import command, json_option
from syncd.cli.session import Session


@command("undo")
@click.argument("events", metavar="EVENT...", nargs=-1, required=True, type=click.IntRange(1))
@json_option
@click.pass_obj
def undo(session: Session, events: tuple[int, ...], as_json: bool) -> int:
    """Take writes back that nobody has changed since.

    EVENT is the number of a write, as `syncd history` shows it. Both items are read first. What was changed since, was
    written again, is not mapped any more or is gone is refused with the reason; an item that was made is never
    deleted. The next cycle writes the old value back, and what the pair then shows counts as agreed: the other side
    stays as it is. Taking back is a write of its own, which can be undone.

    Exit code 1: some were refused.
    """
    from syncd.cli.undoing import undo_events

    return undo_events(session, events, as_json=as_json)
