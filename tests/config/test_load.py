"""Loading both files: what loads, what is refused, and how it is said."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.config.choices import Conflict, Direction, Mode, UnknownPeople
from syncd.config.load import DEFAULT_PATHS, find_config, find_passed_over
from syncd.config.scalars import write_duration
from syncd.config.schema import Keep
from syncd.config.version import config_version
from syncd.model.errors import ConfigError
from syncd.model.findings import Severity
from syncd.model.items import Side
from tests.config.helpers import ENVIRON, MINIMAL, load, problems, write

DATA = Path(__file__).parent / "data"


# --- what loads -----------------------------------------------------------------------------------------------


def test_twelve_lines_are_enough(tmp_path: Path) -> None:
    assert len(MINIMAL.strip().splitlines()) <= 12
    loaded = load(write(tmp_path, MINIMAL))
    assert loaded.warnings == ()
    (sync,) = loaded.config.syncs
    assert sync.name == "web"
    assert sync.marketing.project == "1201000000000001"


def test_unset_keys_have_the_documented_defaults(tmp_path: Path) -> None:
    config = load(write(tmp_path, MINIMAL)).config
    (sync,) = config.syncs
    assert config.store.reveal() == f"sqlite:///{tmp_path}/syncd.db"
    assert config.keep == Keep.of(events="400d", done_links="90d")
    assert (config.service.listen, config.service.workers) == ("127.0.0.1:8085", 8)
    assert (sync.mode, sync.poll, sync.brake.gone, sync.brake.writes) == (Mode.WATCH, timedelta(seconds=30), 0.1, 50)
    assert (sync.marketing.name, sync.it.name, sync.it.due) == ("Marketing", "IT", ("due",))
    assert config.calendar_of(sync.it.calendar).weekend == (5, 6)
    assert (config.people.match, config.people.unknown) == ("email", UnknownPeople.KEEP)
    assert config.report.comments == (Side.MARKETING, Side.IT)
    assert (config.report.when, config.report.min_severity) == ("findings", Severity.WARNING)
    assert (config.report.edit_every, config.report.speak_up) == (timedelta(hours=4), "critical")
    assert config.checks.general.at == time(7)
    assert config.checks.deadline_mismatch.buffer_days == 2
    assert sync.mapping.fields[0].conflict is Conflict.NEWEST


@pytest.fixture
def credentials(tmp_path: Path) -> dict[str, str]:
    for name in ("asana", "jira", "ops_mail"):
        (tmp_path / name).write_text(f"{name}-s3cret\n")
    return {"STATE_DIRECTORY": "/var/lib/syncd", "CREDENTIALS_DIRECTORY": str(tmp_path)}


def test_every_documented_key_loads(credentials: dict[str, str]) -> None:
    loaded = load(DATA / "every-key.yaml", credentials)
    config = loaded.config
    (sync,) = config.syncs
    assert config.store.reveal() == "sqlite:////var/lib/syncd/syncd.db"
    assert config.service.ping.reveal() == ""
    assert config.alerts.to[0].reveal() == "ops_mail-s3cret"
    assert config.calendars["it"].freeze[0].why == "Black Friday"
    assert sync.it.due == ("due", "fix_version", "sprint")
    assert config.checks_of(sync).deadline_mismatch.buffer_days == 3
    assert config.checks_of(sync).deadline_mismatch.critical_within_days == 5
    assert config.report.restrict == {Side.IT: "internal"}
    assert list(loaded.words) == [str(DATA / "words.yaml")]


def test_every_documented_mapping_key_loads(credentials: dict[str, str]) -> None:
    mapping = load(DATA / "every-key.yaml", credentials).config.syncs[0].mapping
    first, second = mapping.links.create
    assert (first.in_, first.type) == (Side.IT, "Story")
    assert first.set == {"components": ["Website"], "Business unit": "Marketing", "labels": ["campaign"]}
    assert second.set == {"section": "From IT"}
    title, description, assignee, due, needed_by, priority, status, channel = mapping.fields
    assert (title.marketing, title.it, title.direction) == ("title", "title", None)
    assert (description.below, description.direction) == ("---", Direction.TO_IT)
    assert (assignee.direction, due.direction) == (Direction.COMPARE, Direction.COMPARE)
    assert (needed_by.marketing, needed_by.it) == ("due", "Needed by")
    assert priority.values == (("High", ("Blocker", "Highest", "High")), ("Low", "*"))
    assert status.values is not None
    assert status.values[3] == (None, ("Backlog", "Blocked"))
    assert channel.default == "Web"
    assert mapping.transitions.fill == {"Done": {"resolution": "Done"}}
    assert mapping.comments is not None
    assert mapping.comments.redact[0].with_ == "[amount]"
    assert mapping.attachments is not None
    assert mapping.attachments.max_size == 20_000_000


def test_keys_of_later_versions_draw_a_warning_only_where_they_are_set(credentials: dict[str, str]) -> None:
    warnings = [str(warning) for warning in load(DATA / "every-key.yaml", credentials).warnings]
    assert any("'alerts' has no effect in this version" in warning for warning in warnings)
    assert not [warning for warning in warnings if "report.when" in warning]


@pytest.mark.parametrize(
    ("impact", "told"),
    [
        ("incidents: labels = incident", "4:5: 'incidents' has no effect without 'components'"),
        ("components: {Shop: shop}", "4:5: 'components' has no effect without 'incidents'"),
        ("{severity: 'off', incidents: labels = incident}", None),
        ("{incidents: labels = incident, components: {Shop: shop}}", None),
    ],
)
def test_incidents_and_what_they_touch_are_set_together(tmp_path: Path, impact: str, told: str | None) -> None:
    nested = impact if impact.startswith("{") else f"\n        {impact}"
    text = MINIMAL.replace("version: 1\n", f"version: 1\n    checks:\n      incident-impact: {nested}\n", 1)
    warnings = [f"{each.line}:{each.column}: {each.message}" for each in load(write(tmp_path, text)).warnings]
    assert [each for each in warnings if "no effect without" in each] == ([told] if told else [])


def test_words_of_yaml_1_1_are_names(tmp_path: Path) -> None:
    text = MINIMAL.replace("[title, description]", "[{field: status, values: [[on, yes], [1.10, 0123]]}]")
    (field,) = load(write(tmp_path, text)).config.syncs[0].mapping.fields
    assert field.values == (("on", "yes"), ("1.10", "0123"))


def test_a_mapping_file_counts_from_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    write(tmp_path / "mappings", "fields: [title]\n", "m.yaml")
    text = MINIMAL.replace("mapping:\n          fields: [title, description]", "mapping: mappings/m.yaml")
    loaded = load(write(tmp_path, text))
    assert loaded.place("syncs", 0, "mapping", "fields", 0).file == str(tmp_path / "mappings" / "m.yaml")


def test_relative_paths_count_from_the_main_file(tmp_path: Path) -> None:
    text = MINIMAL.replace('token: "${env:JIRA}"', 'token: "${env:JIRA}", ca_bundle: ca.pem')
    text = text.replace("version: 1\n", 'version: 1\n    store: "sqlite:///state/x.db"\n')
    config = load(write(tmp_path, text)).config
    assert config.connections["jira"].ca_bundle == tmp_path / "ca.pem"  # type: ignore[attr-defined]
    assert config.store.reveal() == f"sqlite:///{tmp_path}/state/x.db"


@pytest.mark.parametrize(
    ("store", "kept"),
    [
        ("sqlite:////abs/x.db", "sqlite:////abs/x.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
    ],
)
def test_other_stores_stay_as_they_are(store: str, kept: str, tmp_path: Path) -> None:
    text = MINIMAL.replace("version: 1\n", f'version: 1\n    store: "{store}"\n')
    assert load(write(tmp_path, text)).config.store.reveal() == kept


def test_a_table_of_people_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("asana, jira\nann@example.com, ann\n\nbob@example.com,\n")
    text = MINIMAL.replace("syncs:\n", "people: {file: people.csv, map: {asana: x, jira: y}}\n    syncs:\n")
    rows = load(write(tmp_path, text)).config.people.map
    assert rows == (
        {"asana": "x", "jira": "y"},
        {"asana": "ann@example.com", "jira": "ann"},
        {"asana": "bob@example.com"},
    )


def test_a_human_may_have_a_calendar_of_their_own_in_the_list_and_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("asana, calendar, jira\nann@example.com, south,\nbob@example.com,,bob\n")
    people = load(write(tmp_path, SOUTH.replace("[]", "[{jira: cy, calendar: south}], file: people.csv"))).config.people
    assert people.accounts() == (
        {"jira": "cy"},
        {"asana": "ann@example.com"},
        {"asana": "bob@example.com", "jira": "bob"},
    )
    assert people.own_calendars() == (({"jira": "cy"}, "south"), ({"asana": "ann@example.com"}, "south"))


def test_a_calendar_of_a_persons_own_changes_nothing_that_is_written(tmp_path: Path) -> None:
    def version_of(people: str) -> str:
        config = load(write(tmp_path, SOUTH.replace("[]", people))).config
        return config_version(config, config.syncs[0])

    assert version_of("[{jira: cy, calendar: south}]") == version_of("[{jira: cy}]") != version_of("[{jira: dee}]")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("{jira: cy, calendar: sout}", "syncd.yaml:6:37: no calendar is called 'sout'; did you mean 'south'?"),
        ("{calendar: south}", "syncd.yaml:6:27: whose calendar is 'south'? expected the name of a connection and an"),
    ],
)
def test_a_wrong_calendar_of_a_person_is_told_in_its_line(row: str, expected: str, tmp_path: Path) -> None:
    (told,) = problems(write(tmp_path, SOUTH.replace("[]", f"[{row}]")))
    assert told.startswith(expected)


def test_a_connection_is_not_called_as_the_calendar_of_a_person(tmp_path: Path) -> None:
    (told,) = problems(write(tmp_path, MINIMAL.replace("asana:", "calendar:").replace("tion: asana", "tion: calendar")))
    assert told.startswith("syncd.yaml:3:3: a connection may not be called 'calendar'")


def test_a_duration_is_a_century_at_most(tmp_path: Path) -> None:
    (told,) = problems(write(tmp_path, MINIMAL + "keep: {events: 999999d}\n"))
    assert told.endswith(": expected 36500d or less")


@given(st.integers(0, 10**7))
def test_durations_are_written_as_they_are_read(seconds: int) -> None:
    written = write_duration(timedelta(seconds=seconds))
    assert Keep.of(events=written).events == timedelta(seconds=seconds)


def test_a_date_may_stand_without_quotes(tmp_path: Path) -> None:
    text = MINIMAL.replace("fields: [title, description]", "fields: []\n          links: {since: 2026-11-01}")
    assert load(write(tmp_path, text)).config.syncs[0].mapping.links.since == date(2026, 11, 1)


# --- what is refused ------------------------------------------------------------------------------------------

WRONG = """\
    version: 2
    stor: x
    connections:
      asana: {type: asanna, token: "${env:ASANA}"}
      jira: {type: jira, ulr: "https://jira.example.com", token: "${env:JIRA}"}
    calendars:
      it: {timezone: Europe/Berln, weekend: [Sat, Son]}
    people: {unknown: leave}
    syncs:
      - name: web
        mode: wach
        marketing: {connection: asana, project: "1201", due: [duedate]}
        it: {connection: jira}
        mapping: m.yaml
        poll: sixty
        brake: {gone: 10}
    checks:
      deadline-mismtach: {buffer_days: 2}
      no-reply: {after_days: three}
    report: {comments: [marketing, both], restrict: {its: internal}}
    """
WRONG_MAPPING = """\
    fields:
      - titel: title
      - {field: status, values: [[a, b, c], [~, {x: 1}]]}
      - {field: due, direction: to_it}
    empty: maybe
    """
EXPECTED = """\
m.yaml:2:5: the key 'it' is missing here
m.yaml:2:5: the key 'marketing' is missing here
m.yaml:2:5: unknown key 'titel'; did you mean 'field'?
m.yaml:3:30: expected a row of two: [marketing, it]
m.yaml:3:45: expected a value, a list of values, ~ or "*"
m.yaml:4:29: expected both, to-it, to-marketing, once or compare, found 'to_it'; did you mean 'to-it'?
m.yaml:5:8: expected clear or keep, found 'maybe'
syncd.yaml:1:10: expected 1, the only version of this format
syncd.yaml:2:1: unknown key 'stor'; did you mean 'store'?
syncd.yaml:4:17: no connector is called 'asanna'; did you mean 'asana'?
syncd.yaml:5:9: the key 'url' is missing here
syncd.yaml:5:22: unknown key 'ulr'; did you mean 'url'?
syncd.yaml:7:18: expected a time zone such as Europe/Berlin
syncd.yaml:7:47: expected Mon, Tue, … or Sun
syncd.yaml:8:19: expected keep, empty or fallback, found 'leave'
syncd.yaml:11:11: expected watch, report or sync, found 'wach'; did you mean 'watch'?
syncd.yaml:12:59: expected due, fix_version, sprint, parent or field:NAME
syncd.yaml:13:9: the key 'project' is missing here
syncd.yaml:15:11: expected a duration such as 30s, 5m, 12h or 90d
syncd.yaml:16:19: expected a percentage such as 10%
syncd.yaml:18:3: unknown key 'deadline-mismtach'; did you mean 'deadline-mismatch'?
syncd.yaml:19:26: expected a whole number, found 'three'
syncd.yaml:20:32: expected marketing or it, found 'both'
syncd.yaml:20:50: expected marketing or it, found 'its'; did you mean 'it'?
""".splitlines()


def test_every_problem_of_all_files_is_told_at_once_and_at_its_place(tmp_path: Path) -> None:
    write(tmp_path, WRONG_MAPPING, "m.yaml")
    assert problems(write(tmp_path, WRONG)) == EXPECTED


SOUTH = MINIMAL.replace(
    "syncs:\n", "calendars: {south: {country: DE, region: BY}}\n    people: {map: []}\n    syncs:\n"
)
SYNC = """
      - name: NAME
        marketing: {connection: asana, project: "1201"}
        it: {connection: jira, project: WEB}
        mapping: {fields: [title]}"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("connection: jira,", "connection: jra,",
         ["syncd.yaml:8:22: no connection is called 'jra'; did you mean 'jira'?"]),
        ("project: WEB}", "project: WEB, calendar: it}",
         ["syncd.yaml:8:52: no calendar is called 'it'; there is none"]),
        ("connection: jira, project: WEB", "connection: asana, project: 1201000000000001",
         ["syncd.yaml:8:38: both sides of this sync are the same project of the same connection"]),
        ("mapping:\n          fields: [title, description]", "mapping: nowhere.yaml",
         ["syncd.yaml:9:14: there is no file nowhere.yaml"]),
        ("syncs:\n", "people: {fallback: {jra: x}, map: [{asana: a, jirra: b}]}\n    syncs:\n",
         ["syncd.yaml:5:21: no connection is called 'jra'; did you mean 'jira'?",
          "syncd.yaml:5:47: no connection is called 'jirra'; did you mean 'jira'?"]),
        ("fields: [title, description]\n", "fields: []" + SYNC.replace("NAME", "web") + "\n",
         ["syncd.yaml:11:11: the sync name 'web' is taken in line 6"]),
        ("fields: [title, description]\n", "fields: []" + SYNC.replace("NAME", "x\n        was: web") + "\n",
         ["syncd.yaml:12:10: the sync name 'web' is taken in line 6"]),
        ("project: WEB}", "project: WEB, done: completed}", None),
        ("syncs:\n", "checks: {it-not-involved: {rules: [w.yaml]}}\n    syncs:\n",
         ["syncd.yaml:5:36: there is no file w.yaml"]),
        ("syncs:\n", "checks: {requirements-missing: {ask: [goal, audiences]}}\n    syncs:\n",
         ["syncd.yaml:5:45: no rule for what a request says has the theme 'audiences'; did you mean 'audience'?"]),
        ("syncs:\n", "people: {unknown: fallback}\n    syncs:\n",
         ["syncd.yaml:5:9: `unknown: fallback` needs `fallback: {CONNECTION: ACCOUNT}`"]),
        ("version: 1", "version: 1\n    syncs: []", ["syncd.yaml:6:1: 'syncs' is given twice, first in line 2"]),
    ],
)  # fmt: skip
def test_references_between_the_parts_are_checked(
    old: str, new: str, expected: list[str] | None, tmp_path: Path
) -> None:
    path = write(tmp_path, MINIMAL.replace(old, new))
    if expected is None:
        load(path)
    else:
        assert [each.replace(f"{tmp_path}/", "") for each in problems(path)] == expected


