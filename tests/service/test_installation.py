from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from syncd.connectors.memory import Trouble
from syncd.model.errors import AuthError, ConfigError, Transient
from syncd.model.items import ConnectionName, Side
from syncd.model.links import SyncName
from syncd.model.records import Feed
from syncd.model.values import Kind
from syncd.service.assemble import read_config
from syncd.service.installation import Installation
from syncd.service.redact import Redactor
from syncd.service.secrets import secrets_of
from tests.service.house import CONFIG, SECOND_SYNC, Servers, installed

CAMPAIGNS, NEWS = SyncName("campaigns"), SyncName("newsletters")
DESK = ConnectionName("desk")

TOLD = """\
version: 1
store: "sqlite:///${env:STATE}/syncd.db"
connections:
  tool: {type: memory, server: TOOL}
  desk: {type: memory, server: DESK}
people: {fallback: {desk: triage}}
syncs:
  - name: campaigns
    marketing:
      connection: tool
      project: MKTG
    it:
      connection: desk
      project: WEB
      due: "field:Go live"
    mapping:
      fields:
        - title
        - marketing: Channel
          it: labels
"""


@contextmanager
def opened(folder: Path, servers: Servers, text: str) -> Iterator[Installation]:
    try:
        with Installation(servers.load(folder, text), servers.clock, Redactor()) as installation:
            yield installation
    finally:
        servers.forget()


def test_a_sync_is_opened_when_it_is_first_needed(tmp_path: Path) -> None:
    with installed(tmp_path) as (servers, installation):
        assert servers.tool.calls == []
        engine = installation.ensure(CAMPAIGNS)
        (context,) = engine.syncs
        assert context.name == CAMPAIGNS
        assert [party.project.key for party in context.parties.values()] == ["MKT", "WEB"]
        assert [party.department for party in context.parties.values()] == ["Marketing", "IT"]
        assert [party.tool for party in context.parties.values()] == ["Memory", "Memory"]
        assert installation.ensure(CAMPAIGNS) is engine
        assert [call.operation for call in servers.tool.calls] == ["fetch account", "open project"]


def test_syncs_that_share_a_project_share_its_feed_and_read_what_both_need(tmp_path: Path) -> None:
    servers = Servers()
    channel = servers.tool.add_field("MKT", "Channel", Kind.TEXT)
    with opened(tmp_path, servers, CONFIG + SECOND_SYNC) as installation:
        contexts = installation.require().syncs
        parties = [context.parties[Side.MARKETING] for context in contexts]
        assert [party.feed for party in parties] == [Feed(ConnectionName("tool"), "MKT")] * 2
        assert [party.readers for party in parties] == [{CAMPAIGNS: Side.MARKETING, NEWS: Side.MARKETING}] * 2
        assert parties[0].project is parties[1].project
        assert channel in parties[0].project.fields
        assert [context.parties[Side.IT].readers for context in contexts] == [{CAMPAIGNS: Side.IT}, {NEWS: Side.IT}]
        assert sum(call.operation == "open project" for call in servers.tool.calls) == 1


def test_names_are_remembered_for_the_next_start(tmp_path: Path) -> None:
    servers = Servers()
    field = servers.tool.add_field("MKT", "Channel", Kind.TEXT)
    text = CONFIG.replace("due]", "{marketing: Channel, it: title, direction: to-marketing}]").replace("[title,", "[")
    with opened(tmp_path, servers, text) as installation:
        installation.ensure(CAMPAIGNS)
        bindings = installation.store.feeds.read_bindings(Feed(ConnectionName("tool"), "MKT"))
        assert bindings["field:Channel"] == field


def test_the_mistakes_of_both_sides_are_told_together_at_their_places(tmp_path: Path) -> None:
    servers = Servers()
    servers.desk.add_field("WEB", "Go-live", Kind.DATE)
    path = tmp_path / "syncd.yaml"
    path.write_text(TOLD.replace("TOOL", servers.tool.name).replace("DESK", servers.desk.name), encoding="utf-8")
    loaded = read_config(path, {"STATE": str(tmp_path)})
    with pytest.raises(ConfigError) as refused, Installation(loaded, servers.clock, Redactor()) as installation:
        installation.require()
    servers.forget()
    first, second = refused.value.problems
    assert (first.file, first.line, first.column) == (str(path), 11, 16)
    assert "'MKTG'" in first.message
    assert "did you mean 'MKT'?" in first.message
    assert (second.line, second.column) == (15, 12)
    assert "'Go live'" in second.message


