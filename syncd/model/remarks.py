"""What people said in comments, as far as it is remembered: who asked what, and who spoke since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.model.items import CommentId, Side
from syncd.model.values import Person, UserId


@dataclass(frozen=True, slots=True)
class Remark:
    """A person's comment on an item. `at`: when it was written.

    `question`: the first sentence of it that ends with a question mark, "" when none does, and always of a restricted
    one. `names`: the accounts that it mentions.
    """

    id: CommentId
    author: Person
    at: datetime
    question: str = ""
    names: frozenset[UserId] = frozenset()
    is_restricted: bool = False


@dataclass(frozen=True, slots=True)
class Saying:
    """A remark on one of the items of a link.

    `where`: the side of that item. `by`: the side of who wrote it: the owner of the other side's item may write here
    too. `calls`: the sides whose people it mentions. `is_copied`: a copy of it stands on the other side.
    """

    remark: Remark
    where: Side
    by: Side
    calls: frozenset[Side] = frozenset()
    is_copied: bool = False
