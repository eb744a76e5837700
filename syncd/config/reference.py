"""Every key of the YAML files as Markdown, made from the models so that it cannot say anything else than they do.

Used by `docs/generate.py` for `docs/configuration.md`. A test compares the two.
"""

from __future__ import annotations

import json
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from syncd.config.descriptions import descriptions
from syncd.config.effects import WITHOUT_EFFECT
from syncd.config.json_schema import SchemaFile
from syncd.config.schema import CheckConfig, Config, MappingConfig
from syncd.config.schema.words import WordFile

Path = tuple[str, ...]

_ROOTS: Final[Mapping[SchemaFile, tuple[type[BaseModel], Path]]] = {
    SchemaFile.SYNCD: (Config, ()),
    SchemaFile.MAPPING: (MappingConfig, ("syncs", "*", "mapping")),
    SchemaFile.WORDS: (WordFile, ("words",)),
}
"""Kind of file → its model, and where its keys stand once all files are one tree."""
_KINDS: Final = {"integer": "whole number", "number": "number", "boolean": "`true`, `false`", "object": "block"}
_LISTS: Final = ("syncs", "freeze", "fields", "create", "redact", "rules")
"""Keys that hold lists of blocks; other blocks of which there are many have names."""
_PLURALS: Final = {"text": "texts", "block": "blocks", "secret text": "secret texts", "list of blocks": "rows"}
_HEAD: Final = ("| key | value | default | effect | meaning |", "|---|---|---|---|---|")


@dataclass(frozen=True, slots=True)
class Row:
    """One key. `default`: as it is written in YAML, in Markdown."""

    key: str
    value: str
    default: str
    has_effect: bool
    meaning: str

    def __str__(self) -> str:
        """A row of a table."""
        effect = "yes" if self.has_effect else "**not yet**"
        return f"| `{self.key}` | {self.value} | {self.default} | {effect} | {self.meaning} |"


@dataclass(frozen=True, slots=True)
class Section:
    """One block of keys. `names`: where it stands; blocks that differ in defaults only are told together."""

    names: tuple[str, ...]
    text: str
    rows: tuple[Row, ...]

    @property
    def shape(self) -> tuple[Row, ...]:
        """The rows without their defaults."""
        return tuple(replace(row, default="") for row in self.rows)


def render_keys(file: SchemaFile, connection_schemas: Mapping[str, type[BaseModel]]) -> str:
    """All keys of one kind of file, a heading and a table for each block.

    `connection_schemas`: connector name → model of the keys of its connections.
    """
    model, path = _ROOTS[file]
    sections = _joined(_sections(_Block(model, path, path), connection_schemas))
    return "\n".join(line for section in sections for line in _lines(section))


def render_without_effect() -> str:
    """The keys that change nothing yet, as a list."""
    return "\n".join(f"- `{_name(path)}`" for path in WITHOUT_EFFECT if path[:3] != ("syncs", "*", "checks"))


def has_effect(path: Path) -> bool:
    """Whether a key at this place (`*` = each entry) changes anything in this version."""
    return not any(path[: len(pattern)] == pattern for pattern in WITHOUT_EFFECT)


# --- the tree of blocks -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Block:
    """A model at a place. `root`: the part of the path that goes without saying in its file. `kind`: of connection."""

    model: type[BaseModel]
    path: Path
    root: Path
    kind: str = ""

    @property
    def title(self) -> str:
        name = _name(self.path[len(self.root) :])
        if self.kind:
            return f"`{name}` of type `{self.kind}`"
        return f"`{name}`" if name else "Top of the file"


def _sections(block: _Block, schemas: Mapping[str, type[BaseModel]]) -> Iterator[Section]:
    """The block and all blocks below it, in the order of the models; the settings of checks are told in one table."""
    inner = list(_inner(block, schemas))
    rows = [*_short_forms(block), *(_row(block, key, field) for key, field in _fields(block))]
    checks = [each for each in inner if issubclass(each.model, CheckConfig)]
    if checks:
        yield Section(("`checks.CODE`",), "What every check can be told.", tuple(_check_rows(CheckConfig)))
        rows = rows[:1] + [row for check in checks for row in _rows_of_check(check, rows)]
    yield Section((block.title,), _text(block.model), tuple(rows))
    for each in inner:
        if each.model is not CheckConfig and (each not in checks or list(_inner(each, schemas))):
            below = _sections(each, schemas)
            yield from list(below)[1:] if each in checks else below


def _inner(block: _Block, schemas: Mapping[str, type[BaseModel]]) -> Iterator[_Block]:
    """The blocks right below; those of a mapping and of a sync's checks have tables of their own elsewhere."""
    for key, field in _fields(block):
        path = (*block.path, key)
        if path in (("syncs", "*", "mapping"), ("syncs", "*", "checks")):
            continue
        for model, is_many in _models(field.annotation):
            place = (*path, "*") if is_many else path
            if model is BaseModel:
                yield from (_Block(schemas[name], place, block.root, name) for name in sorted(schemas))
            else:
                yield _Block(model, place, block.root)


