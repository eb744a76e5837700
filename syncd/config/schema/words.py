"""Files of words that checks look for."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from syncd.config.scalars import Listed, Name, Version
from syncd.config.schema.base import Model

_WORD = re.compile(r"[^\W_]")


def _has_word(phrase: str) -> str:
    if not _WORD.search(phrase):
        raise ValueError("expected a phrase with at least one word")
    return phrase


Phrase = Annotated[Name, AfterValidator(_has_word)]


class WordRuleConfig(Model):
    """Words that say the same thing."""

    theme: Name
    """A short name of what they are about."""
    reason: Name
    """A plain sentence that people read beside the words that were found."""
    words: Annotated[tuple[Phrase, ...], Listed(), Field(min_length=1)]
    """Words or phrases; `*` at the start or end of a word stands for any letters."""
    in_: Annotated[tuple[Literal["title", "labels", "section", "description"], ...], Listed()] = Field(
        default=("title", "labels", "section", "description"), alias="in"
    )
    """Where they count."""
    unless: Annotated[tuple[Phrase, ...], Listed()] = ()
    """Phrases in which the words mean something else."""


class WordFile(Model):
    """A file of words that a check looks for."""

    version: Version
    """Of this file's format."""
    rules: tuple[WordRuleConfig, ...]
    """The words, by what they are about."""
