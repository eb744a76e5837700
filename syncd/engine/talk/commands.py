"""Commands that people write on tickets: each acts once, for those who may, and is answered in the status comment.

Listens to the comments of items that syncd looks after. What is from before that, or so old that a store restored from
a backup may have done it already, commands nothing. A command is noted before it acts and settled together with its
answer, so after a crash it acts again: every effect may be repeated, and what then cannot be done was done before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from syncd.config.choices import Mode
from syncd.engine.context import CommandRules, Party, SyncContext
from syncd.engine.talk.command_effects import Asked, Effects
from syncd.engine.talk.listening import Place
from syncd.engine.talk.own_comments import is_no_person, written_by_us
from syncd.model.days import day_in
from syncd.model.errors import Ambiguous, ConnectorError, Rejected, SyncdError
from syncd.model.items import Comment, ItemRef, Side
from syncd.model.links import Link, SyncName
from syncd.model.ports import Clock, GroupTeller, MemberTeller
from syncd.model.records import Acted, Answer, Event
from syncd.model.storage import Store
from syncd.model.values import Person
from syncd.reconcile.commands import Command, parse_commands
from syncd.reconcile.comments import is_written_by_syncd

log = structlog.get_logger()

ACTS_FOR: Final = timedelta(days=7)
"""How old a comment may be whose command was not seen yet: longer than syncd stands still without anybody noticing."""
MOST_LINES: Final = 30
"""Of answers in a status comment, the last ones: it has to stay readable, and within what systems take."""
KIND: Final = "command"
"""Kind of the line of history."""


class Commands:
    """Takes up what people command in comments on one sync's items. `contexts`: all syncs, by name."""

    key = "commands"

    def __init__(
        self,
        context: SyncContext,
        rules: CommandRules,
        contexts: Mapping[SyncName, SyncContext],
        store: Store,
        clock: Clock,
    ) -> None:
        self._context = context
        self._rules = rules
        self._store = store
        self._clock = clock
        self._effects = Effects(context, contexts, store, clock)

    def wants(self, place: Place) -> bool:
        """Whether anything was written since syncd looks after the item."""
        if self._context.mode is Mode.WATCH:
            return False
        since = self._known_since(place.item.ref)
        return since is not None and place.item.updated_at > max(since, self._clock.now() - ACTS_FOR)

    def hear(self, place: Place, comments: Sequence[Comment]) -> None:
        """Take up the commands that are new."""
        since = self._known_since(place.item.ref)
        if since is None:
            return
        ours = written_by_us(self._store, place)
        acted = self._store.talk.read_acted(place.item.ref)
        lines: list[str] = []
        for comment in comments:
            if comment.created_at <= since or comment.id in ours or is_written_by_syncd(comment):
                continue
            if max(comment.created_at, comment.updated_at) <= self._clock.now() - ACTS_FOR:
                continue
            for command in self._commands(place.side, comment):
                before = acted.get((comment.id, command.digest))
                if before is None or not before.is_done:
                    lines += self._take_up(Asked(place, comment, command), lines, is_repeated=before is not None)

    def _commands(self, side: Side, comment: Comment) -> tuple[Command, ...]:
        written_on = day_in(max(comment.created_at, comment.updated_at), self._context.parties[side].zone)
        return parse_commands(comment.body, self._rules.prefix, written_on)

    def _take_up(self, asked: Asked, told: Sequence[str], *, is_repeated: bool) -> list[str]:
        """One command; returns the lines that answer it."""
        ref, comment, now = asked.place.item.ref, asked.comment, self._clock.now()
        acted = Acted(ref, comment.id, asked.command.digest, now)
        may = self._may(asked.place.side, comment.author)
        self._store.talk.begin(acted)
        if not may:
            self._store.talk.finish(acted, None, [self._event(asked, "not followed: only members may")])
            return []
        shown_before = set(self._shown_through(ref))
        try:
            outcome, lines = self._act(asked, is_repeated=is_repeated)
        except ConnectorError:
            if not is_repeated:  # every effect reads before it acts, so nothing was done yet
                self._store.talk.take_back(acted)
            raise
        for sync, concerned in shown_before | set(self._shown_through(ref)):
            self._store.findings.queue_watch(sync, [concerned])
        lines = [line for line in lines if line not in told]
        answer = Answer(ref, (*told, *lines)[-MOST_LINES:], now)
        self._store.talk.finish(acted, answer, [self._event(asked, outcome)])
        return lines

    def _act(self, asked: Asked, *, is_repeated: bool) -> tuple[str, list[str]]:
        """What came of a command, for the history and for the people on the ticket.

        Raises what connectors raise, but Rejected: what a system refuses to look for holds up no other command.
        """
        try:
            return "done", self._effects.carry_out(asked)
        except SyncdError as error:
            if isinstance(error, ConnectorError) and not isinstance(error, Rejected):
                raise
            if is_repeated:
                return "done, before a break", []
            if asked.comment.is_restricted:  # a reason may quote its words
                return "not done", ["Could not do what was asked for in a restricted comment."]
            return f"not done: {error}", [f'Could not do "{asked.command.text}": {error}.']

    def _event(self, asked: Asked, outcome: str) -> Event:
        """Who asked for what, where, and what came of it; the words of a restricted comment stay where they are."""
        place, who = asked.place, asked.by or "somebody"
        what = str(asked.command.verb or "a command") if asked.comment.is_restricted else asked.command.text
        cause = f"{what} ({who}, in a comment on {place.item.key}): {outcome}"
        version = self._context.mapping.config_version
        link = next((each.id for each in self._links(place.item.ref)), None)
        return Event(self._clock.now(), self._context.name, KIND, cause, version, link, place.item.ref, place.side)

    # who may, and since when

    def _may(self, side: Side, author: Person | None) -> bool:
        """Whether somebody may command; in doubt not. Raises what connectors raise."""
        party = self._context.parties[side]
        connector, not_people = party.connector, self._context.watching.not_people
        if author is None or not isinstance(connector, MemberTeller) or is_no_person(author, not_people):
            return False
        if not connector.is_member(party.project, author):
            return False
        allowed = self._rules.allow
        return allowed is None or _is_named(party, author, allowed) or _is_in(party, author, self._rules.groups)

    def _known_since(self, ref: ItemRef) -> datetime | None:
        """Since when syncd looks after an item: linked, with something found on it, or with a status comment."""
        instants = [link.created_at for link in self._links(ref)]
        instants += [raised.since for raised in self._store.findings.of_items([ref]).get(ref, ())]
        status = self._store.findings.read_comment(ref)
        return min([*instants, *([status.posted_at] if status is not None else [])], default=None)

    def _links(self, ref: ItemRef) -> tuple[Link, ...]:
        return self._store.links.of_items([ref]).get(ref, ())

    def _shown_through(self, ref: ItemRef) -> Iterator[tuple[SyncName, ItemRef]]:
        """The items whose look tells both sides of the command, and through which syncs; after a parting both."""
        yield self._context.name, ref
        for link in self._links(ref):
            yield link.sync, link.marketing
            yield link.sync, link.it


def _is_in(party: Party, author: Person, groups: Collection[str]) -> bool:
    """Whether a member is in one of these groups, as far as the system tells."""
    if not groups or not isinstance(party.connector, GroupTeller):
        return False
    return not party.connector.groups_of(party.project, author).isdisjoint(groups)


def _is_named(party: Party, author: Person, allowed: Collection[str]) -> bool:
    """Whether a member is among these, by id, address or name. A name that fits several people names nobody."""
    if {author.id, author.email} & set(allowed):
        return True
    if author.name not in allowed:
        return False
    try:
        return party.connector.find_person(party.project, None, author.name) == author
    except Ambiguous:
        return False
