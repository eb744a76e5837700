"""Who is called by the copy of a comment: nobody, or the one known person that it names first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from syncd.engine.people import PeopleRules
from syncd.model.items import Side
from syncd.model.richtext import Doc, Mention, Paragraph, Text, all_inlines
from syncd.model.values import Person
from tests.engine.copies.test_mirrors import both_sides
from tests.engine.house import NAMES, House
from tests.reconcile.test_comments import rules


class Office:
    """A pair of tickets. Leo and Ida have an account on both sides, Nora only one here."""

    def __init__(self, folder: Path, here: Side, **settings: Any) -> None:
        people = ("leo", "ida")
        pairs = tuple({NAMES[side]: f"{name}@{side}.example" for side in Side} for name in people)
        self.house = House(
            folder, mirrors=rules(**settings), comments=frozenset(), people_rules=PeopleRules(pairs=pairs)
        )
        self.here = here
        self.known = {
            name: {side: self.house.servers[side].add_person(name, f"{name}@{side}.example") for side in Side}
            for name in people
        }
        self.nora = self.house.servers[here].add_person("Nora", "nora@example.com")
        self.item = self.house.make(here, title="Landing page")
        self.house.settle()

    def say(self, *names: Person) -> None:
        mentions = [part for each in names for part in (Mention(each.name, each.id), Text(" "))]
        text = Doc((Paragraph((*mentions, Text("please look"))),))
        self.house.servers[self.here].comment(self.item, self.house.people[self.here], text)
        self.house.settle()

    def called(self) -> list[Person | None]:
        return [each.mention for each in self._copies()]

    def named(self) -> list[Mention]:
        return [node for each in self._copies() for node in all_inlines(each.body.blocks) if isinstance(node, Mention)]

    def _copies(self) -> list[Any]:
        return self.house.servers[self.here.other].comments(self.house.twin(self.here, self.item))


@both_sides
def test_the_first_known_person_is_called_and_nobody_else(tmp_path: Path, here: Side) -> None:
    office = Office(tmp_path, here, mention="known")
    leo, ida = office.known["leo"], office.known["ida"]
    office.say(office.nora, leo[here], ida[here])
    assert office.called() == [leo[here.other]]
    assert [each.id for each in office.named()] == [office.nora.id, leo[here.other].id, ida[here].id]
    with office.house.no_writes():
        office.house.settle()


@both_sides
def test_by_default_nobody_is_called(tmp_path: Path, here: Side) -> None:
    office = Office(tmp_path, here)
    office.say(office.known["leo"][here])
    assert office.called() == [None]


def test_a_person_who_was_called_often_enough_today_is_only_named(tmp_path: Path) -> None:
    office = Office(tmp_path, Side.MARKETING, mention="known")
    leo = office.known["leo"]
    for _ in range(5):
        office.say(leo[Side.MARKETING])
    assert office.called() == [leo[Side.IT]] * 3 + [None] * 2


def test_who_is_redacted_is_not_called(tmp_path: Path) -> None:
    redact = [{"find": "leo", "with": "[somebody]"}]
    office = Office(tmp_path, Side.MARKETING, mention="known", redact=redact)
    office.say(office.known["leo"][Side.MARKETING])
    assert office.called() == [None]
    assert office.named() == []
