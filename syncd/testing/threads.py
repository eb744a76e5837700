"""Conformance: one connector serves several threads at once."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from syncd.model.items import Draft, Item, ItemId, Project
from syncd.model.ports import Connector
from syncd.model.values import TITLE
from syncd.testing.harness import Harness
from syncd.testing.suite import Suite, marker, poll, read, titled

THREADS = 8
ROUNDS = 3


class ThreadsSuite(Suite):
    """What a connector owes to the engine's workers."""

    def test_threads_do_not_disturb_each_other(self, harness: Harness, connector: Connector, project: Project) -> None:
        person = harness.stage.people[0]

        def work(number: int) -> tuple[ItemId, list[str]]:
            answer = connector.create_item(project, Draft(titled(f"item {number}"), harness.stage.type), marker(number))
            item_id = answer.ref.id if isinstance(answer, Item) else answer
            titles = []
            for turn in range(ROUNDS):
                connector.update_item(project, item_id, titled(f"item {number} turn {turn}"))
                titles.append(read(connector, project, item_id).title)
                assert connector.find_person(project, person.email, None) == person
            return item_id, titles

        with ThreadPoolExecutor(THREADS) as pool:
            results = list(pool.map(work, range(THREADS)))
        for number, (item_id, titles) in enumerate(results):
            assert titles == [f"item {number} turn {turn}" for turn in range(ROUNDS)]
            assert harness.look(item_id)[TITLE] == titles[-1]
        assert harness.count() == THREADS

    def test_polls_of_several_threads_agree(self, harness: Harness, connector: Connector, project: Project) -> None:
        made = {harness.make(titled(f"item {number}")) for number in range(5)}
        harness.settle()
        with ThreadPoolExecutor(THREADS) as pool:
            polls = list(pool.map(lambda _: poll(connector, project, None)[0], range(THREADS)))
        assert all({item.ref.id for item in items} == made for items in polls)