def test_syncs_that_share_a_project_have_to_read_it_alike(tmp_path: Path) -> None:
    other = SYNC.replace("NAME", "second").replace('"1201"', "1201000000000001, status: section").replace("WEB", "CRM")
    path = write(tmp_path, MINIMAL.rstrip() + other + "\n")
    assert problems(path) == ["syncd.yaml:12:71: 'status' of project 1201000000000001 is set otherwise in sync 'web'"]


def test_syncs_may_share_a_project(tmp_path: Path) -> None:
    other = SYNC.replace("NAME", "second").replace('"1201"', "1201000000000001").replace("WEB", "CRM")
    assert len(load(write(tmp_path, MINIMAL.rstrip() + other + "\n")).config.syncs) == 2


@pytest.mark.parametrize(
    ("key", "value"),
    [("token", "[lit-s3cret]"), ("token", "{a: lit-s3cret}"), ("notify", "lit-s3cret"), ("expires", "lit-s3cret"),
     ("tokn", "lit-s3cret")],
)  # fmt: skip
def test_problems_never_show_a_secret(key: str, value: str, tmp_path: Path) -> None:
    text = MINIMAL.replace('token: "${env:JIRA}"', f'{key}: {value}, url: "${{env:JIRA}}"', 1)
    told = "\n".join(problems(write(tmp_path, text)))
    assert "s3cret" not in told
    assert "syncd.yaml:4:" in told


