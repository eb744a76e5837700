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

_MARKS: Final[dict[str, str]] = {str(way): word for way, word in CommentsConfig().marks.items()}


@dataclass(frozen=True, slots=True)
class CommentRules:
    """Which comments cross.

    `to`: the sides that new comments are copied to, and on which copies follow their originals. `marks`: the word that
    sends a comment to a side; a side without one gets all. `allow`: limits of visibility that may be crossed.
    `redact`: what is replaced on the way to a side. `calls_known`: a copy calls the first person it names that is known
    there.
    """

    to: frozenset[Side] = frozenset()
    marks: abc.Mapping[Side, re.Pattern[str]] = field(default_factory=dict)
    allow: frozenset[str] = frozenset()
    redact: abc.Mapping[Side, tuple[Replacement, ...]] = field(default_factory=dict)
    calls_known: bool = False

    def may_be_shared(self, comment: Comment) -> bool:
        """Whether every limit on who may read the comment is one that may be crossed: in doubt it stays."""
        return comment.visibility <= self.allow

    def is_meant_for(self, body: Doc, side: Side) -> bool:
        """Whether the text asks to be shown on `side`; a mark in what somebody quotes asks for nothing."""
        mark = self.marks.get(side)
        return mark is None or any(mark.search(words) for words in own_words(body))

    def as_shared(self, body: Doc, side: Side) -> Doc:
        """The text as `side` may read it: without the mark, and without what is redacted."""
        mark = self.marks.get(side)
        if mark is not None:
            body = replace_words(body, [Replacement(mark, "")], in_quotes=False)
        return replace_words(body, self.redact.get(side, ()))

    def redacted(self, text: str, side: Side) -> str:
        """A line of text as `side` may read it."""
        for each in self.redact.get(side, ()):
            text = each.in_text(text)
        return text


def compile_comments(source: CommentsConfig | None) -> CommentRules | None:
    """The rules, None where no comment is mirrored at all."""
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
    return CommentRules(WAYS[source.direction], marks, frozenset(source.allow), redact, source.mention == "known")


def _mark(word: str) -> re.Pattern[str]:
    """The mark as a word of its own ("@it", not "@item" or "me@it.example"), with what parts it from the next one."""
    return re.compile(rf"(?<![\w@.]){re.escape(word)}(?![\w-]|\.\w)[:,]?[ \t]*", re.IGNORECASE)
