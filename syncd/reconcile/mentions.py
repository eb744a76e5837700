"""What an item says about others: addresses and keys in its texts, and the values of shared custom fields.

Adoption pairs existing items by these. Only a person's own words count as a statement: what stands in a quotation, in a
mail pasted below its header, or in a text that bears our own signature is *second-hand*, since such texts name others'
items (a status comment names the counterpart itself). Called by `adopt.py`; pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from syncd.mapping.rules import Recognised
from syncd.model.items import Item, Side
from syncd.model.richtext import Doc, Panel, Quote, plain_block
from syncd.model.values import FieldId, Value, encode, is_empty
from syncd.report.words import FOOTER

URL: Final = "url"
KEY: Final = "key"
LONGEST_VALUE: Final = 200
"""Characters of a field's value; what is longer identifies nothing."""
_SIGNATURE: Final = FOOTER.partition(",")[0]

_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s<>\"]+")
_TRAILING: Final = ".,;:!?)]}>'\"*_|"
_NUMBERED: Final = re.compile(r"(?<![\w/#.@-])(?:[A-Z][A-Z0-9_]*-\d+|#\d+|\d{10,})(?![\w-])")
"""`WEB-412`, `#412`, and the long numbers by which some systems know their items."""

_QUOTED_LINE: Final = re.compile(r"(?:\s|[-*•]\s|\d+[.)]\s)*>")
_MAIL_RULE: Final = re.compile(r"\s*(?:-{2,}|_{5,})\s*(?:[^-_]*(?:message|nachricht|forwarded|weitergeleitet)|$)", re.I)
_MAIL_HEADER: Final = re.compile(r"\W*(?:from|von|de)\s*:", re.I)
_MAIL_HEADER_GOES_ON: Final = re.compile(r"\W*(?:sent|subject|gesendet|betreff|objet|asunto)\s*:", re.I)
_MAIL_INTRODUCTION: Final = re.compile(r"\W*(?:on|am)\b.*\b(?:wrote|schrieb)\b.*:\s*$", re.I)


@dataclass(frozen=True, slots=True)
class Mention:
    """One thing that may name another item.

    `how`: `url`, `key`, or the place of a shared field in `Recognised`, as text. `text`: as it was written. `field`:
    where it stands. `is_second_hand`: not in a person's own words.
    """

    how: str
    text: str
    field: FieldId
    is_second_hand: bool = False


def find_mentions(item: Item, side: Side, by: Recognised) -> tuple[Mention, ...]:
    """All that may name an item of the other side, as far as `by` asks for it; each once, the own words first."""
    found = [*_in_texts(item, by), *_in_fields(item, side, by)]
    return tuple(sorted(dict.fromkeys(found), key=lambda mention: mention.is_second_hand))


def _in_fields(item: Item, side: Side, by: Recognised) -> Iterator[Mention]:
    for index, fields in enumerate(by):
        if isinstance(fields, str):
            continue
        field = fields[0] if side is Side.MARKETING else fields[1]
        text = _identity(item.fields.get(field))
        if text is not None:
            yield Mention(str(index), text, field)


def _identity(value: Value) -> str | None:
    """What a shared value is compared by; None for what identifies nothing."""
    if is_empty(value):
        return None
    if isinstance(value, Doc):
        value = value.plain_text()
    text = " ".join(value.split()) if isinstance(value, str) else json.dumps(encode(value), sort_keys=True)
    return text if len(text) <= LONGEST_VALUE else None


def _in_texts(item: Item, by: Recognised) -> Iterator[Mention]:
    kinds = frozenset(each for each in by if isinstance(each, str))
    if not kinds:
        return
    for field, value in item.fields.items():
        if isinstance(value, str | Doc):
            yield from find_in_text(value, field, kinds)


def find_in_text(value: str | Doc, field: FieldId, kinds: frozenset[str]) -> Iterator[Mention]:
    """What one text names. `kinds`: of `url` and `key`."""
    for text, is_second_hand in _parts(value):
        yield from _in_text(text, field, kinds, is_second_hand=is_second_hand)


def _in_text(text: str, field: FieldId, kinds: frozenset[str], *, is_second_hand: bool) -> Iterator[Mention]:
    """Addresses are taken out before keys are looked for: the key in another system's address is another item."""
    if URL in kinds:
        for address in _ADDRESS.findall(text):
            yield Mention(URL, address.rstrip(_TRAILING), field, is_second_hand)
    if KEY in kinds:
        for key in _NUMBERED.findall(_ADDRESS.sub(" ", text)):
            yield Mention(KEY, key, field, is_second_hand)


# --- addresses ---------------------------------------------------------------------------------------------------


def host_of(url: str) -> str:
    """The host of an address, in lower case."""
    return url.partition("://")[2].partition("/")[0].partition("?")[0].casefold()


def parts_of(url: str) -> list[str]:
    """The parts of an address, the last one first: it is the likeliest to name an item."""
    rest = url.partition("://")[2].partition("/")[2]
    for mark in "?#&=":
        rest = rest.replace(mark, "/")
    return rest.split("/")[::-1]


# --- whose words --------------------------------------------------------------------------------------------------


def _parts(value: str | Doc) -> Iterator[tuple[str, bool]]:
    """The lines of a text, each with whether it is second-hand."""
    lines = list(_lines(value))
    is_ours = any(_SIGNATURE in line for line, _ in lines)
    pasted = second_hand([line for line, _ in lines])
    for (line, is_quoted), is_pasted in zip(lines, pasted, strict=True):
        yield line, is_ours or is_quoted or is_pasted


def second_hand(lines: Sequence[str]) -> Iterator[bool]:
    """Whether each of these lines is quoted with a ">", or part of a mail that was pasted, forwarded or answered."""
    is_mail = False
    for index, line in enumerate(lines):
        is_mail = is_mail or _begins_mail(lines[index : index + 4])
        yield is_mail or bool(_QUOTED_LINE.match(line))


def _lines(value: str | Doc) -> Iterator[tuple[str, bool]]:
    if isinstance(value, str):
        yield from ((line, False) for line in value.splitlines())
        return
    for block in value.tidied().blocks:
        parts = (
            [plain_block(each) for each in block.blocks] if isinstance(block, Quote | Panel) else [plain_block(block)]
        )
        for part in parts:
            yield from ((line, isinstance(block, Quote)) for line in part.splitlines())


def _begins_mail(lines: Sequence[str]) -> bool:
    """Whether a pasted or forwarded mail begins with the first of these lines."""
    first, following = lines[0], lines[1:]
    if _MAIL_INTRODUCTION.match(first):
        return True
    if _MAIL_RULE.match(first):
        return bool(re.search(r"[a-z]", first, re.I)) or any(_MAIL_HEADER.match(line) for line in following[:2])
    return bool(_MAIL_HEADER.match(first)) and any(_MAIL_HEADER_GOES_ON.match(line) for line in following)
