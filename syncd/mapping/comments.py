"""`comments:` of a mapping, compiled: which comments cross, and what is left out on the way. Pure."""

from __future__ import annotations

import re
from collections import abc
from dataclasses import dataclass, field
from typing import Final

from syncd.config.schema.mapping import CommentsConfig
from syncd.mapping.replacing import Replacement, own_words, replace_words
from syncd.model.items import Comment, Side
from syncd.model.richtext import Doc

WAYS: Final = {
    "both": frozenset(Side),
    "to-it": frozenset({Side.IT}),
    "to-marketing": frozenset({Side.MARKETING}),
    "none": frozenset[Side](),
}
"""The sides that a direction of the configuration leads to."""

QUOTES: Final = "\"'“”„‟‘’‚‛«»‹›`´"
BULLETS: Final = "-*•–—"
_INVISIBLE: Final = "\u00ad\u200b-\u200f\u2060\ufeff"
"""What may stand in front of a command: people copy it in its quotation marks, or put it in a list."""
_MARKS: Final[dict[str, str]] = {str(way): word for way, word in CommentsConfig().marks.items()}


@dataclass(frozen=True, slots=True)
class CommentRules:
    """Which comments cross.

    `to`: the sides that new comments are copied to, and on which copies follow their originals. `marks`: the word that
    sends a comment to a side; a side without one gets all. `allow`: limits of visibility that may be crossed.
    `redact`: what is replaced on the way to a side. `calls_known`: a copy calls the first person it names that is known
    there. `commands`: lines that speak to syncd and stay where they are.
    """

    to: frozenset[Side] = frozenset()
    marks: abc.Mapping[Side, re.Pattern[str]] = field(default_factory=dict)
    allow: frozenset[str] = frozenset()
    redact: abc.Mapping[Side, tuple[Replacement, ...]] = field(default_factory=dict)
    calls_known: bool = False
    commands: re.Pattern[str] | None = None

    def may_be_shared(self, comment: Comment) -> bool:
        """Whether every limit on who may read the comment is one that may be crossed: in doubt it stays."""
        return comment.visibility <= self.allow

    def is_meant_for(self, body: Doc, side: Side) -> bool:
        """Whether the text asks to be shown on `side`; a mark in what somebody quotes asks for nothing."""
        mark = self.marks.get(side)
        return mark is None or any(mark.search(words) for words in own_words(body))

    def as_shared(self, body: Doc, side: Side) -> Doc:
        """The text as `side` may read it: without commands, without the mark, and without what is redacted."""
        if self.commands is not None:
            body = replace_words(body, [Replacement(self.commands, "")], in_quotes=False)
        mark = self.marks.get(side)
        if mark is not None:
            body = replace_words(body, [Replacement(mark, "")], in_quotes=False)
        return replace_words(body, self.redact.get(side, ()))

    def redacted(self, text: str, side: Side) -> str:
        """A line of text as `side` may read it."""
        for each in self.redact.get(side, ()):
            text = each.in_text(text)
        return text


def compile_comments(source: CommentsConfig | None, prefix: str = "") -> CommentRules | None:
    """The rules, None where no comment is mirrored at all. `prefix`: of commands, "" where nobody may give any."""
    if source is None:
        return None
    words = _MARKS | {str(way): word for way, word in source.marks.items()} if source.only == "marked" else {}
    marks = {side: _mark(word) for way, word in words.items() for side in WAYS[way]}
    redact = {
        side: tuple(
            Replacement(re.compile(each.find), each.with_) for each in source.redact if side in WAYS[each.direction]
        )
        for side in Side
    }
    calls_known, commands = source.mention == "known", command_lines(prefix) if prefix else None
    return CommentRules(WAYS[source.direction], marks, frozenset(source.allow), redact, calls_known, commands)


def _mark(word: str) -> re.Pattern[str]:
    """The mark as a word of its own ("@it", not "@item" or "me@it.example"), with what parts it from the next one."""
    return re.compile(rf"(?<![\w@.]){re.escape(word)}(?![\w-]|\.\w)[:,]?[ \t]*", re.IGNORECASE)


def command_lines(prefix: str) -> re.Pattern[str]:
    """Finds the lines of a paragraph that command something, so that they do not cross."""
    lead = rf"(?:[^\S\n]|[{re.escape(QUOTES + BULLETS)}{_INVISIBLE}])*"
    return re.compile(rf"(?im)^{lead}{re.escape(prefix)}(?![\w-]).*$\n?")