def _models(annotation: Any, *, is_many: bool = False) -> Iterator[tuple[type[BaseModel], bool]]:
    """The models within a type, and whether there can be many of them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, is_many
    is_many = is_many or typing.get_origin(annotation) in (dict, tuple)
    for part in typing.get_args(annotation):
        yield from _models(part, is_many=is_many)


def _joined(sections: Iterator[Section]) -> Iterator[Section]:
    """Neighbours that differ in their defaults only become one."""
    before: Section | None = None
    for section in sections:
        if before is not None and before.shape == section.shape:
            rows = (_both(*pair) for pair in zip(before.rows, section.rows, strict=True))
            before = Section(before.names + section.names, before.text, tuple(rows))
            continue
        if before is not None:
            yield before
        before = section
    if before is not None:
        yield before


def _both(one: Row, other: Row) -> Row:
    return one if one.default == other.default else replace(one, default=f"{one.default}, {other.default}")


# --- rows ---------------------------------------------------------------------------------------------------------


def _fields(block: _Block) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in block.model.model_fields.items():
        yield field.alias or name, field


def _row(block: _Block, key: str, field: FieldInfo) -> Row:
    schema = block.model.model_json_schema(by_alias=True)
    shape = {**schema["properties"][key], "$defs": schema.get("$defs", {})}
    text = descriptions(block.model).get(key) or next((_text(model) for model, _ in _models(field.annotation)), "")
    is_type = bool(block.kind) and key == "type"
    value = f"`{block.kind}`" if is_type else _value(shape)
    meaning = "The connector." if is_type else " ".join(text.split()).replace("|", "\\|")
    default = "required" if is_type else _default(block.model, key, field, value)
    return Row(key, value, default, has_effect((*block.path, key)), meaning)


def _short_forms(block: _Block) -> Iterator[Row]:
    """Keys that the model takes beside its own fields, as its JSON Schema tells them."""
    own = {key for key, _ in _fields(block)}
    for key, shape in block.model.model_json_schema(by_alias=True)["properties"].items():
        if key not in own:
            yield Row(key, _value(shape), "–", has_effect((*block.path, key)), shape["description"])


def _rows_of_check(check: _Block, rows: list[Row]) -> Iterator[Row]:
    """A row for the check, and one for each setting that it has of its own."""
    yield next(row for row in rows if row.key == check.path[-1])
    for key, field in _fields(check):
        if key not in CheckConfig.model_fields:
            row = _row(check, key, field)
            yield replace(row, key=f"{check.path[-1]}.{key}")


def _check_rows(model: type[BaseModel]) -> Iterator[Row]:
    block = _Block(model, ("checks", "conflict"), ())
    return (_row(block, key, field) for key, field in _fields(block))


def _value(shape: Mapping[str, Any]) -> str:
    """What may stand there, in Markdown."""
    shape = _resolved(shape)
    if "anyOf" in shape:
        return _any_of([{**each, "$defs": shape["$defs"]} for each in shape["anyOf"] if each.get("type") != "null"])
    if "const" in shape:
        return f"`{shape['const']}`"
    if "enum" in shape:
        return ", ".join(f"`{word}`" for word in shape["enum"])
    if "examples" in shape:
        return f"such as `{shape['examples'][-1]}`"
    return _plain_value(shape)


def _plain_value(shape: Mapping[str, Any]) -> str:
    pattern = shape.get("pattern", "[")
    if "[" not in pattern:
        words = pattern.removeprefix("^(?:").removesuffix(")$").replace(r":\S.*", ":NAME").split("|")
        return ", ".join(f"`{word}`" for word in words)
    if shape.get("format") in ("password", "date"):
        return {"password": "secret text", "date": "such as `2027-03-01`"}[shape["format"]]
    if shape.get("type") == "integer" and "minimum" in shape:
        upper = f" to {shape['maximum']}" if "maximum" in shape else " or more"
        return f"{shape['minimum']}{upper}"
    if shape.get("type") == "array":
        return "list of texts" if shape.get("items", {}).get("type") == "string" else "list of blocks"
    kind = shape.get("type")
    return _KINDS.get(kind, "text") if isinstance(kind, str) else "text"


def _any_of(shapes: list[dict[str, Any]]) -> str:
    """A single element may stand for a list of one; that is said once, above the tables."""
    lists = [shape for shape in shapes if shape.get("type") == "array"]
    if not lists:
        return ", ".join(dict.fromkeys(_value(shape) for shape in shapes))
    items = _value({**lists[0]["items"], "$defs": shapes[0]["$defs"]})
    return f"list, {items}" if items.startswith("such as") else f"list of {_PLURALS.get(items, items)}"


def _resolved(shape: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = shape.get("$ref")
    if reference is None:
        return shape
    return {**shape["$defs"][reference.removeprefix("#/$defs/")], "$defs": shape["$defs"]}


def _default(model: type[BaseModel], key: str, field: FieldInfo, value: str) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, BaseModel):
        return "–"
    if isinstance(default, SecretStr):
        written: Any = default.get_secret_value()
    else:
        written = model.model_construct().model_dump(mode="json", by_alias=True)[key]
    if written in (None, "", [], {}):
        return "–"
    is_size = "MB" in value
    return f"`{written // 1_000_000}MB`" if is_size else f"`{_yaml(written)}`"


def _yaml(value: Any) -> str:
    """A plain value as it is written in one line of YAML."""
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(each)}" for key, each in value.items()) + "}"
    return value if isinstance(value, str) and value not in ("*", "") else json.dumps(value)


# --- text ---------------------------------------------------------------------------------------------------------


def _text(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split("\n\n")[0].split())


def _name(path: Path) -> str:
    """A place as people write it: `syncs[].mapping.links`, `calendars.NAME`."""
    text = ".".join("NAME" if part == "*" else part for part in path)
    for many in _LISTS:
        text = text.replace(f"{many}.NAME", f"{many}[]")
    return text


def _lines(section: Section) -> Iterator[str]:
    yield f"### {' and '.join(section.names)}"
    yield from ("", section.text, "", *_HEAD, *map(str, section.rows), "")
