"""JSON Schemas of the YAML files, for editors. The CLI's own `check` knows more and stays the reference."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, SecretStr
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from syncd.config.descriptions import descriptions
from syncd.config.schema import Config, MappingConfig
from syncd.config.schema.connections import SCHEMA_MARK
from syncd.config.schema.words import WordFile


class SchemaFile(StrEnum):
    """The kinds of YAML files."""

    SYNCD = "syncd"
    MAPPING = "mapping"
    WORDS = "words"


_MODELS: Final[Mapping[SchemaFile, type[BaseModel]]] = {
    SchemaFile.SYNCD: Config,
    SchemaFile.MAPPING: MappingConfig,
    SchemaFile.WORDS: WordFile,
}
_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
"""The one that editors' YAML support knows best."""


def json_schema(file: SchemaFile, connection_schemas: Mapping[str, type[BaseModel]]) -> dict[str, Any]:
    """The JSON Schema (draft 7) of one kind of file.

    Args:
        file: which of them.
        connection_schemas: connector name → model of the keys of its connections.
    """
    schema = _MODELS[file].model_json_schema(by_alias=True, schema_generator=_Generator)
    definitions = schema.setdefault("$defs", {})
    connection = _connection(connection_schemas, definitions) if file is SchemaFile.SYNCD else {}
    plain = _walk(schema, lambda node: connection if node.get(SCHEMA_MARK) else _as_draft_7(node))
    return {"$schema": _DRAFT, **plain}


def schema_text(file: SchemaFile, connection_schemas: Mapping[str, type[BaseModel]]) -> str:
    """The schema as it is printed and shipped, with a newline at the end."""
    return json.dumps(json_schema(file, connection_schemas), indent=2, ensure_ascii=False) + "\n"


class _Generator(GenerateJsonSchema):
    """Defaults as they are written in YAML, and no titles that only repeat the keys."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """A field with its default in the words of the file; none for blocks, whose keys have their own."""
        if isinstance(schema.get("default"), BaseModel | SecretStr):
            return self.generate_inner(schema["schema"])
        writer = schema["schema"].get("serialization")
        if writer and writer["type"] == "function-plain" and not writer.get("info_arg") and "default" in schema:
            schema = {**schema, "default": writer["function"](schema["default"])}
        return super().default_schema(schema)

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """A block with what is written under its keys."""
        found = super().model_schema(schema)
        for key, text in descriptions(schema["cls"]).items():
            found["properties"][key].setdefault("description", text)
        return found

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Never."""
        return False


def _connection(schemas: Mapping[str, type[BaseModel]], definitions: dict[str, Any]) -> dict[str, Any]:
    """A block whose `type` decides which keys it has."""
    branches = []
    for name in sorted(schemas):
        inner = schemas[name].model_json_schema(by_alias=True, schema_generator=_Generator)
        definitions.update(inner.pop("$defs", {}))
        inner["properties"] = {**inner["properties"], "type": {"const": name, "description": "The connector."}}
        definitions[f"connection-{name}"] = inner
        branches.append(
            {"if": {"properties": {"type": {"const": name}}}, "then": {"$ref": f"#/$defs/connection-{name}"}}
        )
    return {
        "type": "object",
        "description": "An account on one ticketing instance.",
        "required": ["type"],
        "properties": {"type": {"enum": sorted(schemas)}},
        "allOf": branches,
    }


def _walk(node: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(node, dict):
        return {key: _walk(value, change) for key, value in change(node).items()}
    return [_walk(each, change) for each in node] if isinstance(node, list) else node


def _as_draft_7(node: dict[str, Any]) -> dict[str, Any]:
    """`prefixItems` is called `items` there."""
    if "prefixItems" not in node:
        return node
    rest = {key: value for key, value in node.items() if key != "prefixItems"}
    return {**rest, "items": node["prefixItems"]}
