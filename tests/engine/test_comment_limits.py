"""Nobody is called to a comment more often than the configuration allows, on the busiest day least of all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from syncd.model.storage import Event
from tests.engine.house import IT, SYNC, House, M


@pytest.mark.parametrize(("earlier", "is_called"), [(2, True), (3, False)])
def test_who_was_called_often_enough_today_is_not_called_again_however_much_happened_since(
    tmp_path: Path, earlier: int, is_called: bool
) -> None:
    house = House(tmp_path)
    item = house.make(M, title="Landing page", assignee=house.people[M], due=date(2026, 3, 5))
    house.settle()
    call = Event(house.clock.now(), SYNC, "mention", "newly critical", side=M, new=house.people[M])
    house.store.audit.record([call] * earlier + [replace(call, kind="update", new=None)] * 2500)
    house.edit(IT, house.twin(M, item), due=date(2026, 3, 20))
    house.run()
    newest = house.store.audit.read(sync=SYNC, limit=20)
    assert any(event.kind == "mention" and event.side is M for event in newest) is is_called
    assert "finishes too late" in " ".join(each.body.plain_text() for each in house.servers[M].comments(item))
