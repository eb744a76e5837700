"""The fields, statuses, types and priorities every sandbox instance starts with.

Ids look like those of a grown instance: people edit names, software should use ids. Two custom
fields share the name `Region` on purpose.
"""

from __future__ import annotations

from syncd.sandbox.jira.model import (
    FieldDef,
    IssueType,
    Kind,
    LinkType,
    Named,
    Option,
    Status,
    Transition,
    Workflow,
)

STATUSES = (
    Status("10000", "To Do", "new"),
    Status("10007", "Backlog", "new"),
    Status("10005", "Ready", "new"),
    Status("3", "In Progress", "indeterminate"),
    Status("10001", "In Review", "indeterminate"),
    Status("10004", "Blocked", "indeterminate"),
    Status("10006", "Waiting for Marketing", "indeterminate"),
    Status("10002", "Done", "done"),
    Status("10003", "Won't Do", "done"),
)
PRIORITIES = tuple(
    Named(str(number), name) for number, name in enumerate(("Highest", "High", "Medium", "Low", "Lowest"), 1)
)
RESOLUTIONS = (Named("10000", "Done"), Named("10001", "Won't Do"), Named("10002", "Duplicate"))
EPIC, STORY, TASK, SUBTASK, BUG = (
    IssueType("10000", "Epic", 1),
    IssueType("10001", "Story"),
    IssueType("10002", "Task"),
    IssueType("10003", "Sub-task", -1),
    IssueType("10004", "Bug"),
)
TYPES = (EPIC, STORY, TASK, SUBTASK, BUG)
BLOCKS = LinkType("10000", "Blocks", "is blocked by", "blocks")
LINK_TYPES = (
    BLOCKS,
    LinkType("10002", "Duplicate", "is duplicated by", "duplicates"),
    LinkType("10003", "Relates", "relates to", "relates to"),
)
CATEGORIES = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}


def _options(first_id: int, *values: str) -> tuple[Option, ...]:
    return tuple(Option(str(first_id + number), value) for number, value in enumerate(values))


def _system(ident: str, name: str, kind: Kind, *clauses: str) -> FieldDef:
    return FieldDef(ident, name, kind, clause_names=clauses or (ident,))


def _custom(number: int, name: str, kind: Kind, options: tuple[Option, ...] = ()) -> FieldDef:
    return FieldDef(
        f"customfield_{number}", name, kind, custom=True, options=options, clause_names=(f"cf[{number}]", name)
    )


START_DATE = "customfield_10015"
CHANNEL = "customfield_10030"
NEEDED_BY = "customfield_10032"
FLAGGED = "customfield_10021"

SYSTEM_FIELDS = (
    _system("summary", "Summary", Kind.STRING),
    _system("description", "Description", Kind.TEXT),
    _system("status", "Status", Kind.STATUS),
    _system("assignee", "Assignee", Kind.USER),
    _system("reporter", "Reporter", Kind.USER),
    _system("creator", "Creator", Kind.USER),
    _system("duedate", "Due date", Kind.DATE, "due", "duedate"),
    _system("priority", "Priority", Kind.PRIORITY),
    _system("labels", "Labels", Kind.LABELS),
    _system("issuetype", "Issue Type", Kind.TYPE, "issuetype", "type"),
    _system("project", "Project", Kind.PROJECT),
    _system("parent", "Parent", Kind.PARENT),
    _system("components", "Components", Kind.COMPONENTS, "component"),
    _system("resolution", "Resolution", Kind.RESOLUTION),
    _system("fixVersions", "Fix versions", Kind.VERSIONS, "fixVersion"),
    _system("security", "Security Level", Kind.SECURITY, "level"),
    _system("issuelinks", "Linked Issues", Kind.LINKS, "issueLink"),
    _system("attachment", "Attachment", Kind.FILES, "attachments"),
    _system("created", "Created", Kind.DATETIME, "created", "createdDate"),
    _system("updated", "Updated", Kind.DATETIME, "updated", "updatedDate"),
)
CUSTOM_FIELDS = (
    _custom(10015, "Start date", Kind.DATE),
    _custom(10021, "Flagged", Kind.OPTIONS, _options(10019, "Impediment")),
    _custom(10030, "Campaign channel", Kind.OPTION, _options(10130, "Web", "E-mail", "Social", "Print", "Event")),
    _custom(10031, "Business unit", Kind.OPTION, _options(10140, "Marketing", "Sales", "Product")),
    _custom(10032, "Needed by", Kind.DATE),
    _custom(10033, "Audience", Kind.OPTIONS, _options(10150, "New customers", "Existing customers", "Partners")),
    _custom(10034, "Story Points", Kind.NUMBER),
    _custom(10035, "Launch owner", Kind.USER),
    _custom(10036, "Briefing", Kind.TEXT),
    _custom(10037, "Campaign task", Kind.STRING),
    _custom(10040, "Region", Kind.STRING),
    _custom(10041, "Region", Kind.OPTION, _options(10160, "Europe", "Americas", "Asia")),
)
FIELDS = SYSTEM_FIELDS + CUSTOM_FIELDS

_UNSETTABLE = frozenset({"status", "creator", "created", "updated", "resolution", "issuelinks", "attachment"})
CREATE_SCREEN = frozenset(f.id for f in FIELDS) - _UNSETTABLE
EDIT_SCREEN = CREATE_SCREEN - {"project"}

_TODO, _DOING, _REVIEW, _BLOCKED, _WAITING = "10000", "3", "10001", "10004", "10006"
_DONE, _DROPPED, _BACKLOG, _READY = "10002", "10003", "10007", "10005"


def _edge(number: int, name: str, target: str, *sources: str) -> Transition:
    return Transition(str(number), name, target, frozenset(sources))


SOFTWARE_WORKFLOW = Workflow(
    initial=_TODO,
    statuses=tuple(status.id for status in STATUSES),
    transitions=(
        _edge(11, "Start progress", _DOING, _TODO, _READY),
        _edge(21, "Send to review", _REVIEW, _DOING),
        Transition("31", "Done", _DONE, frozenset({_REVIEW}), {"resolution": True}),
        _edge(41, "Back to work", _DOING, _REVIEW),
        _edge(51, "Stop progress", _TODO, _DOING),
        _edge(61, "Block", _BLOCKED, _TODO, _DOING, _REVIEW),
        _edge(62, "Back to work", _DOING, _BLOCKED),
        Transition("71", "Won't do", _DROPPED, None, {"resolution": True}),
        _edge(81, "Reopen", _TODO, _DONE, _DROPPED),
        _edge(91, "Select", _TODO, _BACKLOG, _READY),
        _edge(92, "Make ready", _READY, _TODO, _BACKLOG),
        _edge(93, "Postpone", _BACKLOG, _TODO, _READY),
        _edge(101, "Ask marketing", _WAITING, _DOING, _REVIEW),
        _edge(102, "Marketing answered", _DOING, _WAITING),
    ),
)
"""No way leads straight from To Do to Done; finishing asks for a resolution."""
