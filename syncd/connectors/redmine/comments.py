"""Notes of an issue: its journals that say something.

A note has no place for a marker: ours is known by author and text. Private notes of other people are never read out.
Redmine lets an administrator rewrite anybody's note, so whose it is is looked up before every change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NoReturn

from syncd.connectors.answers import need
from syncd.connectors.redmine.client import RedmineClient
from syncd.connectors.redmine.text import read_text, render_text
from syncd.connectors.redmine.wire import Json, gone, id_of, parse_instant, parse_person, refusals
from syncd.connectors.richtext import FormatName
from syncd.model.errors import ConnectorError, Gone, Rejected, Transient
from syncd.model.items import Comment, CommentDraft, CommentId, ItemId
from syncd.model.richtext import Doc

INTERNAL = "internal"
NOT_PRIVATE: Final = (
    "the note was to be private (`report.restrict`), and the role of this account lacks the permission "
    "'Set notes as private'"
)


@dataclass(frozen=True, slots=True)
class Comments:
    """The notes of a connection's issues. `me`: number of our account."""

    client: RedmineClient
    format: FormatName
    me: str

    def fetch(self, item_id: ItemId) -> tuple[Comment, ...]:
        """The notes of an issue, oldest first."""
        comments = (self._comment(journal) for journal in self._journals(item_id))
        return tuple(comment for comment in comments if comment is not None)

    def create(self, item_id: ItemId, draft: CommentDraft) -> CommentId:
        """Add a note. Redmine tells nothing of it, so its number is read: the newest of ours with this text."""
        text = render_text(draft.body, self.format)
        data = {"notes": text, **({"private_notes": True} if draft.restrict else {})}
        self.client.create_note(item_id, data, refusals())
        made = self._made(item_id, text)
        if draft.restrict and not made.get("private_notes"):
            self._take_back(item_id, CommentId(id_of(made)))
        return CommentId(id_of(made))

    def _take_back(self, item_id: ItemId, comment_id: CommentId) -> NoReturn:
        """Redmine let everybody read what was to be private. Raises Rejected."""
        try:
            self.client.update_note(item_id, comment_id, "", {**refusals(), 404: gone})
        except Gone:
            pass
        except Rejected as error:
            raise Rejected(
                f"{NOT_PRIVATE}; the note stands there, and Redmine said: {error}", item_id=item_id
            ) from error
        raise Rejected(f"{NOT_PRIVATE}; the note was taken back at once", item_id=item_id)

    def update(self, item_id: ItemId, comment_id: CommentId, body: Doc) -> None:
        """Rewrite a note of ours; one that already says this is left alone. Raises Gone."""
        journal = self._own(item_id, comment_id)
        text = render_text(body, self.format)
        if _notes(journal) != text:
            self.client.update_note(item_id, comment_id, text, {**refusals(), 404: gone})

    def delete(self, item_id: ItemId, comment_id: CommentId) -> None:
        """Empty a note of ours. One that is already gone is no error."""
        try:
            self._own(item_id, comment_id)
            self.client.update_note(item_id, comment_id, "", {**refusals(), 404: gone})
        except Gone:
            return

    def _journals(self, item_id: ItemId) -> list[Json]:
        journals: list[Json] = need(self.client.issue(item_id, "journals"), "journals", list)
        return journals

    def _comment(self, journal: Json) -> Comment | None:
        author = parse_person(journal.get("user"))
        is_ours, is_private = self._is_ours(journal), bool(journal.get("private_notes"))
        if not _notes(journal).strip() or (is_private and not is_ours):
            return None
        body = read_text(_notes(journal), self.format)[0] or Doc(())
        at = parse_instant(need(journal, "created_on"))
        edited_at = parse_instant(str(journal.get("updated_on") or journal["created_on"]))
        visibility = frozenset({"private"} if is_private else ())
        return Comment(CommentId(id_of(journal)), body, author, at, edited_at, is_ours, visibility)

    def _is_ours(self, journal: Json) -> bool:
        author = parse_person(journal.get("user"))
        return author is not None and author.id == self.me

    def _own(self, item_id: ItemId, comment_id: CommentId) -> Json:
        """The journal of a note of ours. Raises Gone when it is no more, Rejected when it is somebody else's."""
        found = [one for one in self._journals(item_id) if id_of(one) == comment_id and _notes(one).strip()]
        if not found:
            raise Gone("the comment is no longer there", item_id=item_id)
        if not self._is_ours(found[0]):
            raise Rejected("the comment is somebody else's", item_id=item_id)
        return found[0]

    def _made(self, item_id: ItemId, text: str) -> Json:
        try:
            journals = self._journals(item_id)
        except ConnectorError as error:
            raise Transient(f"a comment was made, its number is not known: {error}", is_in_doubt=True) from error
        ours = [one for one in journals if self._is_ours(one) and _notes(one) == text]
        if not ours:
            raise Transient("a comment was made and is not shown", is_in_doubt=True)
        return ours[-1]


def _notes(journal: Json) -> str:
    return str(journal.get("notes") or "").replace("\r\n", "\n")
