"""Which comments are no person's: those that syncd wrote, and those of accounts that are no people."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from syncd.engine.talk.listening import Place
from syncd.model.items import CommentId
from syncd.model.storage import Store
from syncd.model.values import Person


def written_by_us(store: Store, place: Place) -> frozenset[CommentId]:
    """The status comment and the copies of other comments on an item."""
    ref = place.item.ref
    status = store.findings.read_comment(ref)
    links = store.links.of_items([ref]).get(ref, ())
    copies = (mirror for link in links for mirror in store.mirrors.read(link.id))
    ours = [mirror.id for mirror in copies if mirror.side is place.side.other]
    return frozenset(each for each in (*ours, status.comment if status else None) if each is not None)


def is_no_person(author: Person, patterns: Sequence[str]) -> bool:
    """Whether an account is one of those that are no people, by its name, address or id."""
    names = [each.casefold() for each in (author.id, author.name, author.email) if each]
    return any(fnmatchcase(name, pattern.casefold()) for name in names for pattern in patterns)
