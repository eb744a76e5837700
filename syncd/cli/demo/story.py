"""The acts of the demo. Each does something with the real product and says what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

import click

from syncd.cli.demo.telling import (
    event_lines,
    finding_lines,
    heading,
    marked,
    pair_name,
    paragraph,
    plan_counts,
    quoted_comment,
    settled_line,
    step_line,
    title,
)
from syncd.cli.demo.works import Totals, Works
from syncd.cli.planned import shown
from syncd.cli.say import counted, show
from syncd.model.errors import ConfigError
from syncd.model.findings import RaisedFinding
from syncd.model.items import Item, Side
from syncd.model.records import Event
from syncd.sandbox.campaign import second_day

PAIRS: Final = ("landing", "form", "template", "pages", "gallery", "stores")
"""Short names of what belongs together from the beginning: tasks and issues that name each other in their texts."""
MARKETING_BEGINS: Final = timedelta(hours=2)
IT_BEGINS: Final = timedelta(minutes=20)
"""Before now: when people begin their second day."""


@dataclass(slots=True)
class Story:
    """The story. `main_file`: of the configuration; `program`: how syncd is called here."""

    works: Works
    main_file: Path
    program: str = "syncd"
    _findings: tuple[RaisedFinding, ...] = field(default=(), init=False)

    def tell(self) -> None:
        """All acts, from an empty store to two tools in step."""
        self.opening()
        self.check()
        self.join_pairs()
        self.plan()
        self.first_sync()
        self.second_day()
        self.second_sync()
        self.idle()

    def opening(self) -> None:
        """What is here."""
        stage, campaign = self.works.stage, self.works.stage.campaign
        tasks, issues = len(campaign.asana.tasks), len(campaign.issues)
        flavour = "Cloud" if campaign.jira.cloud else "Data Center"
        show(click.style("syncd demo: a spring campaign in Asana, the work it needs in Jira", bold=True))
        show()
        show(f"   Asana   {stage.asana.url}   {tasks} tasks, for marketing")
        show(f"   Jira    {stage.jira.url}   {issues} issues, for Web IT ({flavour})")
        show()
        text = (
            "Both are stand-ins that run on this machine for as long as the demo does; syncd talks to them over HTTP "
            f"as to the real ones. Its configuration is in {self.main_file.parent}/, its log too."
        )
        show(paragraph(text))
        show()

    def check(self) -> None:
        """Prove the configuration against both tools. Raises ConfigError."""
        show(heading(1, "Does the configuration fit both tools?", "syncd check --live"))
        proof = self.works.installation.prove()
        if proof.problems:
            raise ConfigError(proof.problems)
        for party in self.works.context.parties.values():
            account = party.connector.fetch_account()
            project = party.project
            known = f"{counted(len(project.statuses), 'status', 'statuses')}, {counted(len(project.fields), 'field')}"
            tick = click.style("✓", fg="green")
            show(f"   {tick} {account.server}: {account.person.name} sees “{project.name}”, {known}")
        for warning in proof.warnings:
            where = f"{Path(warning.file).name}:{warning.line}"
            show(marked(click.style("!", fg="yellow"), f"{where}: {warning.message}"))
        show()

    def join_pairs(self) -> None:
        """Tell syncd which tasks and issues belong together already."""
        show(heading(2, "What belongs together already?", "syncd links add TASK ISSUE"))
        self.works.cycle()  # reads both sides; writes nothing before a plan was approved
        campaign = self.works.stage.campaign
        for short in PAIRS:
            self.works.join(self.works.item(campaign.tasks[short]), self.works.item(campaign.issues[short]))
        text = f"{len(PAIRS)} tasks have an issue that people made for them earlier; they are joined, not doubled."
        show(paragraph(text))
        show()

    def plan(self) -> None:
        """What a run would do."""
        show(heading(3, "What would be written? Nothing is, before somebody has looked.", "syncd plan"))
        context = self.works.context
        preview = self.works.engine.preview(context.name)
        plan = shown(preview, context)
        for step in plan.steps:
            show(step_line(step, context))
        made, fields = plan_counts(plan)
        show(paragraph(f"{counted(made, 'new item')} and {counted(fields, 'field')} of existing ones. We approve."))
        show()
        self.works.engine.approve(context.name, preview.writes)

    def first_sync(self) -> None:
        """Carry it out, and read what people now find on their tasks and issues."""
        show(heading(4, "The first sync", "syncd sync"))
        show(paragraph(_sum(self.works.settle())))
        show()
        self._findings = self.works.findings()
        text = (
            "One status comment an item, in the words of whoever reads it there, edited in place from now on. "
            "Three of them, exactly as they stand:"
        )
        show(paragraph(text))
        show()
        self._quote(Side.MARKETING, "competition")
        self._quote(Side.MARKETING, "landing")
        self._quote_twin("voucher")

    def second_day(self) -> None:
        """People go on with their work, in their own tools."""
        show(heading(5, "The next day, people go on with their work, each in their own tool"))
        clock = self.works.stage.clock
        clock.stay_behind(MARKETING_BEGINS)
        for edit in second_day(self.works.stage.campaign, between=lambda: clock.stay_behind(IT_BEGINS)):
            colour = "magenta" if edit.tool == "Asana" else "cyan"
            show(f"   {click.style(edit.tool.ljust(5), fg=colour)}  {edit.who} {edit.what}")
        clock.stay_behind(timedelta(0))
        show()

    def second_sync(self) -> None:
        """What travels which way, how a conflict is decided, and what the checks say now."""
        show(heading(6, "The second sync: what travels, which way", "syncd sync"))
        totals = self.works.settle()
        self.show_events(totals.events)
        show(paragraph(_sum(totals)))
        show(paragraph("WEB-1 went to review, which is still “Doing” for marketing: nothing to write."))
        show()
        self._show_findings()
        self._quote(Side.MARKETING, "landing")
        self._quote(Side.IT, "landing")

    def idle(self) -> None:
        """A cycle in which nobody did anything."""
        show(heading(7, "And while nobody does anything?"))
        begun = time.perf_counter()
        totals = self.works.settle(most=1)
        took_s = time.perf_counter() - begun
        requests = counted(totals.requests, "request")
        show(paragraph(f"{counted(totals.writes, 'write')}, {requests} to both tools together, {took_s:.2f} s."))
        show()

    # what they share

    def show_events(self, events: Iterable[Event]) -> None:
        """What travelled."""
        events = tuple(events)
        links = {event.ref: link for event in events if event.ref and (link := self.works.link(event.ref))}
        refs = {ref for link in links.values() for ref in (link.marketing, link.it)} | set(links)
        for line in event_lines(events, self.works.items(*refs), links, self.works.context):
            show(line)

    def _show_findings(self) -> None:
        """What the checks have to say now, and what is settled since the last time."""
        found = self.works.findings()
        show(f"   {click.style('What needs a decision now', bold=True)}")
        for raised in found:
            for line in finding_lines(raised, self._about(raised)):
                show(line)
        for raised in self._findings:
            if not any(_is_same(raised, each) for each in found):
                show(settled_line(raised, self._about(raised)))
        show()

    def _about(self, raised: RaisedFinding) -> str:
        link = self.works.link(raised.item)
        items = self.works.items(raised.item, *([link.it] if link else []))
        return pair_name(items.get(raised.item), items.get(link.it) if link else None)

    def _quote(self, side: Side, short: str) -> None:
        """The status comment on an item of the campaign, as its tool shows it."""
        campaign = self.works.stage.campaign
        known = campaign.tasks if side is Side.MARKETING else campaign.issues
        self._quote_item(side, self.works.item(known[short]))

    def _quote_twin(self, short: str) -> None:
        """The status comment on the issue that a task was given."""
        link = self.works.link(self.works.item(self.works.stage.campaign.tasks[short]).ref)
        if link is not None:
            self._quote_item(Side.IT, self.works.items(link.it)[link.it])

    def _quote_item(self, side: Side, item: Item) -> None:
        where = f"Asana, on {title(item)}" if side is Side.MARKETING else f"Jira, on {item.key} {title(item)}"
        for text in self.works.comments_on(side, item.ref):
            for line in quoted_comment(where, text):
                show(line)
            show()


def _sum(totals: Totals) -> str:
    parts = (
        counted(totals.created, "new item") if totals.created else "",
        counted(totals.written, "item") + " brought in step" if totals.written else "",
        counted(totals.comments, "status comment") if totals.comments else "",
    )
    done = ", ".join(part for part in parts if part)
    return f"{done}. {counted(totals.requests, 'request')} in all, to both tools."


def _is_same(one: RaisedFinding, other: RaisedFinding) -> bool:
    return (one.item, one.finding.code, one.finding.subject) == (other.item, other.finding.code, other.finding.subject)
