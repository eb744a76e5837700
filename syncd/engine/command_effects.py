"""What each command does. Every effect may be repeated: a crash may fall between it and the note that it was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from syncd.engine.context import SyncContext
from syncd.engine.listening import Place
from syncd.engine.mutes import Mutes, day_begins_at
from syncd.model.errors import SyncdError
from syncd.model.findings import Mute
from syncd.model.items import Comment
from syncd.model.links import SyncName
from syncd.model.ports import Clock
from syncd.model.storage import Store
from syncd.reconcile.commands import COMMANDS, Command, Verb


class CannotDo(SyncdError):
    """A command that cannot be followed; the text says why, to the one who wrote it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command, where it was written, and in which comment."""

    place: Place
    comment: Comment
    command: Command

    @property
    def by(self) -> str:
        """The name of the person."""
        return self.comment.author.name if self.comment.author else ""


class Effects:
    """Carries out the commands written on one sync's items."""

    def __init__(
        self, context: SyncContext, contexts: Mapping[SyncName, SyncContext], store: Store, clock: Clock
    ) -> None:
        self._context = context
        self._contexts = contexts
        self._store = store
        self._clock = clock
        self._mutes = Mutes(store, clock)

    def carry_out(self, asked: Asked) -> list[str]:
        """Do it; the lines that answer it, if any. Raises SyncdError with the reason when it cannot be done."""
        verb = asked.command.verb
        if verb is None:
            raise CannotDo(asked.command.problem)
        effects: dict[Verb, Callable[[Asked], list[str]]] = {
            Verb.MUTE: self._silence,
            Verb.ACCEPT: self._silence,
            Verb.UNMUTE: self._unmute,
            Verb.HELP: self._help,
        }
        if verb not in effects:
            raise CannotDo("this is not possible yet")
        return effects[verb](asked)

    def _silence(self, asked: Asked) -> list[str]:
        place, command = asked.place, asked.command
        until = command.until
        until_at = day_begins_at(until, self._context, place.side) if until is not None else None
        mute = Mute(asked.by, place.side, self._clock.now(), command.verb is Verb.ACCEPT, until, until_at)
        for raised in [self._mutes.find(place.item.ref, number, place.side) for number in command.numbers]:
            self._mutes.mute(raised, mute)
        return []

    def _unmute(self, asked: Asked) -> list[str]:
        found = [self._mutes.find(asked.place.item.ref, number, asked.place.side) for number in asked.command.numbers]
        for raised in found:
            self._mutes.unmute(raised)
        return []

    def _help(self, _asked: Asked) -> list[str]:
        rules = self._context.commands
        prefix = rules.prefix if rules is not None else ""
        return [f"{prefix} {spec.usage}: {spec.text}" for spec in COMMANDS]
