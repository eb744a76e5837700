"""`syncd check`: what is wrong, where, and how a newcomer reads it."""

from __future__ import annotations

import socket

import pytest

from syncd.connectors.memory import Trouble
from syncd.model.values import Kind
from tests.cli.house import CONFIG, IT, House, M, golden

WRONG = """\
version: 1
conections: {}
connections:
  tool: {type: memory, server: TOOL}
  desk: {type: memry, server: DESK, token: "${env:DESK_TOKEN}"}
syncs:
  - name: campaigns
    mode: sink
    marketing: {connection: tool, project: MKT, poll: 30s}
    it: {connection: desks, project: WEB}
    poll: sixty
    mapping:
      links: {create: [{in: it, when: "titel == 'x'"}]}
      fields: [title, {field: status, values: [[A, B], [A]]}]
  - name: campaigns
    marketing: {connection: tool, project: MKT}
    it: {connection: desk, project: WEB}
    mapping: nowhere.yaml
"""


def test_what_is_right_is_said_in_two_lines(house: House) -> None:
    assert house.answer("check") == (
        "syncd.yaml: ok\n"
        "  campaigns  Marketing (tool MKT) ↔ Web IT (desk WEB)  mode sync  5 fields · 1 rule for new items\n"
    )
    assert not house.has_store


def test_every_problem_is_told_at_once_with_its_place(house: House) -> None:
    house.write(WRONG)
    result = house.run("check")
    assert result.exit_code == 2
    golden("check-problems.txt", house.told(result.stdout))


def test_the_same_problems_end_every_other_command_with_2_on_stderr(house: House) -> None:
    house.write(WRONG)
    told = house.run("check").stdout
    for command in (["plan"], ["sync", "--yes"], ["status"], ["findings"], ["explain", "WEB-1"], ["links", "list"]):
        result = house.run(*command)
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", told), command


def test_syncs_that_both_make_counterparts_of_the_same_items_are_named(house: House) -> None:
    second = CONFIG[CONFIG.index("  - name: campaigns") :].replace("campaigns", "banners")
    house.write(CONFIG + second)
    assert (
        "syncd.yaml:29:11: warning: campaigns, banners make counterparts for items of tool MKT: an item that fits "
        "several gets its one counterpart from the first that looks\n"
    ) in house.answer("check")


UNTOUCHED = """\
version: 1
connections:
  asana: {type: asana, token: "${env:TOKEN}"}
  jira: {type: jira, url: "https://your-site.atlassian.net", email: "syncd@example.com", token: "${env:TOKEN}"}
syncs:
  - name: campaigns
    marketing: {connection: asana, project: "1200000000000001"}
    it: {connection: jira, project: WEB}
    mapping: {fields: [title]}
"""


def test_values_that_are_still_the_examples_are_named(house: House) -> None:
    house.environ["TOKEN"] = "t"
    house.write(UNTOUCHED)
    lines = house.answer("check").splitlines()
    told = "is the example's value, not yours: put your own here"
    assert lines[:3] == [
        f"syncd.yaml:4:27: warning: 'https://your-site.atlassian.net' {told}",
        f"syncd.yaml:4:69: warning: 'syncd@example.com' {told}",
        f"syncd.yaml:7:45: warning: '1200000000000001' {told}",
    ]
    house.write(UNTOUCHED.replace("https://your-site.atlassian.net", "http://127.0.0.1:9").replace("12000", "12040"))
    assert "example" not in house.answer("check")


def test_live_proves_both_systems(house: House) -> None:
    golden("check-live.txt", house.answer("check", "--live"))
    assert not house.has_store
    assert house.writes() == []


def test_live_names_the_setting_for_each_thing_that_does_not_fit(house: House) -> None:
    house.change("project: MKT", "project: MKTG")
    house.change("type: Story", "type: Storey")
    house.change("- labels", "- {marketing: Channel, it: labels}")
    result = house.run("check", "--live")
    assert result.exit_code == 2
    golden("check-live-problems.txt", house.told(result.stdout))


def test_live_tells_of_people_whom_no_account_or_several_answer_to(house: House) -> None:
    house.servers[IT].add_person("Sam Sample")
    house.servers[IT].add_person("Sam Sample")
    house.write(
        CONFIG
        + "people:\n  map:\n"
        + "    - {tool: dana@example.com, desk: Sam Sample}\n"
        + "    - {tool: nobody@example.com, desk: Dana Demo}\n"
    )
    result = house.run("check", "--live")
    assert result.exit_code == 2
    lines = result.stdout.splitlines()
    assert lines[0].startswith("syncd.yaml:31:38: desk: several accounts answer to 'Sam Sample'")
    assert lines[1] == "syncd.yaml:32:14: tool: no active account answers to 'nobody@example.com'"


@pytest.mark.parametrize("live", [(), ("--live",)])
def test_a_calendar_of_peoples_own_is_counted_and_no_account(live: tuple[str, ...], house: House) -> None:
    house.write(
        CONFIG
        + "calendars: {south: {timezone: Europe/Berlin, closed: 2026-05-15}}\n"
        + "people: {map: [{tool: dana@example.com, calendar: south}]}\n"
    )
    result = house.run("check", *live)
    assert result.exit_code == 0
    assert live or "calendar south  Europe/Berlin  no holidays · 1 closed day · of 1 person" in result.stdout


