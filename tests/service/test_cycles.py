from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.connectors.memory import Call, Moment, Trouble
from syncd.model.links import SyncName
from syncd.service.cycles import AtWork, Cycles
from syncd.service.installation import Installation
from syncd.service.redact import Redactor
from syncd.service.standing import Standing, Standings
from syncd.store.database import Database, StoreError
from tests.service.house import CONFIG, SECOND_SYNC, Servers, told

CAMPAIGNS, NEWS = SyncName("campaigns"), SyncName("newsletters")
TWO_SYNCS = CONFIG + SECOND_SYNC.replace("Channel", "description")
"""Both share the tool and the desk."""


@dataclass
class House:
    """Everything around `Cycles`, with the schedule played by the test."""

    servers: Servers
    installation: Installation
    at_work: AtWork = field(default_factory=AtWork)
    postponed: dict[SyncName, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        polls = {SyncName(sync.name): sync.poll for sync in self.installation.loaded.config.syncs}
        self.standings = Standings(polls, self.servers.clock)
        self.cycles = Cycles(
            self.installation, self.standings, self.at_work, self.servers.clock, self.postponed.__setitem__
        )

    def run(self, sync: SyncName = CAMPAIGNS, times: int = 1) -> Standing:
        for _ in range(times):
            self.servers.clock.advance(seconds=30)
            self.cycles.run(sync)
        return self.standings.read()[sync]

    def asked(self) -> int:
        return len(self.servers.desk.calls)


@contextmanager
def house(folder: Path, text: str = CONFIG) -> Iterator[House]:
    servers = Servers()
    try:
        with Installation(servers.load(folder, text), servers.clock, Redactor()) as installation:
            yield House(servers, installation)
    finally:
        servers.forget()


def names(events: list[MutableMapping[str, Any]]) -> list[str]:
    return [event["event"] for event in events if event["log_level"] != "debug"]


def test_a_good_cycle_opens_the_sync_and_polls_both_sides(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        standing = home.run()
        assert standing.good_at == home.servers.clock.now()
        assert [call.operation for call in home.servers.desk.calls] == [
            "fetch account",
            "open project",
            "fetch changes",
        ]
        home.run()
        assert [call.operation for call in home.servers.desk.calls][3:] == ["fetch changes"]


def test_an_idle_cycle_is_no_news_but_one_that_did_something_is(tmp_path: Path) -> None:
    with house(tmp_path) as home, told() as events:
        home.run()
        home.servers.tool.make("MKT", home.servers.tool.add_person("Dana"), {"title": "Spring"})
        home.run()
        home.run()
    (line,) = [event for event in events if event["event"] == "cycle_done" and event["log_level"] == "info"]
    assert line["read"] == 1


def test_what_an_operator_should_know_about_a_project_is_told_once(tmp_path: Path) -> None:
    text = CONFIG + "people: {unknown: fallback, fallback: {desk: triage}}\n"
    with house(tmp_path, text) as home, told() as events:
        home.run(times=3)
    (line,) = [event for event in events if event["event"] == "configuration_warning"]
    assert "triage" in line["problem"]


def test_a_server_that_is_down_at_the_start_is_asked_again_until_it_is_there(tmp_path: Path) -> None:
    with house(tmp_path) as home, told() as events:
        home.servers.desk.faults.arm(Trouble.OUTAGE, times=None)
        assert home.run(times=3).failure is not None
        home.servers.desk.faults.clear()
        assert home.run().failure is None
        assert home.postponed == {}
    assert names(events) == ["sync_failed", "sync_recovered"]
    assert home.cycles.misfits() == ()


def test_a_store_that_cannot_be_used_is_told_once_and_is_no_mistake_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StoreError("store: syncd.db cannot be used: database or disk is full")

    with house(tmp_path) as home, told() as events:
        home.run()
        with monkeypatch.context() as full:
            full.setattr(Database, "write", refuse)
            failure = home.run(times=3).failure
        assert failure is not None
        assert failure.reason.endswith("database or disk is full")
        assert home.run().failure is None
    assert names(events) == ["sync_failed", "sync_recovered"]


def test_an_outage_in_the_middle_is_told_once_and_its_end_too(tmp_path: Path) -> None:
    with house(tmp_path) as home, told() as events:
        home.run()
        home.servers.desk.faults.arm(Trouble.OUTAGE, "fetch changes", times=4)
        home.run(times=6)
    assert names(events) == ["sync_failed", "sync_recovered"]


def test_a_pause_that_a_server_asks_for_is_kept_to_the_second(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.run()
        home.servers.desk.faults.arm(Trouble.RATE_LIMIT, "fetch changes", retry_after_s=77.5)
        home.run()
        assert home.postponed == {CAMPAIGNS: home.servers.clock.now() + timedelta(seconds=77.5)}


def test_a_refused_login_pauses_the_connection_for_all_its_syncs(tmp_path: Path) -> None:
    with house(tmp_path, TWO_SYNCS) as home, told() as events:
        home.run(CAMPAIGNS)
        home.run(NEWS)
        home.servers.desk.faults.arm(Trouble.AUTH, times=None)
        home.run(CAMPAIGNS)
        asked = home.asked()
        home.run(CAMPAIGNS)
        standing = home.run(NEWS)
        assert home.asked() == asked
        assert standing.failure is not None
        assert standing.failure.connection == "desk"
        home.servers.clock.advance(minutes=4)
        home.run(NEWS)
        assert home.asked() == asked + 1  # one probe, by whichever sync comes first
        home.run(CAMPAIGNS)
        assert home.asked() == asked + 1
        home.servers.desk.faults.clear()
        home.servers.clock.advance(minutes=5)
        assert home.run(CAMPAIGNS).failure is None
        assert home.run(NEWS).failure is None
    assert names(events) == [
        "sync_failed",
        "connection_paused",
        "connection_resumed",
        "sync_recovered",
        "sync_recovered",
    ]


def test_a_renewed_secret_is_used_by_the_next_probe(tmp_path: Path) -> None:
    secret = tmp_path / "account"
    secret.write_text("old@memory.invalid", encoding="utf-8")
    with house(tmp_path, CONFIG.replace("server: DESK}", 'server: DESK, account: "${file:account}"}')) as home:
        home.servers.desk.add_person("new", "new@memory.invalid")
        home.servers.desk.add_person("old", "old@memory.invalid", is_active=False)
        assert home.run().failure is not None
        secret.write_text("new@memory.invalid", encoding="utf-8")
        home.servers.clock.advance(minutes=5)
        assert home.run().failure is None


def test_a_secret_that_is_gone_stops_the_probe_and_not_the_daemon(tmp_path: Path) -> None:
    secret = tmp_path / "account"
    secret.write_text("old@memory.invalid", encoding="utf-8")
    with (
        house(tmp_path, CONFIG.replace("server: DESK}", 'server: DESK, account: "${file:account}"}')) as home,
        told() as events,
    ):
        home.servers.desk.faults.arm(Trouble.AUTH, times=None)
        home.run()
        secret.unlink()
        home.servers.clock.advance(minutes=5)
        home.run()
        assert home.cycles.misfits() == ()
    assert "secret_not_read" in names(events)


def test_a_project_that_is_closed_to_us_holds_up_its_own_sync_only(tmp_path: Path) -> None:
    with house(tmp_path, TWO_SYNCS) as home:
        home.run(CAMPAIGNS)
        home.run(NEWS)
        home.servers.desk.faults.arm(Trouble.AUTH, "fetch changes")
        home.run(CAMPAIGNS)
        assert home.postponed == {CAMPAIGNS: home.servers.clock.now() + timedelta(minutes=5)}
        assert home.run(NEWS).failure is None


def test_a_sync_that_does_not_fit_its_servers_is_looked_at_again_slowly(tmp_path: Path) -> None:
    text = TWO_SYNCS.replace("project: CRM", "project: CMR")
    with house(tmp_path, text) as home, told() as events:
        home.run(NEWS)
        home.run(NEWS)
        assert home.postponed[NEWS] == home.servers.clock.now() + timedelta(minutes=5)
        assert home.cycles.misfits() == ()  # nobody knows yet about the other one
        home.run(CAMPAIGNS)
        assert home.cycles.misfits() == ()
        home.servers.desk.add_project("CMR")
        assert home.run(NEWS).failure is None
    assert [name for name in names(events) if name != "cycle_done"] == [
        "configuration_problem",
        "sync_failed",
        "sync_recovered",
    ]


def test_when_no_sync_fits_all_their_problems_are_known(tmp_path: Path) -> None:
    text = TWO_SYNCS.replace("project: CRM", "project: CMR").replace("project: WEB", "project: WBE")
    with house(tmp_path, text) as home:
        home.run(CAMPAIGNS)
        home.run(NEWS)
        assert [problem.line for problem in home.cycles.misfits()] == [10, 15]


def test_a_sync_that_once_fitted_never_ends_the_daemon(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.run()
        home.installation.assembly.forget()
        home.servers.desk.projects.clear()
        assert home.run().failure is not None
        assert home.cycles.misfits() == ()


def test_nothing_begins_once_the_daemon_stops(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.at_work.stop()
        home.run()
        assert home.asked() == 0
        assert home.at_work.wait(0)


def test_a_cycle_that_is_cut_short_is_neither_good_nor_bad(tmp_path: Path) -> None:
    with house(tmp_path) as home:
        home.run()
        before = home.standings.read()[CAMPAIGNS]

        def stop(_call: Call, _moment: Moment) -> None:
            home.at_work.stop()

        home.servers.desk.faults.on_call = stop
        assert home.run() == before


def test_a_mistake_of_ours_leaves_the_cycle_and_the_count_right(tmp_path: Path) -> None:
    with house(tmp_path) as home:

        def fail(_call: Call, _moment: Moment) -> None:
            raise ZeroDivisionError

        home.servers.desk.faults.on_call = fail
        with pytest.raises(ZeroDivisionError):
            home.run()
        assert home.at_work.wait(0)


def test_feeds_that_were_just_polled_for_another_sync_are_not_polled_again(tmp_path: Path) -> None:
    with house(tmp_path, TWO_SYNCS) as home:
        home.run(CAMPAIGNS)
        home.run(NEWS)
        home.run(CAMPAIGNS)
        before = len(home.servers.tool.calls)
        home.cycles.run(NEWS)
        assert [call.operation for call in home.servers.tool.calls][before:] == []
        home.run(CAMPAIGNS)
        assert [call.operation for call in home.servers.tool.calls][before:] == ["fetch changes"]
