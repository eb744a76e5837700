"""What is written under the fields of the configuration's models.

Pydantic can read it when a class is made, but looks for the source with all modules in hand: a sixth of the time that
a command takes to start, for texts that only `syncd schema` and the documentation show.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from functools import cache
from itertools import pairwise

from pydantic import BaseModel


def descriptions(model: type[BaseModel]) -> Mapping[str, str]:
    """The text under each field, inherited ones too, by its key; a field without one is left out."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found |= _written_in(base)
    texts = {field.alias or name: field.description or found.get(name) for name, field in model.model_fields.items()}
    return {key: text for key, text in texts.items() if text}


@cache
def _written_in(model: type[BaseModel]) -> Mapping[str, str]:
    """Also of a field without a text: it may replace an inherited one that has one."""
    (source,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    body = source.body if isinstance(source, ast.ClassDef) else []
    return {
        statement.target.id: _text(following)
        for statement, following in pairwise([*body, ast.Pass()])
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    }


def _text(statement: ast.stmt) -> str:
    match statement:
        case ast.Expr(ast.Constant(str(text))):
            return inspect.cleandoc(text)
    return ""
