"""Values between Jira's JSON and the canonical form."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.connectors.jira.fields import needs_parent_due, normalise, read_item, render_fields
from syncd.connectors.jira.shapes import DueKind, DueSource, Form, Layout, Shape
from syncd.connectors.jira.wire import Flavour, epoch_ms, from_epoch_ms, parse_instant
from syncd.model.errors import Malformed
from syncd.model.items import Category, ConnectionName, Option, SetChange, Signs
from syncd.model.richtext import Doc
from syncd.model.values import DESCRIPTION, DUE, LABELS, STATUS, TITLE, FieldId, Person, UserId, Value

NAME = ConnectionName("jira")
CHANNEL, AUDIENCE, POINTS, OWNER, GO_LIVE = (FieldId(f"customfield_{number}") for number in range(1, 6))
FIX, SPRINT, PARENT = (
    DueSource(DueKind.FIX_VERSION, "fixVersions"),
    DueSource(DueKind.SPRINT, "customfield_9"),
    DueSource(DueKind.PARENT, "parent"),
)
OWN = DueSource(DueKind.FIELD, "duedate")
SHAPES = (
    Shape(TITLE, "summary", "title", Form.LINE),
    Shape(DESCRIPTION, "description", "description", Form.RICH),
    Shape(STATUS, "status", "status", Form.STATUS),
    Shape(DUE, "duedate", "due", Form.DATE),
    Shape(LABELS, "labels", "labels", Form.LABELS),
    Shape(CHANNEL, CHANNEL, "Channel", Form.OPTION, (Option("31", "Mail"),)),
    Shape(AUDIENCE, AUDIENCE, "Audience", Form.OPTIONS, (Option("41", "New"), Option("42", "Known"))),
    Shape(POINTS, POINTS, "Points", Form.NUMBER),
    Shape(OWNER, OWNER, "Owner", Form.PERSON),
    Shape(GO_LIVE, GO_LIVE, "Go live", Form.INSTANT),
)


def layout(*dues: DueSource, flavour: Flavour = Flavour.CLOUD, zone: str = "Europe/Berlin") -> Layout:
    shapes = {shape.id: shape for shape in SHAPES}
    return Layout(flavour, "10001", zone, shapes, dues or (OWN,), (), {"3": "In Progress"}, Option("1", "Task"))


def issue(**fields: Any) -> dict[str, Any]:
    always = {
        "created": "2026-03-02T09:30:00.123+0100",
        "updated": "2026-03-02T10:00:00.456+0100",
        "status": {"id": "3", "name": "Doing now", "statusCategory": {"key": "indeterminate"}},
        "project": {"id": "10001"},
        "summary": "A page",
    }
    return {"id": "7", "key": "WEB-7", "fields": always | fields}


def read(data: dict[str, Any], how: Layout | None = None, **more: Any) -> Any:
    return read_item(how or layout(), data, connection=NAME, browse_url="https://x.example", is_exact=True, **more)


def test_an_issue_becomes_an_item() -> None:
    properties = {"syncd": {"marker": "0" * 26}}
    item = read(issue(creator={"accountId": "u1", "displayName": "Dana"}) | {"properties": properties}).item
    assert (item.ref.id, item.key, item.url) == ("7", "WEB-7", "https://x.example/browse/WEB-7")
    assert item.updated_at == datetime(2026, 3, 2, 9, 0, 0, 456000, tzinfo=UTC)
    assert item.version == "2026-03-02T09:00:00.456+00:00"
    assert (item.category, item.fields[STATUS], item.marker) == (Category.DOING, "In Progress", "0" * 26)
    assert item.author == Person(UserId("u1"), "Dana")


def test_a_field_that_is_absent_is_unknown_and_one_that_is_null_is_empty() -> None:
    item = read(issue(duedate=None, labels=[])).item
    assert item.fields[DUE] is None
    assert item.fields[LABELS] == frozenset()
    assert DESCRIPTION not in item.fields
    assert CHANNEL not in item.fields


def test_a_value_of_the_wrong_type_is_unknown_and_told() -> None:
    reading = read(issue(labels=17, duedate="soon", customfield_3="many", summary={"odd": 1}, customfield_4={"x": 1}))
    assert set(reading.unreadable) == {"labels", "duedate", "customfield_3", "customfield_4", "summary"}
    assert set(reading.item.fields) == {STATUS}


@pytest.mark.parametrize("broken", [{"fields": None}, {"id": "7"}, {"id": "7", "key": "W-7", "fields": {"updated": 1}}])
def test_an_issue_without_what_makes_it_one_is_malformed(broken: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        read(broken)


def test_an_account_that_cannot_be_read_is_no_reason_to_lose_the_item() -> None:
    assert read(issue(creator={"displayName": "nobody knows"})).item.author is None


def test_a_flag_and_how_an_issue_is_linked_show_as_its_page_says_it() -> None:
    type_ = {"id": "5", "name": "Review", "inward": "is reviewed by", "outward": "reviews"}
    links = [{"id": "1", "type": type_, "inwardIssue": {"id": "8"}}, {"id": "2", "type": type_, "outwardIssue": {}}]
    flagged = replace(layout(), flag="customfield_10021")
    shown = read(issue(issuelinks=links, customfield_10021=[{"id": "1", "value": "Impediment"}]), flagged)
    assert shown.item.signs == Signs("Impediment", frozenset({"is reviewed by", "reviews"}))
    assert read(issue(issuelinks=[], customfield_10021=None), flagged).item.signs == Signs("", frozenset())
    assert read(issue(issuelinks=["?"], customfield_10021=["?"]), flagged).item.signs == Signs()
    assert read(issue(customfield_10021=[{"value": "Impediment"}])).item.signs == Signs()


def test_security_levels_and_moves_show() -> None:
    item = read(issue(security={"id": "1"}, project={"id": "10002"})).item
    assert item.is_restricted
    assert not item.in_scope


@pytest.mark.parametrize(("levels", "hides"), [((), True), (("Other",), True), (("Internal",), False), (("1",), False)])
def test_a_level_that_is_no_secret_hides_nothing(levels: tuple[str, ...], hides: bool) -> None:
    how = replace(layout(), levels=frozenset(levels))
    assert read(issue(security={"id": "1", "name": "Internal"}), how).item.is_restricted is hides
    assert read(issue(security="unreadable"), how).item.is_restricted
    assert not read(issue(security=None), how).item.is_restricted


def test_a_renamed_option_keeps_its_configured_name() -> None:
    fields = read(
        issue(customfield_1={"id": "31", "value": "E-mail"}, customfield_2=[{"id": "99", "value": "Old"}])
    ).item.fields
    assert fields[CHANNEL] == "Mail"
    assert fields[AUDIENCE] == frozenset({"Old"})


# --- due ----------------------------------------------------------------------------------------------------------

VERSIONS = [
    {"name": "3", "released": False, "releaseDate": "2026-05-01"},
    {"name": "2", "released": False, "releaseDate": "2026-04-01"},
    {"name": "1", "released": True, "releaseDate": "2026-01-01"},
]
CLOUD_SPRINTS = [
    {"state": "closed", "endDate": "2026-02-01T22:30:00.000Z"},
    {"state": "future", "endDate": "2026-04-01T22:30:00.000Z"},
    {"state": "active", "endDate": "2026-03-15T23:30:00.000Z"},
]
DC_SPRINTS = [
    "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=1,state=CLOSED,name=a,endDate=2026-02-01T22:30:00.000Z]",
    "com.atlassian.greenhopper.service.sprint.Sprint@2f[id=2,state=FUTURE,name=b, endDate=<null>,completeDate=<null>]",
    "com.atlassian.greenhopper.service.sprint.Sprint@3f[id=3,state=ACTIVE,name=c,endDate=2026-03-15T23:30:00.000Z,x=1]",
]


@pytest.mark.parametrize(
    ("dues", "fields", "expected"),
    [
        ((OWN, FIX), {"duedate": "2026-03-09", "fixVersions": VERSIONS}, date(2026, 3, 9)),
        ((OWN, FIX), {"duedate": None, "fixVersions": VERSIONS}, date(2026, 4, 1)),
        ((FIX, OWN), {"duedate": "2026-03-09", "fixVersions": VERSIONS}, date(2026, 4, 1)),
        ((FIX,), {"fixVersions": VERSIONS[2:]}, date(2026, 1, 1)),
        ((FIX,), {"fixVersions": []}, None),
        ((FIX,), {"fixVersions": [{"name": "undated", "released": False}]}, None),
        ((SPRINT,), {"customfield_9": CLOUD_SPRINTS}, date(2026, 3, 16)),
        ((SPRINT,), {"customfield_9": CLOUD_SPRINTS[:2]}, date(2026, 4, 2)),
        ((SPRINT,), {"customfield_9": CLOUD_SPRINTS[:1]}, None),
        ((SPRINT,), {"customfield_9": DC_SPRINTS}, date(2026, 3, 16)),
        ((SPRINT,), {"customfield_9": DC_SPRINTS[:2]}, None),
        ((SPRINT,), {"customfield_9": None}, None),
        ((DueSource(DueKind.FIELD, GO_LIVE),), {GO_LIVE: "2026-03-09"}, date(2026, 3, 9)),
    ],
)
def test_the_due_date_is_the_first_that_is_set(
    dues: tuple[DueSource, ...], fields: dict[str, Any], expected: date | None
) -> None:
    assert read(issue(**fields), layout(*dues)).item.fields[DUE] == expected


def test_a_sprint_ends_on_the_day_of_the_projects_zone() -> None:
    how = layout(SPRINT, zone="America/New_York")
    assert read(issue(customfield_9=CLOUD_SPRINTS), how).item.fields[DUE] == date(2026, 3, 15)


def test_a_parents_date_is_asked_for_only_when_nothing_before_it_is_set() -> None:
    how = layout(OWN, PARENT)
    child = {"parent": {"id": "6"}}
    assert needs_parent_due(how, issue(duedate="2026-03-09", **child)) is None
    assert needs_parent_due(how, issue(duedate=None, **child)) == "6"
    assert needs_parent_due(how, issue(duedate=None, parent=None)) is None
    assert read(issue(duedate=None, **child), how, parent_due=date(2026, 6, 1)).item.fields[DUE] == date(2026, 6, 1)


# --- writing ------------------------------------------------------------------------------------------------------


def test_values_are_written_by_id_where_one_is_known() -> None:
    sent = render_fields(
        layout(),
        {
            TITLE: "two\nlines",
            DUE: date(2026, 3, 9),
            CHANNEL: "Mail",
            AUDIENCE: frozenset({"New", "Unheard of"}),
            OWNER: Person(UserId("u1"), "Dana"),
            POINTS: 3.0,
            LABELS: frozenset({"spring sale", "web"}),
        },
    )
    assert sent == {
        "fields": {
            "summary": "two lines",
            "duedate": "2026-03-09",
            "customfield_1": {"id": "31"},
            "customfield_2": [{"id": "41"}, {"value": "Unheard of"}],
            "customfield_4": {"accountId": "u1"},
            "customfield_3": 3.0,
            "labels": ["spring_sale", "web"],
        }
    }


def test_elements_of_sets_are_added_and_removed() -> None:
    sent = render_fields(
        layout(),
        {
            LABELS: SetChange(frozenset({"a b"}), frozenset({"c"})),
            AUDIENCE: SetChange(frozenset(), frozenset({"Known"})),
        },
    )
    assert sent == {
        "update": {"labels": [{"add": "a_b"}, {"remove": "c"}], "customfield_2": [{"remove": {"id": "42"}}]},
    }


def test_empty_values_empty_a_field() -> None:
    values: dict[FieldId, Value] = {DUE: None, LABELS: frozenset(), DESCRIPTION: Doc(), CHANNEL: None, AUDIENCE: None}
    wire = {"duedate": None, "labels": [], "description": None, "customfield_1": None, "customfield_2": []}
    assert render_fields(layout(), values) == {"fields": wire}


def test_people_are_named_by_user_name_on_data_center() -> None:
    sent = render_fields(layout(flavour=Flavour.DATA_CENTER), {OWNER: Person(UserId("dana"), "Dana")})
    assert sent == {"fields": {"customfield_4": {"name": "dana"}}}


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Europe/Berlin", date(2026, 3, 10)), ("America/New_York", date(2026, 3, 9)), ("UTC", date(2026, 3, 9))],
)
def test_an_instant_becomes_a_date_in_the_configured_zone_only(zone: str, day: date) -> None:
    moment = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    assert normalise(layout(zone=zone), DUE, moment).value == day
    assert render_fields(layout(zone=zone), {DUE: moment}) == {"fields": {"duedate": day.isoformat()}}


def test_a_field_of_instants_keeps_milliseconds() -> None:
    moment = datetime(2026, 3, 9, 23, 30, 1, 234567, tzinfo=UTC)
    kept = normalise(layout(), GO_LIVE, moment).value
    assert kept == moment.replace(microsecond=234000)
    assert render_fields(layout(), {GO_LIVE: moment}) == {"fields": {GO_LIVE: "2026-03-09T23:30:01.234+0000"}}
    assert normalise(layout(), GO_LIVE, date(2026, 3, 9)).value == datetime(2026, 3, 8, 23, tzinfo=UTC)


VALUES = st.one_of(
    st.none(),
    st.text(max_size=400),
    st.floats(allow_nan=True),
    st.dates(min_value=date(1971, 1, 2), max_value=date(2200, 1, 1)),
    st.datetimes(min_value=datetime(1971, 1, 2), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)),
    st.frozensets(st.text(max_size=20), max_size=4),
    st.text(max_size=200).map(Doc.from_text),
)


@given(st.sampled_from([shape.id for shape in SHAPES]), VALUES)
def test_normalising_twice_changes_nothing(field: FieldId, value: Value) -> None:
    once = normalise(layout(), field, value)
    again = normalise(layout(), field, once.value)
    assert again.value == once.value
    assert not again.is_shortened


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_milliseconds_are_exact_and_rounded_down(moment: datetime) -> None:
    back = from_epoch_ms(epoch_ms(moment))
    assert back <= moment
    assert epoch_ms(back) == epoch_ms(moment)
    assert (moment - back).total_seconds() < 0.001


def test_an_instant_of_a_bulk_history_may_be_a_number_of_seconds_or_milliseconds() -> None:
    assert parse_instant(1_772_442_000) == parse_instant(1_772_442_000_000) == datetime(2026, 3, 2, 9, tzinfo=UTC)
