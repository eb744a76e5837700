"""Compiling a mapping: what comes out, and every way in which names do not fit the servers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from syncd.config.choices import Direction
from syncd.config.load import Loaded
from syncd.mapping import Mapping, compile_filters, compile_mapping, custom_fields, scope_of
from syncd.mapping.lenses import DateLens, NameLens, PersonLens, PlainLens
from syncd.mapping.notes import NotesLens
from syncd.mapping.sets import ElementLens
from syncd.model.errors import ConfigError
from syncd.model.items import Category, Project, Side
from syncd.model.values import FieldId, Kind
from tests.config.helpers import MINIMAL, load, write
from tests.mapping.worlds import IT, M, custom, item, project

MARKETING = project(
    "Campaigns",
    custom("Channel", Kind.SELECT, "Web", "Mail"),
    custom("Launch", Kind.DATE),
    custom("Budget", Kind.NUMBER),
    custom("IT status", Kind.SELECT, "open", "closed"),
    custom("Reviewer", Kind.PERSON),
    custom("Regions", Kind.MULTISELECT, "DE", "UK"),
    custom("Reference", Kind.TEXT),
    custom("Sum", Kind.NUMBER, is_writable=False),
    statuses=("To do", "Doing", "Done"),
    priorities=("High", "Low"),
)
WEB = project(
    "WEB",
    custom("Campaign channel", Kind.SELECT, "Web", "E-mail"),
    custom("Needed by", Kind.DATE),
    custom("Points", Kind.NUMBER),
    custom("Approver", Kind.PERSON),
    custom("Markets", Kind.MULTISELECT, "DE", "GB"),
    custom("Notes", Kind.RICHTEXT),
    custom("Reference", Kind.TEXT),
    statuses=("To Do", "In Progress", "In Review", "Done", "Backlog"),
    priorities=("Highest", "High", "Low"),
)
SERVERS = {M: MARKETING, IT: WEB}


def loaded(folder: Path, mapping: str) -> Loaded:
    """A configuration with this mapping in a file of its own."""
    write(folder, mapping, "m.yaml")
    return load(write(folder, MINIMAL.replace("mapping:\n          fields: [title, description]", "mapping: m.yaml")))


def compiled(folder: Path, mapping: str, servers: dict[Side, Project] | None = SERVERS) -> Mapping:
    found = loaded(folder, mapping)
    return compile_mapping(found.config, found.config.syncs[0], servers, found.document)


def problems(folder: Path, mapping: str, servers: dict[Side, Project] | None = SERVERS) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        compiled(folder, mapping, servers)
    return [str(problem).replace(f"{folder}/m.yaml:", "") for problem in caught.value.problems]


# --- what comes out -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "lens", "kind"),
    [
        ("title", PlainLens, Kind.TEXT),
        ("description", PlainLens, Kind.RICHTEXT),
        ('{field: description, below: "---"}', NotesLens, Kind.RICHTEXT),
        ("{field: status, values: [[To do, To Do]]}", NameLens, Kind.STATUS),
        ("assignee", PersonLens, Kind.PERSON),
        ("due", DateLens, Kind.DATE),
        ("labels", ElementLens, Kind.MULTISELECT),
        ("priority", NameLens, Kind.SELECT),
        ("{marketing: Launch, it: Needed by}", DateLens, Kind.DATE),
        ("{marketing: Budget, it: Points}", PlainLens, Kind.NUMBER),
        ("{marketing: Reviewer, it: Approver}", PersonLens, Kind.PERSON),
        ("{marketing: Regions, it: Markets, values: [[DE, DE], [UK, GB]]}", ElementLens, Kind.MULTISELECT),
        ("{marketing: IT status, it: status, values: [[open, To Do], [closed, Done]]}", NameLens, Kind.STATUS),
        ("{marketing: Reference, it: Notes}", PlainLens, Kind.RICHTEXT),
        ("{marketing: Reference, it: priority}", NameLens, Kind.SELECT),
        ("{marketing: Reference, it: Reference, values: [[a, b]]}", NameLens, Kind.TEXT),
    ],
)
def test_kinds_decide_the_lens(field: str, lens: type, kind: Kind, tmp_path: Path) -> None:
    (rule,) = compiled(tmp_path, f"fields:\n  - {field}\n").rules
    assert isinstance(rule.lens, lens)
    assert rule.kind is kind


def test_names_become_ids_and_people_still_see_names(tmp_path: Path) -> None:
    (rule,) = compiled(tmp_path, "fields:\n  - {marketing: due, it: Needed by, direction: to-it}\n").rules
    assert (rule.marketing, rule.it, rule.key) == ("due", "cf-Needed by", "due|cf-Needed by")
    assert (rule.name(IT), rule.title) == ("Needed by", "due / Needed by")
    assert (str(rule.where).split("/")[-1]) == "m.yaml:2:5"


@pytest.mark.parametrize(
    ("field", "direction"),
    [
        ("title", Direction.BOTH),
        ("due", Direction.COMPARE),
        ("{field: due, direction: both}", Direction.BOTH),
        ("{marketing: due, it: Needed by}", Direction.BOTH),
        ("{marketing: Launch, it: due}", Direction.BOTH),
    ],
)
def test_due_dates_are_compared_unless_somebody_says_otherwise(
    field: str, direction: Direction, tmp_path: Path
) -> None:
    (rule,) = compiled(tmp_path, f"fields: [{field}]\n").rules
    assert rule.direction is direction


@pytest.mark.parametrize(
    ("direction", "written", "created"),
    [
        ("both", {M, IT}, {M, IT}),
        ("to-it", {IT}, {IT}),
        ("to-marketing", {M}, {M}),
        ("once", set(), {M, IT}),
        ("compare", set(), set()),
    ],
)
def test_directions(direction: str, written: set[Side], created: set[Side], tmp_path: Path) -> None:
    (rule,) = compiled(tmp_path, f"fields: [{{field: title, direction: {direction}}}]\n").rules
    assert {side for side in Side if rule.writes_to(side)} == written
    assert {side for side in Side if rule.creates_on(side)} == created


def test_a_default_has_the_kind_of_its_field(tmp_path: Path) -> None:
    text = """\
        fields:
          - {marketing: Channel, it: Campaign channel, values: [[Web, Web], [Mail, E-mail]], default: Web}
          - {marketing: Budget, it: Points, default: 3}
          - {marketing: Launch, it: Needed by, default: 2026-11-01}
          - {marketing: Regions, it: Markets, default: DE}
        """
    rules = compiled(tmp_path, text).rules
    assert [rule.default for rule in rules] == ["Web", 3.0, date(2026, 11, 1), frozenset({"DE"})]


def test_the_first_rule_that_fits_makes_the_counterpart(tmp_path: Path) -> None:
    text = """\
        fields: []
        links:
          create:
            - {in: it, when: "'no' in labels"}
            - {in: marketing, when: "true", set: {section: From IT}}
            - {in: it, when: "custom['Channel'] == 'Web'", type: Story, set: {components: [Website]}}
            - {in: it}
        """
    mapping = compiled(tmp_path, text)
    web = item(labels=frozenset(), **{"cf-Channel": "Web"})
    index, rule = mapping.create_rule(web, M) or (None, None)
    assert index == 2
    assert rule is not None
    assert (rule.side, rule.type, rule.extra) == (IT, "Story", {"components": ["Website"]})
    assert (mapping.create_rule(web, IT) or (None,))[0] == 1
    assert mapping.create_rule(item(Category.DONE, labels=frozenset()), M) is None


def test_done_items_get_a_counterpart_only_when_all_do(tmp_path: Path) -> None:
    mapping = compiled(tmp_path, "fields: []\nlinks: {create: {in: it}, create_for: all}\n")
    assert mapping.create_rule(item(Category.DONE), M) is not None


@pytest.mark.parametrize(
    ("created", "matched_on", "is_made"),
    [
        ("2026-11-02T12:00:00", None, True),
        ("2026-11-02T02:00:00", None, False),  # still the 1st in New York
        ("2026-10-01T12:00:00", None, False),
        ("2026-10-01T12:00:00", date(2026, 11, 2), True),
        ("2026-10-01T12:00:00", date(2026, 11, 1), False),
    ],
)
def test_since_is_the_last_day_that_is_too_early(
    created: str, matched_on: date | None, is_made: bool, tmp_path: Path
) -> None:
    write(tmp_path, "fields: []\nlinks: {create: {in: it}, since: 2026-11-01}\n", "m.yaml")
    text = MINIMAL.replace("mapping:\n          fields: [title, description]", "mapping: m.yaml").replace(
        "syncs:\n", "calendars: {ny: {timezone: America/New_York}}\n    syncs:\n"
    )
    config = load(write(tmp_path, text.replace("1201000000000001}", "1201000000000001, calendar: ny}"))).config
    mapping = compile_mapping(config, config.syncs[0])
    assert (mapping.create_rule(item(created=created), M, matched_on) is not None) is is_made


def test_settings_that_reconcile_and_engine_ask_for(tmp_path: Path) -> None:
    text = """\
        fields: []
        empty: keep
        links: {adopt: {by: [url, "field:Reference"], differences: it}}
        transitions: {max_steps: 2, never: [Backlog], fill: {Done: {resolution: Done}}}
        """
    mapping = compiled(tmp_path, text)
    assert not mapping.clears
    assert mapping.differences is IT
    assert mapping.adopt.by == ("url", (FieldId("cf-Reference"), FieldId("cf-Reference")))
    assert (mapping.status_rules.max_steps, mapping.status_rules.never) == (2, frozenset({"Backlog"}))
    assert mapping.status_rules.fill == {"Done": {"resolution": "Done"}}
    assert len(mapping.config_version) == 12


def test_nothing_is_adopted_unless_somebody_says_so(tmp_path: Path) -> None:
    mapping = compiled(tmp_path, "fields: []\n")
    assert (mapping.adopt.by, mapping.differences, mapping.clears) == ((), None, True)


def test_a_renamed_option_keeps_its_configured_name(tmp_path: Path) -> None:
    renamed = project("WEB", statuses=("Ready",), bindings={"status:To Do": "7"})
    text = "fields: [{field: status, values: [[To do, To Do]]}]\n"
    assert compiled(tmp_path, text, {M: MARKETING, IT: renamed}).rules


# --- what is refused ------------------------------------------------------------------------------------------


def test_every_name_that_does_not_fit_is_told_at_once(tmp_path: Path) -> None:
    text = """\
        links:
          create:
            - {in: it, when: "titel == 'x' || custom['Chanel'] == 'y'", type: Storry}
            - {in: marketing, when: "due >"}
          adopt: {by: ["field:Refrence"]}
        fields:
          - titel
          - {marketing: Channel, it: Channel}
          - {marketing: due, it: status}
          - field: status
            values:
              - [To do, To do]
              - [Doing, [In Progress, In review]]
              - [~, ~]
              - ["*", "*"]
          - {marketing: Budget, it: Points, values: [[1, 2]]}
          - {field: title, below: "---"}
          - {marketing: Sum, it: Points}
          - {field: assignee, default: ann}
        """
    assert problems(tmp_path, text) == [
        "3:22: Campaigns (marketing) has no field 'Chanel'; did you mean 'Channel'?",
        "3:23: expression: unknown name 'titel'; did you mean 'title'?",
        "3:71: WEB (it) has no type 'Storry'; did you mean 'Story'?",
        "4:35: expression: the expression ends too early",
        "5:16: Campaigns (marketing) has no field 'Refrence'; did you mean 'Reference'?",
        "5:16: WEB (it) has no field 'Refrence'; did you mean 'Reference'?",
        "7:5: Campaigns (marketing) has no field 'titel'; did you mean 'title'?",
        "7:5: WEB (it) has no field 'titel'; did you mean 'title'?",
        "8:30: WEB (it) has no field 'Channel'; did you mean 'Campaign channel'?",
        "9:5: a date cannot be mapped to a status",
        "12:17: 'status' in IT has no value 'To do'; did you mean 'To Do'?",
        "13:31: 'status' in IT has no value 'In review'; did you mean 'In Review'?",
        "14:9: a row of ~ on both sides says nothing",
        '15:9: a row of "*" on both sides names nothing',
        "16:45: a table of values is for names: status, select, labels or text",
        "17:27: 'below' is for rich texts on both sides",
        "18:5: 'Sum' cannot be written in marketing; give a `direction`",
        "19:32: a person cannot be a default; see `people.fallback`",
    ]


@pytest.mark.parametrize(
    ("mapping", "directions"),
    [
        ("subtasks: true\nfields: [title]", ["both", "both"]),
        ("subtasks: true\nfields: [title, {field: parent, direction: to-it}]", ["both", "to-it"]),
        ("subtasks: false\nfields: [title]", ["both"]),
    ],
    ids=["short", "beside a rule", "off"],
)
def test_subtasks_stand_for_the_parent_among_the_fields(tmp_path: Path, mapping: str, directions: list[str]) -> None:
    rules = compiled(tmp_path, mapping).rules
    assert [rule.direction for rule in rules] == directions
    assert [rule.kind for rule in rules[1:]] == [Kind.ITEM] * (len(directions) - 1)


def test_a_plain_check_finds_what_needs_no_server(tmp_path: Path) -> None:
    text = """\
        links: {create: {in: it, when: "statsu == 'x'"}}
        fields:
          - {field: title, values: [[~, ~]]}
          - {marketing: due, it: title}
          - {marketing: Anything, it: Goes}
        """
    assert problems(tmp_path, text, None) == [
        "1:33: expression: unknown name 'statsu'; did you mean 'status'?",
        "3:29: a row of ~ on both sides says nothing",
        "4:5: a date cannot be mapped to a text",
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("[title, title]", "1:17: the same two fields are mapped in line 1"),
        ("[title, {marketing: title, it: Reference}, {marketing: Reference, it: Reference}]",
         "1:52: 'Reference' is already written in IT by line 1"),
        ("[{field: due, default: 2026-11-01}]", "1:32: a default is written on create; this field is only compared"),
        ("[{field: priority, default: Medium}]",
         "1:37: 'priority' in marketing has no value 'Medium'; known: High, Low"),
        ("[{marketing: Budget, it: Points, default: many}]", "1:51: a default number has to be a number"),
        ("[{field: priority, values: [[High, High], ['*', Low], ['*', Highest]]}]",
         "1:64: \"*\" stands in marketing in an earlier row already"),
        ("[{marketing: Regions, it: priority}]", "1:10: a multi-select cannot be mapped to a select"),
        ("[{marketing: Budget, it: title}]", "1:10: a number cannot be mapped to a text"),
        ("[{marketing: assignee, it: title}]", "1:10: a person cannot be mapped to a text"),
    ],
)  # fmt: skip
def test_rules_that_contradict_themselves_or_each_other(fields: str, expected: str, tmp_path: Path) -> None:
    told = problems(tmp_path, f"fields: {fields}\n")
    assert expected in told


def test_one_way_rules_may_share_a_field_that_they_only_read(tmp_path: Path) -> None:
    text = """\
        fields:
          - due
          - {marketing: due, it: Needed by, direction: to-it}
          - {marketing: Sum, it: Points, direction: to-it}
        """
    assert len(compiled(tmp_path, text).rules) == 3


def test_values_that_will_wait_are_told_beforehand(tmp_path: Path) -> None:
    text = "fields: [{field: status, values: [[To do, To Do], [Done, Done]]}]\ntransitions: {never: [Closed]}\n"
    warnings = [str(each).split("m.yaml:")[1] for each in compiled(tmp_path, text).warnings]
    assert warnings == [
        "1:34: 'status' in marketing: no row for 'Doing'; items that show it wait",
        "1:34: 'status' in IT: no row for 'Backlog', 'In Progress', 'In Review'; items that show it wait",
        "2:23: no side has a status 'Closed'; known: Backlog, Doing, Done, In Progress, In Review, To Do, To do",
    ]


def test_an_expression_over_several_lines_says_where_in_it(tmp_path: Path) -> None:
    text = (
        "fields: []\nlinks:\n  create:\n    - in: it\n      when: |\n        title == 'x'\n        && statsu == 'y'\n"
    )
    (told,) = problems(tmp_path, text)
    assert told == "5:13: expression: unknown name 'statsu'; did you mean 'status'? (line 2, column 4 of it)"


# --- what has to be read --------------------------------------------------------------------------------------

READS = """\
    fields: [title, {marketing: Channel, it: Campaign channel}]
    links:
      adopt: {by: ["field:Reference"]}
      create:
        - {in: it, when: "custom['Needs'] == 'IT'"}
        - {in: marketing, when: "custom['Wanted'] == 'yes'"}
    """


def test_the_scope_names_all_custom_fields_that_a_side_needs(tmp_path: Path) -> None:
    config = loaded(tmp_path, READS).config
    assert custom_fields(config, config.syncs[0], M) == {"Channel", "Reference", "Needs"}
    assert custom_fields(config, config.syncs[0], IT) == {"Campaign channel", "Reference", "Wanted"}


def test_the_scope_of_a_side_is_what_its_keys_say(tmp_path: Path) -> None:
    text = MINIMAL.replace(
        "project: 1201000000000001}",
        "project: 1201000000000001, status: section, done: completed, due: [due, 'field:Launch'], calendar: ny}",
    ).replace("syncs:\n", "calendars: {ny: {timezone: America/New_York}}\n    "
              "checks: {it-not-involved: {skip: \"custom['Quiet'] == 'yes'\"}}\n    syncs:\n")  # fmt: skip
    config = load(write(tmp_path, text)).config
    scope = scope_of(config, config.syncs[0], M, {"field:Launch": "9"})
    assert (scope.connection, scope.project, scope.zone) == ("asana", "1201000000000001", "America/New_York")
    assert (scope.status, scope.done, scope.due) == ("section", "completed", ("due", "field:Launch"))
    assert scope.fields == {"Launch", "Quiet"}
    assert scope.bindings == {"field:Launch": "9"}
    assert scope_of(config, config.syncs[0], IT).zone == "UTC"


def test_a_level_is_no_secret_only_where_all_syncs_that_share_the_project_say_so(tmp_path: Path) -> None:
    one = "it: {connection: jira, project: WEB, levels: [Internal, Team]}"
    text = (
        MINIMAL.rstrip().replace("it: {connection: jira, project: WEB}", one)
        + """
      - name: other
        marketing: {connection: asana, project: 2}
        it: {connection: jira, project: WEB, levels: Internal}
        mapping: {fields: [title]}
