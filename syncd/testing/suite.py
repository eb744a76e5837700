"""Fixtures and small helpers that all parts of the conformance suite share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import pytest

from syncd.model.items import Draft, FieldSpec, Item, ItemId, Marker, Project, Scope
from syncd.model.ports import Connector, StatusRules
from syncd.model.richtext import BulletList, Doc, ListItem, Mark, Paragraph, Text
from syncd.model.values import DUE, START, STATUS, TITLE, FieldId, Kind, Value, is_empty
from syncd.testing.harness import Harness

RULES = StatusRules()


def marker(number: int) -> Marker:
    """A marker of the right shape."""
    return Marker(f"{number:026d}")


def same(one: Value, other: Value) -> bool:
    """Whether two values say the same: equal, or both empty."""
    return one == other or (is_empty(one) and is_empty(other))


class Suite:
    """The base of every part: subclasses get a harness, its connector and its project."""

    @pytest.fixture
    def harness(self) -> Iterator[Harness]:
        """The system under test; every connector's test defines its own."""
        raise NotImplementedError("define a fixture `harness` that returns a syncd.testing.Harness")

    @pytest.fixture
    def connector(self, harness: Harness) -> Iterator[Connector]:
        """A connector to the system of the harness."""
        connector = harness.connect()
        yield connector
        connector.close()

    @pytest.fixture
    def project(self, connector: Connector, harness: Harness) -> Project:
        """The project of the stage."""
        return connector.open_project(harness.stage.scope)


def titled(text: str) -> dict[FieldId, Value]:
    """The fields of an item that has a title only."""
    return {TITLE: text}


def poll(connector: Connector, project: Project, cursor: str | None) -> tuple[list[Item], str]:
    """All items of a poll and the cursor behind it."""
    items: list[Item] = []
    last = cursor or ""
    for page in connector.fetch_changes(project, cursor):
        items += page.items
        last = page.cursor
    return items, last


def read(connector: Connector, project: Project, item_id: ItemId) -> Item:
    """An exact read of one item."""
    return connector.fetch_items(project, [item_id])[item_id]


def create(connector: Connector, project: Project, draft: Draft, mark: Marker) -> Item:
    """Make an item and read it exactly."""
    answer = connector.create_item(project, draft, mark)
    return read(connector, project, answer.ref.id if isinstance(answer, Item) else answer)


def put_status(connector: Connector, project: Project, item: Item, status: str) -> None:
    """Write a status the way the connector wants it."""
    if connector.capabilities.has_workflow:
        connector.change_status(project, item, status, RULES)
    else:
        connector.update_item(project, item.ref.id, {STATUS: status})


def in_zone(scope: Scope, zone: str) -> Scope:
    """The scope as a department elsewhere would configure it."""
    return replace(scope, zone=zone)


def field_of(project: Project, name: str) -> FieldId:
    """The id of a field of the stage."""
    id_ = project.field_id(name)
    assert id_ is not None, f"the project does not show the field {name!r} of the stage"
    return id_


def samples(harness: Harness, spec: FieldSpec) -> Sequence[Value]:
    """Two unlike values that fit a field."""
    names = [option.name for option in spec.options]
    match spec.kind:
        case Kind.TEXT:
            return ("Spring landing page", "Überraschung: “fun” & <games> 🎉")
        case Kind.RICHTEXT:
            return (Doc.from_text("One line."), RICH)
        case Kind.NUMBER:
            return (3.0, 12.5)
        case Kind.DATE:
            return (date(2026, 3, 9), date(2028, 2, 29))
        case Kind.SELECT:
            return names[:2]
        case Kind.MULTISELECT:
            return (frozenset(names[:1] or {"web"}), frozenset(names[1:3] or {"web", "campaign-2026"}))
        case Kind.PERSON:
            return harness.stage.people
        case Kind.STATUS:
            return (harness.stage.statuses[-1], harness.stage.statuses[0])
        case Kind.ITEM | Kind.ITEMS:
            return _relatives(harness, spec)


def _relatives(harness: Harness, spec: FieldSpec) -> Sequence[Value]:
    one, other = harness.relatives(spec.id)
    return (one, other) if spec.kind is Kind.ITEM else (frozenset({one}), frozenset({one, other}))


RICH = Doc(
    (
        Paragraph(
            (Text("The form ", frozenset()), Text("must", frozenset({Mark.STRONG})), Text(" be short: <3 & done."))
        ),
        BulletList((ListItem((Paragraph((Text("name"),)),)), ListItem((Paragraph((Text("e-mail"),)),)))),
        Paragraph((Text("See "), Text("the brief", href="https://example.com/brief?a=1&b=2"))),
    )
)


def companions(field: FieldId, value: Value) -> dict[FieldId, Value]:
    """The write of one field; a start goes with a due, since some systems have none without the other."""
    if field == START and value is not None:
        return {START: value, DUE: date(2029, 1, 31)}
    return {field: value}
