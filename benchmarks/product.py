"""The product as an operator would set it up: real YAML files, an installation, plan, approval, cycles."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from syncd.engine.engine import Report
from syncd.model.links import SyncName
from syncd.service.assemble import read_config
from syncd.service.installation import Installation
from syncd.service.logs import configure_logs
from syncd.service.redact import Redactor

CONFIG = """\
version: 1
store: "sqlite:///syncd.db"
service: {{workers: {workers}}}
connections:
  asana: {{type: asana, url: "{asana}", token: "${{env:ASANA_TOKEN}}"}}
  jira: {{type: jira, url: "{jira}", {email}token: "${{env:JIRA_TOKEN}}"}}
syncs:
{syncs}
report: {{comments: {comments}, per_hour: 1000000}}
"""
SYNC = """\
  - name: {name}
    mode: sync
    marketing: {{connection: asana, project: "{board}", status: section, done: completed}}
    it: {{connection: jira, project: {key}, type: Task}}
    mapping: mapping.yaml
    brake: {{writes: 500}}
"""
MAPPING = """\
version: 1
links:
  create:
    - {in: marketing}
    - {in: it}
  create_for: all
fields:
  - title
  - description
  - labels
  - assignee
  - {field: due, direction: compare}
  - {marketing: "Story points", it: "Story Points"}
  - {marketing: Priority, it: priority, values: [[High, [High, Highest]], [Medium, Medium], [Low, [Low, Lowest]]]}
  - field: status
    values:
      - ["To do", ["To Do", Ready, Backlog]]
      - ["Doing", ["In Progress", "In Review", Blocked, "Waiting for Marketing"]]
      - ["Done", "Done"]
      - ["Dropped", "Won't Do"]
transitions: {max_steps: 5, fill: {Done: {resolution: Done}, "Won't Do": {resolution: "Won't Do"}}}
"""
TOKENS = {"ASANA_TOKEN": "syncd-bot-token", "JIRA_TOKEN": "syncd-bot-token"}


class BenchClock:
    """The clock of this machine, moved on by what the benchmark lets pass."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """The present as an aware UTC instant."""
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._ahead += timedelta(seconds=seconds)


def write_config(folder: Path, places: dict[str, Any], *, is_cloud: bool, comments: bool, workers: int = 8) -> Path:
    """Both YAML files; returns the main one."""
    syncs = [SYNC.format(name=key.lower(), board=board, key=key) for key, board in places["boards"].items()]
    text = CONFIG.format(
        workers=workers,
        asana=places["asana"],
        jira=places["jira"],
        email='email: "syncd-bot@example.com", ' if is_cloud else "",
        syncs="".join(syncs),
        comments="[marketing, it]" if comments else "[]",
    )
    (folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    path = folder / "syncd.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@contextmanager
def installed(path: Path, clock: BenchClock) -> Iterator[Installation]:
    """The installation, opened and proved against both servers."""
    redactor = Redactor()
    configure_logs(redactor, level="error")
    with Installation(read_config(path, TOKENS), clock, redactor) as installation:
        installation.require()
        yield installation


@dataclass(slots=True)
class Ran:
    """What running cycles until nothing was left came to, over all syncs."""

    cycles: int = 0
    planned: int = 0
    created: int = 0
    written: int = 0
    comments: int = 0
    rejected: int = 0
    troubled: int = 0
    held: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, report: Report) -> bool:
        """Count a cycle in. Whether it did anything that a further one may have to follow up."""
        done = report.done
        self.planned += done.planned
        self.created += done.created
        self.written += done.written
        self.comments += report.comments
        self.rejected += done.rejected
        self.troubled += done.troubled
        self.held += done.held
        self.problems += [f"{report.sync}: {problem}" for problem in (report.error, report.waits) if problem]
        return bool(done.created or done.written or report.comments or done.rejected or done.troubled or report.read)


def approve_all(installation: Installation) -> int:
    """Plan and approve every sync, as an operator would; returns the writes planned."""
    engine, planned = installation.require(), 0
    for name in installation.syncs:
        writes = engine.preview(name).writes
        engine.approve(name, writes)
        planned += writes
    return planned


def run_once(installation: Installation, syncs: Sequence[SyncName] | None = None) -> Ran:
    """One cycle of every sync."""
    ran, engine = Ran(cycles=1), installation.require()
    for name in syncs or installation.syncs:
        ran.add(engine.run(name))
    return ran


def run_until_quiet(installation: Installation, most: int = 15) -> Ran:
    """Cycles of all syncs until two in a row find nothing: Asana's events tell of our writes a poll late at times."""
    ran, engine = Ran(), installation.require()
    quiet = 0
    while quiet < 2 and ran.cycles < most:
        ran.cycles += 1
        busy = [name for name in installation.syncs if ran.add(engine.run(name))]
        quiet = 0 if busy else quiet + 1
    return ran


@dataclass(frozen=True, slots=True)
class Spent:
    """Time of one phase: wall, and processor time of the product and of the sandbox."""

    wall_s: float
    product_cpu_s: float
    sandbox_cpu_s: float


def peak_mb() -> float:
    """The most memory that this process held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cpu_s() -> float:
    """Processor seconds of this process so far, all threads."""
    return time.process_time()
