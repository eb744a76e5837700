"""What a memory server accepts as a value and what it makes of it. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from syncd.connectors.memory.state import MemoryProject
from syncd.model.items import FieldSpec, Normalised
from syncd.model.richtext import Doc, clean_text
from syncd.model.values import LABELS, STATUS, TITLE, FieldId, Kind, Person, UserId, Value, is_empty

CUT_NOTE = "…"


class Refusal(Exception):
    """One value is not acceptable; the text is the reason."""


def canonical(spec: FieldSpec, value: Value) -> Value:
    """The value in the one spelling a server keeps: one kind of newline, one kind of nothing."""
    if spec.kind.is_set:
        return (
            frozenset(name.strip() for name in value if name.strip()) if isinstance(value, frozenset) else frozenset()
        )
    if is_empty(value):
        return None
    if isinstance(value, Doc):
        return value.tidied()
    if isinstance(value, str):
        text = clean_text(value).strip()
        return " ".join(text.split()) if spec.id == TITLE else text
    return float(value) if spec.kind is Kind.NUMBER and isinstance(value, int | float) else value


def shortened(spec: FieldSpec, value: Value, max_title_chars: int) -> Normalised:
    """The value, its end cut with a visible mark where a title is too long."""
    if spec.id != TITLE or not isinstance(value, str) or len(value) <= max_title_chars:
        return Normalised(value)
    return Normalised(value[: max_title_chars - len(CUT_NOTE)].rstrip() + CUT_NOTE, is_shortened=True)


def accept(
    project: MemoryProject, people: Collection[UserId], field: FieldId, value: Value, max_title_chars: int
) -> Value:
    """The value as it will be kept.

    Raises:
        Refusal: The field or the value is not possible; the text says why.
    """
    spec = project.fields.get(field)
    if spec is None:
        raise Refusal("there is no such field")
    if not spec.is_writable:
        raise Refusal("the field cannot be written")
    kept = canonical(spec, value)
    _check_kind(spec, kept, people)
    if field == TITLE and kept is None:
        raise Refusal("a title is needed")
    if field == TITLE and len(str(kept)) > max_title_chars:
        raise Refusal(f"more than {max_title_chars} characters")
    _check_names(project, spec, kept)
    return kept


def _check_kind(spec: FieldSpec, value: Value, people: Collection[UserId]) -> None:
    kinds: dict[Kind, type | tuple[type, ...]] = {
        Kind.TEXT: str,
        Kind.RICHTEXT: Doc,
        Kind.NUMBER: float,
        Kind.DATE: (date, datetime),
        Kind.SELECT: str,
        Kind.STATUS: str,
        Kind.MULTISELECT: frozenset,
        Kind.PERSON: Person,
        Kind.ITEM: str,
        Kind.ITEMS: frozenset,
    }
    if value is not None and not isinstance(value, kinds[spec.kind]):
        raise Refusal(f"not a value of kind {spec.kind}")
    if isinstance(value, Person) and value.id not in people:
        raise Refusal(f"no such account: {value.id}")


def _check_names(project: MemoryProject, spec: FieldSpec, value: Value) -> None:
    if value is None or spec.id == LABELS or spec.kind not in (Kind.SELECT, Kind.MULTISELECT, Kind.STATUS):
        return
    known = {option.name for option in spec.options}
    if spec.id == STATUS:
        known = {status.name for status in project.statuses}
    wanted = value if isinstance(value, frozenset) else {str(value)}
    if unknown := sorted(wanted - known):
        raise Refusal(f"no such option: {', '.join(unknown)}")
