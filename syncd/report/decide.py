"""Whether the status comment of an item is to be written now, edited, posted afresh, or left as it is.

Quiet by rule: a comment changes only when its meaning does, silently, and no oftener than `edit_every`. What its
readers did themselves, and how the other side's work goes on, is brought up to date with the next edit. It is posted
afresh with one mention only when a finding has newly become as bad as `speak_up`. Limits over an hour, a sync or a
person are the engine's: it may take the mention off a decision, or turn `Replace` into `Edit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from syncd.model.findings import Severity, StatusComment
from syncd.model.richtext import Doc
from syncd.model.values import Person
from syncd.report.comment import render_comment, with_mention
from syncd.report.mention import person_to_mention
from syncd.report.view import StatusView, essence_of


class When(StrEnum):
    """Which items get a comment: those with findings, or every linked one."""

    FINDINGS = "findings"
    LINKED = "linked"


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """`report:` as far as one comment goes.

    `min_severity`: milder findings are shown only in a comment that exists anyway. `speak_up`: None = never.
    """

    when: When = When.FINDINGS
    min_severity: Severity = Severity.WARNING
    speak_up: Severity | None = Severity.CRITICAL
    edit_every: timedelta = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a comment says: a digest of the news in it, and the numbers of the findings that it has called somebody for.

    Stored as one short string, from which the numbers are read again.
    """

    text: str
    loud: frozenset[int] = frozenset()

    def __str__(self) -> str:
        return f"{self.text}!{'.'.join(map(str, sorted(self.loud)))}" if self.loud else self.text

    @classmethod
    def parse(cls, stored: str) -> Meaning:
        """The meaning that was stored."""
        text, _, loud = stored.partition("!")
        return cls(text, frozenset(int(number) for number in loud.split(".") if number))


@dataclass(frozen=True, slots=True)
class Keep:
    """Leave everything as it is. `look_again_at`: an edit waits until then; None = there is nothing to write."""

    look_again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of the comment, silently."""

    doc: Doc
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Write:
    """Post the first comment, or one in place of one that a person deleted. `mention`: who is called, if anybody."""

    doc: Doc
    meaning: Meaning
    mention: Person | None = None

    @property
    def body(self) -> Doc:
        """The text to post."""
        return with_mention(self.doc, self.mention) if self.mention else self.doc


@dataclass(frozen=True, slots=True)
class Replace(Write):
    """Delete the comment and post it afresh, so that it is seen."""


Decision = Keep | Edit | Write | Replace


def meaning_of(view: StatusView, settings: ReportSettings) -> Meaning:
    """What the comment would say that is news to those who read it. The rest changes without a word."""
    speak_up = settings.speak_up
    told = view.told if speak_up is not None else ()
    loud = frozenset(raised.number for raised in told if speak_up and raised.finding.severity.rank >= speak_up.rank)
    return Meaning(render_comment(essence_of(view)).digest()[:_DIGEST], loud)


def decide_comment(
    previous: StatusComment | None, view: StatusView, settings: ReportSettings, now: datetime
) -> Decision:
    """What becomes of the status comment. `previous`: what was last written, also if a person deleted it since."""
    meaning = meaning_of(view, settings)
    said = Meaning.parse(previous.meaning) if previous else None
    if said is not None and said.text == meaning.text:
        return Keep()
    doc = render_comment(view)
    news = meaning.loud - (said.loud if said else frozenset())
    mention = person_to_mention(view) if news else None
    if previous is None or previous.comment is None:
        return Write(doc, meaning, mention) if _is_worth_a_comment(view, settings) else Keep()
    if news:
        return Replace(doc, meaning, mention)
    may_edit_at = previous.written_at + settings.edit_every
    may_wait = not (view.receipt_due or view.reply_due or view.has_closed)
    is_recent = previous.written_at <= now < may_edit_at  # a clock that was ahead silences nobody once it is right
    return Keep(may_edit_at) if may_wait and is_recent else Edit(doc, meaning)


_DIGEST = 40
"""Hex digits of the digest that are kept: enough to tell two comments of one item apart, short enough to store."""


def _is_worth_a_comment(view: StatusView, settings: ReportSettings) -> bool:
    if view.receipt_due or view.answers or (settings.when is When.LINKED and view.links):
        return True
    return view.worst is not None and view.worst.rank >= settings.min_severity.rank