def test_a_field_that_is_missing_or_ambiguous_is_told_where_the_mapping_names_it(tmp_path: Path) -> None:
    text = TOLD.replace("MKTG", "MKT").replace('      due: "field:Go live"\n', "").replace("${env:STATE}/", "")
    servers = Servers()
    with opened(tmp_path, servers, text) as installation:
        (missing,) = installation.prove().problems
        servers.tool.add_field("MKT", "Channel", Kind.MULTISELECT)
        servers.tool.add_field("MKT", "Channel", Kind.TEXT)
        (ambiguous,) = installation.prove().problems
    assert (missing.line, missing.column) == (ambiguous.line, ambiguous.column) == (18, 22)
    assert "2 fields are named 'Channel'" in ambiguous.message


def test_a_refused_login_is_a_problem_of_its_connection(tmp_path: Path) -> None:
    with installed(tmp_path) as (servers, installation):
        servers.desk.faults.arm(Trouble.AUTH, times=None)
        with pytest.raises(AuthError, match="refused") as refused:
            installation.ensure(CAMPAIGNS)
        assert refused.value.connection == "desk"
        (problem,) = installation.prove().problems
        assert (problem.line, problem.column) == (6, 9)
        assert problem.message == "desk: the login was refused"
        assert installation.is_login_refused(DESK)
        servers.desk.faults.clear()
        assert not installation.is_login_refused(DESK)


def test_a_server_that_is_down_holds_up_its_own_syncs_only(tmp_path: Path) -> None:
    text = CONFIG + SECOND_SYNC.replace("tool, project: MKT", "desk, project: WEB").replace("Channel", "description")
    with installed(tmp_path, text) as (servers, installation):
        servers.tool.faults.arm(Trouble.OUTAGE, times=None)
        proof = installation.prove()
        assert proof.problems == ()
        assert set(proof.outages or {}) == {CAMPAIGNS}
        assert [context.name for context in installation.ensure(NEWS).syncs] == [NEWS]
        with pytest.raises(Transient):
            installation.require()
        servers.tool.faults.clear()
        assert [context.name for context in installation.ensure(CAMPAIGNS).syncs] == [CAMPAIGNS, NEWS]


def test_what_was_forgotten_is_opened_anew(tmp_path: Path) -> None:
    with installed(tmp_path) as (servers, installation):
        before = installation.ensure(CAMPAIGNS)
        installation.assembly.forget()
        after = installation.ensure(CAMPAIGNS)
        assert after is not before
        assert [call.operation for call in servers.desk.calls] == ["fetch account", "open project"] * 2


def test_a_secret_is_read_again_after_a_refused_login(tmp_path: Path) -> None:
    secret = tmp_path / "account"
    secret.write_text("first@memory.invalid\n", encoding="utf-8")
    servers = Servers()
    for name in ("first", "second"):
        servers.desk.add_person(name, f"{name}@memory.invalid")
    text = CONFIG.replace("server: DESK}", 'server: DESK, account: "${file:account}"}')
    with opened(tmp_path, servers, text) as installation:
        before = installation.ensure(CAMPAIGNS).syncs[0].parties[Side.IT].connector
        secret.write_text("second@memory.invalid\n", encoding="utf-8")
        assert before.fetch_account().person.name == "first"
        installation.renew(DESK)
        after = installation.ensure(CAMPAIGNS).syncs[0].parties[Side.IT].connector
        assert after.fetch_account().person.name == "second"
        secret.unlink()
        with pytest.raises(ConfigError, match="account"):
            installation.renew(DESK)


def test_an_account_that_nobody_has_is_a_warning(tmp_path: Path) -> None:
    text = CONFIG + "people: {unknown: fallback, fallback: {desk: triage}}\n"
    with installed(tmp_path, text) as (_, installation):
        proof = installation.prove()
    assert proof.problems == ()
    (warning,) = proof.warnings
    assert "triage" in warning.message
    assert warning.line == 12


