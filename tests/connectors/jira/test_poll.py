"""The incremental read: nothing is lost between pages, minutes and zones, and nothing is read in vain."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from syncd.connectors.jira import JiraConnector
from syncd.connectors.jira.poll import OVERLAP, minute_text, parse_cursor, render_cursor
from syncd.connectors.jira.shapes import JiraProject
from syncd.model.errors import Malformed, NotConfigured, Transient
from syncd.model.items import ItemId, Page
from syncd.model.values import TITLE
from tests.connectors.jira.harness import JiraHarness

BERLIN = ZoneInfo("Europe/Berlin")
INSTANTS = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 3, 2, 9, 30, 59, tzinfo=UTC), "2026-03-02 10:30"),
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "2026-03-29 01:59"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "2026-03-29 03:00"),
        (datetime(2026, 10, 25, 0, 10, tzinfo=UTC), "2026-10-25 01:40"),
        (datetime(2026, 10, 25, 1, 10, tzinfo=UTC), "2026-10-25 01:40"),
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), "2026-10-25 03:00"),
    ],
)
def test_a_minute_is_written_in_the_accounts_zone(moment: datetime, text: str) -> None:
    assert minute_text(moment, BERLIN) == text


@given(INSTANTS, st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]))
def test_a_minute_never_lies_behind_its_instant_however_it_is_read(moment: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    local = datetime.strptime(minute_text(moment, zone), "%Y-%m-%d %H:%M")
    for fold in (0, 1):
        assert local.replace(tzinfo=zone, fold=fold).astimezone(UTC) <= moment
        assert moment - local.replace(tzinfo=zone, fold=fold).astimezone(UTC) < timedelta(hours=2, minutes=1)


@given(st.none() | INSTANTS)
def test_a_cursor_reads_back_in_whole_milliseconds(moment: datetime | None) -> None:
    back = parse_cursor(render_cursor(moment))
    assert back == (moment.replace(microsecond=moment.microsecond // 1000 * 1000) if moment else None)


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"updated_ms": "soon"}', "2026-03-02"])
def test_another_text_is_no_cursor(text: str) -> None:
    with pytest.raises(Malformed):
        parse_cursor(text)


# --- Cloud: tokens --------------------------------------------------------------------------------------------------


class Pages:
    """A Cloud search that answers with prepared pages, in the place of the sandbox's."""

    def __init__(self, harness: JiraHarness) -> None:
        self.connector = harness.connect()
        self.project = self.connector.open_project(harness.stage.scope)
        self.url = f"{harness.server.url}/rest/api/3/search/jql"
        self.mock = responses.RequestsMock(assert_all_requests_are_fired=True)
        self.sent: list[dict[str, Any]] = []

    def poll(self, *pages: dict[str, Any], cursor: str | None = None) -> Iterator[Page]:
        with self.mock:
            for page in pages:
                self.mock.post(self.url, json=page)
            yield from self.connector.fetch_changes(self.project, cursor)
            self.sent = [json.loads(call.request.body or "{}") for call in self.mock.calls]


def row(number: int, minute: int = 0) -> dict[str, Any]:
    fields = {
        "created": "2026-03-02T09:00:00.000+0000",
        "updated": f"2026-03-02T10:{minute:02d}:00.000+0000",
        "status": {"id": "3", "name": "In Progress", "statusCategory": {"key": "indeterminate"}},
        "summary": f"item {number}",
    }
    return {"id": str(number), "key": f"WEB-{number}", "fields": fields}


@pytest.fixture
def pages(cloud: JiraHarness) -> Iterator[Pages]:
    made = Pages(cloud)
    yield made
    made.connector.close()


def ids(found: list[Page]) -> list[str]:
    return [item.ref.id for page in found for item in page.items]


def test_only_the_token_says_that_there_is_more(pages: Pages) -> None:
    found = list(
        pages.poll(
            {"issues": [row(1)], "isLast": True, "nextPageToken": "a"},
            {"issues": [], "isLast": False, "nextPageToken": "b"},
            {"issues": [row(2)], "isLast": False},
        )
    )
    assert ids(found) == ["1", "2"]
    assert [page.is_last for page in found] == [False, False, True]
    assert [body.get("nextPageToken") for body in pages.sent] == [None, "a", "b"]
    assert len({body["jql"] for body in pages.sent}) == 1


def test_a_null_token_ends_the_pages(pages: Pages) -> None:
    assert ids(list(pages.poll({"issues": [row(1)], "nextPageToken": None}))) == ["1"]


def test_a_token_that_comes_twice_stops_the_poll_and_leaves_the_cursor(pages: Pages) -> None:
    poll = pages.poll({"issues": [row(1, 1)], "nextPageToken": "a"}, {"issues": [row(2, 2)], "nextPageToken": "a"})
    found = [next(poll), next(poll)]
    with pytest.raises(Malformed, match="token"):
        next(poll)
    assert ids(found) == ["1", "2"]
    assert parse_cursor(found[-1].cursor) == datetime(2026, 3, 2, 10, 2, tzinfo=UTC)


