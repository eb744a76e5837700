"""What the story is played on: two stand-in tools on loopback, their clock, and a folder with a real configuration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from syncd.sandbox.campaign import Campaign, fill
from syncd.sandbox.clock import SandboxClock, utc
from syncd.sandbox.instances import BOT, AsanaServer, JiraServer
from syncd.sandbox.serve import serve_both

FOLDER: Final = Path(".demo")
SIGN: Final = "# Written by `syncd demo`"
"""How the first line of each of our files begins: nobody else's file is ever overwritten."""
_TEMPLATES: Final = ("syncd.yaml", "mapping.yaml", "words.yaml")
_LEFT_OVER: Final = ("syncd.db", "syncd.db-wal", "syncd.db-shm", "syncd.log")
_ZONE: Final = ZoneInfo("Europe/Berlin")
_FRIDAY: Final = 4


class NotOurs(Exception):
    """The folder holds a file that somebody else wrote."""


class StageClock:
    """One time for both tools and for syncd: real time, or some of it behind, as yesterday was."""

    def __init__(self, sandbox: SandboxClock) -> None:
        self._sandbox = sandbox
        self._behind_s = 0.0

    def now(self) -> datetime:
        """The present of the story."""
        return utc(self._sandbox.now_ms())

    def stay_behind(self, by: timedelta) -> None:
        """Let it be that much earlier than it is; zero is real time."""
        self._sandbox.advance(self._behind_s - by.total_seconds())
        self._behind_s = by.total_seconds()


@dataclass(frozen=True, slots=True)
class Stage:
    """Both tools, filled with the campaign. `first_day`: how long before now the story begins."""

    jira: JiraServer
    asana: AsanaServer
    campaign: Campaign
    clock: StageClock
    first_day: timedelta

    def requests(self) -> int:
        """How many requests both tools have answered so far."""
        return len(self.jira.requests) + len(self.asana.requests)


@contextmanager
def set_stage(flavour: str) -> Iterator[Stage]:
    """Start both tools; it is the morning of the last working day before today.

    `flavour`: of the Jira, `cloud` or `dc`.
    """
    jira, asana = serve_both(flavour, empty=True)
    try:
        clock = StageClock(jira.jira.clock)
        today = clock.now().astimezone(_ZONE).date()
        first_day = timedelta(days=_days_back(today))
        clock.stay_behind(first_day)
        campaign = fill(jira.jira, asana.asana, today=today, jira_url=jira.url)
        yield Stage(jira, asana, campaign, clock, first_day)
    finally:
        jira.stop()
        asana.stop()


def _days_back(today: date) -> int:
    """From today to the last working day before it."""
    return max(1, today.weekday() - _FRIDAY) if today.weekday() else 3


def write_folder(folder: Path, stage: Stage) -> Path:
    """Write the configuration for these two tools, without anything that an earlier demo left. Returns the main file.

    Raises:
        NotOurs: a file of that name is somebody else's.
        OSError: the folder cannot be written to.
    """
    _refuse_foreign(folder)
    folder.mkdir(exist_ok=True)
    for name in _LEFT_OVER:
        (folder / name).unlink(missing_ok=True)
    for name in _TEMPLATES:
        (folder / name).write_text(_filled(name, stage), encoding="utf-8")
    for name in ("asana.token", "jira.token"):
        (folder / name).write_text(f"{BOT}-token\n", encoding="utf-8")
    return folder / _TEMPLATES[0]


def _refuse_foreign(folder: Path) -> None:
    for name in _TEMPLATES:
        path = folder / name
        if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(SIGN):
            raise NotOurs(f"{path} was not written by `syncd demo`: move it away, or run the demo in another folder")


def _filled(name: str, stage: Stage) -> str:
    text = (files("syncd.cli.demo") / "files" / name).read_text(encoding="utf-8")
    login = f"email: {BOT}@example.com, " if stage.jira.jira.cloud else ""
    for place, value in (
        ("<asana>", stage.asana.url),
        ("<jira>", stage.jira.url),
        ("<project>", stage.campaign.project),
        ("<login>", login),
    ):
        text = text.replace(place, value)
    return text
