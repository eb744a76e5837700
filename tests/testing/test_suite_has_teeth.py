"""Connectors with one thing wrong each, and the conformance test that must catch it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from syncd.connectors.memory import MemoryConnector
from syncd.model.errors import Ambiguous, AuthError, ConnectorError, Malformed, RateLimited, Transient
from syncd.model.items import ExactRead, Item, ItemId, Normalised, SetChange
from syncd.model.values import DESCRIPTION, DUE, LABELS, TITLE, FieldId, Value
from syncd.testing import ConnectorConformance, Trouble
from syncd.testing.failing import READS, WRITES
from tests.connectors.memory.harness import MemoryHarness

Fails = (AssertionError, pytest.fail.Exception, ConnectorError, LookupError)


class LosesTheLastPage(MemoryConnector):
    def fetch_changes(self, project, cursor):
        pages = list(super().fetch_changes(project, cursor))
        yield from pages[:-1] or pages


class MovesTheCursorEarly(MemoryConnector):
    def fetch_changes(self, project, cursor):
        pages = list(super().fetch_changes(project, cursor))
        yield from (replace(page, cursor=pages[-1].cursor) for page in pages)


class AsksTwice(MemoryConnector):
    def fetch_changes(self, project, cursor):
        self.fetch_account()
        return super().fetch_changes(project, cursor)


class ShowsAnEmptyPollWhenItFails(MemoryConnector):
    def fetch_changes(self, project, cursor):
        try:
            yield from super().fetch_changes(project, cursor)
        except Transient:
            return


class ShowsTheDead(MemoryConnector):
    def fetch_items(self, project, ids):
        known = [id_ for id_ in ids if id_ in self._server.records]
        return {id_: self._item(project, self._server.records[id_], self._server.records[id_].now) for id_ in known}


class TakesAbsentForEmpty(MemoryConnector):
    def _fields(self, *args: Any) -> dict[FieldId, Value]:
        return {id_: value for id_, value in super()._fields(*args).items() if value}


class ReadsOneByOne(MemoryConnector):
    def fetch_items(self, project, ids):
        found: dict[ItemId, Item] = {}
        for id_ in ids:
            found |= super().fetch_items(project, [id_])
        return found


class LosesWhatItCannotRead(MemoryConnector):
    def _read(self, *args: Any, **more: Any) -> ExactRead:
        return ExactRead(super()._read(*args, **more).shown)


class FailsOverWhatItCannotRead(MemoryConnector):
    def _read(self, *args: Any, **more: Any) -> ExactRead:
        found = super()._read(*args, **more)
        if found.broken:
            raise Malformed("the answer makes no sense", connection=self.name)
        return found


class TakesTheUnreadForAbsent(MemoryConnector):
    def find_marked(self, project, marker, since):
        try:
            return super().find_marked(project, marker, since)
        except Malformed:
            return None


class NeverChangesTheVersion(MemoryConnector):
    def _item(self, *args: Any, **more: Any) -> Item:
        return replace(super()._item(*args, **more), version="1")


class WritesSetsWhole(MemoryConnector):
    def update_item(self, project, item_id, values):
        whole = {id_: v.added if isinstance(v, SetChange) else v for id_, v in values.items()}
        return super().update_item(project, item_id, whole)


class TouchesAnotherField(MemoryConnector):
    def update_item(self, project, item_id, values):
        return super().update_item(project, item_id, {DESCRIPTION: None, LABELS: frozenset({"synced"}), **values})


class AnswersWithThePast(MemoryConnector):
    def update_item(self, project, item_id, values):
        before = self.fetch_items(project, [item_id])[item_id]
        super().update_item(project, item_id, values)
        return before


class MovesDatesThroughAZone(MemoryConnector):
    def update_item(self, project, item_id, values: Mapping[FieldId, Any]):
        moved = {id_: v - timedelta(days=1) if isinstance(v, date) else v for id_, v in values.items()}
        return super().update_item(project, item_id, moved)


class PromisesTooMuch(MemoryConnector):
    def normalise(self, project, field, value):
        shown = super().normalise(project, field, value)
        return Normalised(str(shown.value).upper()) if field == TITLE else shown

    def _ready(self, project, values):
        return dict(values)


class ShortensAgainAndAgain(MemoryConnector):
    def normalise(self, project, field, value):
        return Normalised(str(value)[:-1]) if field == TITLE and value else super().normalise(project, field, value)


class MakesItTwice(MemoryConnector):
    def create_item(self, project, draft, marker):
        try:
            return super().create_item(project, draft, marker)
        except Transient:
            return super().create_item(project, draft, marker)


class ForgetsTheMarker(MemoryConnector):
    def find_marked(self, project, marker, since):
        return None


class FindsAnyMarker(MemoryConnector):
    def find_marked(self, project, marker, since):
        ids = self._server.item_ids("WEB")
        return super().fetch_items(project, ids)[ids[0]] if ids else None


class CallsADoubtACertainty(MemoryConnector):
    def create_item(self, project, draft, marker):
        try:
            return super().create_item(project, draft, marker)
        except Transient as error:
            raise Transient(str(error), connection=error.connection) from error


class OwnsNoComment(MemoryConnector):
    def fetch_comments(self, project, item_id):
        return tuple(replace(comment, is_ours=False) for comment in super().fetch_comments(project, item_id))


class LeaksRestrictedComments(MemoryConnector):
    def fetch_comments(self, project, item_id):
        return tuple(replace(comment, visibility=frozenset()) for comment in super().fetch_comments(project, item_id))


class DropsTheRestriction(MemoryConnector):
    def create_comment(self, project, item_id, draft):
        return super().create_comment(project, item_id, replace(draft, restrict=None))


class GuessesPeople(MemoryConnector):
    def find_person(self, project, email, name):
        try:
            return super().find_person(project, email, name)
        except Ambiguous as problem:
            id_ = problem.candidates[0].split()[0]
            return next(person for person in self._server.people.values() if person.id == id_)


class FindsClosedAccounts(MemoryConnector):
    def find_person(self, project, email, name):
        return next((person for person in self._server.people.values() if person.email == email), None)


class ComesBackEarly(MemoryConnector):
    def fetch_items(self, project, ids):
        try:
            return super().fetch_items(project, ids)
        except RateLimited as error:
            raise RateLimited("soon", retry_after_s=error.retry_after_s / 2, connection=self.name) from error


class TakesARefusedLoginForAnOutage(MemoryConnector):
    def fetch_account(self):
        try:
            return super().fetch_account()
        except AuthError as error:
            raise Transient("try again", connection=self.name) from error


class LetsForeignErrorsOut(MemoryConnector):
    def fetch_comments(self, project, item_id):
        try:
            return super().fetch_comments(project, item_id)
        except ConnectorError as error:
            raise LookupError("requests.exceptions.ConnectionError") from error


class MatchesEverything(MemoryConnector):
    def fetch_matching(self, project, ids):
        return frozenset(ids)


class HasNoHistory(MemoryConnector):
    def fetch_field_edits(self, project, item_ids, fields):
        return {}


class ReadsHistoriesOneByOne(MemoryConnector):
    def fetch_field_edits(self, project, item_ids, fields):
        read = super().fetch_field_edits
        return {id_: edits for one in item_ids for id_, edits in read(project, [one], fields).items()}


class CutsLongHistories(MemoryConnector):
    def fetch_field_edits(self, project, item_ids, fields):
        page = self._server.behaviour.page_size
        found = super().fetch_field_edits(project, item_ids, fields)
        return {id_: edits[-page:] for id_, edits in found.items()}


class TellsTheOldestEditFirst(MemoryConnector):
    def fetch_field_edits(self, project, item_ids, fields):
        return {id_: edits[::-1] for id_, edits in super().fetch_field_edits(project, item_ids, fields).items()}


class StumblesOverTheDead(MemoryConnector):
    def fetch_field_edits(self, project, item_ids, fields):
        for item_id in item_ids:
            self._server.visible_record(item_id)
        return super().fetch_field_edits(project, item_ids, fields)


class AsksForNothing(MemoryConnector):
    def fetch_field_edits(self, project, item_ids, fields):
        self.fetch_account()
        return super().fetch_field_edits(project, item_ids, fields)


Case = tuple[type[MemoryConnector], str, dict[str, Any]]
CASES: tuple[Case, ...] = (
    (LosesTheLastPage, "test_the_edge_of_a_page_loses_nothing", {"extra": 1}),
    (MovesTheCursorEarly, "test_every_page_can_be_gone_on_from", {}),
    (AsksTwice, "test_an_idle_poll_costs_one_request", {}),
    (ShowsAnEmptyPollWhenItFails, "test_a_failing_poll_raises_and_its_cursor_stays_good", {}),
    (ShowsTheDead, "test_deleted_and_unknown_items_are_missing_and_the_others_come", {}),
    (TakesAbsentForEmpty, "test_empty_fields_are_there_and_empty", {}),
    (ReadsOneByOne, "test_many_items_are_read_in_batches", {}),
    (LosesWhatItCannotRead, "test_an_item_that_cannot_be_understood_is_named_and_the_others_come", {}),
    (LosesWhatItCannotRead, "test_an_item_that_cannot_be_understood_is_named_and_the_poll_goes_on", {}),
    (FailsOverWhatItCannotRead, "test_an_item_that_cannot_be_understood_is_named_and_the_others_come", {}),
    (FailsOverWhatItCannotRead, "test_the_cursor_lies_behind_an_item_that_could_not_be_understood", {}),
    (
        TakesTheUnreadForAbsent,
        "test_an_item_that_cannot_be_understood_is_never_taken_for_one_that_was_not_made",
        {},
    ),
    (NeverChangesTheVersion, "test_each_field_reads_back_as_written_and_nothing_else_moves", {}),
    (WritesSetsWhole, "test_elements_are_added_and_removed_one_by_one", {}),
    (TouchesAnotherField, "test_each_field_reads_back_as_written_and_nothing_else_moves", {}),
    (AnswersWithThePast, "test_an_answer_is_the_item_as_it_is_now", {}),
    (MovesDatesThroughAZone, "test_a_date_is_the_same_day_in_every_zone", {"zone": "UTC"}),
    (PromisesTooMuch, "test_any_title_survives_or_is_visibly_shortened", {"title": "Launch"}),
    (ShortensAgainAndAgain, "test_normalise_is_idempotent_and_costs_no_request", {}),
    (MakesItTwice, "test_an_item_whose_reply_was_lost_is_found_by_its_marker", {}),
    (MakesItTwice, "test_a_write_is_never_sent_twice", {"item": None}),
    (ForgetsTheMarker, "test_an_item_whose_reply_was_lost_is_found_by_its_marker", {}),
    (FindsAnyMarker, "test_an_item_that_never_arrived_is_not_found", {}),
    (FindsAnyMarker, "test_a_marker_is_not_taken_for_a_similar_one", {}),
    (CallsADoubtACertainty, "test_an_item_that_never_arrived_is_not_found", {}),
    (OwnsNoComment, "test_our_comment_is_seen_by_people_and_known_as_ours", {}),
    (LeaksRestrictedComments, "test_a_restricted_comment_of_a_person_is_marked_or_unseen", {}),
    (DropsTheRestriction, "test_a_restricted_comment_of_ours_stays_restricted", {}),
    (GuessesPeople, "test_a_name_that_two_people_bear_is_never_guessed", {}),
    (FindsClosedAccounts, "test_a_closed_account_is_not_found", {}),
    (
        ComesBackEarly,
        "test_a_rate_limit_tells_at_least_the_time_asked_for",
        {"item": None, "call": READS["fetch_items"]},
    ),
    (
        TakesARefusedLoginForAnOutage,
        "test_a_refused_login_is_an_auth_error",
        {"item": None, "call": READS["fetch_account"]},
    ),
    (MatchesEverything, "test_a_filter_tells_which_items_fit", {"project": None}),
    (HasNoHistory, "test_field_history_names_values_and_authors", {}),
    (ReadsHistoriesOneByOne, "test_histories_of_many_items_are_read_in_batches", {}),
    (CutsLongHistories, "test_a_history_longer_than_a_page_is_whole_beside_others", {"extra": 1}),
    (TellsTheOldestEditFirst, "test_a_history_longer_than_a_page_is_whole_beside_others", {"extra": 0}),
    (StumblesOverTheDead, "test_items_that_are_gone_or_have_no_edits_have_no_history", {}),
    (AsksForNothing, "test_no_items_or_no_fields_cost_no_request", {}),
)


def run(harness: MemoryHarness, make: Callable[..., MemoryConnector], test: str, more: dict[str, Any]) -> None:
    """One test of the suite on one connector."""
    connector = make(harness.server, "mem", account=harness._account, capabilities=harness.capabilities())
    project = connector.open_project(harness.stage.scope)
    given = {"harness": harness, "connector": connector, "project": project, **more}
    if "item" in more:
        item_id = harness.make({TITLE: "tried on", DUE: None})
        given["item"] = MemoryConnector.fetch_items(connector, project, [item_id])[item_id]
    if "project" in more:
        del given["project"]
    if test == "test_a_date_is_the_same_day_in_every_zone":
        del given["project"]
    getattr(ConnectorConformance(), test)(**given)


@pytest.fixture
def harness() -> Iterator[MemoryHarness]:
    return MemoryHarness()


@pytest.mark.parametrize(("make", "test", "more"), CASES, ids=[f"{make.__name__}-{test}" for make, test, _ in CASES])
def test_a_connector_with_one_thing_wrong_fails(harness, make, test, more):
    with pytest.raises(Fails):
        run(harness, make, test, dict(more))


@pytest.mark.parametrize(("test", "more"), [case[1:] for case in CASES], ids=[case[1] for case in CASES])
def test_the_same_test_passes_with_nothing_wrong(harness, test, more):
    run(harness, MemoryConnector, test, dict(more))


def test_foreign_errors_are_caught(harness):
    more = {"item": None, "call": READS["fetch_comments"], "trouble": Trouble.OUTAGE}
    with pytest.raises(LookupError):
        run(harness, LetsForeignErrorsOut, "test_nothing_but_connector_errors_escapes", more)


def test_skipped_replies_of_the_server_are_caught(harness):
    harness.server.behaviour.ignored = {DESCRIPTION}
    with pytest.raises(Fails):
        run(harness, MemoryConnector, "test_each_field_reads_back_as_written_and_nothing_else_moves", {})


def test_a_cursor_that_excludes_its_own_instant_is_caught(harness):
    harness.server.behaviour.overlap_s = -1
    with pytest.raises(Fails):
        run(harness, MemoryConnector, "test_items_of_the_same_instant_as_the_cursor_are_not_lost", {})


def test_every_write_is_among_the_calls_that_are_tried():
    assert set(WRITES) == {"create_item", "update_item", "change_status", "create_comment"}
