"""`syncd demo --serve`: both tools stay up and are kept in step while somebody plays with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import click

from syncd.cli.demo.story import Story
from syncd.cli.say import show

EVERY_S: Final = 2.0


def keep_in_step(story: Story, wait: Callable[[float], object]) -> None:
    """Poll both tools and tell what travels, for ever.

    `wait`: stands still for so many seconds; raises KeyboardInterrupt once somebody wants to end.
    """
    _invite(story)
    waited_for: str | None = None
    while True:
        wait(EVERY_S)
        totals = story.works.settle()
        story.show_events(totals.events)
        if totals.waits not in (None, waited_for):
            show(f"   Nothing is written: {totals.waits}")
        waited_for = totals.waits


def _invite(story: Story) -> None:
    show(
        click.style("Your turn: both tools stay up. Change something in one, watch it arrive in the other.", bold=True)
    )
    show(f"   {story.works.stage.asana.url}   Asana: rename a task, move one to “Needs IT”")
    show(f"   {story.works.stage.jira.url}   Jira: finish an issue, change its due date")
    show("   What travels is told here. In a second terminal:")
    for command in ("explain WEB-3", "plan", "findings"):
        show(f"   {story.program} --config {story.main_file} {command}")
    show("   Ctrl-C ends it.")
    show()
