"""Commands that people write in comments: lines that begin with the prefix. Pure; whatever is written, nothing raises.

The parser forgives what people and their tools make of a line: case, quotation marks around it, hard spaces, a full
stop at the end, "#1", "1, 2 and 3". What somebody quotes, mails that are pasted or answered, and blocks of code command
nothing. `COMMANDS` is the only list of commands there is: the parser, `/syncd help` and the docs are made of it.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from syncd.mapping.comments import BULLETS, QUOTES
from syncd.model.items import Side
from syncd.model.richtext import (
    Block,
    CodeBlock,
    Doc,
    Heading,
    Image,
    Inline,
    LineBreak,
    Mention,
    Paragraph,
    Quote,
    TaskList,
    Text,
    children,
)
from syncd.reconcile.mentions import second_hand
from syncd.reconcile.until import NotUnderstood, parse_until

MOST_IN_A_COMMENT: Final = 10
"""More lines of one comment are no commands of a person."""
MOST_OF_A_LINE: Final = 200
_ENDS: Final = ".,;:!?…"
_NUMBERS: Final = re.compile(r"#?(\d{1,4})")


class Verb(StrEnum):
    """The first word of a command."""

    MUTE = "mute"
    UNMUTE = "unmute"
    ACCEPT = "accept"
    LINK = "link"
    DEPENDS = "depends"
    UNLINK = "unlink"
    NO_IT = "no-it"
    USE = "use"
    STATUS = "status"
    EXPLAIN = "explain"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a comment.

    `text`: the line as it is quoted back. `numbers`: of findings. `until`: the day on which silence ends, None = when
    the facts change. `target`: a key or an address, "" when none is named. `side`, `field`: which side counts where
    both changed a field; "" = the only one. `problem`: why it cannot be followed, for the person who wrote it.
    """

    text: str
    verb: Verb | None = None
    numbers: tuple[int, ...] = ()
    until: date | None = None
    target: str = ""
    side: Side | None = None
    field: str = ""
    problem: str = ""

    @property
    def digest(self) -> str:
        """The same for the same words: a command acts once, however often its comment is saved."""
        return hashlib.sha256(self.text.casefold().encode("utf-8", "replace")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """What people are told of a command. `usage`: without the prefix."""

    verb: Verb
    usage: str
    text: str


COMMANDS: Final = (
    CommandSpec(
        Verb.MUTE, "mute 2 until friday", "say no more about point 2 until that day, or until its facts change"
    ),
    CommandSpec(Verb.UNMUTE, "unmute 2", "speak about point 2 again"),
    CommandSpec(Verb.ACCEPT, "accept 1", "point 1 is known and agreed: silent until its facts change"),
    CommandSpec(Verb.LINK, "link WEB-12", "join this with an existing ticket and keep the two in step"),
    CommandSpec(Verb.DEPENDS, "depends WEB-13", "this needs that ticket too; nothing is copied"),
    CommandSpec(Verb.UNLINK, "unlink", "part the two; with several linked tickets name one"),
    CommandSpec(Verb.NO_IT, "no-it", "this needs nothing from IT: silent until the task changes"),
    CommandSpec(Verb.USE, "use it", "where both sides changed the same: what IT says counts (or: use marketing)"),
    CommandSpec(Verb.STATUS, "status", "how the two stand"),
    CommandSpec(Verb.EXPLAIN, "explain", "what is kept in step here, and what waits and why"),
    CommandSpec(Verb.HELP, "help", "this list"),
)


def parse_commands(body: Doc, prefix: str, today: date) -> tuple[Command, ...]:
    """The commands of a comment, in their order. `today`: the day on which it was written, on its side."""
    found: dict[str, Command] = {}
    lines = list(_lines(body.blocks))
    for line, is_second_hand in zip(lines, second_hand(lines), strict=True):
        words = None if is_second_hand else _words_of(line, prefix)
        if words is not None:
            command = _parse(words, prefix, today)
            found.setdefault(command.digest, command)
    return tuple(found.values())[:MOST_IN_A_COMMENT]


# --- lines and words ----------------------------------------------------------------------------------------------


def _lines(blocks: Sequence[Block]) -> Iterator[str]:
    """The lines that somebody wrote himself."""
    for block in blocks:
        match block:
            case Paragraph(content) | Heading(_, content):
                yield from _written(content).split("\n")
            case TaskList(items):
                for item in items:
                    yield from _written(item.content).split("\n")
            case Quote() | CodeBlock():
                continue
            case _:
                for group in children(block):
                    yield from _lines(group)


def _written(content: Sequence[Inline]) -> str:
    return "".join(map(_shown, content))


def _shown(run: Inline) -> str:
    """A link by its address, whatever its text says: that is what names an item."""
    match run:
        case Text(text, _, href):
            return f" {href} " if href.startswith("http") and text.strip() else text
        case LineBreak():
            return "\n"
        case Mention(name):
            return f"@{name}"
        case Image():
            return ""


def _words_of(line: str, prefix: str) -> list[str] | None:
    """The words behind the prefix, None for any other line."""
    plain = "".join(" " if each.isspace() else each for each in line if unicodedata.category(each) != "Cf")
    bare = plain.strip().lstrip(QUOTES + BULLETS + " ")
    if bare[: len(prefix)].casefold() != prefix.casefold():
        return None
    rest = bare[len(prefix) :]
    if rest and (rest[0].isalnum() or rest[0] in "-_/@."):
        return None
    return [word for each in rest[:MOST_OF_A_LINE].split() if (word := _bare(each))]


def _bare(word: str) -> str:
    """A word without the marks around it, and without what ends a sentence."""
    return word.strip(QUOTES).rstrip(_ENDS + QUOTES).lstrip(":,;" + QUOTES)


# --- meaning ------------------------------------------------------------------------------------------------------


def _parse(words: Sequence[str], prefix: str, today: date) -> Command:
    text = " ".join([prefix, *words])
    if not words:
        return Command(text, Verb.HELP)
    name, rest = words[0].casefold(), list(words[1:])
    if name == "no" and rest and rest[0].casefold() == "it":
        name, rest = "no-it", rest[1:]
    verb = Verb(name) if name in set(Verb) else None
    if verb is None:
        return Command(text, problem=_nearest(name, prefix))
    try:
        return _PARSERS[verb](text, verb, rest, today)
    except NotUnderstood as error:
        return Command(text, problem=str(error))
    except OverflowError:
        return Command(text, problem="such a day is in no calendar")


def _nearest(name: str, prefix: str) -> str:
    found = get_close_matches(name, [str(verb) for verb in Verb], 1)
    meant = f'did you mean "{prefix} {found[0]}"?' if found else ""
    return f"there is no such command; {meant or f'{prefix} help lists them'}"


def _silence(text: str, verb: Verb, rest: list[str], today: date) -> Command:
    numbers, words = _split_numbers(rest)
    if not numbers:
        raise NotUnderstood(f'say which point by its number, as in "{verb} 1"')
    if verb is Verb.MUTE:
        return Command(text, verb, numbers, parse_until([word.casefold() for word in words], today))
    if words:
        raise NotUnderstood(f'"{" ".join(words)}" says nothing here')
    return Command(text, verb, numbers)


def _split_numbers(words: Sequence[str]) -> tuple[tuple[int, ...], list[str]]:
    """The numbers in front ("1", "#1", "1,2", "1 and 2"), and the words behind them."""
    numbers: list[int] = []
    for place, word in enumerate(words):
        parts = [part for part in word.split(",") if part]
        found = [_NUMBERS.fullmatch(part) for part in parts]
        if parts and all(found):
            numbers += [int(each[1]) for each in found if each]
        elif word.casefold() not in ("and", "&", "point", "points"):
            return tuple(dict.fromkeys(numbers)), list(words[place:])
    return tuple(dict.fromkeys(numbers)), []


def _pairing(text: str, verb: Verb, rest: list[str], _today: date) -> Command:
    words = rest[1:] if rest and rest[0].casefold() in ("with", "to", "on", "from") else rest
    if len(words) > 1 or (not words and verb is not Verb.UNLINK):
        raise NotUnderstood(f'name one ticket by its key or address, as in "{verb} WEB-12"')
    return Command(text, verb, target=words[0] if words else "")


def _use(text: str, verb: Verb, rest: list[str], _today: date) -> Command:
    side = rest[0].casefold() if rest else ""
    if side not in set(Side):
        raise NotUnderstood('say which side counts: "use it" or "use marketing"')
    return Command(text, verb, side=Side(side), field=" ".join(rest[1:]))


def _plain(text: str, verb: Verb, _rest: list[str], _today: date) -> Command:
    """Commands that take nothing; what stands behind them is small talk."""
    return Command(text, verb)


_Parser = Callable[[str, Verb, list[str], date], Command]
_PARSERS: Final[dict[Verb, _Parser]] = {
    Verb.MUTE: _silence,
    Verb.UNMUTE: _silence,
    Verb.ACCEPT: _silence,
    Verb.LINK: _pairing,
    Verb.DEPENDS: _pairing,
    Verb.UNLINK: _pairing,
    Verb.NO_IT: _plain,
    Verb.USE: _use,
    Verb.STATUS: _plain,
    Verb.EXPLAIN: _plain,
    Verb.HELP: _plain,
}
