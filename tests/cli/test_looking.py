"""`status`, `findings`, `history`, `explain`: what the store knows, and why."""

from __future__ import annotations

import json
from datetime import date

import pytest

from syncd.checks.registry import CHECKS
from syncd.cli.say import columns
from syncd.cli.score import HEAD
from syncd.connectors.memory import Trouble
from syncd.model.links import SyncName
from syncd.model.values import Kind
from tests.cli.house import IT, PROJECT, House, M, golden


def test_a_sync_that_never_ran_has_a_status_and_no_store_is_made_by_asking(house: House) -> None:
    golden("status-first.txt", house.answer("status"))
    assert not house.has_store


def test_status_tells_what_waits_and_what_was_found(house: House) -> None:
    items = house.synced()
    house.edit(IT, items["story"], status="QA")
    house.answer("sync")
    golden("status.txt", house.answer("status"))


def test_status_needs_no_server(house: House) -> None:
    house.synced()
    before = {side: len(server.calls) for side, server in house.servers.items()}
    house.answer("status")
    house.answer("findings")
    house.answer("links", "list")
    house.answer("history", "MKT-1")
    assert {side: len(server.calls) for side, server in house.servers.items()} == before


def test_status_tells_why_the_last_cycle_failed(house: House) -> None:
    house.synced()
    house.servers[IT].faults.arm(Trouble.OUTAGE, "fetch changes")
    house.run("sync")
    text = house.answer("status")
    assert text.startswith("campaigns  failing\n")
    assert "  error       no answer: outage\n" in text


def test_status_tells_that_the_daemon_goes_on_by_an_earlier_configuration(house: House) -> None:
    house.synced()
    with house.opened() as store:
        store.audit.record_refusal("syncd.yaml:9:5: unknown key 'pol'")
    row = "configuration  the daemon goes on by the one from before: syncd.yaml:9:5: unknown key 'pol'"
    assert row in house.answer("status")
    assert json.loads(house.answer("status", "--json"))["syncs"][0]["configuration_refused"].endswith("'pol'")


def test_findings_are_told_worst_first_with_the_line_to_add(house: House) -> None:
    items = house.synced()
    house.edit(IT, items["story"], status="QA", due=date(2026, 3, 20))
    house.answer("sync")
    golden("findings.txt", house.answer("findings"))


def test_without_findings_that_is_said(house: House) -> None:
    assert house.answer("findings") == "No open findings.\n"


def test_explain_tells_each_field_of_a_pair(house: House) -> None:
    items = house.synced()
    house.edit(IT, items["story"], status="QA", due=date(2026, 3, 20))
    house.answer("sync")
    house.edit(M, items["page"], title="Landing page for spring")
    text = house.answer("explain", "WEB-2")
    golden("explain-pair.txt", text)
    assert house.answer("explain", "MKT-1").splitlines()[1:-8] == text.splitlines()[1:-8]


def test_explain_writes_nothing_anywhere(house: House) -> None:
    items = house.synced()
    house.edit(M, items["page"], title="Landing page for spring")
    before, writes = house.answer("status", "--json"), house.writes()
    house.answer("explain", "WEB-2")
    assert house.answer("status", "--json") == before
    assert house.writes() == writes


def test_explain_tells_why_an_item_has_no_counterpart(house: House) -> None:
    house.synced()
    assert "`when: status == 'Needs IT'` is false for it" in house.answer("explain", "MKT-2")
    assert "No rule in `links.create` makes anything in Marketing (Memory)." in house.answer("explain", "WEB-1")


def test_explain_tells_that_a_counterpart_is_about_to_be_made(house: House) -> None:
    items = house.synced()
    house.edit(M, items["mail"], status="Needs IT")
    assert "The next cycle makes one in Web IT (Memory)" in house.answer("explain", "MKT-2")


def test_explain_tells_that_done_items_get_no_counterpart(house: House) -> None:
    items = house.synced()
    house.edit(M, items["mail"], status="Done")
    assert "It is done, and `create_for: open`" in house.answer("explain", "MKT-2")


def test_explain_finds_an_item_that_was_never_read(house: House) -> None:
    items = house.campaign()
    assert "WEB-1 “Fix the cart”" in house.answer("explain", items["cart"])


