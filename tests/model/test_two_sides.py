"""A stateful model of two sides: people edit, requests fail, processes die; then the invariants of design §6 hold.

The oracle keeps every edit of a person by itself. After the dust has settled each edit must be shown on both sides, be
superseded by a later edit of the same field of the same pair, or stand in the history.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from syncd.connectors.memory import Call, Moment, Trouble
from syncd.model.items import ItemId, ItemRef, Side
from syncd.model.links import Link
from syncd.model.storage import LinkRecord
from syncd.model.values import Value
from syncd.reconcile.merge import is_written
from tests.engine.house import NAMES, RULES, SYNC, House
from tests.reconcile.houses import IT, M, Plain

STATUSES = {M: ["To do", "Doing", "Done"], IT: ["To Do", "Ready", "In Progress", "In Review", "Blocked", "Done"]}
sides = st.sampled_from([M, IT])
any_item = st.tuples(sides, st.integers(0, 9))
titles = st.sampled_from(["Landing page", "Newsletter", "Checkout", "Banner"])
label_sets = st.frozensets(st.sampled_from(["web", "mail", "spring"]), max_size=2)


class Crash(BaseException):
    """The process is killed here."""


@dataclass(frozen=True)
class Edit:
    """What a person did: in which order, where, to what."""

    number: int
    side: Side
    item: ItemId
    field: str
    value: Value


class CrashingStore:
    """The real store, in which a process can be killed just before or after a commit."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.on_commit: Callable[[], None] = lambda: None

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name in ("feeds", "work", "links", "journal", "findings", "audit"):
            return _Theme(found, self)
        return found


class _Theme:
    def __init__(self, inner: Any, store: CrashingStore) -> None:
        self._inner, self._store = inner, store

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name.startswith(("read", "of_", "find", "count", "take")):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._store.on_commit()
            result = found(*args, **kwargs)
            self._store.on_commit()
            return result

        return call


