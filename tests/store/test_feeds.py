from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from syncd.model.items import Page
from syncd.model.records import Feed
from syncd.model.richtext import Doc
from syncd.model.storage import Store
from syncd.model.values import ASSIGNEE, DESCRIPTION, DUE, LABELS, FieldId, Person, UserId
from tests.store.examples import (
    CRM,
    ISSUES,
    IT,
    TASKS,
    WEB,
    M,
    at,
    candidates,
    depends,
    dirty_links,
    issue,
    item,
    linked,
    make_twin,
    poll,
    settle_marks,
    task,
    twin,
)


def test_before_the_first_poll_there_is_no_cursor(store: Store) -> None:
    assert store.feeds.read_cursor(TASKS) is None


def test_a_page_and_its_cursor_are_stored_together(store: Store) -> None:
    page = Page((item(task(1)),), cursor="c1", is_last=False)
    assert store.feeds.record_page(TASKS, {WEB: M}, page, at(0)) == 1
    assert store.feeds.read_cursor(TASKS) == "c1"
    assert store.feeds.read_cursor(ISSUES) is None
    assert store.feeds.read_items([task(1), task(2)]) == {task(1): item(task(1))}


def test_the_cursor_moves_on_an_empty_page(store: Store) -> None:
    poll(store, item(task(1)))
    store.feeds.record_page(TASKS, {WEB: M}, Page((), cursor="c2", is_last=True), at(1))
    assert store.feeds.read_cursor(TASKS) == "c2"


def test_a_forgotten_cursor_makes_the_next_poll_read_everything(store: Store) -> None:
    poll(store, item(task(1)))
    store.feeds.forget_cursor(TASKS)
    assert store.feeds.read_cursor(TASKS) is None


def test_after_a_change_of_configuration_a_poll_counts_as_much_as_an_exact_read(store: Store) -> None:
    """The same version read under other settings: another date, or a security level that is none any more."""
    exact = replace(item(task(1), "As read before"), is_exact=True, is_restricted=True)
    poll(store, exact)
    again = replace(item(task(1), "As read before"), is_exact=False)
    poll(store, again)
    assert store.feeds.read_items([task(1)])[task(1)].is_restricted
    store.feeds.forget_cursor(TASKS)
    poll(store, again)
    assert not store.feeds.read_items([task(1)])[task(1)].is_restricted


def test_a_page_that_cannot_be_stored_leaves_cursor_and_items_as_they_were(store: Store) -> None:
    poll(store, item(task(1), "Old"))
    naive = replace(item(task(2)), created_at=datetime(2026, 3, 2))
    page = Page((item(task(1), "New", minute=1), naive), cursor="c2", is_last=True)
    with pytest.raises(Exception, match="without a zone"):
        store.feeds.record_page(TASKS, {WEB: M}, page, at(1))
    assert store.feeds.read_cursor(TASKS) == "next"
    assert store.feeds.read_items([task(1)])[task(1)].title == "Old"


def test_every_kind_of_value_comes_back_as_it_went_in(store: Store) -> None:
    fields = {
        DESCRIPTION: Doc.from_text("Für die Frühjahrskampagne 🌷\n\n" * 40),
        ASSIGNEE: Person(UserId("u1"), "Campaign owner", "owner@acme.example", is_active=False),
        DUE: at(5).date(),
        LABELS: frozenset({"b", "a"}),
    }
    whole = item(
        task(1),
        fields=fields,
        author=Person(UserId("u2"), "Author"),
        marker="m" * 26,
        is_exact=True,
        is_restricted=True,
    )
    poll(store, whole)
    back = store.feeds.read_items([task(1)])[task(1)]
    assert back == whole
    person = back.fields[ASSIGNEE]
    assert isinstance(person, Person)
    assert (person.name, person.email, person.is_active) == ("Campaign owner", "owner@acme.example", False)


def test_an_instant_of_another_zone_comes_back_as_the_same_instant_in_utc(store: Store) -> None:
    berlin = at(0).astimezone(timezone(timedelta(hours=1)))
    poll(store, item(task(1), created_at=berlin, updated_at=berlin))
    back = store.feeds.read_items([task(1)])[task(1)]
    assert back.updated_at == berlin
    assert back.updated_at.utcoffset() == timedelta(0)
    assert poll(store, item(task(1), created_at=berlin, updated_at=berlin)) == 0


