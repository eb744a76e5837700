"""Expressions over an item (`create.when`, `skip`): CEL behind one small class, so that another CEL can stand in.

Names are declared with types, so a typo or a comparison that cannot work is found when the configuration is loaded.
What an expression can say (`VARIABLES`): canonical names, and `custom["Name"]` for other fields by their display name.

How values look there: dates are text such as '2026-03-11' (they compare rightly as text, and no time zone can shift
them) or null; `description` is plain text; people are their display name; text fields are '' when empty.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from typing import Any, Final

from cel_expr_python import cel

from syncd.model.errors import SyncdError
from syncd.model.items import Item
from syncd.model.richtext import Doc
from syncd.model.values import ASSIGNEE, FieldId, Person, Value

MAX_CHARS: Final = 2_000
"""Longer expressions are refused: doubling a text inside one costs time and memory in every CEL (tried)."""

_TEXT: Final = cel.Type.STRING
_MAYBE_TEXT: Final = cel.Type("google.protobuf.StringValue")
VARIABLES: Final[Mapping[str, cel.Type]] = {
    "key": _TEXT,
    "title": _TEXT,
    "description": _TEXT,
    "status": _TEXT,
    "type": _TEXT,
    "parent": _MAYBE_TEXT,
    "priority": _MAYBE_TEXT,
    "assignee": _MAYBE_TEXT,
    "assignee_email": _MAYBE_TEXT,
    "start": _MAYBE_TEXT,
    "due": _MAYBE_TEXT,
    "labels": cel.Type.List(_TEXT),
    "is_done": cel.Type.BOOL,
    "created": cel.Type.TIMESTAMP,
    "custom": cel.Type.Map(_TEXT, cel.Type.DYN),
}
# `type` is a function of CEL and cannot be declared; as `item.type` in the container `item` it can.
_CONTAINER: Final = "item"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong with an expression; `line` and `column` count from 1 within it."""

    line: int
    column: int
    message: str


class ExpressionInvalid(SyncdError):
    """The expression cannot be loaded: the operator has to change it."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("; ".join(mistake.message for mistake in mistakes))
        self.mistakes = mistakes


class ExpressionError(SyncdError):
    """The expression could not be worked out for one item (a field that is empty or was not read, an endless loop)."""


@dataclass(frozen=True, slots=True)
class Expr:
    """A compiled expression that says yes or no about an item. Safe to share between threads.

    `custom`: the names that it asks for by `custom["…"]`, and the fields they stand for. `uses`: of `VARIABLES`.
    """

    source: str
    custom: Mapping[str, FieldId]
    uses: frozenset[str]
    _zone: tzinfo
    _compiled: cel.Expression

    @classmethod
    def compile(cls, source: str, *, fields: Mapping[str, FieldId] | None = None, zone: tzinfo = UTC) -> Expr:
        """Check and compile.

        Args:
            source: the expression; its result must be true or false.
            fields: custom field name → id, for the names in `custom_names(source)`; without it a name is its own id.
            zone: of the items it will see; an instant among their dates becomes a day in it.

        Raises:
            ExpressionInvalid: with every mistake and its place.
        """
        custom = {name: (fields or {}).get(name, FieldId(name)) for name in sorted(custom_names(source))}
        compiled = _compile(source)
        return cls(source, custom, frozenset(_identifiers(source)) & VARIABLES.keys(), zone, compiled)

    def is_true(self, item: Item) -> bool:
        """Whether the expression holds for `item`. Raises ExpressionError, also when the result is not yes or no."""
        data = {f"{_CONTAINER}.{name}": value for name, value in self._data(item)}
        try:
            result = self._compiled.eval(data=data)
        except RuntimeError as error:  # the iteration budget
            raise self._failure(item, str(error)) from error
        value = result.value()
        if result.type() == cel.Type.ERROR:  # an error is a value here, and a truthy one
            raise self._failure(item, str(value))
        if not isinstance(value, bool):
            raise ExpressionError(f"{self.source!r} gives {value!r:.40} for {item.key}, not true or false")
        return value

    def _failure(self, item: Item, message: str) -> ExpressionError:
        return ExpressionError(f"{self.source!r} cannot be worked out for {item.key}: {_plain(message)}")

    def _data(self, item: Item) -> Iterator[tuple[str, Any]]:
        for name in self.uses:
            if name == "custom":
                yield name, dict(self._custom_values(item))
            elif name in _FACTS:
                yield name, _FACTS[name](item)
            elif _field_of(name) in item.fields:
                value = item.fields[_field_of(name)]
                yield name, _email(value) if name == "assignee_email" else self._value(name, value)

    def _custom_values(self, item: Item) -> Iterator[tuple[str, Any]]:
        """Names whose field was not read are left out, so that asking for them is an error rather than "empty"."""
        for name, field in self.custom.items():
            if field in item.fields:
                yield name, _plain_value(item.fields[field], self._zone)

    def _value(self, name: str, value: Value) -> Any:
        plain = _plain_value(value, self._zone)
        if plain is None and VARIABLES[name] == _TEXT:
            return ""
        return [] if plain is None and name == "labels" else plain


def custom_names(source: str) -> frozenset[str]:
    """The names an expression asks for by `custom["Name"]` or `custom.name`; also of one that does not compile."""
    found = (match["quoted"] or match["single"] or match["dotted"] for match in _CUSTOM.finditer(source))
    return frozenset(unescape(name) for name in found if name)


def literals(source: str) -> frozenset[str]:
    """The texts in quotes of an expression; also of one that does not compile."""
    return frozenset(unescape(match[0].lstrip("rR")[1:-1]) for match in re.finditer(STRING, source))


# A text in quotes, as a regular expression without groups.
STRING: Final = r"""[rR]?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
# Strings come first, so that words inside them are passed over.
_CUSTOM: Final = re.compile(
    r"""(?<![\w.])custom\s*(?:\[\s*(?:"(?P<quoted>(?:\\.|[^"\\])*)"|'(?P<single>(?:\\.|[^'\\])*)')\s*\]"""
    rf"""|\.\s*(?P<dotted>[A-Za-z_]\w*))|{STRING}"""
)
_WORD: Final = re.compile(rf"{STRING}|(?<![\w.])(?P<word>[A-Za-z_]\w*)")
_ESCAPE: Final = re.compile(r"""\\(["'\\`?])""")
_FACTS: Final[Mapping[str, Callable[[Item], Any]]] = {
    "key": lambda item: item.key,
    "is_done": lambda item: item.is_done,
    "created": lambda item: item.created_at,
}


