"""`attachments:` of a mapping, compiled: which files cross. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from syncd.config.schema.mapping import AttachmentsConfig
from syncd.mapping.comments import WAYS
from syncd.model.attachments import Attachment
from syncd.model.file_names import clean_name
from syncd.model.items import Side

ALL: Final = ""


@dataclass(frozen=True, slots=True)
class FileRules:
    """Which files cross.

    `to`: the sides that new files are copied to. `max_size`: in bytes; of a larger one a line tells. `types`,
    `not_types`: endings in lower case without a dot before them; ALL fits every name.
    """

    to: frozenset[Side] = frozenset()
    max_size: int = 20_000_000
    types: frozenset[str] = frozenset({ALL})
    not_types: frozenset[str] = frozenset()

    def is_wanted(self, file: Attachment) -> bool:
        """Whether everybody who sees the item sees the file, and its type is one that crosses."""
        name = clean_name(file.name)
        return not file.is_restricted and _fits(name, self.types) and not _fits(name, self.not_types)


def compile_attachments(source: AttachmentsConfig | None) -> FileRules | None:
    """The rules, None where no file is copied at all."""
    if source is None:
        return None
    return FileRules(WAYS[source.direction], source.max_size, _endings(source.types), _endings(source.not_types))


def _endings(types: tuple[str, ...]) -> frozenset[str]:
    """`png`, `.png` and `*.png` are the same."""
    return frozenset(each.casefold().lstrip("*.") for each in types)


def _fits(name: str, endings: frozenset[str]) -> bool:
    lowered = name.casefold()
    return ALL in endings or any(lowered.endswith(f".{ending}") for ending in endings)