def test_texts_that_are_no_valid_unicode_are_kept(store: Store) -> None:
    broken = item(task(1), "half an emoji \ud83d and a \0 NUL")
    poll(store, replace(broken, version="1"))
    assert store.feeds.read_items([task(1)])[task(1)].title == broken.title


# what is news


def test_an_equal_snapshot_marks_nothing(store: Store) -> None:
    poll(store, item(task(1)))
    settle_marks(store)
    assert poll(store, item(task(1))) == 0
    assert store.work.count(WEB) == (0, 0)


def test_an_equal_exact_read_marks_nothing_but_is_remembered_as_exact(store: Store) -> None:
    poll(store, item(task(1)))
    assert store.feeds.record_items(TASKS, {WEB: M}, [item(task(1), is_exact=True)], at(0)) == 0
    assert store.feeds.read_items([task(1)])[task(1)].is_exact
    assert poll(store, item(task(1))) == 0
    assert store.feeds.read_items([task(1)])[task(1)].is_exact


def test_a_later_version_with_the_same_fields_is_news(store: Store) -> None:
    poll(store, item(task(1)))
    assert poll(store, item(task(1), minute=1)) == 1


def test_an_earlier_row_is_dropped(store: Store) -> None:
    poll(store, item(task(1), "New", minute=2))
    assert poll(store, item(task(1), "Old", minute=1)) == 0
    assert store.feeds.record_items(TASKS, {WEB: M}, [item(task(1), "Old", minute=1)], at(3)) == 0
    assert store.feeds.read_items([task(1)])[task(1)].title == "New"


def test_an_exact_read_tells_what_is_there_whatever_the_server_s_clock_says(store: Store) -> None:
    poll(store, item(task(1), "New", minute=2))
    restored = item(task(1), "From a backup", minute=1, is_exact=True)
    assert store.feeds.record_items(TASKS, {WEB: M}, [restored], at(3)) == 1
    assert store.feeds.read_items([task(1)])[task(1)].title == "From a backup"


def test_an_index_that_lags_does_not_overwrite_an_exact_read_of_the_same_instant(store: Store) -> None:
    store.feeds.record_items(TASKS, {WEB: M}, [item(task(1), "Written", is_exact=True)], at(0))
    assert poll(store, item(task(1), "From the index")) == 0
    assert store.feeds.read_items([task(1)])[task(1)].title == "Written"


def test_an_exact_read_of_the_same_instant_wins_over_any_other(store: Store) -> None:
    store.feeds.record_items(TASKS, {WEB: M}, [item(task(1), "First", is_exact=True)], at(0))
    assert store.feeds.record_items(TASKS, {WEB: M}, [item(task(1), "Second", is_exact=True)], at(0)) == 1
    assert store.feeds.read_items([task(1)])[task(1)].title == "Second"


def test_a_person_who_changed_names_is_no_news_but_the_new_name_is_kept(store: Store) -> None:
    def assigned(name: str) -> Person:
        return Person(UserId("u1"), name)

    poll(store, item(task(1), fields={ASSIGNEE: assigned("Before")}, version="1"))
    assert poll(store, item(task(1), fields={ASSIGNEE: assigned("After")}, version="1")) == 0
    person = store.feeds.read_items([task(1)])[task(1)].fields[ASSIGNEE]
    assert isinstance(person, Person)
    assert person.name == "After"


def test_an_item_that_is_on_a_page_twice_counts_once_and_its_latest_version_stays(store: Store) -> None:
    assert poll(store, item(task(1), "B", minute=2), item(task(1), "A", minute=1), item(task(1), "C", minute=3)) == 1
    assert store.feeds.read_items([task(1)])[task(1)].title == "C"


# whom it concerns


def test_a_new_item_is_a_candidate_of_every_reader(store: Store) -> None:
    poll(store, item(task(1)), readers={WEB: M, CRM: M})
    assert candidates(store, WEB) == candidates(store, CRM) == [task(1)]


def test_a_changed_item_marks_all_its_links_of_all_syncs_even_those_that_do_not_read_the_feed(store: Store) -> None:
    poll(store, item(issue(9)), readers={})
    mine, other = linked(store, depends(task(1), issue(9))), linked(store, depends(task(2), issue(9), CRM))
    poll(store, item(issue(9), "Changed", minute=1), readers={WEB: IT})
    assert dirty_links(store, WEB) == [mine]
    assert dirty_links(store, CRM) == [other]


