"""Does somebody wait for an answer?"""

from __future__ import annotations

from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, Outcome, SideContext
from syncd.checks.nearness import NEAR_DAYS, nearness, needed_by
from syncd.checks.spec import CheckSpec, Option, risen
from syncd.checks.words import quoted
from syncd.model.days import day_in, spell_day
from syncd.model.findings import Finding, Severity
from syncd.model.items import Side
from syncd.model.remarks import Saying


def check_no_reply(context: CheckContext, settings: CheckSettings) -> Outcome:
    """The oldest question to the other side after which nobody there said anything. A warning when the date is near."""
    asked = [said for said in context.sayings if _asks(said) and not _is_answered(said, context)]
    outcomes = [_outcome(context, settings, next((said for said in asked if said.by is by), None)) for by in Side]
    instants = [each.look_again_at for each in outcomes if each.look_again_at is not None]
    return Outcome(tuple(finding for each in outcomes for finding in each.findings), min(instants, default=None))


def _asks(said: Saying) -> bool:
    """Whether a remark asks the other side: it calls somebody there, or asks a question that those can read."""
    if said.remark.is_restricted:
        return False
    if said.by.other in said.calls:
        return True
    return bool(said.remark.question) and not said.calls and _is_read_there(said)


def _is_read_there(said: Saying) -> bool:
    """Whether the side that is asked sees the remark on its own ticket."""
    return said.is_copied or said.where is said.by.other


def _is_answered(asked: Saying, context: CheckContext) -> bool:
    """Whatever the other side says later counts; what not everybody sees, only on the ticket of the question.

    So does a deed: it wrote something into its description, or set its date.
    """
    facts = context.facts.on(asked.by.other) if context.facts else None
    if facts is not None and facts.answered_at is not None and facts.answered_at > asked.remark.at:
        return True
    return any(
        said.by is asked.by.other
        and said.remark.at > asked.remark.at
        and (said.where is asked.where or not said.remark.is_restricted)
        for said in context.sayings
    )


def _outcome(context: CheckContext, settings: CheckSettings, asked: Saying | None) -> Outcome:
    if asked is None:
        return Outcome()
    side = context.on(asked.by.other)
    asked_on = day_in(asked.remark.at, side.zone)
    speaks_on = side.calendar.add(asked_on, settings.number("after_days"))
    if context.today(side.side) < speaks_on:
        return Outcome(look_again_at=context.morning(side.side, speaks_on))
    needed = needed_by(context, side.side)
    if needed is None:
        return Outcome((_no_reply(context, settings, asked, settings.severity or Severity.INFO),))
    near = nearness(context, *needed, NEAR_DAYS)
    severity = risen(settings.severity, Severity.WARNING, when=near.is_near)
    return Outcome((_no_reply(context, settings, asked, severity),), near.look_again_at)


def _no_reply(context: CheckContext, settings: CheckSettings, asked: Saying, severity: Severity) -> Finding:
    asker, side = context.on(asked.by), context.on(asked.by.other)
    asked_on = day_in(asked.remark.at, side.zone)
    return Finding(
        code=NO_REPLY.code,
        severity=severity,
        title={
            side.side: f"{asker.department} waits for your answer",
            asker.side: f"{side.department} has not answered yet",
        },
        facts=(_said(asked, asker, f"{spell_day(asked_on)}", is_quoted=_may_be_quoted(asked, settings)),),
        advice={
            side.side: f"{side.who}: {_where_to_answer(context, asked)}; one line is enough.",
            asker.side: f"{side.department} has been told. Nothing to do for you.",
        },
        told=frozenset({side.side}),
        subject=asked.by.value,
        seen={"comment": asked.remark.id, "asked": asked_on.isoformat()},
    )


def _may_be_quoted(asked: Saying, settings: CheckSettings) -> bool:
    """Whether all who are told can read the comment anyway."""
    told = settings.tell or {asked.by.other}
    return asked.is_copied or told == {asked.where}


def _said(asked: Saying, asker: SideContext, day: str, *, is_quoted: bool) -> str:
    who = f"{asked.remark.author.name} ({asker.department})"
    if not is_quoted:
        return f"{who} asked for an answer in a comment on {day}."
    question = asked.remark.question
    return f"{who} asked on {day}: {quoted(question)}" if question else f"{who} called you in a comment on {day}."


def _where_to_answer(context: CheckContext, asked: Saying) -> str:
    return "answer here" if _is_read_there(asked) else f"answer in {context.on(asked.where).tool}"


NO_REPLY: Final = CheckSpec(
    code="no-reply",
    check=check_no_reply,
    title="A question is unanswered",
    severity=Severity.INFO,
    worst=Severity.WARNING,
    told="the asked",
    text=(
        "A person's comment asks the other side, and nobody there wrote anything, or changed its description or "
        "date, for `after_days`: it calls the owner "
        "of the other ticket, or has a question mark, calls nobody and is read on the other side (it was copied, or "
        "the owner of the other ticket wrote it here). A warning from "
        f"{NEAR_DAYS} working days before the date on. Restricted comments ask nobody and are not quoted; syncd's own "
        "and those of `people.not_people` do not count."
    ),
    options=(Option("after_days", 3, "Working days before it is said."),),
    is_about_dates=True,
    has_horizon=True,
    silences=frozenset({"stalled"}),
)
