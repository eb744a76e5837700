"""Both sandboxes in this process, the product in another, and a hand that kills it at chosen moments.

The servers' state survives every kill, as vendors' servers do. People go on working between runs and between requests.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.instances import AsanaServer, JiraServer, empty_asana, empty_jira
from syncd.sandbox.requestlog import RequestRecord

ROOT: Final = Path(__file__).resolve().parents[2]
SECTIONS: Final = ("To do", "Doing", "Done", "Dropped")
CONFIG: Final = """\
version: 1
store: "sqlite:///syncd.db"
service: {{workers: 4}}
connections:
  asana: {{type: asana, url: "{asana}", token: syncd-bot-token}}
  jira: {{type: jira, url: "{jira}", email: "syncd-bot@example.com", token: syncd-bot-token}}
syncs:
  - name: campaigns
    mode: sync
    marketing: {{connection: asana, project: "{board}", status: section, done: completed}}
    it: {{connection: jira, project: WEB, type: Task}}
    mapping:
      links: {{create: [{{in: marketing}}, {{in: it}}], create_for: all}}
      fields:
        - title
        - description
        - {{marketing: "Story points", it: "Story Points"}}
        - {{marketing: Note, it: "Campaign task"}}
        - field: status
          values:
            - ["To do", ["To Do", Ready, Backlog]]
            - ["Doing", ["In Progress", "In Review", Blocked, "Waiting for Marketing"]]
            - ["Done", Done]
            - ["Dropped", "Won't Do"]
      transitions: {{max_steps: 5, fill: {{Done: {{resolution: Done}}}}}}
    brake: {{writes: 1000}}
report: {{comments: [marketing, it], per_hour: 1000000, edit_every: 0s}}
"""


class Moment(StrEnum):
    """When the product is killed."""

    AT_RANDOM = "at a random time"
    ON_ARRIVAL = "when a request arrives, before its effect"
    AFTER_EFFECT = "after the effect of a request, before its answer"
    AFTER_ANSWER = "a moment after an answer was sent"


@dataclass(frozen=True, slots=True)
class Kill:
    """One planned kill: at the `nth` request whose "METHOD /path" fits `where`, and `delay_s` after it or the start."""

    moment: Moment
    nth: int = 1
    where: str = ""
    delay_s: float = 0.0


@dataclass(slots=True)
class Toll:
    """What the kills hit."""

    runs: int = 0
    finished: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    hit: Counter[str] = field(default_factory=Counter)


class Worker:
    """The process that forks the product."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.worker"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip

    def start(self, **order: Any) -> int:
        """Fork the product; its process id."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._answer("started"))

    def wait(self) -> int:
        """The exit status once it ended; negative: the signal that ended it."""
        return int(self._answer("ended"))

    def close(self) -> None:
        """End the forking process; a product that still runs ends by itself."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()
        self._log.close()

    def _answer(self, word: str) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().split()
        assert line[:1] == [word], f"the forking process said {line}"
        return line[1]