@pytest.mark.parametrize("host", ["jira.example.com", "10.0.0.7:8080", "localhost.example.com"])
def test_credentials_that_would_travel_unencrypted_draw_a_warning(host: str, tmp_path: Path) -> None:
    (warning,) = load(write(tmp_path, MINIMAL.replace("https://jira.example.com", f"http://{host}/jira"))).warnings
    assert (warning.line, warning.column) == (4, 27)
    assert "unencrypted" in warning.message
    assert host.partition(":")[0] in warning.message


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:80", "jira.localhost"])
def test_what_never_leaves_this_machine_needs_no_encryption(host: str, tmp_path: Path) -> None:
    assert load(write(tmp_path, MINIMAL.replace("https://jira.example.com", f"http://{host}"))).warnings == ()


def test_a_secret_in_plain_draws_a_warning(tmp_path: Path) -> None:
    text = MINIMAL.replace('"${env:JIRA}"', "lit-s3cret").replace(
        "version: 1\n", 'version: 1\n    store: "postgresql+psycopg://me:hush@h/d"\n'
    )
    warnings = [str(each).replace(f"{tmp_path}/", "") for each in load(write(tmp_path, text)).warnings]
    assert [each.split(":")[:3] for each in warnings] == [["syncd.yaml", "2", "8"], ["syncd.yaml", "5", "62"]]
    assert all("a secret stands here in plain" in each for each in warnings)
    assert "s3cret" not in "".join(warnings)


