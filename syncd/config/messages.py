"""Validation errors in words: where, what was expected, what is there, what was probably meant.

The library's own text shows the values of secrets and is never used as a whole.
"""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic_core import ErrorDetails

from syncd.config.references import Resolved, Unresolved
from syncd.config.schema.base import WRONG_AT, Context
from syncd.config.yaml import Document, KeyPath, has
from syncd.model.errors import Problem

_SECRET_BLOCKS: Final = ("connections", "alerts", "store", "service")
"""Values in these are not repeated in messages: a secret may stand under a wrong key."""
_MANY: Final = 12
_STAND_IN: Final = "https://stand-in.invalid"


def problems_of(errors: Iterable[ErrorDetails], document: Document, context: Context) -> Iterator[Problem]:
    """Each error at its place; none for a value whose reference gave nothing, which is on record already."""
    for error in errors:
        path = _path(error["loc"], document.data)
        if not isinstance(document.value(path), Unresolved) and not _is_echo(error):
            yield _problem(error, path, document, context)


def without_faults(data: Any, errors: Iterable[ErrorDetails]) -> Any:
    """A copy of the tree without the values that are wrong; a wrong element of a list takes the list with it.

    A value whose reference gave nothing is right as far as anybody knows: a stand-in keeps its place.
    """
    rest = copy.deepcopy(data)
    for error in errors:
        path = _path(error["loc"], data)
        while path and not isinstance(path[-1], str):
            path = path[:-1]
        holder = rest
        for part in path[:-1]:
            holder = holder[part] if has(holder, part) else {}
        if path and isinstance(holder, dict):
            found = holder.pop(path[-1], None)
            if isinstance(found, Unresolved):
                holder[path[-1]] = _STAND_IN
    return rest


def _is_echo(error: ErrorDetails) -> bool:
    """A list is also called too short when its elements are wrong; those are told already."""
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for a name that does not exist: the closest one, or what there is."""
    names = sorted(set(known))
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    if not names:
        return "there is none"
    return f"known: {', '.join(names[:_MANY])}{', …' if len(names) > _MANY else ''}"


def unknown_calendar(name: str, known: Iterable[str]) -> str:
    """What is wrong with the name of a calendar that does not exist."""
    return f"no calendar is called {name!r}; {nearest(name, known)}"


def _path(loc: tuple[int | str, ...], data: Any) -> KeyPath:
    """The part of a location that is in the tree; the library mixes in names of types and of steps."""
    path: list[str | int] = []
    for part in loc:
        if has(data, part):
            path.append(part)
            data = data[part]
    return tuple(path)


def _problem(error: ErrorDetails, path: KeyPath, document: Document, context: Context) -> Problem:
    kind = error["type"]
    if kind == "extra_forbidden":
        keys = context.keys_of(document.value(path[:-1]))
        name = str(error["loc"][-1])
        return document.key_place(path).problem(f"unknown key {name!r}; {nearest(name, keys)}")
    if kind == "missing":
        return document.place(path).problem(f"the key {error['loc'][-1]!r} is missing here")
    if kind == WRONG_AT:
        inner = path + tuple(error["ctx"]["path"])
        return document.place(inner).problem(str(error["ctx"]["message"]))
    if error["loc"] and error["loc"][-1] == "[key]":
        return document.key_place(path).problem(_words(error, is_hidden=False))
    return document.place(path).problem(_words(error, is_hidden=bool(path) and path[0] in _SECRET_BLOCKS))


def _words(error: ErrorDetails, *, is_hidden: bool) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind in ("enum", "literal_error"):
        return _choice(error, is_hidden=is_hidden)
    expected = _EXPECTED[kind](context) if kind in _EXPECTED else _fallback(error["msg"])
    return f"expected {expected}{_found(error['input'], is_hidden=is_hidden)}"


def _choice(error: ErrorDetails, *, is_hidden: bool) -> str:
    words = re.findall(r"'([^']*)'", str(error["ctx"]["expected"])) or [str(error["ctx"]["expected"])]
    found = error["input"]
    near = difflib.get_close_matches(found, words, n=1) if isinstance(found, str) and not is_hidden else []
    hint = f"; did you mean {near[0]!r}?" if near else ""
    said = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
    return f"expected {said}{_found(found, is_hidden=is_hidden)}{hint}"


def _found(value: Any, *, is_hidden: bool) -> str:
    match value:
        case None:
            return ", found nothing"
        case dict():
            return ", found a block of keys"
        case list() | tuple():
            return ", found a list"
        case Resolved():
            return ""
        case str() | int() | float() if not is_hidden:
            return f", found {str(value)[:60]!r}"
        case _:
            return ""


def _fallback(message: str) -> str:
    return re.sub(r"^(?:Input|Value) should be ", "", message.split("\n")[0])


def _whole(_: Any) -> str:
    return "a whole number"


_EXPECTED: Final[Mapping[str, Callable[[Any], str]]] = {
    "string_type": lambda _: "a text",
    "string_too_short": lambda _: "a text that is not empty",
    "int_type": _whole,
    "int_parsing": _whole,
    "int_from_float": _whole,
    "float_type": lambda _: "a number",
    "float_parsing": lambda _: "a number",
    "bool_type": lambda _: "true or false",
    "bool_parsing": lambda _: "true or false",
    "model_type": lambda _: "a block of keys",
    "model_attributes_type": lambda _: "a block of keys",
    "dict_type": lambda _: "a block of keys",
    "tuple_type": lambda _: "a list",
    "list_type": lambda _: "a list",
    "time_delta_type": lambda _: "a duration such as 30s, 5m, 12h or 90d",
    "date_type": lambda _: "a date such as 2026-11-01",
    "time_type": lambda _: 'a time of day such as "07:00"',
    "too_short": lambda context: f"at least {context['min_length']} element(s)",
    "greater_than_equal": lambda context: f"{context['ge']} or more",
    "less_than_equal": lambda context: f"{context['le']} or less",
}
