"""Between values and what people write in YAML or read in a history. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from syncd.model.errors import Rejected
from syncd.model.items import FieldSpec
from syncd.model.richtext import Doc
from syncd.model.values import Kind, Person, Value


def to_plain(value: Value) -> str | None:
    """A value as one line of a history; None when empty."""
    match value:
        case None:
            return None
        case Doc():
            return value.plain_text()
        case frozenset():
            return ", ".join(sorted(value))
        case Person():
            return value.name
        case date():
            return value.isoformat()
        case _:
            return str(value)


def from_plain(spec: FieldSpec, value: object, people: Iterable[Person]) -> Value:
    """The value that a plain YAML value stands for in a field of this kind.

    Raises:
        Rejected: It stands for nothing there.
    """
    try:
        return _parse(spec, value, people)
    except (TypeError, ValueError, StopIteration):
        reason = f"{value!r} is no value for a field of kind {spec.kind}"
        raise Rejected(reason, reasons={spec.id: reason}) from None


def _parse(spec: FieldSpec, value: object, people: Iterable[Person]) -> Value:
    if value is None:
        return None
    if spec.kind.is_set:
        return frozenset(map(str, value)) if isinstance(value, list) else frozenset({str(value)})
    if spec.kind is Kind.NUMBER:
        return float(str(value))
    if spec.kind is Kind.DATE:
        return value if isinstance(value, date | datetime) else date.fromisoformat(str(value))
    if spec.kind is Kind.PERSON:
        return next(person for person in people if value in (person.id, person.email, person.name))
    return Doc.from_text(str(value)) if spec.kind is Kind.RICHTEXT else str(value)