def test_a_mapping_file_that_is_no_yaml_does_not_hide_other_problems(tmp_path: Path) -> None:
    write(tmp_path, "fields: [", "m.yaml")
    text = MINIMAL.replace("mapping:\n          fields: [title, description]", "mapping: m.yaml\n        modes: x")
    told = problems(write(tmp_path, text))
    assert [each.split(":")[0] for each in told] == ["m.yaml", "syncd.yaml"]


@pytest.mark.parametrize("text", ["- a\n", "just text\n", "version: 1\n", "version: 1\nconnections: []\nsyncs: {}\n"])
def test_a_file_of_another_shape_is_told_in_words(text: str, tmp_path: Path) -> None:
    told = problems(write(tmp_path, text))
    assert told
    assert all("Input should" not in each and "input_value" not in each for each in told)


def test_a_reference_without_quotes_in_braces_gets_a_hint(tmp_path: Path) -> None:
    (told,) = problems(write(tmp_path, MINIMAL.replace('"${env:ASANA}"', "${env:ASANA}")))
    assert told.startswith("syncd.yaml:3:32: not valid YAML")
    assert told.endswith('a reference needs quotes: "${…}"')


def test_a_poll_too_often_is_told_in_words(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL.replace("name: web", "name: web\n        poll: 1s"))
    assert problems(path) == ["syncd.yaml:7:11: expected 5s or more"]


