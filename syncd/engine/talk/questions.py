"""Remembers what people say in comments, so that a question can be missed when nobody answers it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from syncd.engine.context import SyncContext
from syncd.engine.talk.listening import Place
from syncd.engine.talk.own_comments import is_no_person, written_by_us
from syncd.engine.trouble import WHOLE_CONNECTION
from syncd.model.errors import ConnectorError
from syncd.model.items import Comment, Side
from syncd.model.mirrors import MirrorState
from syncd.model.ports import Clock
from syncd.model.records import LinkRecord
from syncd.model.remarks import Remark, Saying
from syncd.model.storage import Store
from syncd.model.values import Person, UserId
from syncd.reconcile.comments import is_written_by_syncd
from syncd.reconcile.remarks import remarks_of
from syncd.report.view import owner_of

log = structlog.get_logger()

CODES: Final = ("no-reply", "stalled")
"""The checks that ask what people said."""
YOUNG: Final = timedelta(days=30)
"""Items that nobody touched for longer wait for no answer; so the first run over a full tool reads few comments."""


class Questions:
    """Listens for one sync."""

    def __init__(self, context: SyncContext, store: Store, clock: Clock) -> None:
        self._context = context
        self._store = store
        self._clock = clock

    @property
    def is_on(self) -> bool:
        """Whether anybody wants to know what people say."""
        return any(self._context.watching.checks[code].severity is not None for code in CODES)

    @property
    def key(self) -> str:
        """With whom it does not count as a person, since that decides what is remembered."""
        not_people = "\n".join(self._context.watching.not_people)
        return f"questions:{hashlib.sha256(not_people.encode()).hexdigest()[:12]}"

    def wants(self, place: Place) -> bool:
        """Of items that are linked and being worked on."""
        item = place.item
        if item.is_done or item.updated_at < self._clock.now() - YOUNG:
            return False
        return bool(self._store.links.of_items([item.ref]).get(item.ref))

    def hear(self, place: Place, comments: Sequence[Comment]) -> None:
        """Store what people said, in place of what was stored before."""
        ours = written_by_us(self._store, place)
        people = [each for each in comments if each.id not in ours and not is_written_by_syncd(each)]
        people = [each for each in people if not self._is_no_person(each)]
        remarks, ref = remarks_of(people), place.item.ref
        if remarks != self._store.talk.read_remarks([ref]).get(ref, ()):
            self._store.talk.record_remarks(ref, remarks)

    def _is_no_person(self, comment: Comment) -> bool:
        return comment.author is not None and is_no_person(comment.author, self._context.watching.not_people)

    def sayings(self, record: LinkRecord) -> tuple[Saying, ...]:
        """What people said on the two items of a link, oldest first. Raises what looking up a person raises."""
        remarks = self._store.talk.read_remarks([record.link.marketing, record.link.it])
        if not self.is_on or not any(remarks.values()):
            return ()
        known = self._store.mirrors.read(record.link.id)
        copied = {(each.side, each.original) for each in known if each.state is MirrorState.ACTIVE}
        ends = [_End(side, *self._accounts(record, side)) for side in Side]
        said = [
            end.saying(self._fit(remark, end.side), is_copied=(end.side, remark.id) in copied)
            for end in ends
            for remark in remarks.get(record.link.ref(end.side), ())
        ]
        return tuple(sorted(said, key=lambda each: (each.remark.at, each.remark.id)))

    def _fit(self, remark: Remark, side: Side) -> Remark:
        """A remark as the other side may read it: by the same rules as copied comments."""
        rules = self._context.mapping.comments
        if rules is None:
            return remark
        name = rules.redacted(remark.author.name, side.other)
        author = replace(remark.author, name=name)
        return replace(remark, question=rules.redacted(remark.question, side.other), author=author)

    def _accounts(self, record: LinkRecord, side: Side) -> tuple[UserId | None, UserId | None]:
        """On one side's system: the account of its item's owner, and that of the other side's owner."""
        mine, theirs = (owner_of(item) if (item := record.item(each)) else None for each in (side, side.other))
        guest = None
        if theirs is not None:
            self._learn(side.other, theirs)
            guest = self._context.people.counterpart(side, theirs)
        return mine.id if mine else None, guest.id if guest else None

    def _learn(self, side: Side, owner: Person) -> None:
        """Who cannot be looked up is taken for nobody known; a connection that fails as a whole ends the watch."""
        try:
            self._context.people.learn([(side, owner)])
        except WHOLE_CONNECTION:
            raise
        except ConnectorError as error:
            log.warning("owner_unknown", sync=self._context.name, side=side, error=type(error).__name__)


@dataclass(frozen=True, slots=True)
class _End:
    """One item of a link and who is known there. `guest`: the account of the other side's owner on this system."""

    side: Side
    owner: UserId | None
    guest: UserId | None

    def saying(self, remark: Remark, *, is_copied: bool) -> Saying:
        calls = frozenset(self._side_of(account) for account in remark.names)
        return Saying(remark, self.side, self._side_of(remark.author.id), calls, is_copied)

    def _side_of(self, account: UserId) -> Side:
        """Whoever is not known to be the other side's owner belongs to the side on whose system they are."""
        return self.side.other if account == self.guest != self.owner else self.side
