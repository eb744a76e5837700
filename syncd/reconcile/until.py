"""The day that people name at the end of a command: "until friday", "until 20 Mar", "for 3 days". Pure.

Days are named in English or in digits. A day is never guessed: what can be read two ways is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from syncd.model.days import MONTHS, WEEKDAYS

LONGEST: Final = timedelta(days=366)
"""How far ahead a day may lie."""
CHANGES: Final = ("it changes", "changes", "something changes", "facts change", "the facts change", "they change")
EXAMPLES: Final = '"until friday", "until 20 Mar", "for 3 days" or "until it changes"'
_UNTIL: Final = ("until", "till", "til", "to")
_FOR: Final = "for"
LEADS: Final = frozenset({*_UNTIL, _FOR})
"""What a day may begin with."""
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPANS: Final = {"day": 1, "week": 7, "month": 30}
_COUNTS: Final = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4}
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED: Final = re.compile(r"(\d{1,2})\. ?(\d{1,2})\.? ?(\d{4})?")
_DAY_MONTH: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.?(?: of)? ([a-z]{3,9})\.?(?:,? (\d{4}))?")
_MONTH_DAY: Final = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?")
_SPAN: Final = re.compile(r"(\d{1,3}|[a-z]+) (day|week|month)s?")


class NotUnderstood(ValueError):
    """What was written, in a sentence for the person who wrote it."""


def parse_until(words: Sequence[str], today: date) -> date | None:
    """The day that the words behind a command name, on which silence ends; None = until the facts change.

    Args:
        words: In lower case; none at all are no day.
        today: The day on which they were written, on the writer's side. A weekday is the next one after it.

    Raises:
        NotUnderstood: with the sentence to answer.
    """
    if not words:
        return None
    lead, rest = words[0], " ".join(words[1:])
    if lead in _UNTIL:
        if rest in CHANGES:
            return None
        return _within_reach(_day(_without_weekday(rest), today), " ".join(words), today)
    if lead == _FOR:
        return _within_reach(_span(rest, today), " ".join(words), today)
    raise NotUnderstood(f"{_quoted(words)} says no day; write {EXAMPLES}")


def _within_reach(day: date | None, said: str, today: date) -> date:
    if day is None:
        raise NotUnderstood(f'"{said}" is no day that syncd understands; write {EXAMPLES}')
    if day <= today:
        raise NotUnderstood(f'"{said}" is over already')
    if day - today > LONGEST:
        raise NotUnderstood(f'"{said}" is more than a year away')
    return day


def _quoted(words: Sequence[str]) -> str:
    return f'"{" ".join(words)}"'


def _without_weekday(text: str) -> str:
    """The date alone of "fri 20 mar", as people copy it from the comment."""
    first, _, rest = text.partition(" ")
    return rest if rest and _weekday(first.rstrip(",")) is not None else text


def _weekday(word: str) -> int | None:
    names = [number for number, name in enumerate(_WEEKDAYS) if word in (name, WEEKDAYS[number].casefold(), name[:4])]
    return names[0] if names else None


def _day(text: str, today: date) -> date | None:
    if text == "tomorrow":
        return today + timedelta(days=1)
    word = text.removeprefix("next ")
    if word == "week":
        return today + timedelta(days=7 - today.weekday())
    number = _weekday(word)
    if number is not None:
        return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    return _date(text, today)


def _date(text: str, today: date) -> date | None:
    if found := _ISO.fullmatch(text):
        return _made(int(found[1]), int(found[2]), int(found[3]))
    if found := _DOTTED.fullmatch(text):
        return _next(int(found[1]), int(found[2]), found[3], today)
    if (found := _DAY_MONTH.fullmatch(text)) and (month := _month(found[2])):
        return _next(int(found[1]), month, found[3], today)
    if (found := _MONTH_DAY.fullmatch(text)) and (month := _month(found[1])):
        return _next(int(found[2]), month, found[3], today)
    return None


def _month(word: str) -> int | None:
    names = [number for number, name in enumerate(MONTHS, 1) if word.startswith(name.casefold())]
    return names[0] if names else None


def _next(day: int, month: int, year: str | None, today: date) -> date | None:
    """That day; without a year the first one from today on."""
    if year is not None:
        return _made(int(year), month, day)
    made = _made(today.year, month, day)
    return made if made is None or made >= today else _made(today.year + 1, month, day)


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _span(text: str, today: date) -> date | None:
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    count = int(found[1]) if found[1].isdecimal() else _COUNTS.get(found[1], 0)
    days = timedelta(days=count * _SPANS[found[2]])
    return today + days if days and days <= 2 * LONGEST else None
