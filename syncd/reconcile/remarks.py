"""What a comment says, as far as checks ask for it. Pure; what somebody quotes is not said by them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from syncd.model.items import Comment
from syncd.model.remarks import Remark
from syncd.model.richtext import CodeBlock, Doc, Mention, Quote, all_inlines
from syncd.model.values import UserId

MOST_KEPT: Final = 50
"""The latest remarks of an item; in longer talks the first question was answered or given up."""
_MOST_OF_A_QUESTION: Final = 200
_ADDRESS: Final = re.compile(r"https?://\S+")
_QUESTION: Final = re.compile(r"[^.!?\n]*\w[^.!?\n]*\?(?=$|[\s?!\"'\u201d\u2019)\]])")


def remarks_of(comments: Iterable[Comment]) -> tuple[Remark, ...]:
    """The latest remarks, oldest first, of comments that people wrote."""
    remarks = [remark for comment in comments if (remark := _remark(comment)) is not None]
    return tuple(sorted(remarks, key=lambda each: (each.at, each.id))[-MOST_KEPT:])


def _remark(comment: Comment) -> Remark | None:
    if comment.author is None:
        return None
    own = Doc(tuple(block for block in comment.body.blocks if not isinstance(block, Quote | CodeBlock)))
    names = frozenset(UserId(run.id) for run in all_inlines(own.blocks) if isinstance(run, Mention) and run.id)
    question = "" if comment.is_restricted else question_in(own.plain_text())
    author = replace(comment.author, name=_storable(comment.author.name))
    return Remark(comment.id, author, comment.created_at, question, names, comment.is_restricted)


def question_in(text: str) -> str:
    """The first sentence that ends with a question mark; "" when none does. Addresses are no sentences."""
    found = _QUESTION.search(_ADDRESS.sub(" ", text))
    return _storable(found.group().strip()[:_MOST_OF_A_QUESTION]) if found else ""


def _storable(text: str) -> str:
    """Half a character, as some systems deliver it, would not be taken by JSON."""
    return text.encode("utf-8", "replace").decode()