def test_the_cursor_is_the_largest_time_seen_and_never_goes_back(pages: Pages) -> None:
    cursor = render_cursor(datetime(2026, 3, 2, 10, 5, tzinfo=UTC))
    found = list(pages.poll({"issues": [row(1, 4), row(2, 3)]}, cursor=cursor))
    assert found[-1].cursor == cursor
    since = datetime(2026, 3, 2, 10, 5, tzinfo=UTC) - OVERLAP
    assert f"updated >= {int(since.timestamp() * 1000)} ORDER BY updated ASC, id ASC" in pages.sent[0]["jql"]
    assert "<" not in pages.sent[0]["jql"]


def test_an_issue_without_its_time_is_set_aside_and_moves_no_cursor(pages: Pages) -> None:
    timeless = {"id": "2", "key": "WEB-2", "fields": {"summary": "no time"}}
    (page,) = pages.poll({"issues": [row(1, 7), timeless]})
    assert (ids([page]), set(page.broken)) == (["1"], {"2"})
    assert parse_cursor(page.cursor) == datetime(2026, 3, 2, 10, 7, tzinfo=UTC)


def test_a_page_with_an_issue_that_has_no_id_is_not_passed_over(pages: Pages) -> None:
    with pytest.raises(Malformed):
        list(pages.poll({"issues": [row(1), {"key": "WEB-2", "fields": {"summary": "nameless"}}]}))


@pytest.mark.parametrize("page", [{}, {"issues": None}, {"issues": {}}])
def test_a_page_without_issues_is_malformed_not_empty(pages: Pages, page: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        list(pages.poll(page))


def test_a_project_that_was_hidden_is_no_empty_project(harness: JiraHarness) -> None:
    connector = harness.connect()
    project = connector.open_project(harness.stage.scope)
    harness.server.faults.hide("WEB")
    with pytest.raises(NotConfigured) as caught:
        list(connector.fetch_changes(project, None))
    assert caught.value.setting == "project"
    connector.close()


def test_only_needed_fields_are_asked_for(harness: JiraHarness) -> None:
    connector = harness.connect()
    project = connector.open_project(harness.stage.scope)
    assert isinstance(project, JiraProject)
    list(connector.fetch_changes(project, None))
    sent = json.loads(harness.server.requests[-1].body)
    assert sent["fields"] == list(project.layout.wires)
    assert "comment" not in sent["fields"]
    assert not any(name.startswith("*") for name in sent["fields"])
    connector.close()


# --- Data Center: minutes and pages that move -----------------------------------------------------------------------


def opened(harness: JiraHarness) -> tuple[JiraConnector, Any]:
    connector = harness.connect()
    return connector, connector.open_project(harness.stage.scope)


def test_more_items_in_one_minute_than_a_page_holds_are_all_read(data_center: JiraHarness) -> None:
    connector, project = opened(data_center)
    made = {data_center.make({TITLE: f"item {number}"}) for number in range(250)}
    found = list(connector.fetch_changes(project, None))
    assert set(ids(found)) == made
    assert len(found) == 3
    connector.close()


@pytest.mark.parametrize("edited", [0, 50, 99])
def test_items_that_move_to_the_end_while_pages_are_read_shift_nothing_out(
    data_center: JiraHarness, edited: int
) -> None:
    connector, project = opened(data_center)
    made = [data_center.make({TITLE: f"item {number}"}) for number in range(230)]
    pages = connector.fetch_changes(project, None)
    first = next(pages)
    data_center.edit(made[edited], {TITLE: "moved"})
    data_center.advance(1)
    data_center.edit(first.items[edited].ref.id, {TITLE: "moved again"})
    found = [first, *pages]
    assert set(ids(found)) == set(made)
    connector.close()


def test_a_project_that_never_rests_is_read_later(data_center: JiraHarness) -> None:
    connector, project = opened(data_center)
    made = [data_center.make({TITLE: f"item {number}"}) for number in range(150)]
    busy: list[str] = []

    def edit_the_last_seen(record: Any) -> None:
        if record.path.endswith("/search"):
            data_center.state.clock.advance(0.001)
            data_center.dana.edit(made[99], values={"summary": f"busy {len(busy)}"})
            busy.append("x")
            data_center.dana.edit(made[0], values={"summary": f"busy {len(busy)}"})

    data_center.server.requests.on_request = edit_the_last_seen
    try:
        found = ids(list(connector.fetch_changes(project, None)))
    except Transient:
        found = made
    data_center.server.requests.on_request = None
    assert set(found) == set(made)
    connector.close()


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Kathmandu", "Pacific/Kiritimati"])
def test_the_accounts_zone_decides_how_a_query_is_read(make_harness: Callable[..., JiraHarness], zone: str) -> None:
    harness = make_harness("dc", time_zone=zone)
    connector, project = opened(harness)
    old = harness.make({TITLE: "old"})
    harness.settle()
    found = list(connector.fetch_changes(project, None))
    harness.settle()
    new = harness.make({TITLE: "new"})
    later = list(connector.fetch_changes(project, found[-1].cursor))
    assert ids(later) == [old, new]
    harness.settle()
    assert ids(list(connector.fetch_changes(project, later[-1].cursor))) == [new]
    connector.close()


def test_an_item_that_a_stale_index_forgot_comes_back_by_id(harness: JiraHarness) -> None:
    connector, project = opened(harness)
    lost = harness.make({TITLE: "lost"})
    harness.state.index.make_missing([int(lost)])
    assert ids(list(connector.fetch_changes(project, None))) == []
    assert set(connector.fetch_items(project, [ItemId(lost)])) == {lost}
    connector.close()
