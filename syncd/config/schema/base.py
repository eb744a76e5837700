"""What all models of the configuration share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

WRONG_AT: Final = "wrong_at"


@dataclass(slots=True)
class Context:
    """What validation may know and leaves behind.

    `folder`: that of the main file, for relative paths. `connection_schemas`: connector → model of its connections.
    """

    folder: Path = field(default_factory=Path)
    connection_schemas: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    _keys: dict[int, tuple[Any, set[str]]] = field(default_factory=dict)

    def note(self, block: Any, keys: Iterable[str]) -> None:
        """These keys fit into `block`, so that the nearest one can be named for a key that does not."""
        self._keys.setdefault(id(block), (block, set()))[1].update(keys)

    def keys_of(self, block: Any) -> frozenset[str]:
        """The keys that fit into `block`; none when it was never looked at."""
        return frozenset(self._keys[id(block)][1]) if id(block) in self._keys else frozenset()


class Model(BaseModel):
    """A block of keys: frozen, and a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _note_keys(cls, data: Any, info: ValidationInfo) -> Any:
        if isinstance(info.context, Context) and isinstance(data, dict):
            info.context.note(data, [each.alias or name for name, each in cls.model_fields.items()])
        return data

    @classmethod
    def of(cls, **values: Any) -> Self:
        """A model from plain values, for tests and tools."""
        return cls.model_validate(values)


def wrong_at(path: tuple[str | int, ...], message: str) -> PydanticCustomError:
    """The error of a validator that knows better than its own place where the fault stands (`path` from there)."""
    return PydanticCustomError(WRONG_AT, "{message}", {"message": message, "path": path})


def _absolute(path: str, info: ValidationInfo) -> str:
    folder = info.context.folder if isinstance(info.context, Context) else Path()
    return str(folder / Path(path).expanduser())


FilePath = Annotated[str, AfterValidator(_absolute), WithJsonSchema({"type": "string"})]
"""A path; a relative one counts from the folder of the main file."""
