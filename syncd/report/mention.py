"""Who is called to a comment: one person, of the side that the comment is on."""

from __future__ import annotations

from syncd.model.values import Person
from syncd.report.view import StatusView, owner_of


def person_to_mention(view: StatusView) -> Person | None:
    """Who is in charge of the item, or else who wrote it; None when neither is a person with an open account.

    An item that syncd made bears a marker, and its author is syncd's own account.
    """
    owner = owner_of(view.item)
    if owner is not None and owner.id not in view.robots:
        return owner
    author = view.item.author
    if author is None or not author.is_active or author.id in view.robots or view.item.marker is not None:
        return None
    return author
