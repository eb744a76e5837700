"""The mapping file: links, fields, transitions, and what travels with them."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationInfo,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from syncd.config.choices import Conflict, CreateFor, Differences, Direction, WhenEmptied
from syncd.config.scalars import Anything, Bool, Day, Listed, Name, Size, Text, Version, one_of
from syncd.config.schema.base import Context, Model
from syncd.model.items import Side


class CreateConfig(Model):
    """One way in which an item gets a counterpart."""

    in_: Side = Field(alias="in")
    """The side on which it is made."""
    when: Name | None = None
    """CEL over the item that exists (on the other side): canonical names, custom["Name"]. Unset: always."""
    type: Name | None = None
    """Of the new item; unset: the `type` of the side."""
    set: dict[str, Anything] = Field(default_factory=dict)
    """Values for the create call only, in the system's own terms; fields that the project requires go here."""


class AdoptConfig(Model):
    """How existing items that belong together are recognised."""

    by: Annotated[tuple[Annotated[str, one_of("url", "key", "field:NAME")], ...], Listed()] = ("url", "key")
    """`url` or `key` of the one named in the other's texts, or an equal value of "field:NAME"; what stands first counts
    more. Only where that is unique both ways."""
    differences: Differences = Differences.KEEP
    """What becomes of unlike values of joined items: `keep` both, or `marketing` or `it` wins. Empty never wins."""


COMMENTS: Final = "comments"
"""Among the places where dependencies are looked for, the one that is no field."""


class DependsConfig(Model):
    """How the issues that a marketing item needs are recognised."""

    by: Annotated[tuple[Literal["key", "url"], ...], Listed()] = ("key", "url")
    """What counts as a reference: the issue's `key` in a text, or its `url`."""
    in_: Annotated[tuple[Annotated[str, one_of("description", "title", "comments", "field:NAME")], ...], Listed()] = (
        Field(default=("description",), alias="in")
    )
    """Where on the marketing item they are looked for: `description`, `title`, "field:NAME"; `comments`."""
    projects: Annotated[tuple[Name, ...], Listed()] = ()
    """Keys of the IT projects whose issues count; unset: the project of the sync. Issues of others are read by id."""


class LinksConfig(Model):
    """How items find each other."""

    create: Annotated[tuple[CreateConfig, ...], Listed()] = ()
    """The first that fits makes one counterpart."""
    create_for: CreateFor = CreateFor.OPEN
    """`open`: items that are done get none. `all`: they do."""
    since: Day | None = None
    """Only for items created after that day, in the zone of their side."""
    adopt: AdoptConfig | None = None
    """How existing pairs are recognised; unset: not at all."""
    depends: DependsConfig | None = None
    """How dependencies are recognised; unset: only people add them."""


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and value and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise ValueError('expected a value, a list of values, ~ or "*"')


Cell = Annotated[Text | tuple[Text, ...] | None, BeforeValidator(_cell)]


def _row(value: Any) -> Any:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError("expected a row of two: [marketing, it]")
    return tuple(value)


Row = Annotated[tuple[Cell, Cell], BeforeValidator(_row)]
"""[marketing, it]; each a value, a list of values, ~ (says nothing to the other side) or "*" (all others)."""


def _ends(data: Any, info: ValidationInfo) -> Any:
    """A lonely name stands for `field: NAME`, and that for the same name on both sides."""
    if isinstance(data, dict) and isinstance(info.context, Context):
        info.context.note(data, ["field", *FieldConfig.model_fields])
    data = {"field": data} if isinstance(data, str) else data
    if isinstance(data, dict) and "field" in data and not {"marketing", "it"} & data.keys():
        rest = {key: value for key, value in data.items() if key != "field"}
        return {"marketing": data["field"], "it": data["field"], **rest}
    return data


class FieldConfig(Model):
    """One field that is mapped. A lonely name stands for `{field: NAME}`."""

    model_config = ConfigDict(json_schema_extra=lambda schema: _allow_field(schema))

    marketing: Name
    """Canonical name, display name or id of the field on the marketing side."""
    it: Name
    """The same on the IT side."""
    direction: Direction | None = None
    """`both` | `to-it` | `to-marketing` | `once` (in the create call only) | `compare` (never written).
    Unset: `compare` for due to due, else `both`."""
    conflict: Conflict = Conflict.NEWEST
    """When both sides changed it: `newest` (where edit times are unknown: `flag`) | `marketing` | `it` | `flag`."""
    values: tuple[Row, ...] | None = None
    """Rows of [marketing, it]; the first that fits counts, each way."""
    default: Cell = None
    """Written on create when the value is empty; in the new item's own words."""
    below: Name | None = None
    """A line under which each side's own notes stay its own."""


