"""Sandbox servers ready to use: a Jira of either flavour, with people and projects."""

from __future__ import annotations

from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.jira import schema
from syncd.sandbox.jira.api import build_app, refuse
from syncd.sandbox.jira.model import Component, Project, SecurityLevel, User, Version
from syncd.sandbox.jira.state import CLOUD_ID, JiraState
from syncd.sandbox.server import SandboxServer

BOT = "syncd-bot"
_PEOPLE = (
    # name, display name, account on both sides
    ("admin", "Ada Admin"),
    (BOT, "Syncd Bot"),
    ("dana", "Dana Demo"),
    ("mara", "Mara Muster"),
    ("ines", "Ines Infra"),
    ("tom", "Tom Tester"),
)


def jira_users(time_zone: str = "Europe/Berlin") -> tuple[User, ...]:
    """The accounts every sandbox Jira starts with; the first is the administrator.

    A user's token is its name followed by `-token`, on Data Center its password as well.
    """
    return tuple(_jira_user(place, name, shown, time_zone) for place, (name, shown) in enumerate(_PEOPLE))


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
        self.app, paths = build_app(self.jira, context_path)
        super().__init__(paths, clock=self.jira.clock, hidden=self.jira.hidden, refuse=refuse, port=port)

    @property
    def url(self) -> str:
        """Address of the instance, as people configure it."""
        return self.address + self._context

    @property
    def gateway_url(self) -> str:
        """Address under which scoped tokens of a Cloud instance work."""
        return f"{self.address}/ex/jira/{CLOUD_ID}"
