"""Reading files of words."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import ValidationError

from syncd.config.messages import problems_of
from syncd.config.schema.base import Context
from syncd.config.schema.words import WordFile, WordRuleConfig
from syncd.config.yaml import parse
from syncd.model.errors import ConfigError, Problem

_SHIPPED: Final = Path(__file__).parent / "shipped"


def shipped(name: str) -> Path:
    """A file of words that comes with the package, and that `mappings/` of the repository shows too."""
    return _SHIPPED / name


def read_words(path: Path) -> tuple[WordRuleConfig, ...]:
    """The rules of one file. Raises ConfigError with all its problems."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError((Problem(str(path), 0, 0, f"{path} cannot be read: {error.strerror}"),)) from None
    document = parse(text, str(path))
    context = Context(path.parent)
    try:
        return WordFile.model_validate(document.data, context=context).rules
    except ValidationError as error:
        raise ConfigError(tuple(problems_of(error.errors(), document, context))) from None
