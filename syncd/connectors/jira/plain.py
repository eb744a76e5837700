"""Plain YAML values (`create.set`, `transitions.fill`) into what a screen of Jira takes, by its own types. Pure.

The screens are those of `createmeta` and of a transition: both list their fields in the same form.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from syncd.connectors.jira.shapes import WIRE_IDS, Form, Layout, form_of
from syncd.connectors.jira.text import render_text
from syncd.connectors.jira.wire import render_person
from syncd.model.errors import Ambiguous, Rejected
from syncd.model.richtext import Doc
from syncd.model.values import FieldId, Person

FindPerson = Callable[[str], Person | None]
"""The account with that e-mail address or name."""


class Unfit(ValueError):
    """A value that the field cannot take, with the reason for people."""


@dataclass(frozen=True, slots=True)
class Screen:
    """The fields of one screen, as Jira lists them."""

    entries: tuple[Mapping[str, Any], ...]

    @classmethod
    def of_create(cls, entries: Iterable[Mapping[str, Any]]) -> Screen:
        """From `createmeta`, whose entries hold their id."""
        return cls(tuple(entries))

    @classmethod
    def of_transition(cls, fields: Mapping[str, Mapping[str, Any]]) -> Screen:
        """From a transition, where the ids are the keys."""
        return cls(tuple({"fieldId": id_, **entry} for id_, entry in fields.items()))

    def find(self, name: str) -> Mapping[str, Any] | None:
        """The field that a person calls `name`: canonical name, Jira's id or display name. Raises Unfit for several."""
        wire = WIRE_IDS.get(FieldId(name), name)
        for is_it in (
            lambda entry: entry_id(entry) == wire,
            lambda entry: entry["name"] == name,
            lambda entry: str(entry["name"]).casefold() == name.casefold(),
        ):
            found = [entry for entry in self.entries if is_it(entry)]
            if len(found) > 1:
                raise Unfit(f"several fields have this name; write an id: {', '.join(map(entry_id, found))}")
            if found:
                return found[0]
        return None

    def missing(self, given: Iterable[str]) -> list[str]:
        """Names of the required fields without a default that are not among the given ids."""
        ids = set(given)
        wanted = [entry for entry in self.entries if entry.get("required") and not entry.get("hasDefaultValue")]
        return [str(entry["name"]) for entry in wanted if entry_id(entry) not in ids]


def entry_id(entry: Mapping[str, Any]) -> str:
    """Jira's id of a screen's field."""
    return str(entry.get("fieldId") or entry.get("key"))


def render_plain(
    screen: Screen, values: Mapping[str, object], layout: Layout, find_person: FindPerson
) -> dict[str, Any]:
    """Jira's field id → value for the wire. Raises Rejected naming every value that does not fit, by its given name."""
    rendered: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for name, value in values.items():
        try:
            entry = screen.find(name)
            if entry is None:
                raise Unfit(_unknown(name, screen))
            rendered[entry_id(entry)] = _render(entry, value, layout, find_person)
        except (Unfit, Ambiguous) as problem:
            reasons[name] = str(problem)
    if reasons:
        raise Rejected("; ".join(f"{name}: {reason}" for name, reason in reasons.items()), reasons=reasons)
    return rendered


def prove_plain(
    screen: Screen, values: Mapping[str, object], layout: Layout, find_person: FindPerson
) -> tuple[dict[str, str], frozenset[str]]:
    """What of the values does not fit, by its given name, and the ids of the fields that they are meant for."""
    reasons: dict[str, str] = {}
    meant: set[str] = set()
    for name, value in values.items():
        try:
            render_plain(screen, {name: value}, layout, find_person)
        except Rejected as error:
            reasons |= error.reasons
        meant |= {entry_id(entry) for entry in screen.entries if name in (entry_id(entry), entry["name"])}
        meant.add(WIRE_IDS.get(FieldId(name), name))
    return reasons, frozenset(meant)


def _unknown(name: str, screen: Screen) -> str:
    close = difflib.get_close_matches(name, [str(entry["name"]) for entry in screen.entries], n=1)
    return "there is no such field on the screen" + (f"; is it {close[0]!r}?" if close else "")


def _render(entry: Mapping[str, Any], value: object, layout: Layout, find_person: FindPerson) -> Any:
    if value is None or isinstance(value, dict):  # a mapping is Jira's own form, for types of apps
        return value
    schema = entry.get("schema") or {}
    if schema.get("type") == "array":
        elements = value if isinstance(value, list | tuple | set | frozenset) else [value]
        return [_element(entry, str(schema.get("items")), element, find_person, layout) for element in elements]
    return _single(entry, schema, value, layout, find_person)


def _element(entry: Mapping[str, Any], type_: str, value: object, find_person: FindPerson, layout: Layout) -> Any:
    if isinstance(value, dict) or type_ == "string":
        return value if isinstance(value, dict) else str(value)
    if type_ == "user":
        return _person(value, layout, find_person)
    return _choice(entry, value)


def _single(
    entry: Mapping[str, Any], schema: Mapping[str, Any], value: object, layout: Layout, find_person: FindPerson
) -> Any:
    match form_of(schema):
        case Form.RICH:
            return render_text(layout.flavour, Doc.from_text(str(value)))
        case Form.NUMBER:
            return _number(value)
        case Form.DATE:
            return _day(value)
        case Form.PERSON:
            return _person(value, layout, find_person)
        case Form.OPTION | Form.NAMED:
            return _choice(entry, value)
        case Form.PARENT:
            return {"key": str(value)}
    if schema.get("type") == "option-with-child":
        return _cascade(str(value))
    return _choice(entry, value) if entry.get("allowedValues") else str(value)


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        raise Unfit(f"{value!r} is no number") from None


def _day(value: object) -> str:
    try:
        return (value if isinstance(value, date) else date.fromisoformat(str(value))).isoformat()[:10]
    except ValueError:
        raise Unfit(f"{value!r} is no date like 2026-03-09") from None


def _person(value: object, layout: Layout, find_person: FindPerson) -> dict[str, str]:
    person = find_person(str(value))
    if person is None:
        raise Unfit(f"nobody is called {value!r}")
    return render_person(person, layout.flavour)


def _choice(entry: Mapping[str, Any], value: object) -> dict[str, str]:
    """An allowed value by its name, in whatever case; where Jira lists none, it has to know the name itself."""
    wanted = str(value)
    allowed = [choice for choice in entry.get("allowedValues") or () if isinstance(choice, dict) and "id" in choice]
    names = {_name_of(choice): str(choice["id"]) for choice in allowed}
    folded = {name.casefold(): id_ for name, id_ in names.items()}
    if id_ := names.get(wanted) or folded.get(wanted.casefold()):
        return {"id": id_}
    if allowed:
        raise Unfit(f"{wanted!r} is not one of {', '.join(names)}")
    is_option = (entry.get("schema") or {}).get("items", (entry.get("schema") or {}).get("type")) == "option"
    return {"value" if is_option else "name": wanted}


def _cascade(text: str) -> dict[str, Any]:
    """The value of a cascading select, written as `Parent / Child`."""
    parent, _, child = (part.strip() for part in text.partition("/"))
    return {"value": parent} | ({"child": {"value": child}} if child else {})


def _name_of(choice: Mapping[str, Any]) -> str:
    return str(choice.get("value") or choice.get("name") or choice["id"])
