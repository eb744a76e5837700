"""What several workers do at once; a module of its own, so that a new process loads no more than that."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

from syncd.model.items import ItemRef, Marker
from syncd.model.links import Outcome
from syncd.model.records import Settlement
from syncd.model.storage import Store
from syncd.store.open import open_store
from tests.store.examples import at, create, event, issue, item, task, twin

ORIGINS = 15


def make_counterparts(store: Store, worker: int) -> list[ItemRef]:
    """What a worker does that tries to make a counterpart for every origin; returns the origins it got."""
    mine = []
    for number in range(ORIGINS):
        intent = store.journal.open(replace(create(task(number)), marker=Marker(f"{worker}-{number}")))
        if intent is None:
            continue
        made = issue(f"{worker}-{number}")
        settlement = Settlement(items=(item(made),), events=(event("create"),), new_link=twin(task(number), made))
        assert store.journal.close(intent.id, Outcome.DONE, settlement, at(1)) is not None
        mine.append(task(number))
    return mine


def make_counterparts_alone(url: str, worker: int) -> list[ItemRef]:
    with closing(open_store(url)) as store:
        return make_counterparts(store, worker)
