"""Connections are open: each connector brings the model of its own keys, and the caller hands them in."""

from __future__ import annotations

import difflib
import typing
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, PlainValidator, SecretStr, SerializeAsAny, ValidationInfo, WithJsonSchema

from syncd.config.schema.base import Context, wrong_at

SCHEMA_MARK = "x-connection"
"""In the JSON Schema: where the connectors' own schemas belong."""


def _read_connection(data: Any, info: ValidationInfo) -> BaseModel:
    if isinstance(data, BaseModel):
        return data
    if not isinstance(data, dict):
        raise wrong_at((), "expected a block of keys, with the connector's name as `type`")
    context = info.context if isinstance(info.context, Context) else Context()
    schema = _schema(data.get("type"), context)
    context.note(data, {*keys_of(schema), "type"})
    return schema.model_validate(typed_keys(data, schema, context.folder))


def _schema(name: Any, context: Context) -> type[BaseModel]:
    known = sorted(context.connection_schemas)
    if not isinstance(name, str):
        raise wrong_at((), f"`type` is missing: expected one of {', '.join(known)}")
    if name not in context.connection_schemas:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
        raise wrong_at(("type",), f"no connector is called {name!r}; {hint}")
    return context.connection_schemas[name]


def typed_keys(data: dict[str, Any], schema: type[BaseModel], folder: Path) -> dict[str, Any]:
    """The keys as the model takes them: paths count from `folder`, and `type` may be the loader's business alone."""
    keys = keys_of(schema)
    paths = {key for key, name in keys.items() if Path in _kinds(schema.model_fields[name].annotation)}
    return {
        key: folder / Path(value).expanduser() if key in paths and isinstance(value, str) else value
        for key, value in data.items()
        if key != "type" or "type" in keys
    }


def keys_of(schema: type[BaseModel]) -> dict[str, str]:
    """The keys of a connection's model as they are written → the names of its fields."""
    return {field.alias or name: name for name, field in schema.model_fields.items()}


def secret_keys(schema: type[BaseModel]) -> frozenset[str]:
    """The keys of a connection's model that hold secrets."""
    return frozenset(
        key for key, name in keys_of(schema).items() if SecretStr in _kinds(schema.model_fields[name].annotation)
    )


def _kinds(annotation: Any) -> frozenset[Any]:
    """The types that an annotation is made of, without what surrounds them."""
    parts = typing.get_args(annotation)
    return frozenset([annotation]).union(*(_kinds(part) for part in parts))


Connection = Annotated[
    SerializeAsAny[BaseModel], PlainValidator(_read_connection), WithJsonSchema({"type": "object", SCHEMA_MARK: True})
]
"""An account on one ticketing instance; `type` names the connector, whose own keys stand beside it."""
