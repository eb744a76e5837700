"""The settings of the checks, by their codes. A key that is not set leaves what stands above it, or the default."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from syncd.config.scalars import Bool, Count, Duration, Listed, Name, Share, TimeOfDay
from syncd.config.schema.base import FilePath, Model
from syncd.config.schema.words import Phrase

Start = Literal["info", "warning", "critical", "off"]
Times = Annotated[int, Field(ge=1)]


def _days_or_auto(value: Any) -> Any:
    if value == "auto" or isinstance(value, int) or (isinstance(value, str) and value.isdecimal()):
        return value
    raise ValueError("expected auto or a number of working days")


LeadDays = Annotated[Literal["auto"] | Count, BeforeValidator(_days_or_auto)]


class GeneralChecks(Model):
    """What holds for all checks."""

    at: TimeOfDay = time(7)
    """What comes due is said at this time of the side told."""
    horizon_days: Count = 30
    """Silent about dates more working days away than this; `deadline-mismatch` and a few more excepted."""


class CheckConfig(Model):
    """What every check can be told."""

    severity: Start | None = None
    """Where it starts; `off`: it says nothing. Unset: as the check's own table says."""
    skip: Name | None = None
    """CEL over the marketing item: where true, the check is left out."""
    tell: Literal["marketing", "it", "both"] | None = None
    """Who is told. Unset: as the check's own table says."""


class DeadlineMismatch(CheckConfig):
    """IT finishes too late for the launch."""

    buffer_days: Count = 2
    """Working days left for testing once IT is done."""
    critical_within_days: Count = 5
    """Critical from so many working days before the launch on."""


class DeadlineMissing(CheckConfig):
    """One side has no date yet."""

    after_days: Count = 3
    """Working days after the link before anybody is asked."""
    warn_within_days: Count = 15
    """A warning from so many working days before the other side's date on."""


class DeadlineMoved(CheckConfig):
    """The date has moved since both sides agreed."""

    min_shift_days: Times = 1
    """Smaller moves are not spoken about."""
    times: Times = 3
    """From so many moves on it is said as "moved again"."""


class DeadlineForecast(CheckConfig):
    """The dates fit, but similar work often took longer."""

    min_history: Times = 30
    """Finished items needed for a forecast."""
    warn_at: Share = 0.5
    """Warning from this likelihood of being late on."""
    within_days: Count = 20
    """Only so many working days before the date."""


class LateRequest(CheckConfig):
    """IT usually needs more notice."""

    lead_days: LeadDays = "auto"
    """Working days of notice; `auto`: what IT's own history asks for, 10 as long as it says nothing."""


class ItNotInvolved(CheckConfig):
    """This looks like it needs IT, and IT does not know yet."""

    rules: Annotated[tuple[FilePath, ...], Listed()] = ()
    """Files of words that speak of IT work."""
    settle_days: Count = 10
    """A new item is left in peace for so many working days, unless the launch is nearer than that."""
    critical_within_days: Count = 5
    """Critical from so many working days before the launch on."""
    learn: Bool = False
    """Learn from the team's own tasks which words go with a ticket of IT, and say so where no rule knows them."""
    min_history: Times = 200
    """Finished or linked tasks that are needed to learn."""
    min_linked: Times = 30
    """So many of them with a ticket of IT."""
    min_precision: Share = 0.8
    """How often it has to have been right about newer tasks before it says anything."""


class NotStarted(CheckConfig):
    """Work must start now to make the date."""

    usual_days: Count = 5
    """Working days that an item takes, as long as there is no history."""


class OwnerMissing(CheckConfig):
    """Nobody is in charge on one side."""

    within_days: Count = 15
    """Only so many working days before the date; closed accounts always."""


class WaitingForMarketing(CheckConfig):
    """IT waits for text, pictures, an answer or an approval."""

    statuses: Annotated[tuple[Name, ...], Listed()] = ("Waiting for Marketing", "UAT")
    """Statuses on the IT side that say so."""
    flags: Bool = True
    """Whether a flag on the issue says so."""
    label: Name | None = None
    """A label that says so."""
    after_days: Count = 2
    """Working days before it is said."""


class NoReply(CheckConfig):
    """A question is unanswered."""

    after_days: Count = 3
    """Working days before it is said."""


class Stalled(CheckConfig):
    """Nothing has moved while the date comes closer."""

    after_days: Count = 5
    """Working days without movement."""
    within_days: Count = 10
    """Only so many working days before the date."""


class BriefChanged(CheckConfig):
    """The request changed after IT started on it."""

    fields: Annotated[tuple[Name, ...], Listed()] = ("description", "due", "attachments")
    """What counts as the request."""
    min_change: Share = 0.15
    """Share of the text that has to differ."""
    settle_days: Count = 2
    """Changes in the first working days are not spoken about."""


class RequirementsMissing(CheckConfig):
    """IT needs a few more details."""

    rules: Annotated[tuple[FilePath, ...], Listed()] = ()
    """Files of words that say what a request tells. Unset: `mappings/request-words.yaml`."""
    ask: Annotated[tuple[Name, ...], Listed()] = ("goal", "audience", "page or system", "content ready on")
    """What a request should say: themes of the words."""
    at_most: Times = 3
    """Questions at once."""
    after_days: Count = 3
    """Working days before it is a warning."""


class ReviewKind(Model):
    """One kind of review."""

    words: Annotated[tuple[Name, ...], Listed()] = ()
    """Words that call for it. Unset: those of `mappings/review-words.yaml` for this kind."""
    link: Name | None = None
    """Link of either ticket that leads to the review, as the ticket shows it. Unset: `is reviewed by`."""
    label: Name | None = None
    """Label on either ticket that says that it was done. Unset: `payment-reviewed` and so on."""