class House:
    """Servers, product, clock."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.clock = SandboxClock()
        self.ahead_s = 0.0
        self.jira, self.asana = empty_jira("cloud", clock=self.clock), empty_asana(clock=self.clock)
        board = self.asana.add_project("Spring", SECTIONS, self.asana.user("dana"))
        for name, kind in (("Story points", "number"), ("Note", "text")):
            self.asana.attach_field(board, self.asana.add_field(name, kind))
        self.board = board.gid
        self.servers = (JiraServer(self.jira), AsanaServer(self.asana))
        self.on_request: Callable[[], None] = _nothing
        self.toll = Toll()
        self._killed = threading.Event()
        self._started = threading.Event()
        self._lock = threading.Lock()
        self._left = self._pid = 0

    def __enter__(self) -> Self:
        for server in self.servers:
            server.start()
        jira, asana = (server.address for server in self.servers)
        self.config = self.folder / "syncd.yaml"
        self.config.write_text(CONFIG.format(jira=jira, asana=asana, board=self.board), encoding="utf-8")
        self.worker = Worker(self.folder / "worker.log")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.worker.close()
        for server in self.servers:
            server.stop()

    def advance(self, seconds: float) -> None:
        """Let time pass for everybody."""
        self.clock.advance(seconds)
        self.ahead_s += seconds

    def run(self, kill: Kill | None = None, *, cycles: int = 12) -> bool:
        """Run the product until it has nothing left to do or is killed. Whether it was."""
        self._arm(kill)
        pid = self.worker.start(config=str(self.config), ahead_s=self.ahead_s, cycles=cycles)
        self._set_off(kill, pid)
        status = self.worker.wait()
        self._disarm()
        self.toll.runs += 1
        if status == -signal.SIGKILL:
            self.toll.kills[kill.moment if kill else ""] += 1
            return True
        assert status == 0, f"the product ended with {status}: {(self.folder / 'worker.log').read_text()[-3000:]}"
        self.toll.finished += 1
        return False

    def writes(self) -> list[str]:
        """What was written since the servers' logs were cleared."""
        return [record.kind for server in self.servers for record in server.requests if is_write(record)]

    def clear(self) -> None:
        """Forget what was asked."""
        for server in self.servers:
            server.requests.clear()

    # the hand

    def _arm(self, kill: Kill | None) -> None:
        """Watch every request; a kill on arrival also needs a request that is dropped before any effect."""
        self._killed.clear()
        self._started.clear()
        self._left, self._pid = kill.nth if kill else 0, 0
        for server in self.servers:
            server.requests.clear()
            server.requests.on_request = lambda record: self._seen(kill, record)
            if kill is not None and kill.moment is Moment.ON_ARRIVAL:
                server.faults.drop_before(1, every=kill.nth, where=kill.where)

    def _set_off(self, kill: Kill | None, pid: int) -> None:
        self._pid = pid
        self._started.set()
        if kill is not None and kill.moment is Moment.AT_RANDOM:
            self._kill_later(kill.delay_s)

    def _disarm(self) -> None:
        self._killed.set()
        self._started.set()
        for server in self.servers:
            server.requests.on_request = None
            server.faults.clear()

    def _seen(self, kill: Kill | None, record: RequestRecord) -> None:
        """In the server's thread: the request took effect (status 0: was dropped before), nothing is answered yet."""
        if kill is None or not self._is_its_turn(kill, record):
            if not self._killed.is_set():
                self.on_request()
            return
        self._started.wait(10)
        if kill.moment is Moment.AFTER_ANSWER:
            self._kill_later(kill.delay_s)
            return
        when = "before" if record.status == 0 else "after"
        self.toll.hit[f"{when} {record.method} {_place(record)}"] += 1
        self._kill(self._pid)

    def _is_its_turn(self, kill: Kill, record: RequestRecord) -> bool:
        if kill.moment is Moment.ON_ARRIVAL:
            return record.status == 0
        if kill.moment is Moment.AT_RANDOM or not re.search(kill.where, f"{record.method} {record.path}"):
            return False
        with self._lock:
            self._left -= 1
            return self._left == 0

    def _kill_later(self, delay_s: float) -> None:
        timer = threading.Timer(delay_s, self._kill, (self._pid,))
        timer.daemon = True
        timer.start()

    def _kill(self, pid: int) -> None:
        """SIGKILL, once a run. The worker is not reaped before the next one starts, so the id is still its own."""
        with self._lock:
            if pid and pid == self._pid and not self._killed.is_set():
                self._killed.set()
                os.kill(pid, signal.SIGKILL)


WRITES: Final = r"^(PUT|DELETE) |^POST (?!.*(/search/jql|/bulkfetch|/jql/match|/comment/list|/batch)$)"
"""Requests that change something, as `METHOD /path`."""
KINDS: Final = {
    "any request": "",
    "any write": WRITES,
    "a create": r"^POST \S*/(issue|tasks)$",
    "a comment": r"^POST \S*/(comment|stories)$|^PUT \S*/(comment/\d+|stories/\d+)$",
    "a change of status": r"^POST \S*/(transitions|addTask)$",
    "an update": r"^PUT \S*/(issue|tasks)/\d+$",
}


def is_write(record: RequestRecord) -> bool:
    """Whether a request changes something."""
    return re.search(WRITES, f"{record.method} {record.path}") is not None


def _place(record: RequestRecord) -> str:
    words = [word for word in record.kind.split(" ", 1)[1].split("/") if word and word != "{id}"]
    return "/".join(words[-1:] if "asana" not in words else words[-2:])


def _nothing() -> None:
    """Nobody works meanwhile."""
