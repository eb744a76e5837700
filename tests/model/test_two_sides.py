"""A stateful model of two sides: people edit, requests fail, processes die; then the invariants of design §6 hold.

The oracle keeps every edit of a person by itself. After the dust has settled the last edit of a title is shown on both
sides, or the field waits as a conflict and both values are kept; a label that nobody took away is on both sides; every
status is shown or stands in the history. Nothing is there twice, no status comment either.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from syncd.connectors.memory import Call, Moment, Trouble
from syncd.model.items import ItemId, ItemRef, Side
from syncd.model.links import Link
from syncd.model.records import LinkRecord
from syncd.model.values import Value
from syncd.reconcile.merge import CLOCK_GRAIN as GRAIN
from syncd.reconcile.merge import is_written
from tests.engine.house import RULES, SYNC, House, full
from tests.reconcile.houses import IT, M, Plain

STATUSES = {M: ["To do", "Doing", "Done"], IT: ["To Do", "Ready", "In Progress", "In Review", "Blocked", "Done"]}
sides = st.sampled_from([M, IT])
any_item = st.tuples(sides, st.integers(0, 9))
titles = st.sampled_from(["Landing page", "Newsletter", "Checkout", "Banner"])
pytestmark = pytest.mark.timeout(1800)  # a busy machine is no failure, and reads as a flaky one here
label_sets = st.frozensets(st.sampled_from(["web", "mail", "spring"]), max_size=2)


Refs = Mapping[Side, ItemRef]


class Crash(BaseException):
    """The process is killed here."""


@dataclass(frozen=True)
class Edit:
    """What a person did: when by the servers' clock, where, to what."""

    at: datetime
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

    @initialize(keeps_history=st.booleans(), answers=st.booleans(), has_comments=st.sampled_from([False, False, True]))
    def begin(self, keeps_history: bool, answers: bool, has_comments: bool) -> None:
        """Two systems: do they tell who edited what, and what a write came to? Do they bear status comments?"""
        self._cleanup = ExitStack()
        self.keeps_history, self.has_comments = keeps_history, has_comments
        folder = Path(self._cleanup.enter_context(tempfile.TemporaryDirectory()))
        abilities = full(has_field_history=keeps_history, answers_update=answers, answers_create=answers)
        comments = frozenset(Side) if has_comments else frozenset[Side]()
        self.house = House(folder, capabilities=dict.fromkeys(Side, abilities), comments=comments)
        self.house.store = CrashingStore(self.house.store)  # type: ignore[assignment]
        self._cleanup.callback(self.house.store.close)
        self.house.restart()
        self.edits: list[Edit] = []
        self.taken_away: set[str] = set()
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

    @rule(
        side=sides,
        after=st.integers(0, 4),
        moment=st.sampled_from(list(Moment)),
        at_writes=st.booleans(),
        index=st.integers(0, 9),
    )
    def die_at_a_request(self, side: Side, after: int, moment: Moment, at_writes: bool, index: int) -> None:
        """Kill the process around the n-th request (or write) to a side, then start again on the same store."""
        self._give_work(index)
        left = [after]

        def strike(call: Call, at: Moment) -> None:
            if at is moment and (call.is_write or not at_writes):
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

    @rule(
        side=sides,
        index=st.integers(0, 9),
        skip=st.integers(0, 4),
        moment=st.sampled_from(list(Moment)),
        dies=st.booleans(),
    )
    def race(self, side: Side, index: int, skip: int, moment: Moment, dies: bool) -> None:
        """One title of a pair is edited before a cycle, the other one while it runs, which may be its last moment.

        Without a history not between an exact read and the write that rests on it: that is the known window.
        """
        link = self._link(index)
        if link is None:
            return
        self._retitle(side, link.ref(side).id)
        left, done = [skip], list[bool]()

        def act(call: Call, at: Moment) -> None:
            left[0] -= at is moment
            if left[0] < 0 and not done and (self.keeps_history or not _is_window(call, at)):
                done.append(True)
                self._retitle(side.other, link.ref(side.other).id)
            elif done and dies and at is Moment.AFTER:
                raise Crash

        self.house.servers[side.other].faults.on_call = act
        self._run_until_killed()

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
            assert all(count == self.has_comments for count in self._status_comments(side))
        links = self.house.store.links.read_all(SYNC)
        assert len(links) == len(self.made)

    def _status_comments(self, side: Side) -> list[int]:
        """How many each item bears."""
        server, bot = self.house.servers[side], self.house.bots[side].id
        return [sum(each.author.id == bot for each in server.comments(item)) for item in self.house.items(side)]

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
        kept = {(event.ref, repr(value)) for event in self._history() for value in (event.old, event.new)}
        for record in self._records():
            refs = {side: record.link.ref(side) for side in Side}
            self._assert_title_is_kept(record, refs)
            self._assert_labels_are_kept(record, refs)
            for side, ref in refs.items():
                last = self._last_edit("status", {side: ref})
                shown = self.house.value(side, ref.id, "status")
                is_kept = last is None or any((each, repr(last.value)) in kept for each in refs.values())
                assert is_kept or (last is not None and shown == last.value), (last, self._story("status", refs))

    def _assert_title_is_kept(self, record: LinkRecord, refs: Refs) -> None:
        """The last edit is shown on both sides; or the field waits, and each side's last edit is shown or told."""
        hold = next((hold for rule, hold in record.holds.items() if rule.startswith("title")), None)
        if hold is None:
            last = self._last_edit("title", refs)
            shown = {self.house.value(side, ref.id, "title") for side, ref in refs.items()}
            assert last is None or shown == {last.value}, (shown, self._story("title", refs))
            return
        told = [event.old for event in self._history() if event.kind == "conflict" and event.ref in refs.values()]
        for side, ref in refs.items():
            last = self._last_edit("title", {side: ref})
            shown_here = self.house.value(side, ref.id, "title")
            is_kept = last is None or shown_here == last.value or last.value in told
            assert hold.code == "conflict", (hold, self._story("title", refs))
            assert is_kept or self._is_older(last, refs), (last, hold, self._story("title", refs))

    def _is_older(self, edit: Edit | None, refs: Refs) -> bool:
        """Whether the title was edited on the other side later, by so much that it is certain."""
        last = self._last_edit("title", refs)
        return edit is not None and last is not None and last.side is not edit.side and last.at - edit.at > GRAIN

    def _assert_labels_are_kept(self, record: LinkRecord, refs: Refs) -> None:
        for edit in self.edits:
            if edit.field == "labels" and edit.item in {refs[edit.side].id}:
                mine = {each for each in edit.value if "-" in each} - self.taken_away  # type: ignore[union-attr]
                for side, ref in refs.items():
                    shown = self.house.value(side, ref.id, "labels")
                    assert mine <= shown, (edit, side, shown, self._story("labels", refs))  # type: ignore[operator]

    def _last_edit(self, field: str, refs: Refs) -> Edit | None:
        ids = {(side, ref.id) for side, ref in refs.items()}
        return next((e for e in reversed(self.edits) if e.field == field and (e.side, e.item) in ids), None)

    def _story(self, field: str, refs: Refs) -> str:
        """What a failed run needs to be understood."""
        ids = {(side, ref.id) for side, ref in refs.items()}
        edits = [each for each in self.edits if each.field == field and (each.side, each.item) in ids]
        rules = {each.key for each in RULES if each.key.startswith(field)}
        events = [(e.at, e.kind, e.cause, e.side, e.old, e.new) for e in self._history() if e.ref in refs.values()
                  and (e.rule is None or e.rule in rules)]  # fmt: skip
        return "\n".join(map(str, ["edits", *edits, "history, newest first", *events]))

    def _history(self) -> Any:
        return self.house.store.audit.read(sync=SYNC, limit=100_000)

    # helpers

    def _edit(self, side: Side, item: ItemId, field: str, value: Value) -> None:
        before = self.house.value(side, item, field)
        if before == value:
            return
        if isinstance(before, frozenset) and isinstance(value, frozenset):
            self.taken_away |= before - value
        self.house.edit(side, item, **{field: value})
        self._note(side, item, field, value)

    def _note(self, side: Side, item: ItemId, field: str, value: Value) -> None:
        self.edits.append(Edit(self.house.clock.at, side, item, field, value))


def _is_window(call: Call, at: Moment) -> bool:
    """Whether an edit now may come between an exact read and the write that rests on it."""
    return call.operation == "fetch field edits" or (
        at is (Moment.BEFORE if call.is_write else Moment.AFTER) and (call.is_write or call.operation == "fetch items")
    )


TestTwoSides = TwoSides.TestCase
TestTwoSides.settings = settings(
    max_examples=60, stateful_step_count=15, deadline=None, phases=[Phase.explicit, Phase.generate]
)
