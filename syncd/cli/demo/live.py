"""`syncd demo --serve`: both tools stay up and are kept in step while somebody plays with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import click

from syncd.cli.demo.story import Story
from syncd.cli.say import show

EVERY_S: Final = 2.0


def keep_in_step(story: Story, wait: Callable[[float], bool]) -> None:
    """Poll both tools and tell what travels, until it is over.

    `wait`: stands still for so many seconds, or less; true once somebody wants to end.
    """
    _invite(story)
    told: str | None = None
    while not wait(EVERY_S):
        totals = story.works.settle()
        story.show_events(totals.events)
        if totals.waits not in (None, told):
            show(f"   Nothing is written: {totals.waits}")
        told = totals.waits


def _invite(story: Story) -> None:
    stage = story.works.stage
    show(click.style("Your turn: both tools stay up. Change one, watch it arrive in the other.", bold=True))
    show(f"   {stage.asana.url}   Asana: rename a task, move one to “Needs IT”")
    show(f"   {stage.jira.url}   Jira: finish an issue, change its due date")
    show("   What travels is told here. In a second terminal:")
    for command in ("explain WEB-3", "plan", "findings"):
        show(f"   {story.program} --config {story.main_file} {command}")
    show("   Ctrl-C ends it.")
    show()
