"""The little languages of the configuration: durations, rates, sizes, shares, times of day.

Each is an annotated type: it reads what stands in the YAML file, says what it expected, and describes itself to the
JSON Schema. A value that already has the type passes, so that models can also be made by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from syncd.config.yaml import core_value

_UNIT_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZE: Final = {"": 1, "B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3}
LONGEST: Final = timedelta(days=36500)
WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def reader(pattern: str, read: Callable[[re.Match[str]], Any], expected: str) -> Callable[[Any], Any]:
    """A validator for texts that match a pattern; whatever is no text goes on to the type's own check."""
    compiled = re.compile(pattern)

    def validate(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        match = compiled.fullmatch(value.strip())
        if match is None:
            raise ValueError(f"expected {expected}")
        try:
            return read(match)
        except (ValueError, OverflowError):
            raise ValueError(f"expected {expected}") from None

    return validate


def text_schema(pattern: str, *examples: str) -> WithJsonSchema:
    """What editors are told of a text: its form, and examples of it."""
    return WithJsonSchema({"type": "string", "pattern": f"^(?:{pattern})$", "examples": list(examples)})


def _bool(value: Any) -> Any:
    words = {"true": True, "false": False}
    if isinstance(value, str):
        if value.lower() not in words:
            raise ValueError("expected true or false")
        return words[value.lower()]
    return value


def _listed(value: Any) -> Any:
    """One element stands for a list of one; nothing for an empty list."""
    if isinstance(value, list | tuple | set | frozenset):
        return value
    return [] if value is None else [value]


def _within_a_century(value: timedelta) -> timedelta:
    """Days further back or ahead may be beyond those that can be written down; so much is for ever."""
    if value > LONGEST:
        raise ValueError(f"expected {write_duration(LONGEST)} or less")
    return value


def write_duration(value: timedelta) -> str:
    """A duration as it stands in YAML, in the largest unit that fits."""
    seconds = round(value.total_seconds())
    unit = next(unit for unit in "dhms" if seconds % _UNIT_S[unit] == 0)
    return f"{seconds // _UNIT_S[unit]}{unit}"


def writer(write: Callable[[Any], str]) -> PlainSerializer:
    """How the value is written in YAML; also what the JSON Schema shows for a default."""
    return PlainSerializer(write, when_used="json")


_DURATION: Final = r"([0-9]+)([smhd])"
_PERCENT: Final = r"([0-9]+(?:\.[0-9]+)?)%"
_BYTES: Final = r"([0-9]+) ?(B|KB|MB|GB)?"
_TIME: Final = r"([0-9]{2}):([0-9]{2})"
_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

Text = Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean"]})]
"""A text; unquoted numbers and words keep their spelling."""

Name = Annotated[
    str, StringConstraints(min_length=1), WithJsonSchema({"type": ["string", "number", "boolean"], "minLength": 1})
]
"""A text that may not be empty."""

Bool = Annotated[bool, BeforeValidator(_bool), WithJsonSchema({"type": "boolean"})]
"""`true` or `false`; `yes`, `no`, `on` and `off` are words."""

Version = Annotated[
    Literal[1],
    BeforeValidator(reader("1", lambda _: 1, "1, the only version of this format")),
    WithJsonSchema({"const": 1}),
]
"""Of a file's format."""

Count = Annotated[int, Field(ge=0)]
"""A whole number, 0 or more."""

Duration = Annotated[
    timedelta,
    BeforeValidator(
        reader(
            _DURATION,
            lambda match: timedelta(seconds=int(match[1]) * _UNIT_S[match[2]]),
            "a duration such as 30s, 5m, 12h or 90d",
        )
    ),
    AfterValidator(_within_a_century),
    writer(write_duration),
    text_schema(_DURATION, "30s", "5m", "12h", "90d"),
]
"""Clock time: 30s, 5m, 12h, 90d."""

Share = Annotated[
    float,
    BeforeValidator(reader(_PERCENT, lambda match: float(match[1]) / 100, "a percentage such as 10%")),
    Field(ge=0, le=1),
    writer(lambda value: f"{value * 100:g}%"),
    text_schema(_PERCENT, "10%"),
]
"""A percentage, kept as a share of 1."""

Size = Annotated[
    int,
    BeforeValidator(reader(_BYTES, lambda match: int(match[1]) * _SIZE[match[2] or ""], "a size such as 20MB")),
    Field(ge=0),
    WithJsonSchema({"type": ["string", "integer"], "pattern": f"^(?:{_BYTES})$", "examples": ["20MB"]}),
]
"""Bytes: 500KB, 20MB (decimal units)."""

TimeOfDay = Annotated[
    time,
    BeforeValidator(reader(_TIME, lambda match: time(int(match[1]), int(match[2])), 'a time of day such as "07:00"')),
    writer(lambda value: f"{value:%H:%M}"),
    text_schema(_TIME, "07:00"),
]
"""A local time of day, 24 hours."""

Day = Annotated[
    date,
    BeforeValidator(reader(_DATE, lambda match: date.fromisoformat(match[0]), "a date such as 2026-11-01")),
    text_schema(_DATE, "2026-11-01"),
]
"""A calendar date."""

Weekday = Annotated[
    int,
    BeforeValidator(reader("|".join(WEEKDAYS), lambda match: WEEKDAYS.index(match[0]), "Mon, Tue, … or Sun")),
    Field(ge=0, le=6),
    writer(lambda value: WEEKDAYS[value]),
    WithJsonSchema({"enum": list(WEEKDAYS)}),
]
"""A day of the week, Monday = 0."""

Anything = Annotated[Any, BeforeValidator(core_value)]
"""A value in another system's terms; unquoted scalars are what YAML 1.2 takes them for."""


class Matching:
    """Put on a text: it has this form; `expected` completes the sentence "expected …"."""

    def __init__(self, pattern: str, expected: str) -> None:
        self._pattern = pattern
        self._compiled = re.compile(pattern)
        self._expected = expected

    def _check(self, value: str) -> str:
        if not self._compiled.fullmatch(value):
            raise ValueError(f"expected {self._expected}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The text's schema and then the check."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The pattern, for editors."""
        return {"type": "string", "pattern": f"^(?:{self._pattern})$"}


def one_of(*words: str) -> Matching:
    """One of the words, where NAME stands for any name (`field:NAME`)."""
    pattern = "|".join(re.escape(word).replace("NAME", r"\S.*") for word in words)
    return Matching(pattern, f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0])


class Listed:
    """Put on a tuple: a single element may stand without brackets."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The tuple's schema behind a step that puts a lonely element into brackets."""
        return core_schema.no_info_before_validator_function(_listed, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """A list or one element of it."""
        listed = handler(schema)
        return {"anyOf": [listed, listed["items"]]}
