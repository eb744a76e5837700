"""The copied files of a preview, as they are shown to people and programs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from syncd.cli.say import counted
from syncd.engine.copies.mirrors import PlannedComments
from syncd.model.files import AttachFile, DetachFile, FileOperation, TellOfFile
from syncd.model.items import Item, Side
from syncd.reconcile.file_line import spell_size

COPY: Final = "copy file"
TELL: Final = "link file"
REMOVE: Final = "remove file"
_WORDS: Final = {COPY: "copied", TELL: "told of in a line", REMOVE: "removed"}


@dataclass(frozen=True, slots=True)
class Filed:
    """A file that is copied, told of in a line, or whose copy is removed.

    `item`: on which it then stands, None for one to be made; `twin`: the other one. `size`: in bytes, None where it is
    not known.
    """

    action: str
    side: Side
    item: Item | None
    twin: Item | None
    name: str
    size: int | None
    why: str


def filed(planned: PlannedComments) -> Iterator[Filed]:
    """What becomes of the files of one pair."""
    for operation in planned.files.operations:
        side = operation.side
        item, twin = planned.items.get(side), planned.items.get(side.other)
        match operation:
            case AttachFile(original=original, name=name, alike=alike):
                who = original.author.name if original.author else "somebody"
                why = f"new, by {who}" + ("; not copied if the one of that name there is the same" if alike else "")
                yield Filed(COPY, side, item, twin, name, original.size, why)
            case TellOfFile(original=original, name=name, why=why):
                yield Filed(TELL, side, item, twin, name, original.size, why)
            case DetachFile(mirror=mirror, cause=cause):
                yield Filed(REMOVE, side, item, twin, mirror.name, None, cause)


def file_facts(operation: FileOperation) -> list[Any]:
    """What names an operation."""
    match operation:
        case AttachFile(side=side, original=original, name=name):
            return [COPY, side, original.id, name]
        case TellOfFile(side=side, original=original, name=name):
            return [TELL, side, original.id, name]
        case DetachFile(side=side, mirror=mirror):
            return [REMOVE, side, mirror.original]


def files_of(files: Sequence[Filed], side: Side) -> Iterator[str]:
    """How many files of each sort, and how much there is to copy."""
    for action, word in _WORDS.items():
        mine = [each for each in files if (each.side, each.action) == (side, action)]
        size = f" ({spell_size(copied_bytes(mine, side))})" if action == COPY else ""
        if mine:
            yield f"{counted(len(mine), 'file')} {word}{size}"


def copied_bytes(files: Sequence[Filed], side: Side) -> int:
    """How much is copied to a side, as far as sizes are known."""
    return sum(each.size or 0 for each in files if (each.side, each.action) == (side, COPY))


def file_text(file: Filed) -> str:
    """The name of a file and its size."""
    return file.name if file.size is None else f"{file.name} ({spell_size(file.size)})"
