"""What reading the configuration anew does when something comes between, without a process of its own."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from syncd.model.links import SyncName
from syncd.service import schedule
from syncd.service.clock import SystemClock
from syncd.service.daemon import Daemon
from syncd.service.redact import Redactor
from syncd.store.audit import SqlAuditStore
from syncd.store.database import StoreError
from tests.service.house import Servers, told


@pytest.fixture
def servers() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.forget()


@contextmanager
def daemon_of(servers: Servers, folder: Path) -> Iterator[Daemon]:
    """A daemon that takes turns, but whose main thread waits for nothing."""
    daemon = Daemon(servers.load(folder), SystemClock(), Redactor(), {})
    daemon._running.start()
    try:
        yield daemon
    finally:
        daemon._running.stop()
        daemon._running.end_turns()
        assert daemon._running.has_stopped(10)
        daemon._running.close()
        daemon._health.close()


def go_on(daemon: Daemon) -> None:
    assert daemon._running.has_stopped(10)
    daemon._go_on_with_next()


def refuse_to_store(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("database is locked")

    monkeypatch.setattr(SqlAuditStore, method, refuse)


def is_refused(daemon: Daemon) -> bool:
    return daemon._answers().answer("/healthz").body.get("configuration") == "refused"


def write(folder: Path, old: str, new: str) -> None:
    path = folder / "syncd.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_a_wrong_configuration_that_comes_after_a_right_one_is_still_said(servers: Servers, tmp_path: Path) -> None:
    with daemon_of(servers, tmp_path) as daemon:
        write(tmp_path, "project: MKT}", "project: MKT, name: Brand}")
        daemon._read_anew()  # and before what is at work has come to its end:
        write(tmp_path, "mapping:", "maping:")
        daemon._read_anew()
        go_on(daemon)
        assert is_refused(daemon)
        assert daemon._running.loaded.config.syncs[0].marketing.name == "Brand"


def test_how_syncs_did_until_now_is_known_after_a_reload(servers: Servers, tmp_path: Path) -> None:
    with daemon_of(servers, tmp_path) as daemon:
        before = daemon._running.standings()[SyncName("campaigns")].started_at
        write(tmp_path, "project: MKT}", "project: MKT, name: Brand}")
        daemon._read_anew()
        go_on(daemon)
        assert daemon._running.standings()[SyncName("campaigns")].started_at == before


def test_a_configuration_that_fits_no_server_ends_a_daemon_at_its_start_alone(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with daemon_of(servers, tmp_path) as daemon:
        write(tmp_path, "project: WEB", "project: NONE")
        daemon._read_anew()
        go_on(daemon)
        deadline_s, pause = time.monotonic() + 10, threading.Event()
        while not daemon._running.misfits():
            assert time.monotonic() < deadline_s
            pause.wait(0.02)
        signals = iter([None, SimpleNamespace(si_signo=signal.SIGTERM)])
        monkeypatch.setattr(signal, "sigtimedwait", lambda *_: next(signals))
        assert daemon._wait() == ()


def test_a_store_that_is_locked_does_not_end_a_daemon_that_refuses(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with daemon_of(servers, tmp_path) as daemon, told() as events:
        refuse_to_store(monkeypatch, "record_refusal")
        write(tmp_path, "mapping:", "maping:")
        daemon._read_anew()
        assert is_refused(daemon)
    assert "refusal_not_stored" in [event["event"] for event in events]


def test_a_reload_waits_for_a_store_that_is_locked(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with daemon_of(servers, tmp_path) as daemon, told() as events:
        write(tmp_path, "name: campaigns", "name: spring\n    was: [campaigns]")
        daemon._read_anew()
        with monkeypatch.context() as locked:
            refuse_to_store(locked, "has_sync")
            go_on(daemon)
        assert [sync.name for sync in daemon._running.loaded.config.syncs] == ["campaigns"]
        go_on(daemon)
        assert [sync.name for sync in daemon._running.loaded.config.syncs] == ["spring"]
    assert [event["event"] for event in events if event["event"].startswith("reload")] == ["reload_waits", "reloaded"]


def test_a_schedule_that_takes_no_turns_begins_anew(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with daemon_of(servers, tmp_path) as daemon, told() as events:
        before = daemon._running
        daemon._free_stuck()
        assert daemon._next is None
        with monkeypatch.context() as set_back:
            set_back.setattr(schedule, "STUCK_S", -1)  # no beat is young enough, as after a clock that was set back
            daemon._free_stuck()
            daemon._free_stuck()
        go_on(daemon)
        assert daemon._running is not before
        assert daemon._running.is_alive()
    assert [event["event"] for event in events].count("schedule_stuck") == 1