"""
    )
    config = load(write(tmp_path, text)).config
    assert [scope_of(config, sync, IT).levels for sync in config.syncs] == [{"Internal"}] * 2
    assert scope_of(config, config.syncs[0], M).levels == frozenset()


def test_a_project_is_read_for_all_syncs_that_share_it(tmp_path: Path) -> None:
    text = (
        MINIMAL.rstrip()
        + """
      - name: other
        marketing: {connection: asana, project: 1201000000000001}
        it: {connection: jira, project: CRM}
        mapping: {fields: [{marketing: Budget, it: Points}]}
"""
    )
    config = load(write(tmp_path, text)).config
    assert scope_of(config, config.syncs[0], M).fields == {"Budget"}
    assert scope_of(config, config.syncs[0], IT).fields == frozenset()


def test_a_project_keeps_the_names_of_all_syncs_that_share_it(tmp_path: Path) -> None:
    text = (
        MINIMAL.rstrip()
        + """
      - name: other
        marketing: {connection: asana, project: 1201000000000001, type: Approval}
        it: {connection: jira, project: CRM}
        mapping: {fields: [{field: status, values: [[Doing, Started]]}]}
        checks: {conflict: {skip: "status == 'Idea'"}}
"""
    )
    config = load(write(tmp_path, text)).config
    assert scope_of(config, config.syncs[0], M).names == {"Approval", "Doing", "Idea"}
    assert scope_of(config, config.syncs[0], IT).names == frozenset()


NAMES = """\
    fields:
      - {field: status, values: [[Doing, [In Progress, In Review]], [~, Backlog], [Done, "*"]]}
      - {marketing: Channel, it: Campaign channel, values: [[Mail, E-mail]], default: Web}
      - priority
    links:
      create:
        - {in: it, when: "status == 'Needs IT' && custom['Channel'] != 'Mail'", type: Story, set: {Team: [Web, Shop]}}
        - {in: marketing, when: "status == 'Planned'", set: {section: From IT}}
    transitions: {never: [Reopened], fill: {Closed: {resolution: Fixed}}}
    """


def test_the_scope_knows_what_the_configuration_calls_things_on_its_side(tmp_path: Path) -> None:
    loaded(tmp_path, NAMES)
    main = tmp_path / "syncd.yaml"
    text = main.read_text(encoding="utf-8")
    config = load(write(tmp_path, text.replace("000001}", "000001, done: 'section:Live: web'}"))).config
    both = {"Web", "Reopened", "Closed"}
    assert scope_of(config, config.syncs[0], M).names == {
        *both,
        "Doing",
        "Done",
        "Mail",
        "Needs IT",
        "Channel",
        "From IT",
        "Live: web",
    }
    assert scope_of(config, config.syncs[0], IT).names == {
        *both,
        "In Progress",
        "In Review",
        "Backlog",
        "E-mail",
        "Story",
        "Shop",
        "Planned",
    }


def test_filters_of_checks_are_compiled_and_their_mistakes_placed(tmp_path: Path) -> None:
    good = MINIMAL.replace("syncs:\n", "checks: {conflict: {skip: \"'x' in labels\"}}\n    syncs:\n")
    found = load(write(tmp_path, good))
    filters = compile_filters(found.config, found.config.syncs[0], None, found.document)
    assert filters["conflict", "skip"].is_true(item(labels=frozenset({"x"})))
    bad = load(write(tmp_path, good.replace("in labels", "in lables")))
    with pytest.raises(ConfigError, match=r"syncd\.yaml:5:35: expression: unknown name 'lables'"):
        compile_filters(bad.config, bad.config.syncs[0], None, bad.document)