def test_a_file_that_is_not_there_is_one_problem(tmp_path: Path) -> None:
    (told,) = problems(tmp_path / "none.yaml")
    assert told == "none.yaml cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("asana, jirra\n", "people.csv:1:1: no connection is called 'jirra'; did you mean 'jira'?"),
        ("asana, jira\na, b, c\n", "people.csv:2:1: 3 cells under a first line of 2"),
        ("", "people.csv:1:1: the first line names no connection"),
        ("calendar\n", "people.csv:1:1: the first line names no connection"),
        ("jira, calendar\na, \nb, sout\n", "people.csv:3:1: no calendar is called 'sout'; there is none"),
        (
            "jira, calendar\n\n, south\n",
            "people.csv:3:1: whose calendar is 'south'? expected the name of a connection "
            "and an account there beside it",
        ),
    ],
)
def test_a_wrong_table_of_people_is_told(text: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(text)
    path = write(tmp_path, MINIMAL.replace("syncs:\n", "people: {file: people.csv}\n    syncs:\n"))
    assert problems(path) == [expected]


# --- finding the file -----------------------------------------------------------------------------------------


def test_the_main_file_is_the_one_that_was_named() -> None:
    assert find_config("a.yaml", {"SYNCD_CONFIG": "b.yaml"}) == Path("a.yaml")
    assert find_config(None, {"SYNCD_CONFIG": "b.yaml"}) == Path("b.yaml")


def test_else_it_is_the_first_default_that_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / DEFAULT_PATHS[0]).write_text("")
    assert find_config(None, {}) == DEFAULT_PATHS[0]