def test_explain_of_nothing_is_refused(house: House) -> None:
    house.campaign()
    result = house.run("explain", "https://jira.example.com/browse/NOPE-1")
    assert result.exit_code == 1
    assert result.stderr.startswith("syncd: no item 'https://jira.example.com/browse/NOPE-1' on any side: ")


def test_explain_goes_on_from_the_last_read_in_an_outage(house: House) -> None:
    house.synced()
    house.servers[IT].faults.arm(Trouble.OUTAGE, "fetch items", times=None)
    text = house.answer("explain", "WEB-2")
    assert "told from the last read: desk: no answer: outage" in text
    assert "“Spring landing page”" in text


def test_explain_knows_a_pair_whose_sync_could_not_be_opened(house: House) -> None:
    house.synced()
    house.servers[IT].faults.arm(Trouble.OUTAGE, "open project", times=None)
    result = house.run("explain", "MKT-1")
    assert result.exit_code == 1
    assert "in a pair of sync campaigns: MKT-1 “Spring landing page” ↔ WEB-2" in result.stdout
    assert "The pair is there and could not be read now" in result.stdout


def test_explain_tells_of_an_item_that_is_gone(house: House) -> None:
    items = house.synced()
    house.servers[IT].delete(items["story"])
    text = house.answer("explain", "MKT-1")
    assert "is gone or hidden" in text


def test_history_tells_what_was_done_newest_first(house: House) -> None:
    items = house.synced()
    house.edit(M, items["page"], title="Landing page for spring")
    house.answer("sync")
    golden("history.txt", house.answer("history", "WEB-2"))
    (event, *_) = json.loads(house.answer("history", "WEB-2", "--json", "--limit", "1"))["events"]
    assert (event["kind"], event["field"], event["new"]) == ("update", "title", "Landing page for spring")


def test_history_tells_every_event_however_narrow_the_terminal_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = house.synced()
    house.edit(M, items["page"], title="Landing page for the whole of spring and summer")
    house.answer("sync")
    told = {f"{event['id']}" for event in json.loads(house.answer("history", "WEB-2", "--json"))["events"]}
    for room in (60, 80, 110):
        monkeypatch.setenv("COLUMNS", str(room))
        lines = house.answer("history", "WEB-2").splitlines()
        assert {line.split()[0] for line in lines if line[:1].isdigit()} == told


def test_history_of_an_unknown_item_is_refused(house: House) -> None:
    result = house.run("history", "WEB-99")
    assert (result.exit_code, result.stdout) == (1, "")


def test_the_pairs_of_a_sync_that_was_renamed_without_a_word_are_told(house: House) -> None:
    house.synced()
    house.change("name: campaigns", "name: spring")
    said = "warning: the store holds 1 link of a sync 'campaigns' that is not here: nothing looks after them."
    assert said in house.answer("status")
    house.change("name: spring", "name: spring\n    was: [campaigns]")
    assert "the store holds" not in house.answer("status")


@pytest.mark.parametrize("command", ["status", "findings", "links list", "history MKT-1", "plan", "explain WEB-2"])
def test_looking_at_a_renamed_sync_shows_what_it_was_and_renames_nothing(house: House, command: str) -> None:
    house.synced()
    house.change("name: campaigns", "name: spring\n    was: [campaigns]")
    before = (house.folder / "syncd.db").read_bytes()
    told = house.run(*command.split())
    assert told.exit_code in (0, 1), told.output
    assert "last cycle  never" not in told.stdout
    assert (house.folder / "syncd.db").read_bytes() == before
    with house.opened() as store:
        assert store.audit.has_sync(SyncName("campaigns"))
        assert not store.audit.has_sync(SyncName("spring"))


def test_status_and_sync_tell_how_many_comments_wait_and_until_when(house: House) -> None:
    house.write(house.config + "report: {per_hour: 1}\n")
    house.make(M, "Landing page", status="Needs IT")
    house.make(M, "Mail", status="Needs IT")
    waits = "3 status comments wait for `report.per_hour`; out 2026-03-02 09:02 UTC to 2026-03-02 11:02 UTC\n"
    assert waits in house.answer("sync", "--yes")
    assert f"  comments    {waits}" in house.answer("status")
    (sync,) = json.loads(house.answer("status", "--json"))["syncs"]
    assert sync["comments_held_back"] == {
        "number": 3,
        "first_at": "2026-03-02T09:02:00Z",
        "last_at": "2026-03-02T11:02:00Z",
    }


