"""The copied comments and files of a pair: how many there are, and what waits. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from syncd.cli.say import counted, joined, wrapped
from syncd.model.files import FileMirror
from syncd.model.mirrors import Look, Mirror, MirrorState

_WORDS: Final = {
    MirrorState.ACTIVE: "copied",
    MirrorState.DECLINED: "whose copy somebody deleted",
    MirrorState.WITHDRAWN: "whose copy was taken back",
    MirrorState.REFUSED: "refused by the other side",
}


def comment_lines(mirrors: Iterable[Mirror], look: Look | None) -> Iterator[str]:
    """The comments of a pair in one line, and a line for each reason to wait."""
    mirrors = tuple(mirrors)
    counts = Counter(mirror.state for mirror in mirrors)
    parts = [f"{counted(counts[state], 'comment')} {word}" for state, word in _WORDS.items() if counts[state]]
    yield ""
    yield f"    comments  {joined(parts) or 'none copied'}"
    reasons = [mirror.reason for mirror in mirrors if mirror.reason] + ([look.problem] if look and look.problem else [])
    for reason in reasons:
        yield wrapped(f"waits: {reason}", indent="      ")


def file_lines(files: Iterable[FileMirror]) -> Iterator[str]:
    """A line for each file of a pair: what became of it, and why it waits."""
    files = tuple(files)
    yield ""
    yield f"    files     {'' if files else 'none copied'}".rstrip()
    for file in files:
        yield f"      {file.name}: {_file_word(file)}"
        if file.reason:
            yield wrapped(f"waits: {file.reason}", indent="        ")


def _file_word(file: FileMirror) -> str:
    if file.state is not MirrorState.ACTIVE:
        return _WORDS[file.state]
    if file.line is not None:
        return "told of in a line"
    return f"copied to {file.side.other}" if file.is_ours else "the same on both sides"