def test_a_refused_login_names_the_connection(house: House) -> None:
    house.servers[IT].faults.arm(Trouble.AUTH, times=None)
    result = house.run("check", "--live")
    assert result.exit_code == 2
    assert house.told(result.stdout).splitlines()[0] == "syncd.yaml:4:9: desk: the login was refused"


def test_an_outage_is_no_mistake_of_the_configuration(house: House) -> None:
    house.servers[IT].faults.arm(Trouble.OUTAGE, times=None)
    result = house.run("check", "--live")
    assert result.exit_code == 1
    assert "campaigns: not proved: desk: no answer: outage" in result.stdout


def test_what_a_system_cannot_tell_and_cannot_see_is_said(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from syncd.connectors.memory import connector

    house.servers[M].add_field("MKT", "Channel", Kind.TEXT)
    full = connector.full_capabilities

    def poor(server: object) -> object:
        from dataclasses import replace

        return replace(full(server), has_field_history=False, blind=("edited comments", "deleted items"))  # type: ignore[arg-type]

    monkeypatch.setattr(connector, "full_capabilities", poor)
    text = house.answer("check", "--live")
    assert "polls of Memory do not see (the scrub finds it within a day): edited comments; deleted items" in " ".join(
        text.split()
    )
    assert "syncd.yaml:19:11: warning: title: `conflict: newest` will wait for a person, since" in text
    assert "status" not in [line.split(": ")[2] for line in text.splitlines() if "newest" in line]


# --- what a first run would meet --------------------------------------------------------------------------------------


def test_values_of_set_are_proved_on_the_side_where_they_are_set(house: House) -> None:
    house.change("set: {priority: High}", 'set: {priority: High, Budgt: 7, status: "In Progres"}')
    result = house.run("check", "--live")
    assert result.exit_code == 2
    lines = [line.split(": ", 1) for line in result.stdout.splitlines() if "set" not in line]
    assert ["syncd.yaml:17:81", "WEB (it): Budgt: no such field: Budgt"] in lines, result.stdout


@pytest.mark.parametrize(
    ("when", "doubt"),
    [
        ("status == 'Neds IT'", "'status' of MKT (marketing) is never 'Neds IT'; did you mean 'Needs IT'?"),
        ("'Neds IT' != status", "'status' of MKT (marketing) is never 'Neds IT'; did you mean 'Needs IT'?"),
        ("status in ['Needs IT', 'Doin']", "'status' of MKT (marketing) is never 'Doin'; did you mean 'Doing'?"),
        ("status == 'Needs IT' && custom['Channel'] == 'Wep'", "'Channel' of MKT (marketing) is never 'Wep'"),
        ("title == 'Neds IT' || 'x' in labels || due == '2026-01-01' || status.startsWith('Q')", None),
    ],
)
def test_a_text_that_a_field_never_has_draws_a_warning(house: House, when: str, doubt: str | None) -> None:
    house.servers[M].add_field("MKT", "Channel", Kind.SELECT, options=("Web", "Mail"))
    house.change("status == 'Needs IT'", when)
    told = [line for line in house.run("check", "--live").stdout.splitlines() if "is never" in line]
    assert [doubt in line and line.startswith("syncd.yaml:17:28: warning: ") for line in told if doubt] == [
        True
    ] * bool(doubt)
    assert bool(told) == bool(doubt)


def test_skip_expressions_are_looked_at_too(house: House) -> None:
    house.write(CONFIG + "checks: {it-not-involved: {skip: \"status == 'Neds IT'\"}}\n")
    assert "syncd.yaml:29:34: warning: 'status' of MKT (marketing) is never 'Neds IT'" in house.answer(
        "check", "--live"
    )


@pytest.mark.parametrize(("trouble", "code"), [(Trouble.AUTH, 2), (Trouble.OUTAGE, 2)])
def test_what_fails_on_one_side_hides_nothing_of_the_other(house: House, trouble: Trouble, code: int) -> None:
    house.servers[M].faults.arm(trouble, times=None)
    house.change("type: Story", "type: Storey")
    result = house.run("check", "--live")
    assert result.exit_code == code
    assert "'Storey'" in result.stdout
    assert "tool: " in result.stdout
    assert [call.operation for call in house.servers[M].calls].count("fetch account") == 1


def test_a_login_is_tried_once_however_many_syncs_use_it(house: House) -> None:
    second = CONFIG[CONFIG.index("  - name: campaigns") :].replace("campaigns", "banners").replace("MKT", "MKTG")
    house.servers[M].add_project("MKTG")
    house.write(CONFIG + second)
    house.servers[IT].faults.arm(Trouble.AUTH, times=None)
    result = house.run("check", "--live")
    assert [line for line in result.stdout.splitlines() if "login" in line] == [
        "syncd.yaml:4:9: desk: the login was refused"
    ]
    assert len(house.servers[IT].calls) == 1


def test_a_port_that_is_taken_is_told_beforehand(house: House) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        house.write(CONFIG + f'service: {{listen: "127.0.0.1:{port}"}}\n')
        text = house.answer("check", "--live")
    assert (
        f"syncd.yaml:29:19: warning: service.listen: 127.0.0.1:{port} cannot be had now (Address already in use)"
        in text
    )
