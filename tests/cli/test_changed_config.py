"""The configuration is changed while pairs exist."""

from __future__ import annotations

from syncd.model.items import Side
from syncd.model.values import Kind
from tests.cli.house import IT, PROJECT, House, M


def test_a_field_mapped_later_reaches_the_pairs_that_nobody_touches(house: House) -> None:
    budget = {side: house.servers[side].add_field(PROJECT[side], "Budget", Kind.NUMBER) for side in Side}
    items = house.synced()
    house.edit(M, items["page"], **{budget[M]: 500.0})
    house.answer("sync")
    house.change("- labels\n", "- labels\n        - Budget\n")
    house.answer("sync", "--yes")
    assert house.value(IT, items["story"], budget[IT]) == 500.0