def test_history_and_explain_call_custom_fields_as_people_do(house: House) -> None:
    for side, name in ((M, "Channel"), (IT, "Campaign channel")):
        house.servers[side].add_field(PROJECT[side], name, Kind.TEXT)
    house.change("        - labels\n", "        - labels\n        - {marketing: Channel, it: Campaign channel}\n")
    items = house.synced()
    (channel,) = [id_ for id_, spec in house.servers[M].project("MKT").fields.items() if spec.name == "Channel"]
    house.edit(M, items["page"], **{channel: "Mail"})
    house.answer("sync")
    house.servers[M].faults.arm(Trouble.OUTAGE, "open project", times=9)
    assert "Campaign channel: nothing → “Mail”" in house.answer("history", "WEB-2")
    events = json.loads(house.answer("history", "WEB-2", "--json"))["events"]
    assert "Campaign channel" in [event["field"] for event in events]
    house.servers[M].faults.clear()
    assert "update   WEB-2  Campaign channel: nothing" in house.answer("explain", "MKT-1")


def test_explain_says_why_two_unlike_values_are_left_alone(house: House) -> None:
    """The mapping was changed after both sides had agreed: nothing is new, so nothing is written."""
    items = house.synced()
    house.change('["Doing", "In Progress"]', '["Doing", ["In Progress", "To Do"]]')
    house.change('[["To do", "Needs IT"], "To Do"]', '["To do", "QA"]')
    house.change('["Done", "Done"]', '[["Done", "Needs IT"], "Done"]')
    assert house.value(IT, items["story"], "status") == "To Do"
    text = house.answer("explain", "MKT-1")
    (_, status) = text.split("  status  left as it is")
    assert "neither changed since the last agreement: the next change of either decides" in " ".join(status.split())


def test_the_board_fits_the_terminal_and_says_what_is_at_risk_until_when(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = house.synced()
    house.edit(M, items["page"], title="Spring \x1b[31mpage")
    house.edit(IT, items["story"], due=date(2026, 3, 20))
    house.answer("sync")
    for room in (80, 120):
        monkeypatch.setenv("COLUMNS", str(room))
        lines = house.answer("findings", "--board").splitlines()
        assert max(map(len, lines)) <= room
        golden(f"board-{room}.txt", "".join(f"{line.rstrip()}\n" for line in lines))


def test_the_score_counts_what_was_settled_in_time(house: House) -> None:
    items = house.synced()
    for due in (date(2026, 3, 20), date(2026, 3, 4)):
        house.edit(IT, items["story"], due=due)
        house.answer("sync")
    (sync,) = json.loads(house.answer("findings", "--score", "--json"))["syncs"]
    (late,) = [each for each in sync["checks"] if each["code"] == "deadline-mismatch"]
    assert (late["raised"], late["settled"], late["precision"], late["lead_days"]) == (1, 1, 1, 8)
    assert "deadline-mismatch  1       0          0      1        100%       8" in house.answer("findings", "--score")
    assert house.run("findings", "--score", "--board").exit_code == 2


def test_the_score_fits_a_narrow_terminal_whatever_the_check_is_called() -> None:
    rows = [HEAD, *((code, "1,000", "100", "100", "1,000", "100%", "12.5") for code in CHECKS)]
    assert max(map(len, columns(rows, indent="  "))) <= 80


def test_the_score_tells_what_was_learnt_or_why_nothing_is_said(house: House) -> None:
    house.synced()
    (sync,) = json.loads(house.answer("findings", "--score", "--json"))["syncs"]
    assert sync["learnt"]["is_on"] is False
    house.write(house.config + "checks: {it-not-involved: {learn: true}}\n")
    (sync,) = json.loads(house.answer("findings", "--score", "--json"))["syncs"]
    assert (sync["learnt"]["is_on"], sync["learnt"]["silence"]) == (True, "few-tasks")
    text = " ".join(house.answer("findings", "--score").split())
    assert (
        "learns from 0 past tasks, 0 of them with a ticket of IT. It says nothing of it: those are fewer than" in text
    )
