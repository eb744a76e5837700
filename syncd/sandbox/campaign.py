"""A believable spring campaign: what marketing planned in Asana and what IT has in Jira.

Some pairs refer to each other, some tasks wait for a counterpart, one needs IT and nobody told IT.
All dates follow from the day given, so that the story stays the same whenever it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from syncd.sandbox.asana.state import AsanaState
from syncd.sandbox.jira.state import JiraState

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Campaign:
    """Both tools, filled.

    Attributes:
        project: Gid of the Asana project.
        tasks: Short name → gid.
        issues: Short name → Jira key.
        today: The day the dates follow from.
    """

    asana: AsanaState
    jira: JiraState
    project: str
    tasks: dict[str, str]
    issues: dict[str, str]
    today: date


@dataclass(frozen=True, slots=True)
class Edit:
    """What somebody did, for the telling: `who` in `tool` did `what`."""

    who: str
    tool: str
    what: str


@dataclass(frozen=True, slots=True)
class _Task:
    """A planned task; `due` in days from today."""

    short: str
    name: str
    section: str
    owner: str | None
    due: int | None = None
    notes: str = ""
    start: int | None = None
    custom: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Issue:
    """An issue that exists; `due` in days from today. `task` names the Asana task it belongs to, in its text."""

    short: str
    summary: str
    status: str
    owner: str | None
    due: int | None = None
    type: str = "Task"
    text: str = ""
    task: str = ""
    fields: dict[str, Any] = field(default_factory=dict)


def _custom(channel: str, priority: str = "Medium", **more: Any) -> dict[str, Any]:
    return {"Channel": channel, "Priority": priority, **more}


_TASKS = (
    _Task(
        "brief", "Brief for the agency", "Done", "dana", -12, "Goal: 4,000 new newsletter readers by the end of May."
    ),
    _Task("budget", "Budget approval", "Done", "leo", -10, custom=_custom("Event", Budget=48_000)),
    _Task("shoot", "Photo shoot in the garden", "Done", "pia", -5, "Twelve motifs, landscape and portrait."),
    _Task(
        "landing",
        "Spring landing page",
        "Doing",
        "dana",
        14,
        "One page with the offer, the film and the sign-up form. Goes live with the first newsletter.",
        start=-8,
        custom=_custom("Web", "High", Audience=["New customers"]),
        tags=("campaign",),
    ),
    _Task(
        "form",
        "Newsletter sign-up form",
        "Doing",
        "dana",
        13,
        "E-mail address and first name, nothing else. Double opt-in.",
        start=-6,
        custom=_custom("Web", "High"),
        tags=("campaign",),
    ),
    _Task("template", "Newsletter in spring look", "Doing", "mara", 17, custom=_custom("Mail"), tags=("campaign",)),
    _Task("pages", "Product pages in spring look", "Doing", "leo", 20, custom=_custom("Web"), tags=("campaign",)),
    _Task("gallery", "Photo gallery on the website", "Doing", "pia", 12, custom=_custom("Web", "Low")),
    _Task("stores", "Store finder: new opening hours", "Doing", "leo", 22, custom=_custom("Web")),
    _Task(
        "voucher",
        "Voucher code SPRING in the web shop",
        "Needs IT",
        "dana",
        21,
        "Ten percent off, once per customer, valid for four weeks. Must work at the checkout and in the app.",
        custom=_custom("Web", "High"),
        tags=("campaign", "needs-it"),
    ),
    _Task(
        "tracking",
        "Tracking for the spring ads",
        "Needs IT",
        "leo",
        18,
        "We want to see which ad brings readers. Conversion tracking on the thank-you page.",
        custom=_custom("Social"),
        tags=("needs-it",),
    ),
    _Task(
        "feed",
        "Product feed for the comparison sites",
        "Needs IT",
        "leo",
        25,
        "Only the forty spring articles, prices updated every night.",
        custom=_custom("Web", "Low"),
        tags=("needs-it",),
    ),
    _Task(
        "competition",
        "Competition: win a garden",
        "To do",
        "leo",
        24,
        "Needs its own landing page with an entry form and an upload field for photos. The winners are drawn in May.",
        custom=_custom("Web"),
    ),
    _Task("terms", "Terms and conditions of the competition", "To do", "dana", 20, custom=_custom("Web", "Low")),
    _Task("issue1", "Write newsletter no. 1", "Doing", "dana", 15, start=1, custom=_custom("Mail", "High")),
    _Task("issue2", "Write newsletter no. 2", "To do", "dana", 29, custom=_custom("Mail")),
    _Task("partners", "Letter to partners", "To do", "pia", 16, custom=_custom("Mail")),
    _Task("poster", "Posters for the shop windows", "Doing", "pia", 11, custom=_custom("Print", "High")),
    _Task("flyer", "Flyer for the garden fair", "To do", "pia", 19, custom=_custom("Print")),
    _Task("fair", "Stand at the garden fair", "To do", "leo", 33, custom=_custom("Event")),
    _Task("social", "Posts for April", "To do", "dana", 10, custom=_custom("Social")),
    _Task("film", "Thirty-second film", "Doing", "pia", 13, custom=_custom("Social", "High")),
    _Task("press", "Press release", "To do", "leo", 14, custom=_custom("Print")),
    _Task("translate", "Texts in French and Dutch", "To do", None, 12, custom=_custom("Web")),
    _Task("survey", "Ask customers how they liked it", "To do", None, 60, custom=_custom("Mail", "Low")),
    _Task("game", "A little game in the app", "Dropped", "leo", None, "Too late for this spring. Next year."),
)
_ISSUES = (
    _Issue(
        "landing",
        "Build the spring landing page",
        "In Progress",
        "ines",
        19,
        "Story",
        "Static page from the new template, film embedded, form from the sign-up story.",
        fields={"priority": "High", "Campaign channel": "Web", "labels": ["campaign"], "Start date": -6},
    ),
    _Issue(
        "form",
        "Sign-up form with double opt-in",
        "In Review",
        "tom",
        9,
        "Story",
        "Form and confirmation mail.",
        fields={"priority": "High", "Campaign channel": "Web"},
    ),
    _Issue("template", "Newsletter template, spring look", "To Do", "tom", 15, task="template"),
    _Issue("pages", "Product pages: spring look", "To Do", None, None, "Story", fields={"Campaign channel": "Web"}),
    _Issue("gallery", "Gallery component for the website", "Done", "ines", 6, "Story", task="gallery"),
    _Issue("stores", "Store finder: import the new opening hours", "Blocked", "tom", 20, task="stores"),
    _Issue(
        "consent",
        "Cookie banner: new consent text",
        "In Progress",
        "ines",
        12,
        text="Legal wants the new text before any new form goes live.",
        fields={"labels": ["campaign", "privacy"]},
    ),
    _Issue("shop", "Update the web shop to the new framework version", "In Progress", "tom", 35, "Story"),
    _Issue("cache", "Images are cached for too long", "To Do", "tom", None, "Bug"),
    _Issue("search", "Search finds no umlauts", "In Review", "ines", 5, "Bug", fields={"priority": "High"}),
    _Issue("backup", "Test restoring the backups", "To Do", "tom", 28),
    _Issue("certificate", "Renew the certificate of the shop", "To Do", "ines", 17, fields={"priority": "Highest"}),
    _Issue("monitor", "Monitor the checkout from outside", "Backlog", None, None, "Story"),
    _Issue("darkmode", "Dark mode for the account pages", "Won't Do", None, None, "Story"),
    _Issue("login", "Login can be guessed", "In Progress", "ines", 3, "Bug", fields={"security": "Internal"}),
    _Issue("docs", "Describe the deployment", "Done", "tom", -3),
)


def weekday(start: date, days: int) -> date:
    """The day that many days later, moved on to Monday when it falls on a weekend."""
    day = start + timedelta(days=days)
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= _SATURDAY else day


def fill(jira: JiraState, asana: AsanaState, *, today: date, jira_url: str) -> Campaign:
    """Fill two empty instances with the campaign.

    Args:
        jira: From `empty_jira`; project WEB is filled, CRM gets two issues.
        asana: From `empty_asana`.
        today: The dates follow from it.
        jira_url: Address of the Jira, as texts in Asana mention it.
    """
    project = next(iter(asana.projects))
    campaign = Campaign(asana, jira, project, {}, {}, today)
    with _ago(campaign, 9):
        for task in _TASKS:
            campaign.tasks[task.short] = _make_task(campaign, task)
    with _ago(campaign, 8):
        for issue in _ISSUES:
            campaign.issues[issue.short] = _make_issue(campaign, issue)
        jira.person("mara").create("CRM", type="Task", summary="Clean up double addresses", assignee="mara")
        jira.person("mara").create("CRM", type="Story", summary="Segments for the spring mailing")
    with _ago(campaign, 6):
        _refer(campaign, jira_url)
    with _ago(campaign, 2):
        _talk(campaign)
    return campaign


@contextmanager
def _ago(campaign: Campaign, days: float) -> Iterator[None]:
    """Let both tools be some days back; they may share a clock."""
    with ExitStack() as stack:
        for clock in {id(clock): clock for clock in (campaign.asana.clock, campaign.jira.clock)}.values():
            stack.enter_context(clock.ago(days))
        yield


def _make_task(campaign: Campaign, task: _Task) -> str:
    owner = campaign.asana.person(task.owner or "dana")
    fields: dict[str, Any] = {"assignee": task.owner, "notes": task.notes}
    if task.due is not None:
        fields["due"] = weekday(campaign.today, task.due).isoformat()
    if task.start is not None:
        fields["start"] = weekday(campaign.today, task.start).isoformat()
    if task.section == "Done":
        fields["completed"] = True
    gid = owner.create(campaign.project, task.name, section=task.section, **fields)
    owner.edit(gid, custom=task.custom, tags=list(task.tags))
    return gid


def _make_issue(campaign: Campaign, issue: _Issue) -> str:
    state = campaign.jira
    values: dict[str, Any] = dict(issue.fields)
    if "Start date" in values:
        values["Start date"] = weekday(campaign.today, values["Start date"]).isoformat()
    if issue.due is not None:
        values["duedate"] = weekday(campaign.today, issue.due).isoformat()
    text = issue.text
    if issue.task:
        gid = campaign.tasks[issue.task]
        text = f"{text}\n\nMarketing: {campaign.asana.app_url}/0/{campaign.project}/{gid}".strip()
    person = state.person("mara")
    if text:
        values["description"] = text
    if issue.owner:
        values["assignee"] = issue.owner
    key = person.create("WEB", type=issue.type, summary=issue.summary)
    person.edit(key, values=values)
    state.person(issue.owner or "mara").transition(key, issue.status)
    return key


def _refer(campaign: Campaign, jira_url: str) -> None:
    """Tasks that name their issue: one by its address, two by its key."""
    dana, tasks, issues = campaign.asana.person("dana"), campaign.tasks, campaign.issues
    notes = campaign.asana.tasks[tasks["landing"]].notes
    dana.edit(tasks["landing"], notes=f"{notes}\n\nIT: {jira_url}/browse/{issues['landing']}")
    notes = campaign.asana.tasks[tasks["form"]].notes
    dana.edit(tasks["form"], notes=f"{notes}\n\nIT: {issues['form']}")
    dana.edit(tasks["pages"], notes=f"See {issues['pages']}.")


def _talk(campaign: Campaign) -> None:
    jira, asana = campaign.jira, campaign.asana
    jira.person("ines").comment(campaign.issues["landing"], "Which consent text goes under the form?")
    jira.person("tom").comment(campaign.issues["stores"], "Blocked: the new opening hours are not in the table yet.")
    jira.person("mara").comment(
        campaign.issues["login"], "Do not talk about this outside the team.", visibility=("role", "Developers")
    )
    asana.person("leo").comment(campaign.tasks["competition"], "Who builds the page for this?")
    asana.person("pia").comment(campaign.tasks["film"], "First cut on Thursday.")


def second_day(campaign: Campaign, *, between: Callable[[], object] = lambda: None) -> list[Edit]:
    """What people do the next morning, first marketing, then IT; one title is changed on both sides.

    `between` is called once marketing is through, such as to let time pass.
    """
    marketing = _marketing_edits(campaign)
    between()
    return [*marketing, *_it_edits(campaign)]


def _marketing_edits(campaign: Campaign) -> list[Edit]:
    asana, tasks = campaign.asana, campaign.tasks
    launch = weekday(campaign.today, 9)
    asana.person("dana").edit(tasks["landing"], due=launch.isoformat())
    asana.person("dana").edit(tasks["voucher"], name="Voucher code SPRING26 in the web shop")
    asana.person("leo").edit(tasks["tracking"], custom={"Priority": "High"})
    asana.person("mara").edit(tasks["template"], name="Newsletter in the new spring look")
    asana.person("dana").move(tasks["competition"], "Needs IT")
    asana.person("pia").complete(tasks["poster"])
    return [
        Edit("Dana Demo", "Asana", f"brings “Spring landing page” forward to {_spelt(launch)}"),
        Edit("Dana Demo", "Asana", "renames the voucher code to SPRING26"),
        Edit("Leo Launch", "Asana", "gives the tracking high priority"),
        Edit("Mara Muster", "Asana", "renames “Newsletter in spring look”"),
        Edit("Dana Demo", "Asana", "moves “Competition: win a garden” to Needs IT"),
        Edit("Pia Print", "Asana", "ticks off the posters"),
    ]


def _it_edits(campaign: Campaign) -> list[Edit]:
    jira, issues = campaign.jira, campaign.issues
    pages = weekday(campaign.today, 18)
    jira.person("ines").transition(issues["landing"], "In Review")
    jira.person("tom").transition(issues["form"], "Done")
    jira.person("mara").edit(issues["pages"], due=pages.isoformat(), assignee="ines")
    jira.person("tom").edit(issues["template"], title="Newsletter template 2.0, spring look")
    jira.person("tom").edit(issues["stores"], status="In Progress")
    return [
        Edit("Ines Infra", "Jira", f"sends {issues['landing']} to review"),
        Edit("Tom Tester", "Jira", f"finishes the sign-up form ({issues['form']})"),
        Edit("Mara Muster", "Jira", f"plans {issues['pages']} for {_spelt(pages)} and gives it to Ines"),
        Edit("Tom Tester", "Jira", f"renames {issues['template']} as well"),
        Edit("Tom Tester", "Jira", f"goes on with the store finder ({issues['stores']})"),
    ]


def _spelt(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b}"
