from __future__ import annotations

from dataclasses import replace
from datetime import date

from syncd.model.facts import Dates, DueMove, ItemFacts, LinkFacts
from syncd.model.items import Category, CommentId, Side
from syncd.model.remarks import Remark
from syncd.model.storage import Store
from syncd.model.values import DUE, Person, UserId
from tests.store.examples import at, event, issue, linked, task, twin

DATES = Dates(date(2026, 3, 11), None, at(1))
FACTS = LinkFacts(
    at(3),
    DATES,
    it=ItemFacts("Won't do “ä”", Category.DONE, at(1), at(2), at(2.5), {DUE: "0123456789ab"}),
    agreed=replace(DATES, planned=date(2026, 3, 9)),
    moves=(DueMove(Side.IT, at(2), date(2026, 3, 9), date(2026, 3, 10)),),
)


def test_facts_are_kept_as_they_are_and_replaced_as_a_whole(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    assert store.facts.read(link) is None
    store.facts.record(link, FACTS)
    assert store.facts.read(link) == FACTS
    store.facts.record(link, LinkFacts(at(4), DATES))
    assert store.facts.read(link) == LinkFacts(at(4), DATES)


def test_a_pair_that_is_joined_again_begins_anew(store: Store) -> None:
    link = linked(store, twin(task(1), issue(9)))
    store.facts.record(link, FACTS)
    store.links.remove(link, [event("unlink")], at(5))
    assert linked(store, twin(task(1), issue(9))) == link
    assert store.facts.read(link) is None


def test_what_people_said_is_kept_as_it_is_and_forgotten_when_it_is_gone(store: Store) -> None:
    remark = Remark(
        CommentId("7"), Person(UserId("1"), "Ä"), at(1), "Who?", frozenset({UserId("2")}), is_restricted=True
    )
    store.talk.record_remarks(task(1), [remark])
    assert store.talk.read_remarks([task(1), issue(9)]) == {task(1): (remark,)}
    store.talk.record_remarks(task(1), [])
    assert store.talk.read_remarks([task(1)]) == {}