def unescape(text: str) -> str:
    """What stands between the quotes of an expression's text, as it is meant."""
    return _ESCAPE.sub(r"\1", text)


def _identifiers(source: str) -> Iterator[str]:
    return (match["word"] for match in _WORD.finditer(source) if match["word"])


def _field_of(name: str) -> FieldId:
    return ASSIGNEE if name == "assignee_email" else FieldId(name)


def _email(value: Value) -> str | None:
    return value.email if isinstance(value, Person) else None


def _plain_value(value: Value, zone: tzinfo) -> Any:
    match value:
        case datetime():
            return value.astimezone(zone).date().isoformat()
        case date():
            return value.isoformat()
        case Person():
            return value.name
        case frozenset():
            return sorted(value)
        case Doc():
            return value.plain_text()
        case _:
            return value


# --- compiling ------------------------------------------------------------------------------------------------


def _compile(source: str) -> cel.Expression:
    if len(source) > MAX_CHARS:
        raise ExpressionInvalid((Mistake(1, 1, f"longer than {MAX_CHARS:,} characters"),))
    try:
        checked = _environment(is_checking=True).compile(source)
        compiled = _environment(is_checking=False).compile(source)
    except RuntimeError as error:
        raise ExpressionInvalid(tuple(_mistakes(str(error)))) from error
    if checked.return_type() not in (cel.Type.BOOL, cel.Type.DYN):
        raise ExpressionInvalid((Mistake(1, 1, "says neither yes nor no; compare it with something"),))
    return compiled


@cache
def _environment(*, is_checking: bool) -> cel.Env:
    """The declared names. For the check some are "text or null", which the run cannot be given: there they are open."""
    nullable = _MAYBE_TEXT if is_checking else cel.Type.DYN
    variables = {f"{_CONTAINER}.{name}": nullable if kind == _MAYBE_TEXT else kind for name, kind in VARIABLES.items()}
    return cel.NewEnv(variables=variables, container=_CONTAINER)


# --- messages -------------------------------------------------------------------------------------------------

_MISTAKE: Final = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_UNDECLARED: Final = re.compile(r"undeclared reference to '([^']*)'")
_OVERLOAD: Final = re.compile(r"found no matching overload for '([^']*)' applied to '\((.*)\)'")
_NO_KEY: Final = re.compile(r'Key not found in map : "(.*)"')
_NO_VALUE: Final = re.compile(r'No value with name "item\.(\w+)"')
_NULL: Final = re.compile(r"No matching overloads found : _?(\S+?)_?\(.*null_type.*\)")
_TYPE_WORDS: Final = (
    ("wrapper(string)", "text or null"),
    ("null_type", "null"),
    ("list(string)", "a list of texts"),
    ("map(string, dyn)", "custom"),
    ("string", "text"),
    ("double", "a number"),
    ("int", "a number"),
    ("bool", "true/false"),
)


def _mistakes(text: str) -> Iterator[Mistake]:
    found = _MISTAKE.findall(text)
    if not found:
        yield Mistake(1, 1, _plain(text))
    for line, column, message in found:
        yield Mistake(int(line), int(column), _reworded(message))


def _reworded(message: str) -> str:
    if match := _UNDECLARED.search(message):
        near = difflib.get_close_matches(match[1], VARIABLES, n=1)
        known = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(VARIABLES)}"
        return f"unknown name {match[1]!r}; {known}"
    if match := _OVERLOAD.search(message):
        return f"{match[1].strip('_@')!r} cannot be applied to {_types(match[2])}"
    if "'<EOF>'" in message.split(" expecting ")[0]:
        return "the expression ends too early"
    return message.split(" expecting ")[0].removeprefix("Syntax error: ")


def _types(signature: str) -> str:
    for name, words in _TYPE_WORDS:
        signature = signature.replace(name, words)
    return signature


def _plain(message: str) -> str:
    """A message of the library without its codes."""
    if match := _NO_KEY.search(message):
        return f"custom field {match[1]!r} was not read"
    if match := _NO_VALUE.search(message):
        return f"{match[1]} was not read"
    if match := _NULL.search(message):
        return f"{match[1]!r} meets an empty value; test for null first, as in `due != null && …`"
    return re.sub(r"^[A-Z_]+: | \[[A-Z_]+\]$", "", message.split("\n")[0])
