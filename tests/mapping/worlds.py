"""Two small systems for lenses: who is who, what a field makes of a value, which zone a side lives in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from syncd.model.items import (
    Category,
    ConnectionName,
    FieldSpec,
    Item,
    ItemId,
    ItemRef,
    Normalised,
    Option,
    Project,
    Scope,
    Side,
    StatusOption,
)
from syncd.model.richtext import Doc
from syncd.model.values import CANONICAL_KINDS, FieldId, Kind, Person, UserId, Value

M, IT = Side.MARKETING, Side.IT


@dataclass(frozen=True)
class World:
    """`cut`: texts longer than this are shortened. Blanks at the ends go; the IT side writes no blanks in labels."""

    people: Mapping[tuple[Side, str], Person] = field(default_factory=dict)
    fallbacks: Mapping[Side, Person] = field(default_factory=dict)
    zones: Mapping[Side, str] = field(default_factory=lambda: {M: "America/New_York", IT: "Europe/Berlin"})
    cut: Mapping[Side, int] = field(default_factory=dict)
    twins: frozenset[tuple[str, str]] = frozenset()

    def twin(self, to: Side, item: ItemId) -> ItemId | None:
        """`twins`: (marketing, it) ids of what is linked."""
        here, there = (0, 1) if to is IT else (1, 0)
        return next((ItemId(pair[there]) for pair in self.twins if pair[here] == item), None)

    def counterpart(self, to: Side, person: Person) -> Person | None:
        return self.people.get((to, person.id))

    def fallback(self, to: Side) -> Person | None:
        return self.fallbacks.get(to)

    def zone(self, side: Side) -> ZoneInfo:
        return ZoneInfo(self.zones[side])

    def normalise(self, side: Side, field: FieldId, value: Value) -> Normalised:
        most = self.cut.get(side, 10_000)
        match value:
            case str():
                text = value.strip()
                return Normalised(text if len(text) <= most else text[: most - 1].rstrip() + "…", len(text) > most)
            case Doc():
                text = value.plain_text()
                return (
                    Normalised(Doc.from_text(text[: most - 1] + "…"), True) if len(text) > most else Normalised(value)
                )
            case frozenset() if side is IT:
                return Normalised(frozenset(each.replace(" ", "-") for each in value))
            case float():
                return Normalised(round(value, 2))
            case _:
                return Normalised(value)


def person(name: str, side: Side = M, *, is_active: bool = True) -> Person:
    return Person(UserId(f"{side}-{name}"), name, f"{name}@example.com", is_active)


def acquainted(*names: str) -> Mapping[tuple[Side, str], Person]:
    """Humans with an account on both sides."""
    return {(side, person(name, side.other).id): person(name, side) for name in names for side in Side}


def item(category: Category = Category.TODO, *, created: str = "2026-03-02T12:00:00", **fields: Value) -> Item:
    at = datetime.fromisoformat(created).replace(tzinfo=UTC)
    return Item(
        ref=ItemRef(ConnectionName("tool"), ItemId("1")),
        key="WEB-1",
        url="https://tool.example/1",
        version="1",
        created_at=at,
        updated_at=at,
        fields={FieldId(name): value for name, value in fields.items()},
        category=category,
    )


def project(
    name: str,
    *custom: FieldSpec,
    statuses: tuple[str, ...] = ("To Do", "In Progress", "Done"),
    priorities: tuple[str, ...] = (),
    types: tuple[str, ...] = ("Task", "Story"),
    bindings: Mapping[str, str] | None = None,
) -> Project:
    """A project as its server shows it: the canonical fields and some of its own."""
    options = {"priority": tuple(Option(each, each) for each in priorities)}
    canonical = [FieldSpec(id_, id_, kind, options.get(id_, ())) for id_, kind in CANONICAL_KINDS.items()]
    names = {f"field:{spec.name}": str(spec.id) for spec in custom}
    return Project(
        scope=Scope(ConnectionName("tool"), name, "UTC"),
        id="1",
        key=name,
        name=name,
        url="https://tool.example",
        fields={spec.id: spec for spec in (*canonical, *custom)},
        statuses=tuple(StatusOption(each, each, Category.TODO) for each in statuses),
        types=tuple(Option(each, each) for each in types),
        bindings={**names, **(bindings or {})},
    )


def custom(name: str, kind: Kind, *options: str, is_writable: bool = True) -> FieldSpec:
    """A field of a project's own; its id is not its name."""
    id_ = FieldId(f"cf-{name}")
    return FieldSpec(id_, name, kind, tuple(Option(each, each) for each in options), is_writable)
