"""The status comment: where, when and how it is written."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from syncd.config.scalars import Count, Duration, Listed, Matching, one_of
from syncd.config.schema.base import Model
from syncd.model.findings import Severity
from syncd.model.items import Side

Readers = Annotated[str, one_of("internal", "role:NAME", "group:NAME", "none")]
"""Who may read a comment: internal, role:NAME, group:NAME or none (= all who see the item)."""


class Report(Model):
    """The one status comment an item, edited in place."""

    comments: Annotated[tuple[Side, ...], Listed()] = (Side.MARKETING, Side.IT)
    """The sides on which it is written; [] = nowhere."""
    when: Literal["findings", "linked"] = "findings"
    """`findings`: where there is something to say. `linked`: on every linked item."""
    min_severity: Severity = Severity.WARNING
    """Milder findings are shown only inside a comment that exists anyway."""
    speak_up: Literal["never", "warning", "critical"] = "critical"
    """Newly this bad: posted afresh with one mention (Redmine: without), and the old comment is deleted."""
    edit_every: Duration = timedelta(hours=4)
    """Otherwise silent edits, no oftener than this."""
    per_hour: Annotated[int, Field(ge=1)] = 60
    """Comments written in an hour over the whole sync, also at go-live."""
    per_person_per_day: Count = 3
    """Mentions of one person a day."""
    show: Annotated[tuple[Literal["link", "status", "owner", "due"], ...], Listed()] = (
        "link",
        "status",
        "owner",
        "due",
    )
    """What is shown of the other side. Guests in the marketing tool read this too."""
    restrict: dict[Side, Readers] = Field(default_factory=lambda: {Side.IT: "internal"})
    """Who may read the comment, by side. `internal`: of a Jira service project, not its customers; of other projects of
    Jira, everybody; in Redmine a private note, refused where the account's role may not write one.
    `role:` and `group:` are for Jira; Asana takes only `none`, with any other word the comment is refused."""
    language: Annotated[str, Matching("[a-z]{2}", "a language code such as en")] = "en"
    """Of the comment's text."""
