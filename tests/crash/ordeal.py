"""The ordeal: run, kill, let people work, run again, many times; then look whether anything is lost or doubled."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from syncd.model.links import Link
from syncd.store.open import open_store
from tests.crash.house import KINDS, House, Kill, Moment, Toll
from tests.crash.people import People, Told, status_comments

_GAPS_S: Final = (1.0, 30.0, 400.0)
"""From a kill to the restart: at once, before Jira's index has surely caught up, after that."""
_LONG_AGO_S: Final = 1200.0
_STEADY: Final = 25
"""So often in between the product may finish once: what is lost is then seen near its cause."""


@dataclass(slots=True)
class Outcome:
    """What an ordeal came to.

    `in_flight`: intents that a kill left open, by action; `found`: how they were settled; `conflicts`: fields that wait
    in the end with a finding.
    """

    toll: Toll
    items: int = 0
    edits: int = 0
    conflicts: int = 0
    doubled_items: list[str] = field(default_factory=list)
    doubled_comments: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    idle_writes: list[str] = field(default_factory=list)
    in_flight: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> list[str]:
        """All that must not be."""
        return [*self.doubled_items, *self.doubled_comments, *self.missing, *self.lost, *self.idle_writes]


def suffer(folder: Path, kills: int, seed: int) -> Outcome:
    """Kill the product so many times and settle in the end."""
    with House(folder, seed) as house:
        people = People(house)
        outcome = Outcome(house.toll)
        for place in ("jira", "asana") * 3:
            people.create(place)
        house.on_request = people.live
        while sum(house.toll.kills.values()) < kills:
            _one_round(house, people, outcome)
            if sum(house.toll.kills.values()) % _STEADY == 0:
                _settle(house)
                outcome.lost += _unless_there(outcome.lost, people.lost(_links(house), _told(house)))
        house.on_request = lambda: None
        _settle(house)
        _look(house, people, outcome)
        return outcome


def _one_round(house: House, people: People, outcome: Outcome) -> None:
    people.work()
    if house.run(_next_kill(house)):
        outcome.in_flight.update(_open_intents(house) or ["none"])
    house.advance(house.random.choice(_GAPS_S))


def _next_kill(house: House) -> Kill:
    """A moment: near the beginning more often, since later ones come only if there is so much to do."""
    moment = house.random.choice(tuple(Moment))
    if moment is Moment.AT_RANDOM:
        return Kill(moment, delay_s=house.random.uniform(0.3, 2.5))
    kind = house.random.choice(tuple(KINDS))
    most = {"any request": 40, "any write": 10}.get(kind, 3)
    nth = min(house.random.randint(1, most), house.random.randint(1, most))
    return Kill(moment, nth, KINDS[kind], delay_s=house.random.uniform(0.0, 0.03))


def _settle(house: House) -> None:
    """Let time pass and the product finish, until what was in doubt is known and all is carried over.

    More than an hour after the first of these runs: a field that was written too often waits for so long, and so does
    at most a link that failed again and again.
    """
    work, house.on_request = house.on_request, lambda: None
    for _ in range(5):
        house.advance(_LONG_AGO_S)
        house.run()
    house.on_request = work


def _look(house: House, people: People, outcome: Outcome) -> None:
    links, told = _links(house), _told(house)
    outcome.conflicts = len(told)
    outcome.items, outcome.edits = len(house.jira.issues), people.count
    outcome.lost += _unless_there(outcome.lost, people.lost(links, told))
    outcome.doubled_items += _doubled(house, people, links)
    for (place, item), count in status_comments(house).items():
        if count > 1:
            outcome.doubled_comments.append(f"{count} status comments on {item} in {place}")
        if count < 1:
            outcome.missing.append(f"no status comment on {item} in {place}")
    outcome.missing += [f"an intent is still open: {action}" for action in _open_intents(house)]
    house.advance(_LONG_AGO_S)
    house.run()
    outcome.idle_writes += [f"an idle pass wrote: {kind}" for kind in house.writes()]
    outcome.found.update(_causes(house))


def _doubled(house: House, people: People, links: list[Link]) -> Iterator[str]:
    """Every item of either side stands in exactly one pair, and each pair has exactly one item that a person made."""
    issues, tasks = Counter(str(link.it.id) for link in links), Counter(str(link.marketing.id) for link in links)
    for place, paired, there in (
        ("jira", issues, {str(id_) for id_ in house.jira.issues}),
        ("asana", tasks, set(house.asana.tasks)),
    ):
        yield from (f"{item} in {place} is in {paired[item]} pairs" for item in there if paired[item] != 1)
        yield from (f"{item} in {place} is paired but not there" for item in paired if item not in there)
    for link in links:
        origins = [where for where in (("jira", link.it.id), ("asana", link.marketing.id)) if where in people.made]
        if len(origins) != 1:
            yield f"the pair {link.it.id}/{link.marketing.id} has {len(origins)} items that people made"


def _unless_there(known: list[str], new: Iterator[str]) -> list[str]:
    return [each for each in new if each not in known]


def _links(house: House) -> list[Link]:
    with closing(open_store(f"sqlite:///{house.folder / 'syncd.db'}")) as store:
        return list(store.links.read_all())


def _told(house: House) -> Told:
    """What the open findings say of each field that waits as a conflict."""
    with closing(open_store(f"sqlite:///{house.folder / 'syncd.db'}")) as store:
        raised = [each for each in store.findings.read_open() if each.finding.code == "conflict"]
    return {
        (each.link, name): " ".join(each.finding.facts)
        for each in raised
        if each.link is not None
        for name in each.finding.subject.split("|")
    }


def _open_intents(house: House) -> list[str]:
    """Actions that were under way, read from the file itself."""
    return _column(house, "SELECT action FROM intent WHERE outcome IS NULL")


def _causes(house: House) -> list[str]:
    return _column(house, "SELECT cause FROM event WHERE cause LIKE '%found%'")


def _column(house: House, query: str) -> list[str]:
    with closing(sqlite3.connect(house.folder / "syncd.db")) as connection:
        try:
            return [str(row[0]) for row in connection.execute(query)]
        except sqlite3.OperationalError:  # killed before the tables were there
            return []