class ReviewMissing(CheckConfig):
    """Needs a look by security, privacy, payments or tracking first."""

    kinds: dict[Literal["payment", "personal-data", "security", "tracking"], ReviewKind] = Field(default_factory=dict)
    """The kinds of review that this company has."""
    critical_within_days: Count = 10
    """Critical from so many working days before the launch on."""


class VendorWithoutIt(CheckConfig):
    """A new tool or vendor, and IT was not asked."""

    words: Annotated[tuple[Name, ...], Listed()] = ()
    """Words that speak of a new tool. Unset: those of `mappings/vendor-words.yaml`."""
    known: Annotated[tuple[Name, ...], Listed()] = ()
    """Vendors that IT knows."""
    settle_days: Count = 10
    """As in `it-not-involved`."""


class RiskyLaunchTime(CheckConfig):
    """Goes live when nobody is there to help."""

    goes_live: Name = "'launch' in labels"
    """CEL over the marketing item: whether it goes live on its due date."""
    friday_after: TimeOfDay = time(12)
    """From this time on a Friday is risky."""


class LaunchesCollide(CheckConfig):
    """Many launches need the same team in one week."""

    max_per_week: Times = 5
    """Launches of one IT project."""
    per_person: Times = 2
    """Launches of one person."""


class StatusContradiction(CheckConfig):
    """One side says finished, the other does not."""

    grace: Duration = timedelta(hours=24)
    """Time in which the sides may differ."""


class IncidentImpact(CheckConfig):
    """An IT problem touches a running campaign."""

    incidents: Name | None = None
    """Which issues are incidents, in the language of IT's system (JQL, without `ORDER BY`). Unset: nobody is asked."""
    components: dict[Name, Annotated[tuple[Phrase, ...], Listed()]] = Field(default_factory=dict)
    """Component, label or project key of incidents → words of the campaigns that it carries."""
    it_fields: Annotated[tuple[Name, ...], Listed()] = ()
    """Fields of the linked ticket whose values name such a component, beside its labels; in Jira `[components]`."""
    priority: Name = "High"
    """From this priority on; critical above it."""
    running_days: Count = 10
    """So many working days after its launch a campaign counts as running."""
    summary: Bool = False
    """Whether an incident's own title is told beside its key."""

    @property
    def is_asked(self) -> bool:
        """Whether anybody has to be asked for incidents."""
        return self.severity != "off" and self.incidents is not None and bool(self.components)


class CounterpartGone(CheckConfig):
    """The other item is gone, closed off or moved away."""

    confirm_after: Duration = timedelta(hours=24)
    """Time between the two reads that confirm it."""


class SyncErrorCheck(CheckConfig):
    """Something could not be carried over."""

    after_tries: Times = 3
    """A failing link is spoken about after so many tries in a row,"""
    after: Duration = timedelta(hours=1)
    """or once it has failed for so long."""


class Checks(Model):
    """All checks, by code."""

    model_config = ConfigDict(alias_generator=lambda name: name.replace("_", "-"))

    general: GeneralChecks = GeneralChecks()
    """What holds for all of them."""
    deadline_mismatch: DeadlineMismatch = DeadlineMismatch()
    deadline_missing: DeadlineMissing = DeadlineMissing()
    deadline_moved: DeadlineMoved = DeadlineMoved()
    deadline_forecast: DeadlineForecast = DeadlineForecast()
    late_request: LateRequest = LateRequest()
    it_not_involved: ItNotInvolved = ItNotInvolved()
    not_started: NotStarted = NotStarted()
    owner_missing: OwnerMissing = OwnerMissing()
    waiting_for_marketing: WaitingForMarketing = WaitingForMarketing()
    no_reply: NoReply = NoReply()
    stalled: Stalled = Stalled()
    brief_changed: BriefChanged = BriefChanged()
    requirements_missing: RequirementsMissing = RequirementsMissing()
    review_missing: ReviewMissing = ReviewMissing()
    vendor_without_it: VendorWithoutIt = VendorWithoutIt()
    risky_launch_time: RiskyLaunchTime = RiskyLaunchTime()
    launches_collide: LaunchesCollide = LaunchesCollide()
    status_contradiction: StatusContradiction = StatusContradiction()
    incident_impact: IncidentImpact = IncidentImpact()
    counterpart_gone: CounterpartGone = CounterpartGone()
    conflict: CheckConfig = CheckConfig()
    """Both sides changed the same thing."""
    unmapped_value: CheckConfig = CheckConfig()
    """A value has no counterpart on the other side."""
    sync_error: SyncErrorCheck = SyncErrorCheck()

    def over(self, general: Checks) -> Checks:
        """These settings over `general` ones, key by key."""
        merged = {}
        for name in type(self).model_fields:
            mine, theirs = getattr(self, name), getattr(general, name)
            merged[name] = theirs.model_copy(update={key: getattr(mine, key) for key in mine.model_fields_set})
        return general.model_copy(update=merged)

    def by_code(self) -> dict[str, CheckConfig]:
        """Every check's settings by its code."""
        return {
            each.alias or name: getattr(self, name)
            for name, each in type(self).model_fields.items()
            if name != "general"
        }

    def set_options(self, code: str) -> dict[str, Any]:
        """What somebody set for a check, beyond the three keys that all of them have."""
        check = self.by_code()[code]
        return {key: getattr(check, key) for key in check.model_fields_set - CheckConfig.model_fields.keys()}
