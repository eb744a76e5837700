"""`syncd plan`, once it was asked for."""

from __future__ import annotations

import click

from syncd.cli.door import FAILED, OK, connector_text
from syncd.cli.plan_json import plan_data
from syncd.cli.plan_text import plan_lines, size_text
from syncd.cli.planned import Shown
from syncd.cli.progress import busy
from syncd.cli.say import show, show_json
from syncd.cli.session import Session
from syncd.cli.syncs import chosen, next_steps, open_syncs, preview
from syncd.model.errors import ConnectorError
from syncd.model.links import SyncName
from syncd.service.installation import Installation


def show_plans(session: Session, sync: str | None, item: str | None, *, as_json: bool) -> int:
    """Print the plans of the chosen syncs; 1 when one of them could not be made."""
    with session.open_copy() as installation:
        names = chosen(installation, sync)
        with busy("reading both sides"):
            plans, failures = _plans(installation, names)
        shown = [plan.of_item(item) if item else plan for plan in plans]
        if as_json:
            failed = {name: session.redacted(connector_text(error)) for name, error in failures.items()}
            show_json({"syncs": [plan_data(plan) for plan in shown], "failed": failed})
        else:
            _show(session, installation, shown)
        for name, error in failures.items():
            click.echo(f"{name}: no plan: {session.redacted(connector_text(error))}", err=True)
    return FAILED if failures else OK


def _plans(
    installation: Installation, names: tuple[SyncName, ...]
) -> tuple[list[Shown], dict[SyncName, ConnectorError]]:
    opened = open_syncs(installation, names)
    plans, failures = [], dict(opened.outages)
    for context in opened.contexts:
        try:
            plans.append(preview(installation, context)[1])
        except ConnectorError as error:
            failures[context.name] = error
    return plans, failures


def _show(session: Session, installation: Installation, plans: list[Shown]) -> None:
    for number, plan in enumerate(plans):
        if number:
            show()
        for line in plan_lines(plan):
            show(line)
        if plan.item is None and plan.is_pending:
            show()
            show(f"Plan {plan.id}: {size_text(plan)}. Nothing was written.")
            for line in next_steps(session, installation, plan):
                show(line)