class _FieldForms:
    """The short forms of a field: a lonely name, and `field: NAME` for the same name on both sides."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The model's schema behind a step that writes the short forms out."""
        return core_schema.with_info_before_validator_function(_ends, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """A name, or a block."""
        return {"anyOf": [{"type": "string", "minLength": 1}, handler(schema)]}


def _allow_field(schema: JsonSchemaValue) -> None:
    schema["properties"]["field"] = {
        "type": "string",
        "minLength": 1,
        "description": "Name of the field where it is the same on both sides; instead of `marketing` and `it`.",
    }
    schema["required"] = []
    schema["anyOf"] = [{"required": ["field"]}, {"required": ["marketing", "it"]}]


MappedField = Annotated[FieldConfig, _FieldForms()]


class TransitionsConfig(Model):
    """How a status is reached through a workflow."""

    max_steps: Annotated[int, Field(ge=1, le=10)] = 4
    """Transitions at most."""
    never: Annotated[tuple[Name, ...], Listed()] = ()
    """Statuses that no path passes, unless one is its goal."""
    fill: dict[str, dict[str, Anything]] = Field(default_factory=dict)
    """Status → field → value, for fields that a transition's screen requires."""


Ways = Literal["both", "to-it", "to-marketing"]


class RedactConfig(Model):
    """A text that does not cross."""

    find: Name
    """Regular expression (Python's), looked for in one paragraph at a time, whatever its formatting."""
    with_: Text = Field(default="", alias="with")
    """What stands in its place."""
    direction: Ways = "both"
    """`both` | `to-it` | `to-marketing`: on which way."""

    @model_validator(mode="after")
    def _compiles(self) -> Self:
        try:
            re.compile(self.find)
        except re.error as error:
            raise ValueError(f"`find` is no regular expression: {error}") from None
        return self


Limit = Annotated[str, one_of("internal", "private", "role:NAME", "group:NAME")]


class CommentsConfig(Model):
    """Which comments are copied to the other side. Comments that not all see who see the item never are."""

    direction: Literal["both", "to-it", "to-marketing", "none"] = "both"
    """`both` | `to-it` | `to-marketing` | `none`: no new copies; those that are there stay."""
    only: Literal["all", "marked"] = "marked"
    """`all`, or those that bear a mark."""
    marks: dict[Literal["to-it", "to-marketing"], Name] = Field(default={"to-it": "@it", "to-marketing": "@marketing"})
    """The word that sends a comment across; the copy does not show it."""
    redact: Annotated[tuple[RedactConfig, ...], Listed()] = ()
    """What is replaced on the way, before anything leaves."""
    mention: Literal["names", "known"] = "names"
    """@-mentions become names and call nobody, or one person that `people` knows on the other side is really called."""
    allow: Annotated[tuple[Limit, ...], Listed()] = ()
    """Limits of visibility that may be crossed all the same: `internal` (the service team's, not the customer's),
    `private`, "role:NAME", "group:NAME". A comment under several limits crosses when all of them are named."""


class AttachmentsConfig(Model):
    """Which files are copied to the other side. Files that not all see who see the item never are."""

    direction: Literal["both", "to-it", "to-marketing", "none"] = "both"
    """`both` | `to-it` | `to-marketing` | `none`: no new copies; those that are there are followed."""
    max_size: Size = 20_000_000
    """Larger files stay where they are, and so do those that the other system does not take; a line on the other side
    leads to them."""
    types: Annotated[tuple[Name, ...], Listed()] = ("*",)
    """File name endings, whatever their case."""
    not_types: Annotated[tuple[Name, ...], Listed()] = ()
    """File name endings that never cross."""


class MappingConfig(Model):
    """What is carried between the two sides of a sync."""

    version: Version = 1
    """Of this file's format."""
    links: LinksConfig = LinksConfig()
    """How items find each other."""
    fields: tuple[MappedField, ...]
    """The mapped fields."""
    transitions: TransitionsConfig = TransitionsConfig()
    """How a status is reached through a workflow."""
    empty: WhenEmptied = WhenEmptied.CLEAR
    """A value that a person emptied after pairing: `clear` it opposite too, or `keep`. At pairing, empty never wins."""
    comments: CommentsConfig | None = None
    """Which comments cross; unset: none."""
    attachments: AttachmentsConfig | None = None
    """Which files cross; unset: none."""
    subtasks: Bool = False
    """`true`: as if `fields` named `parent`: the counterpart of a subtask goes below the counterpart of its parent."""
