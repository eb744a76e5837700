from __future__ import annotations

import pytest

from syncd.model.items import Item, ItemRef
from syncd.model.links import LinkId, Pair, RuleKey
from syncd.model.records import Feed, Settlement
from syncd.model.storage import Store
from syncd.model.values import STATUS, TITLE, TYPE, FieldId, Value
from tests.store.examples import CRM, ISSUES, IT, JIRA, TASKS, at, dirty_links, issue, item, linked, poll, task, twin

CHANNEL, AUDIENCE = FieldId("f1"), FieldId("f2")
STATUS_RULE, CHANNEL_RULE = RuleKey("status|status"), RuleKey("f1|channel")
HERE = Feed(JIRA, "CRM")


def shows(ref: ItemRef, **fields: Value) -> Item:
    return item(ref, fields={TITLE: "In Progress", **{FieldId(name): value for name, value in fields.items()}})


def fields(store: Store, ref: ItemRef) -> dict[FieldId, Value]:
    return dict(store.feeds.read_items([ref])[ref].fields)


def agreed(store: Store, link: LinkId) -> dict[RuleKey, Pair]:
    record = store.links.read(link)
    assert record is not None
    return dict(record.baseline)


@pytest.fixture
def pair(store: Store) -> LinkId:
    """A twin in step, its names bound."""
    store.feeds.record_bindings(TASKS, {"status:In Progress": "1", "option:f1:Web": "1", "type:Task": "1"})
    store.feeds.record_bindings(ISSUES, {"status:In Progress": "3", "status:Done": "5", "field:Way": "f1"})
    poll(store, shows(task(1), status="In Progress", f1="Web", f2=frozenset({"New", "Known"}), type="Task"))
    poll(store, shows(issue(1), status="In Progress", channel="Web"))
    link = linked(store, twin(task(1), issue(1)))
    baseline = {STATUS_RULE: Pair("In Progress", "In Progress"), CHANNEL_RULE: Pair("Web", "Web")}
    store.links.settle(link, Settlement(agreed=baseline), at(1))
    return link


def test_a_new_name_takes_the_place_of_the_old_one_on_its_side(store: Store, pair: LinkId) -> None:
    store.feeds.record_bindings(ISSUES, {"status:Under Way": "3", "status:Done": "5"})
    assert store.feeds.read_bindings(ISSUES) == {"status:Under Way": "3", "status:Done": "5", "field:Way": "f1"}
    assert fields(store, issue(1)) == {TITLE: "In Progress", STATUS: "Under Way", FieldId("channel"): "Web"}
    assert fields(store, task(1))[STATUS] == "In Progress"
    assert agreed(store, pair) == {
        STATUS_RULE: Pair("In Progress", "Under Way"),
        CHANNEL_RULE: Pair("Web", "Web"),
    }
    assert dirty_links(store) == []


def test_options_and_types_are_renamed_in_their_own_field(store: Store, pair: LinkId) -> None:
    store.feeds.record_bindings(TASKS, {"option:f1:Internet: all": "1", "type:Story": "1", "status:In Progress": "1"})
    assert fields(store, task(1)) | {TITLE: ""} == {
        TITLE: "",
        STATUS: "In Progress",
        CHANNEL: "Internet: all",
        AUDIENCE: {"New", "Known"},
        TYPE: "Story",
    }
    assert agreed(store, pair)[CHANNEL_RULE] == Pair("Internet: all", "Web")
    assert fields(store, issue(1))[FieldId("channel")] == "Web"


def test_elements_of_sets_are_renamed_one_by_one(store: Store, pair: LinkId) -> None:
    store.feeds.record_bindings(TASKS, {"option:f2:New": "1", "option:f2:Known": "2"})
    store.feeds.record_bindings(TASKS, {"option:f2:Fresh": "1", "option:f2:Known": "2"})
    assert fields(store, task(1))[AUDIENCE] == {"Fresh", "Known"}


def test_two_names_can_change_places(store: Store, pair: LinkId) -> None:
    poll(store, shows(issue(2), status="Done"))
    store.feeds.record_bindings(ISSUES, {"status:Done": "3", "status:In Progress": "5"})
    assert fields(store, issue(1))[STATUS] == "Done"
    assert fields(store, issue(2))[STATUS] == "In Progress"
    assert agreed(store, pair)[STATUS_RULE] == Pair("In Progress", "Done")
    assert store.feeds.read_bindings(ISSUES) == {"status:Done": "3", "status:In Progress": "5", "field:Way": "f1"}


def test_what_is_not_given_or_bound_as_before_stays(store: Store, pair: LinkId) -> None:
    before = fields(store, issue(1))
    store.feeds.record_bindings(ISSUES, {"status:Done": "5", "status:New": "9", "field:Road": "f1"})
    assert fields(store, issue(1)) == before
    assert store.feeds.read_bindings(ISSUES) == {
        "status:In Progress": "3",
        "status:Done": "5",
        "status:New": "9",
        "field:Way": "f1",
        "field:Road": "f1",
    }


def test_another_project_of_the_connection_is_left_alone(store: Store, pair: LinkId) -> None:
    poll(store, shows(issue(7), status="In Progress"), feed=HERE, readers={CRM: IT})
    link = linked(store, twin(task(7), issue(7), CRM))
    store.links.settle(link, Settlement(agreed={STATUS_RULE: Pair("In Progress", "In Progress")}), at(1))
    store.feeds.record_bindings(ISSUES, {"status:Under Way": "3"})
    assert fields(store, issue(7))[STATUS] == "In Progress"
    assert agreed(store, link)[STATUS_RULE] == Pair("In Progress", "In Progress")