def test_an_item_in_a_twin_is_a_candidate_of_no_sync(store: Store) -> None:
    poll(store, item(task(1)), readers={WEB: M, CRM: M})
    make_twin(store, task(1), issue(9), CRM)
    poll(store, item(task(1), "Changed", minute=1), readers={WEB: M, CRM: M})
    assert candidates(store, WEB) == candidates(store, CRM) == []
    assert len(dirty_links(store, CRM)) == 1


# gone


def test_an_item_confirmed_gone_has_no_snapshot_and_its_links_become_dirty(store: Store) -> None:
    poll(store, item(task(1)))
    link = linked(store, twin(task(1), issue(9)))
    store.feeds.record_gone([task(1)], at(1))
    assert store.feeds.read_items([task(1)]) == {}
    assert dirty_links(store) == [link]
    record = store.links.read(link)
    assert record is not None
    assert record.marketing is None


def test_noting_again_that_an_item_is_gone_marks_nothing(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.feeds.record_gone([task(1)], at(1))
    assert dirty_links(store) == [link]
    settle_marks(store)
    store.feeds.record_gone([task(1)], at(2))
    assert dirty_links(store) == []


def test_a_gone_item_is_no_candidate(store: Store) -> None:
    poll(store, item(task(1)))
    store.feeds.record_gone([task(1)], at(1))
    assert store.work.count(WEB) == (0, 0)
    store.work.mark(WEB, M, [task(1)])
    assert candidates(store) == []
    assert store.work.count(WEB) == (0, 0)


def test_a_later_snapshot_takes_the_note_away_and_is_news_even_when_nothing_changed(store: Store) -> None:
    poll(store, item(task(1)))
    link = linked(store, twin(task(1), issue(9)))
    store.feeds.record_gone([task(1)], at(1))
    settle_marks(store)
    assert poll(store, item(task(1))) == 1
    assert store.feeds.read_items([task(1)]) == {task(1): item(task(1))}
    assert dirty_links(store) == [link]


# names


def test_an_item_is_listed_by_the_feed_that_named_it_last(store: Store) -> None:
    elsewhere = Feed(TASKS.connection, "OTHER")
    poll(store, item(task(1)), feed=elsewhere)
    assert (store.feeds.is_listed(TASKS, task(1)), store.feeds.is_listed(elsewhere, task(1))) == (False, True)
    poll(store, item(task(1), minute=1), feed=TASKS)
    assert (store.feeds.is_listed(TASKS, task(1)), store.feeds.is_listed(elsewhere, task(1))) == (True, False)
    assert not store.feeds.is_listed(TASKS, task(2))


def test_an_item_is_found_by_key_id_and_url_on_any_connection(store: Store) -> None:
    poll(store, item(task(7)))
    poll(store, item(issue(7)))
    assert [found.ref for found in store.feeds.find_item("MKT-7")] == [task(7)]
    assert [found.ref for found in store.feeds.find_item(" https://jira.example/7 ")] == [issue(7)]
    assert [found.ref for found in store.feeds.find_item("7")] == [issue(7), task(7)]
    assert store.feeds.find_item("WEB-8") == ()


def test_an_item_that_is_gone_can_still_be_named(store: Store) -> None:
    poll(store, item(task(7)))
    store.feeds.record_gone([task(7)], at(1))
    assert [found.ref for found in store.feeds.find_item("MKT-7")] == [task(7)]


def test_bindings_that_are_not_given_are_kept(store: Store) -> None:
    assert store.feeds.read_bindings(TASKS) == {}
    store.feeds.record_bindings(TASKS, {"field:Channel": "f1", "status:Done": "s1"})
    store.feeds.record_bindings(TASKS, {"field:Channel": "f2"})
    store.feeds.record_bindings(TASKS, {})
    assert store.feeds.read_bindings(TASKS) == {"field:Channel": "f2", "status:Done": "s1"}
    assert store.feeds.read_bindings(ISSUES) == {}


def test_a_search_row_of_the_same_time_adds_what_an_exact_read_was_not_asked_for(store: Store) -> None:
    """A field is mapped from now on: the snapshot is as new as the row, but was read without it."""
    exact = replace(item(task(1)), is_exact=True)
    poll(store, exact)
    more = replace(exact, is_exact=False, fields={**exact.fields, FieldId("budget"): 5.0})
    assert poll(store, more) == 1
    assert store.feeds.read_items([task(1)])[task(1)].fields[FieldId("budget")] == 5.0
