"""The daemon as people run it: a real process, real signals, real sockets on loopback."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self

import pytest

from syncd.model.links import SyncName
from syncd.sandbox.instances import JiraServer
from syncd.store.open import open_store

ROOT = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("child.py")
TOKEN = "syncd-bot-token"
PROMISED_S = 10
PATIENCE_S = 60

CONFIG = """
version: 1
service: {{listen: "127.0.0.1:0"}}
connections:
  tool: {{type: memory, server: tool}}
  desk: {desk}
syncs:
  - name: campaigns
    poll: 5s
    marketing: {{connection: tool, project: MKT}}
    it: {{connection: desk, project: {project}}}
    mapping: {{fields: [title, due]}}
"""
MEMORY = "{type: memory, server: desk}"


def jira_at(url: str) -> str:
    return f'{{type: jira, url: "{url}", email: syncd-bot@example.com, token: "${{file:token}}"}}'


class Process:
    """A running daemon, and what it has said so far."""

    def __init__(self, folder: Path, desk: str, *, project: str = "WEB", wrong: str = "", **environ: str) -> None:
        config = self.config = folder / "syncd.yaml"
        config.write_text(CONFIG.format(desk=desk, project=project), encoding="utf-8")
        (folder / "token").write_text(TOKEN + "\n", encoding="utf-8")
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, "-X", "dev", str(CHILD), str(config), wrong],
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", **environ},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join(PATIENCE_S)
        if self._process.stderr is not None:
            self._process.stderr.close()

    def wait_for(self, event: str, times: int = 1) -> dict[str, Any]:
        """The line of that event, once it was said so often."""
        found: list[dict[str, Any]] = []

        def is_there() -> bool:
            found[:] = [line for line in self.events() if line["event"] == event]
            return len(found) >= times

        with self._changed:
            assert self._changed.wait_for(is_there, PATIENCE_S), f"no {event} in {self.lines}"
        return found[times - 1]

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines if line.startswith("{")]

    def ask(self, path: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.wait_for("started")["port"], timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def wait_until(self, is_so: Callable[[dict[str, Any]], bool], path: str = "/healthz") -> None:
        """Ask until the answer is as wanted; each question is a round trip, so this is no busy loop for long."""
        deadline_s = time.monotonic() + PATIENCE_S
        pause = threading.Event()
        while not is_so(self.ask(path)[1]):
            assert time.monotonic() < deadline_s, self.lines
            pause.wait(0.05)

    def reload(self, old: str, new: str) -> None:
        """Change the configuration and have it read."""
        text = self.config.read_text(encoding="utf-8")
        assert old in text
        self.config.write_text(text.replace(old, new), encoding="utf-8")
        self.tell(signal.SIGHUP)

    def refused(self) -> str | None:
        """What `status` is told of a newer configuration."""
        with closing(open_store(f"sqlite:///{self.config.with_name('syncd.db')}")) as store:
            state = store.audit.read_state(SyncName("campaigns"))
        return state.refused if state else None

    def tell(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self, within_s: float = PATIENCE_S) -> tuple[int, float]:
        """Its exit status, and how long it took from now."""
        started_s = time.monotonic()
        status = self._process.wait(within_s)
        took_s = time.monotonic() - started_s
        self._reader.join(PATIENCE_S)
        return status, took_s

    def _read(self) -> None:
        stream = self._process.stderr
        if stream is None:
            return
        for line in stream:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()


@contextmanager
def server_that_never_answers() -> Iterator[tuple[str, threading.Event]]:
    """Its address, and an event that is set once somebody waits for an answer."""
    is_waiting = threading.Event()
    clients: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                clients.append(client)
                if client.recv(100):
                    is_waiting.set()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", is_waiting
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE_S)
            for client in clients:
                client.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_polls_answers_and_ends_in_order_without_a_secret_in_its_log(tmp_path: Path, number: signal.Signals) -> None:
    with JiraServer() as jira, Process(tmp_path, jira_at(jira.url)) as daemon:
        daemon.wait_until(lambda body: body["status"] == "ready", "/readyz")
        daemon.wait_until(lambda body: "good_at" in body["syncs"]["campaigns"])
        status, body = daemon.ask("/healthz")
        assert (status, body["status"], body["scheduler"]) == (200, "ok", "ok")
        assert any("search" in record.path for record in jira.requests)
        daemon.tell(number)
        status, took_s = daemon.end()
    assert status == 0
    assert took_s < PROMISED_S
    assert [line["event"] for line in daemon.events()][-2:] == ["stopping", "stopped"]
    assert TOKEN not in "\n".join(daemon.lines)
    assert len(daemon.events()) == len(daemon.lines)


def test_it_ends_in_time_while_a_request_hangs(tmp_path: Path) -> None:
    with server_that_never_answers() as (url, is_waiting), Process(tmp_path, jira_at(url)) as daemon:
        daemon.wait_for("started")
        assert is_waiting.wait(PATIENCE_S)
        assert daemon.ask("/healthz")[0] == 200
        daemon.tell(signal.SIGTERM)
        daemon.wait_until(lambda body: body["status"] == "stopping", "/readyz")
        status, took_s = daemon.end()
    assert status == 0
    assert took_s < PROMISED_S
    assert daemon.events()[-1]["event"] == "stopped_in_the_middle"


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with server_that_never_answers() as (url, is_waiting), Process(tmp_path, jira_at(url)) as daemon:
        daemon.wait_for("started")
        assert is_waiting.wait(PATIENCE_S)
        daemon.tell(signal.SIGTERM)
        daemon.wait_until(lambda body: body["status"] == "stopping", "/readyz")
        daemon.tell(signal.SIGTERM)
        status, took_s = daemon.end()
    assert status == 128 + signal.SIGTERM
    assert took_s < 4


def test_a_pause_that_a_server_asks_for_is_obeyed_to_the_second(tmp_path: Path) -> None:
    with JiraServer() as jira, Process(tmp_path, jira_at(jira.url)) as daemon:
        daemon.wait_until(lambda body: "good_at" in body["syncs"]["campaigns"])
        jira.faults.rate_limit(retry_after=7)
        failed = daemon.wait_for("sync_failed")
        assert failed["error"] == "RateLimited"
        daemon.wait_for("sync_recovered")
        records = list(jira.requests)
    (refused,) = [index for index, record in enumerate(records) if record.status == 429]
    assert records[refused + 1].at_ms - records[refused].at_ms >= 7_000


def test_a_mistake_of_ours_is_logged_and_the_next_run_happens(tmp_path: Path) -> None:
    with Process(tmp_path, MEMORY, wrong="crash") as daemon:
        failed = daemon.wait_for("job_failed")
        assert failed["job"] == "sync campaigns"
        assert "ZeroDivisionError: nobody foresaw this" in failed["exception"]
        daemon.wait_for("sync_recovered")
        assert daemon.ask("/healthz")[0] == 200


def test_a_supervisor_is_told_that_it_is_ready_lives_and_ends(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(PATIENCE_S)
        with Process(tmp_path, MEMORY, NOTIFY_SOCKET=address, WATCHDOG_USEC="3000000") as daemon:
            assert listener.recv(100) == b"READY=1"
            assert listener.recv(100) == b"WATCHDOG=1"
            daemon.tell(signal.SIGTERM)
            words = [listener.recv(100)]
            while words[-1] != b"STOPPING=1":
                words.append(listener.recv(100))
            assert daemon.end()[0] == 0
    assert set(words[:-1]) <= {b"WATCHDOG=1"}


def test_a_server_that_is_down_at_the_start_does_not_end_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with Process(tmp_path, jira_at(f"http://127.0.0.1:{port}")) as daemon:
        daemon.wait_for("sync_failed")
        with JiraServer(port=port):
            daemon.wait_for("sync_recovered")


def test_it_refuses_to_run_when_no_project_is_there(tmp_path: Path) -> None:
    with Process(tmp_path, MEMORY, project="WBE") as daemon:
        status, _ = daemon.end()
    assert status == 2
    assert daemon.lines[-1].startswith(f"{tmp_path}/syncd.yaml:11:37: desk: there is no project 'WBE'")


def test_a_port_that_is_taken_is_said_with_its_place(tmp_path: Path) -> None:
    with Process(tmp_path, MEMORY) as first:
        port = first.wait_for("started")["port"]
        other = tmp_path / "other"
        other.mkdir()
        config = CONFIG.replace("127.0.0.1:0", f"127.0.0.1:{port}").format(desk=MEMORY, project="WEB")
        (other / "syncd.yaml").write_text(config, encoding="utf-8")
        second = subprocess.run(
            [sys.executable, str(CHILD), str(other / "syncd.yaml")],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            check=False,
        )
    assert second.returncode == 2
    assert f"{other}/syncd.yaml:3:19: service.listen: 127.0.0.1:{port} cannot be had: Address already in use" in (
        second.stderr
    )


def test_a_second_one_on_the_same_store_refuses_to_start(tmp_path: Path) -> None:
    with Process(tmp_path, MEMORY) as first:
        first.wait_for("started")
        with Process(tmp_path, MEMORY) as second:
            status, _ = second.end()
        first.tell(signal.SIGTERM)
        assert first.end()[0] == 0
    assert status == 2
    assert any("store: another process" in line for line in second.lines)


def test_a_wrong_configuration_changes_nothing_but_what_is_said(tmp_path: Path) -> None:
    with Process(tmp_path, MEMORY) as daemon:
        daemon.wait_until(lambda body: "good_at" in body["syncs"]["campaigns"])
        daemon.reload("poll: 5s", "pol: 6s")
        daemon.wait_for("reload_refused")
        where = f"{tmp_path}/syncd.yaml:9:5: "
        assert daemon.wait_for("configuration_problem")["problem"].startswith(where)
        assert (daemon.refused() or "").startswith(where)
        assert daemon.ask("/healthz")[1]["configuration"] == "refused"
        daemon.reload("pol: 6s", "poll: 6s")
        daemon.wait_for("reloaded")
        assert "configuration" not in daemon.ask("/healthz")[1]
        assert daemon.refused() is None


def test_another_store_is_refused_until_a_start(tmp_path: Path) -> None:
    with Process(tmp_path, MEMORY) as daemon:
        daemon.wait_until(lambda body: "good_at" in body["syncs"]["campaigns"])
        daemon.reload("version: 1\n", "version: 1\nstore: sqlite:///other.db\n")
        daemon.wait_for("reload_refused")
        assert (
            "store: another one is taken by starting syncd anew" in daemon.wait_for("configuration_problem")["problem"]
        )
        assert daemon.ask("/healthz")[1]["configuration"] == "refused"


def test_a_reload_that_is_asked_for_while_the_files_are_read_for_the_first_time_is_done(tmp_path: Path) -> None:
    words = CONFIG.format(desk=MEMORY, project="WEB")
    config = tmp_path / "syncd.yaml"
    os.mkfifo(config)
    with subprocess.Popen(
        [sys.executable, str(CHILD), str(config)],
        stderr=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    ) as process:
        with config.open("w", encoding="utf-8") as pipe:  # opens once the other end reads
            process.send_signal(signal.SIGHUP)
            pipe.write(words)
        config.unlink()
        config.write_text(words, encoding="utf-8")
        assert process.stderr is not None
        said = b""
        while b"reloaded" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        process.terminate()
        process.stderr.read()
        assert process.wait(PATIENCE_S) == 0


def test_a_right_configuration_holds_at_once_but_for_the_port(tmp_path: Path) -> None:
    with Process(tmp_path, MEMORY) as daemon:
        daemon.wait_until(lambda body: "good_at" in body["syncs"]["campaigns"])
        daemon.reload("name: campaigns", "name: spring\n    was: [campaigns]")
        assert daemon.wait_for("reloaded")["syncs"] == ["spring"]
        daemon.wait_until(lambda body: "good_at" in body["syncs"]["spring"])
        daemon.reload("127.0.0.1:0", "127.0.0.1:1")
        problem = daemon.wait_for("restart_needed")["problem"]
        assert problem.startswith(f"{tmp_path}/syncd.yaml:3:19: service.listen: ")
        daemon.wait_for("reloaded", times=2)
        assert "good_at" in daemon.ask("/healthz")[1]["syncs"]["spring"]
        daemon.tell(signal.SIGTERM)
        assert daemon.end()[0] == 0


def test_it_ends_in_order_when_its_terminal_goes_away(tmp_path: Path) -> None:
    config = tmp_path / "syncd.yaml"
    config.write_text(CONFIG.format(desk=MEMORY, project="WEB"), encoding="utf-8")
    terminal, inside = os.openpty()
    with subprocess.Popen(
        [sys.executable, str(CHILD), str(config)],
        stderr=inside,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    ) as process:
        os.close(inside)
        said = b""
        while b"started" not in said:
            said += os.read(terminal, 1000)
        os.close(terminal)
        process.send_signal(signal.SIGHUP)
        assert process.wait(PATIENCE_S) == 0
