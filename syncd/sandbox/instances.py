"""Sandbox servers ready to use: a Jira of either flavour and an Asana, with people and projects."""

from __future__ import annotations

from syncd.sandbox.asana import api as asana_api
from syncd.sandbox.asana.model import User as AsanaUser
from syncd.sandbox.asana.state import AsanaState
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.jira import api as jira_api
from syncd.sandbox.jira import schema
from syncd.sandbox.jira.model import Component, Project, SecurityLevel, User, Version
from syncd.sandbox.jira.state import CLOUD_ID, JiraState
from syncd.sandbox.server import SandboxServer

BOT = "syncd-bot"
_JIRA_PEOPLE = (
    ("admin", "Ada Admin"),
    (BOT, "Syncd Bot"),
    ("dana", "Dana Demo"),
    ("mara", "Mara Muster"),
    ("ines", "Ines Infra"),
    ("tom", "Tom Tester"),
)
_ASANA_PEOPLE = (
    ("admin", "Ada Admin"),
    (BOT, "Syncd Bot"),
    ("dana", "Dana Demo"),
    ("mara", "Mara Muster"),
    ("pia", "Pia Print"),
    ("leo", "Leo Launch"),
)
"""Dana and Mara work on both sides; the others on one. All of them are made up."""
SECTIONS = ("To do", "Needs IT", "Doing", "Done", "Dropped")


def jira_users(time_zone: str = "Europe/Berlin") -> tuple[User, ...]:
    """The accounts every sandbox Jira starts with; the first is the administrator.

    A user's token is its name followed by `-token`, on Data Center its password as well.
    """
    return tuple(_jira_user(place, name, shown, time_zone) for place, (name, shown) in enumerate(_JIRA_PEOPLE))


def _jira_user(place: int, name: str, shown: str, time_zone: str) -> User:
    return User(
        account_id=f"712020:00000000-0000-4000-8000-{place:012d}",
        name=name,
        key=f"JIRAUSER{10100 + place}",
        display_name=shown,
        email=f"{name}@example.com",
        token=f"{name}-token",
        time_zone=time_zone,
        account_type="app" if name == BOT else "atlassian",
        roles=frozenset({"Developers", "Administrators"} if name == "admin" else {"Developers"}),
    )


def jira_project(key: str, name: str, number: int, lead: str, **more: object) -> Project:
    """A project with all issue types and the software workflow; `more` overrides its parts."""
    settings: dict[str, object] = {
        "id": str(10_000 + number),
        "key": key,
        "name": name,
        "lead": lead,
        "types": tuple(kind.id for kind in schema.TYPES),
        "workflow": schema.SOFTWARE_WORKFLOW,
        "create_screen": schema.CREATE_SCREEN,
        "edit_screen": schema.EDIT_SCREEN,
        "components": (
            Component(f"{10_200 + number * 10}", "Website"),
            Component(f"{10_201 + number * 10}", "Newsletter"),
        ),
        "versions": (Version(f"{10_300 + number * 10}", "Spring release"),),
        "levels": (SecurityLevel(f"{10_400 + number * 10}", "Internal"),),
    }
    return Project(**{**settings, **more})  # type: ignore[arg-type]


def empty_jira(
    flavour: str = "cloud", *, clock: SandboxClock | None = None, time_zone: str = "Europe/Berlin"
) -> JiraState:
    """People, fields and the projects WEB and CRM, without issues."""
    users = jira_users(time_zone)
    state = JiraState(flavour, clock=clock, users=users)
    state.add_project(jira_project("WEB", "Web IT", 1, users[0].account_id))
    state.add_project(jira_project("CRM", "CRM and data", 2, users[0].account_id))
    return state


class JiraServer(SandboxServer):
    """A Jira on loopback.

    Args:
        state: The instance; an empty Cloud one if not given.
        context_path: Such as `/jira`, as Data Center behind a proxy often has.
        port: 0 takes a free one.
    """

    def __init__(self, state: JiraState | None = None, *, context_path: str = "", port: int = 0) -> None:
        self.jira = state or empty_jira()
        self._context = context_path
        self.app, paths = jira_api.build_app(self.jira, context_path)
        super().__init__(paths, clock=self.jira.clock, hidden=self.jira.hidden, refuse=jira_api.refuse, port=port)

    @property
    def url(self) -> str:
        """Address of the instance, as people configure it."""
        return self.address + self._context

    @property
    def gateway_url(self) -> str:
        """Address under which scoped tokens of a Cloud instance work."""
        return f"{self.address}/ex/jira/{CLOUD_ID}"


def asana_users() -> tuple[AsanaUser, ...]:
    """The accounts every sandbox Asana starts with. A user's token is its name followed by `-token`."""
    return tuple(
        AsanaUser(f"12000000000{place:05d}", shown, f"{name}@example.com", f"{name}-token")
        for place, (name, shown) in enumerate(_ASANA_PEOPLE, 1)
    )


def empty_asana(*, clock: SandboxClock | None = None) -> AsanaState:
    """People, custom fields and the project `Spring campaign`, without tasks."""
    state = AsanaState(users=asana_users(), clock=clock)
    project = state.add_project("Spring campaign", SECTIONS, state.user("dana"))
    for name, kind, options in (
        ("Priority", "enum", ("High", "Medium", "Low")),
        ("Channel", "enum", ("Web", "Mail", "Social", "Print", "Event")),
        ("Launch date", "date", ()),
        ("Budget", "number", ()),
        ("Audience", "multi_enum", ("New customers", "Existing customers", "Partners")),
        ("Jira link", "text", ()),
        ("IT owner", "people", ()),
    ):
        state.attach_field(project, state.add_field(name, kind, options, state.user("admin").gid))
    return state


class AsanaServer(SandboxServer):
    """An Asana on loopback.

    Args:
        state: The workspace; an empty one if not given.
        port: 0 takes a free one.
    """

    def __init__(self, state: AsanaState | None = None, *, port: int = 0) -> None:
        self.asana = state or empty_asana()
        self.app, locked = asana_api.build_app(self.asana)
        refuse = asana_api.refuse
        super().__init__(locked, clock=self.asana.clock, hidden=self.asana.hidden, refuse=refuse, port=port)

    @property
    def url(self) -> str:
        """Address of the site; the API lies below `/api/1.0`."""
        return self.address