def test_fields_whose_latest_edit_cannot_be_known_are_a_warning_each(tmp_path: Path) -> None:
    fields = "[title, labels, due, {field: priority, conflict: it}, {field: description, direction: to-it}]"
    with installed(tmp_path, CONFIG.replace("[title, due]", fields)) as (_, installation):
        assert installation.prove().warnings == ()
        installation.assembly.forget()
        desk = installation.assembly.connections.connector(DESK)
        desk.capabilities = replace(desk.capabilities, has_field_history=False)  # type: ignore[misc]
        (warning,) = installation.prove().warnings
    assert (warning.file, warning.line) == (str(tmp_path / "syncd.yaml"), 11)
    assert warning.message == (
        "title: `conflict: newest` will wait for a person, since IT (Memory) keeps no times of edits"
    )


def test_a_system_that_tells_of_no_incidents_is_a_warning(tmp_path: Path) -> None:
    text = CONFIG + "checks:\n  incident-impact: {incidents: broken, components: {Shop: shop}}\n"
    with installed(tmp_path, text) as (_, installation):
        (warning,) = installation.prove().warnings
    assert warning.line == 13
    assert (
        warning.message
        == "incident-impact says nothing in campaigns: the connector of IT (Memory) tells of no incidents"
    )


def test_mistakes_of_mappings_are_told_before_any_server_is_asked(tmp_path: Path) -> None:
    servers = Servers()
    text = CONFIG.replace("create: [{in: it}]", "create: [{in: it, when: 'dui != null'}]").replace("due]", "title]")
    with pytest.raises(ConfigError) as refused:
        servers.load(tmp_path, text)
    servers.forget()
    assert len(refused.value.problems) == 2
    assert servers.tool.calls == []


def test_expressions_of_checks_know_the_fields_of_the_opened_project(tmp_path: Path) -> None:
    servers = Servers()
    channel = servers.tool.add_field("MKT", "Channel", Kind.TEXT)
    author = servers.tool.add_person("Dana")
    items = [servers.tool.make("MKT", author, {"title": "t", channel: each}) for each in ("Web", "Print")]
    text = CONFIG + """checks: {it-not-involved: {skip: 'custom["Channel"] == "Print"'}}\n"""
    with opened(tmp_path, servers, text) as installation:
        (context,) = installation.require().syncs
        party = context.parties[Side.MARKETING]
        read = party.connector.fetch_items(party.project, items)
        skip = context.watching.checks["it-not-involved"].skip
        assert [skip(read[item]) for item in items] == [False, True]


def test_a_store_that_cannot_be_used_is_a_problem_of_its_setting(tmp_path: Path) -> None:
    servers = Servers()
    loaded = servers.load(tmp_path, 'store: "sqlite:////nowhere/at/all/syncd.db"\n' + CONFIG.strip())
    with pytest.raises(ConfigError, match="nowhere") as refused:
        Installation(loaded, servers.clock, Redactor())
    servers.forget()
    assert refused.value.problems[0].line == 1


def test_history_follows_a_sync_to_its_new_name(tmp_path: Path) -> None:
    servers = Servers()
    with opened(tmp_path, servers, CONFIG) as installation:
        installation.ensure(CAMPAIGNS).pause(CAMPAIGNS, "somebody said so")
    servers = Servers()
    with opened(tmp_path, servers, CONFIG.replace("name: campaigns", "name: spring\n    was: [campaigns]")) as later:
        state = later.store.audit.read_state(SyncName("spring"))
    assert state is not None
    assert state.paused == "somebody said so"


def test_all_secrets_of_a_configuration_are_known(tmp_path: Path) -> None:
    text = """
    version: 1
    store: "sqlite:///syncd.db"
    service: {ping: "https://ping.example.com/abc"}
    alerts: {to: ["mailto://u:mail-pass@mail.example.com"]}
    connections:
      jira: {type: jira, url: "https://jira.example.com", token: jira-token, proxy: "http://u:proxy-pass@p.example.com"}
      tool: {type: memory}
    syncs:
      - name: s
        marketing: {connection: tool, project: A}
        it: {connection: jira, project: B}
        mapping: {fields: [title]}
    """
    servers = Servers()
    known = set(secrets_of(servers.load(tmp_path, text)))
    servers.forget()
    assert {"jira-token", "proxy-pass", "mail-pass", "https://ping.example.com/abc"} <= known
    assert "jira" not in known