def test_the_configuration_of_the_service_is_passed_over_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, service = tmp_path / "here.yaml", tmp_path / "service.yaml"
    monkeypatch.setattr("syncd.config.load.INSTALLED", (service,))
    here.write_text("")
    assert find_passed_over(here) is None
    service.write_text("")
    assert find_passed_over(here) == service
    assert find_passed_over(service) is None


def test_else_it_says_where_it_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"looked for config/syncd\.yaml, /etc/syncd/syncd\.yaml"):
        find_config(None, {})


def test_no_word_of_the_environment_is_needed_beyond_the_references(tmp_path: Path) -> None:
    assert load(write(tmp_path, MINIMAL), dict(ENVIRON)).config.version == 1


def test_wrong_references_are_told_together_with_wrong_keys_and_types(tmp_path: Path) -> None:
    text = """\
version: 1
connections:
  asana: {type: asana, token: "${env:NOT_THERE}"}
  jira: {type: jira, url: "https://acme.atlassian.net", email: bot@acme.com, token: "${env:JIRA}"}
syncs:
  - name: web
    mdoe: sync
    poll: often
    marketing: {connection: asana, project: "1201000000000001"}
    it: {connection: jiar, project: WEB}
    mapping: {fields: [title]}
  - name: web
    marketing: {connection: asana, project: "1201000000000001"}
    it: {connection: jira, project: CRM}
    mapping: {fields: [title]}
"""
    told = problems(write(tmp_path, text))
    for place, word in (("3:", "NOT_THERE"), ("7:5", "mode"), ("8:", "duration"), ("10:", "jira"), ("12:", "web")):
        assert any(f"syncd.yaml:{place}" in line and word in line for line in map(str, told)), (place, told)
