"""What a connector's tests bring along so that the conformance suite can run on it.

A `Harness` is a system with a project set up as its `Stage` says, a way to act in it as a person does (past the
connector), and a switchboard for trouble. One harness a test; nothing is shared between tests.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from syncd.model.attachments import AttachmentId
from syncd.model.errors import AuthError, ConnectorError, Malformed, RateLimited, Transient
from syncd.model.items import CommentId, ItemId, Scope
from syncd.model.ports import Connector
from syncd.model.richtext import Doc
from syncd.model.values import TITLE, FieldId, Person, Value


class Trouble(StrEnum):
    """What the suite asks a harness to let go wrong.

    `login`: the credentials are refused. `rate limit`: told to wait. `outage`: the system is there but cannot serve.
    `lost request`: no answer, no effect. `lost reply`: no answer, but the effect. `malformed`: a success that cannot
    be understood.
    """

    LOGIN = "login"
    RATE_LIMIT = "rate limit"
    OUTAGE = "outage"
    LOST_REQUEST = "lost request"
    LOST_REPLY = "lost reply"
    MALFORMED = "malformed"


class Aim(StrEnum):
    """Which requests a trouble strikes."""

    ALL = "all"
    READS = "reads"
    WRITES = "writes"


@dataclass(frozen=True, slots=True)
class Stage:
    """What the project of a harness looks like. Names are those of the system.

    Attributes:
        scope: The project; `scope.fields` names the custom fields in `fields`.
        statuses: Two or more statuses, all reachable from each other; the first is not done, the last is done.
        people: Two people who can be put in charge of an item; their e-mail addresses are visible.
        fields: Canonical and custom fields that can be read and written; the suite sends values of their kinds.
        page_size: Items of one poll page.
        refused: Fields with a value that the system refuses.
        ambiguous_field: A name that two custom fields bear.
        ambiguous_person: A display name that two people bear.
        closed_email: The address of an account that is closed.
        type: A type of item that can be made; None where there are no types.
        restriction: A restriction of comments that the system knows; None where it has none.
        filter: For `Scope.filter`, in the system's own language: fits the items that bear the label `web`.
        polls_see: Fields whose changes the incremental poll shows at once. Default: all of `fields`.
        title_chars: Longest title; a longer one is shortened by the connector.
        max_attachment_bytes: Largest file that the system takes, not much; None where it keeps no files.
        file_names: Names of files that the system rewrites → what it makes of them.
        retry_after_s: What the system says when it is struck by a rate limit.
    """

    scope: Scope
    statuses: tuple[str, ...]
    people: tuple[Person, Person]
    fields: frozenset[str]
    page_size: int
    refused: Mapping[str, Value]
    ambiguous_field: str | None
    ambiguous_person: str | None
    closed_email: str | None
    type: str | None
    restriction: str | None
    title_chars: int
    filter: str | None = None
    polls_see: frozenset[str] | None = None
    retry_after_s: float = 30.0
    max_attachment_bytes: int | None = None
    file_names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeenComment:
    """A comment as a person sees it."""

    id: CommentId
    body: Doc
    author: str
    """Id of the account."""


@dataclass(frozen=True, slots=True)
class SeenAttachment:
    """A file as a person sees it."""

    id: AttachmentId
    name: str
    content: bytes


_ERRORS: Final[Mapping[Trouble, tuple[type[ConnectorError], ...]]] = {
    Trouble.LOGIN: (AuthError,),
    Trouble.RATE_LIMIT: (RateLimited,),
    Trouble.OUTAGE: (Transient,),
    Trouble.LOST_REQUEST: (Transient,),
    Trouble.LOST_REPLY: (Transient,),
    Trouble.MALFORMED: (Malformed, Transient),
}


class Harness(ABC):
    """A system with a project, seen from outside the connector. Fields are given by canonical name or field id."""

    stage: Stage

    @abstractmethod
    def connect(self) -> Connector:
        """A new connector to the system, always with the same account. The suite closes it."""

    @abstractmethod
    def make(self, fields: Mapping[FieldId, Value]) -> ItemId:
        """A person makes an item in the project."""

    def relatives(self, field: FieldId) -> tuple[ItemId, ItemId]:
        """Two items that a field which names items may name, made by a person if there are none."""
        title = f"fits {field}"
        return self.make({TITLE: title}), self.make({TITLE: title})

    @abstractmethod
    def edit(self, item_id: ItemId, fields: Mapping[FieldId, Value]) -> None:
        """A person changes fields; sets are given whole."""

    @abstractmethod
    def delete(self, item_id: ItemId) -> None:
        """A person deletes an item."""

    @abstractmethod
    def look(self, item_id: ItemId) -> Mapping[FieldId, Value]:
        """All of `stage.fields` as a person sees them now."""

    @abstractmethod
    def count(self) -> int:
        """How many items the project has now."""

    @abstractmethod
    def comment(self, item_id: ItemId, text: str, *, restriction: str | None = None) -> CommentId:
        """A person comments."""

    @abstractmethod
    def edit_comment(self, item_id: ItemId, comment_id: CommentId, text: str) -> None:
        """A person changes a comment."""

    @abstractmethod
    def delete_comment(self, item_id: ItemId, comment_id: CommentId) -> None:
        """A person removes a comment, whoever wrote it."""

    @abstractmethod
    def comments(self, item_id: ItemId) -> list[SeenComment]:
        """The comments of an item, oldest first."""

    def flag(self, item_id: ItemId) -> str:
        """A person flags an item; as what. Only where flags are shown."""
        raise NotImplementedError

    def relate(self, item_id: ItemId) -> str:
        """A person relates an item to another one; how, in the system's words. Only where relations are shown."""
        raise NotImplementedError

    def attach(self, item_id: ItemId, name: str, content: bytes) -> AttachmentId:
        """A person puts a file on an item. Only where the system keeps files, as the next two."""
        raise NotImplementedError

    def detach(self, item_id: ItemId, attachment_id: AttachmentId) -> None:
        """A person removes a file, whoever put it there."""
        raise NotImplementedError

    def attachments(self, item_id: ItemId) -> list[SeenAttachment]:
        """The files of an item, oldest first."""
        raise NotImplementedError

    def errors_of(self, trouble: Trouble) -> tuple[type[ConnectorError], ...]:
        """What a trouble may be told as. A file that is garbled is one that is not whole: to be asked for again."""
        return _ERRORS[trouble]

    @abstractmethod
    def strike(self, trouble: Trouble, aim: Aim = Aim.ALL, *, times: int | None = None) -> None:
        """From now on requests fail: that many, or (None) all until `heal`."""

    @abstractmethod
    def garble(self, item_id: ItemId) -> None:
        """From now on every answer shows this item, and it alone, in a way that breaks the contract, until `heal`."""

    @abstractmethod
    def heal(self) -> None:
        """No more trouble. The next request is served at once, whatever a rate limit said."""

    @abstractmethod
    def requests(self) -> int:
        """How many requests the system has got so far."""

    @abstractmethod
    def advance(self, seconds: float) -> None:
        """Let the time of the system, and of the connector, go on."""

    def settle(self) -> None:
        """Let enough time pass that the index knows every write and a poll's overlap holds none."""
        self.advance(3600)