class TwoSides(RuleBasedStateMachine):
    """Rules are what people and fate do; `settle` is where the invariants are asked for."""

    @initialize()
    def begin(self) -> None:
        self._cleanup = ExitStack()
        folder = Path(self._cleanup.enter_context(tempfile.TemporaryDirectory()))
        self.house = House(folder)
        self.house.store = CrashingStore(self.house.store)  # type: ignore[assignment]
        self._cleanup.callback(self.house.store.close)
        self.house.restart()
        self.edits: list[Edit] = []
        self.made: list[ItemId] = []
        self._number = 0
        for side in Side:
            self.make(side, "First")
        self.house.run()
        for side in Side:
            self.make(side, "Second")

    def teardown(self) -> None:
        if hasattr(self, "_cleanup"):
            with self._cleanup:
                self.settle()

    # people

    def make(self, side: Side, title: str) -> None:
        self._number += 1
        unique = f"{title} {self._number}"
        item = self.house.make(side, title=unique)
        self.made.append(item)
        self._note(side, item, "title", unique)

    @rule(side=sides, title=titles)
    def make_one(self, side: Side, title: str) -> None:
        self.make(side, title)

    @rule(which=any_item, field=st.sampled_from(["title", "status", "labels"]), data=st.data())
    def edit(self, which: tuple[Side, int], field: str, data: st.DataObject) -> None:
        """A person edits any item that is there, made by a person or by syncd."""
        side, index = which
        items = self.house.items(side)
        self._edit(side, items[index % len(items)], field, data.draw(self._values(side, field)))

    @rule(which=any_item, data=st.data())
    def edit_both_sides(self, which: tuple[Side, int], data: st.DataObject) -> None:
        """Both people of a pair edit one field between two polls."""
        side, index = which
        links = self.house.store.links.read_all(SYNC)
        if links:
            link = links[index % len(links)]
            for each in (side, side.other):
                self._edit(each, link.ref(each).id, "title", data.draw(self._values(each, "title")))
                self.house.clock.advance(seconds=data.draw(st.sampled_from([1, 61])))

    def _values(self, side: Side, field: str) -> st.SearchStrategy[Value]:
        self._number += 1
        number = self._number
        strategies: dict[str, st.SearchStrategy[Value]] = {
            "title": titles.map(lambda title: f"{title} {number}"),
            "status": st.sampled_from(STATUSES[side]),
            "labels": label_sets,
        }
        return strategies[field]

    # fate

    @rule(seconds=st.sampled_from([1, 20, 70, 400]))
    def wait(self, seconds: int) -> None:
        self.house.clock.advance(seconds=seconds)

    @rule(side=sides, lag=st.sampled_from([0.0, 20.0, 200.0]), doubled=st.booleans())
    def search_badly(self, side: Side, lag: float, doubled: bool) -> None:
        self.house.servers[side].behaviour.index_lag_s = lag
        self.house.servers[side].behaviour.duplicates_rows = doubled

    @rule(
        side=sides,
        trouble=st.sampled_from([Trouble.OUTAGE, Trouble.TIMEOUT_AFTER, Trouble.TIMEOUT_BEFORE, Trouble.RATE_LIMIT]),
        skip=st.integers(0, 4),
        operation=st.sampled_from(["*", "create *", "update *", "change *", "fetch items"]),
    )
    def fail(self, side: Side, trouble: Trouble, skip: int, operation: str) -> None:
        self.house.servers[side].faults.arm(trouble, operation, skip=skip)

    @rule()
    def cycle(self) -> None:
        self.house.run()

    @rule(side=sides, after=st.integers(0, 5), moment=st.sampled_from(list(Moment)), index=st.integers(0, 9))
    def die_at_a_request(self, side: Side, after: int, moment: Moment, index: int) -> None:
        """Kill the process around the n-th request to a side, then start again on the same store."""
        self._give_work(index)
        left = [after]

        def strike(call: Call, at: Moment) -> None:
            if at is moment:
                left[0] -= 1
                if left[0] < 0:
                    raise Crash

        self.house.servers[side].faults.on_call = strike
        self._run_until_killed()

    @rule(after=st.integers(0, 25), index=st.integers(0, 9))
    def die_at_a_commit(self, after: int, index: int) -> None:
        self._give_work(index)
        left = [after]

        def strike() -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Crash

        self.house.store.on_commit = strike  # type: ignore[attr-defined]
        self._run_until_killed()

    @rule(side=sides, index=st.integers(0, 9), skip=st.integers(0, 4), moment=st.sampled_from(list(Moment)))
    def race(self, side: Side, index: int, skip: int, moment: Moment) -> None:
        """One title of a pair is edited before a cycle, the other one while it runs.

        Not between an exact read and the write that rests on it: that one round trip is the known window.
        """
        link = self._link(index)
        if link is None:
            return
        self._retitle(side, link.ref(side).id)
        left, done = [skip], list[bool]()

        def act(call: Call, at: Moment) -> None:
            left[0] -= at is moment
            is_window = at is (Moment.BEFORE if call.is_write else Moment.AFTER)
            if left[0] < 0 and not is_window and link is not None and not done:
                done.append(True)
                self._retitle(side.other, link.ref(side.other).id)

        self.house.servers[side.other].faults.on_call = act
        self.house.run()
        self.house.servers[side.other].faults.on_call = None

    def _give_work(self, index: int) -> None:
        """One more item, a title and both sides' labels of a pair: something to be killed at."""
        self.make(Side.MARKETING, "More")
        link = self._link(index)
        if link is not None:
            for side in Side:
                item = link.ref(side).id
                labels = self.house.value(side, item, "labels")
                self._number += 1
                self._edit(side, item, "labels", labels | {f"{side}-{self._number}"})  # type: ignore[operator]
            self._retitle(Side.IT, link.it.id)

    def _link(self, index: int) -> Link | None:
        links = self.house.store.links.read_all(SYNC)
        return links[index % len(links)] if links else None

    def _retitle(self, side: Side, item: ItemId) -> None:
        self._number += 1
        self._edit(side, item, "title", f"Title {self._number}")

    def _run_until_killed(self) -> None:
        try:
            self.house.run()
        except Crash:
            pass
        finally:
            self.house.store.on_commit = lambda: None  # type: ignore[attr-defined]
            for server in self.house.servers.values():
                server.faults.clear()
        self.house.restart()

    # the invariants

    def settle(self) -> None:
        for server in self.house.servers.values():
            server.faults.clear()
            server.behaviour.index_lag_s = 0.0
        for _ in range(4):
            self.house.clock.advance(hours=2)
            self.house.run()
        self._assert_no_duplicates()
        self._assert_agreement()
        self._assert_nothing_lost()
        with self.house.no_writes():
            self.house.run()

    def _assert_no_duplicates(self) -> None:
        for side in Side:
            assert len(self.house.items(side)) == len(self.made)
        links = self.house.store.links.read_all(SYNC)
        assert len(links) == len(self.made)

    def _records(self) -> list[LinkRecord]:
        found = [self.house.store.links.read(link.id) for link in self.house.store.links.read_all(SYNC)]
        return [record for record in found if record is not None]

    def _assert_agreement(self) -> None:
        for record in self._records():
            assert not record.intents
            for each in RULES:
                if not is_written(each) or each.direction != "both" or each.key in record.holds:
                    continue
                shown = {side: self.house.value(side, record.link.ref(side).id, each.field(side)) for side in Side}
                silent = shown[IT] == "Blocked"
                assert silent or each.lens.agree(shown[M], shown[IT], Plain()), (each.key, shown)

    def _assert_nothing_lost(self) -> None:
        """Every edit is shown, superseded by a later one of its pair's field, or in the history."""
        history = {(event.ref, repr(value)) for event in self._history() for value in (event.old, event.new)}
        last: dict[tuple[ItemId, str], Edit] = {}
        for edit in self.edits:
            last[(edit.item, edit.field)] = edit
        for edit in last.values():
            if edit.field == "labels":
                continue
            twin = self.house.twin(edit.side, edit.item)
            shown = self.house.value(edit.side, edit.item, edit.field)
            if shown == edit.value:
                continue
            refs = (ItemRef(NAMES[edit.side], edit.item), ItemRef(NAMES[edit.side.other], twin))
            assert any((ref, repr(edit.value)) in history for ref in refs), (edit, self._story(refs))

    def _story(self, refs: tuple[ItemRef, ...]) -> list[object]:
        """What a failed run needs to be understood."""
        edits = [each for each in self.edits if each.item in {ref.id for ref in refs} and each.field == "title"]
        events = [(e.kind, e.cause, e.side, e.old, e.new) for e in self._history() if e.ref in refs]
        return [*edits, "history, newest first:", *events]

    def _history(self) -> Any:
        return self.house.store.audit.read(sync=SYNC, limit=100_000)

    # helpers

    def _edit(self, side: Side, item: ItemId, field: str, value: Value) -> None:
        self.house.edit(side, item, **{field: value})
        self._note(side, item, field, value)

    def _note(self, side: Side, item: ItemId, field: str, value: Value) -> None:
        self.edits.append(Edit(len(self.edits), side, item, field, value))


TestTwoSides = TwoSides.TestCase
TestTwoSides.settings = settings(
    max_examples=60, stateful_step_count=15, deadline=None, phases=[Phase.explicit, Phase.generate]
)
