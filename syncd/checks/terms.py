"""The words of a task that can be learnt from: read as `word_rules` reads them, alone and two in a row.

What would tell who wrote it, or that there is a ticket already, is passed over: addresses, keys of tickets, people who
are called by "@", and numbers. People's names go later, since only a whole history knows them all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import Final

from syncd.checks.word_rules import GAP, Read, Token, texts_of
from syncd.model.items import Item
from syncd.model.values import DESCRIPTION, LABELS, TITLE, FieldId, Person

FIELDS: Final[tuple[FieldId, ...]] = (TITLE, LABELS, DESCRIPTION)
"""What is read, in this order. Not the status: it says how far a task is, and moves with its ticket."""
MOST_TERMS: Final = 300
"""Of one task: the first ones. A long text is not about more than a short one."""
_PASSED_OVER: Final = re.compile(r"\b[A-Za-z][A-Za-z0-9_]*-\d+\b|@\w+")


def terms_of(item: Item, fields: Collection[FieldId] = FIELDS) -> dict[str, str]:
    """The words of these fields, each with the first way in which it is written there."""
    found: dict[str, str] = {}
    for field in FIELDS:
        for text in texts_of(item.fields.get(field)) if field in fields else ():
            for term, written in _terms(_PASSED_OVER.sub("\n", text)):
                if len(found) == MOST_TERMS:
                    return found
                found.setdefault(term, written)
    return found


def names_on(item: Item) -> frozenset[str]:
    """The words of the names of all people on an item."""
    people = [item.author, *(value for value in item.fields.values() if isinstance(value, Person))]
    return frozenset(token.text for person in people if person for token in Read.of(person.name).tokens)


def _terms(text: str) -> Iterator[tuple[str, str]]:
    tokens = Read.of(text).tokens
    for token in tokens:
        if _says_something(token):
            yield token.text, text[token.start : token.end]
    for one, next_one in pairwise(tokens):
        is_pair = GAP.fullmatch(text[one.end : next_one.start]) and _says_something(one) and _says_something(next_one)
        if is_pair:
            yield f"{one.text} {next_one.text}", " ".join(text[one.start : next_one.end].split())


def _says_something(token: Token) -> bool:
    return len(token.text) > 1 and not token.text.isdecimal()
