"""YAML rules compiled to two-way lenses and filter expressions. Pure: what it knows of a server is handed in.

`compile.py` makes a `Mapping` of a sync's configuration; `reconcile` works with its rules, `engine` asks it what a new
item needs. `lens.py` says what a lens promises, `lenses.py` has them, `expr.py` the expressions.
"""

from syncd.config.choices import Conflict, CreateFor, Differences, Direction, UnknownPeople, WhenEmptied
from syncd.mapping.compile import compile_filters, compile_mapping
from syncd.mapping.expr import Expr, ExpressionError, ExpressionInvalid
from syncd.mapping.lens import (
    Lens,
    NoCounterpart,
    SetLens,
    Silent,
    Surroundings,
    Translated,
    TranslatedChange,
    Translation,
)
from syncd.mapping.needs import custom_fields, scope_of
from syncd.mapping.rules import Adopt, CreateRule, FieldRule, Location, Mapping

__all__ = [
    "Adopt",
    "Conflict",
    "CreateFor",
    "CreateRule",
    "Differences",
    "Direction",
    "Expr",
    "ExpressionError",
    "ExpressionInvalid",
    "FieldRule",
    "Lens",
    "Location",
    "Mapping",
    "NoCounterpart",
    "SetLens",
    "Silent",
    "Surroundings",
    "Translated",
    "TranslatedChange",
    "Translation",
    "UnknownPeople",
    "WhenEmptied",
    "compile_filters",
    "compile_mapping",
    "custom_fields",
    "scope_of",
]
