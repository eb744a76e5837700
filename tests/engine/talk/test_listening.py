"""Comments are read once for each version of an item, for all who listen, and not at all when nobody does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from syncd.connectors.memory import Trouble
from syncd.engine.talk.comment_reads import CommentReads
from syncd.engine.talk.listening import Listening, Place
from syncd.model.items import Comment, ItemId, ItemRef
from syncd.model.records import Heard
from tests.engine.house import NAMES, QUIET, House, Inline
from tests.reconcile.houses import IT, M
from tests.reconcile.test_comments import rules

READ = "fetch comments"


@dataclass
class Ear:
    """Listens to everything, or to nothing, and remembers what it heard."""

    key: str = "ear"
    is_interested: bool = True
    heard: list[str] = field(default_factory=list)

    def wants(self, place: Place) -> bool:
        return self.is_interested

    def hear(self, place: Place, comments: Sequence[Comment]) -> None:
        self.heard += [f"{place.side}: {comment.body.plain_text()}" for comment in comments]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, comments=frozenset(), checks=QUIET)
    yield made
    made.store.close()


def listening(house: House, *ears: Ear) -> Listening:
    context = house.engine.syncs[0]
    return Listening(context, house.store, house.clock, Inline(), CommentReads(context), ears)


def place(house: House, item: ItemId) -> Place:
    ref = ItemRef(NAMES[M], item)
    return Place(M, house.store.feeds.read_items([ref])[ref])


def reads(house: House) -> int:
    return sum(call.operation == READ for server in house.servers.values() for call in server.calls)


def make(house: House) -> ItemId:
    item = house.make(M, title="Landing page")
    house.servers[M].comment(item, house.people[M], "hello")
    house.run()
    return item


def test_a_version_is_heard_once_by_each_who_listens(house: House) -> None:
    item, first, second = make(house), Ear("first"), Ear("second")
    listening(house, first).listen([place(house, item)])
    listening(house, first).listen([place(house, item)])
    assert (first.heard, reads(house)) == (["marketing: hello"], 1)
    listening(house, first, second).listen([place(house, item)])
    assert (first.heard, second.heard, reads(house)) == (["marketing: hello"], ["marketing: hello"], 2)
    house.servers[M].comment(item, house.people[M], "there")
    house.run()
    listening(house, first, second).listen([place(house, item)])
    assert (len(first.heard), len(second.heard), reads(house)) == (3, 3, 3)


def test_nothing_is_read_when_nobody_wants_it(house: House) -> None:
    item = make(house)
    listening(house, Ear(is_interested=False)).listen([place(house, item)])
    with_level = replace(place(house, item), item=replace(place(house, item).item, is_restricted=True))
    listening(house, Ear("other")).listen([with_level])
    assert reads(house) == 0


def test_our_own_write_is_no_reason_to_read(house: House) -> None:
    item = make(house)
    twin = ItemRef(NAMES[IT], house.twin(M, item))
    before = house.store.feeds.read_items([twin])[twin].version
    house.store.talk.record_heard(Heard(twin, before, frozenset({"ear"})))
    house.edit(M, item, title="Other page")
    house.settle()
    now = house.store.feeds.read_items([twin])[twin].version
    assert now != before
    assert house.store.talk.read_heard([twin])[twin].version == now


def test_a_persons_edit_before_our_write_is_a_reason_to_read(house: House) -> None:
    item = make(house)
    twin = ItemRef(NAMES[IT], house.twin(M, item))
    before = house.store.feeds.read_items([twin])[twin].version
    house.store.talk.record_heard(Heard(twin, before, frozenset({"ear"})))
    house.edit(M, item, title="Other page")
    house.servers[IT].comment(twin.id, house.people[IT], "by the way")
    house.settle()
    assert house.store.talk.read_heard([twin])[twin].version == before


def test_what_cannot_be_read_is_read_later_and_holds_up_nobody(house: House) -> None:
    broken, item, ear = make(house), make(house), Ear()
    house.servers[M].faults.arm(Trouble.MALFORMED, READ, times=1)
    again = listening(house, ear).listen([place(house, broken), place(house, item)])
    assert set(again) == {ItemRef(NAMES[M], broken)}
    assert ear.heard == ["marketing: hello"]
    house.servers[M].faults.clear()
    assert listening(house, ear).listen([place(house, broken), place(house, item)]) == {}
    assert len(ear.heard) == 2


def test_what_copied_comments_read_is_not_read_again_in_a_cycle(house: House) -> None:
    house.mirrors = rules()
    item, context, ear = make(house), house.restart().syncs[0], Ear()
    shared = CommentReads(context)
    shared.read(M, place(house, item).item)
    count = reads(house)
    Listening(context, house.store, house.clock, Inline(), shared, [ear]).listen([place(house, item)])
    assert (ear.heard, reads(house)) == (["marketing: hello"], count)


def test_a_coarse_version_is_heard_until_no_other_comment_can_bear_it(house: House) -> None:
    house.capabilities = {M: {"version_grain_s": 1.0}}
    house.restart()
    item, ear = make(house), Ear()
    again = listening(house, ear).listen([place(house, item)])
    assert again[ItemRef(NAMES[M], item)] > house.clock.now()
    house.clock.advance(seconds=30)
    assert listening(house, ear).listen([place(house, item)]) == {}
    assert listening(house, ear).listen([place(house, item)]) == {}
    assert len(ear.heard) == 2
