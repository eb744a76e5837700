"""The issues that a marketing item names because its campaign needs them: keys and addresses in its texts.

Only a person's own words count, as for adoption (`mentions.py`): no quotation, no pasted mail, and no text that syncd
signed, since those name issues themselves. Nor do blocks of code: what stands there was mostly copied from elsewhere.
A key counts as people write it, in capitals and as a word of its own, and only of the projects that are configured;
an address only on the host of IT's system. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Final

from syncd.mapping.rules import Depends
from syncd.model.items import Comment, Item, Side
from syncd.model.records import Said
from syncd.model.richtext import CodeBlock, Doc
from syncd.model.values import FieldId, Value
from syncd.reconcile.mentions import KEY, URL, Mention, find_in_text, find_mentions, host_of, parts_of

_KEY: Final = re.compile(r"([A-Z][A-Z0-9_]*)-[1-9]\d*")
"""Of an issue in Jira; the group is its project."""
COMMENTS: Final = FieldId("comments")
"""The place of what comments name, as the configuration calls it."""


def find_named(item: Item, depends: Depends, host: str) -> dict[str, FieldId]:
    """The keys of the issues that a marketing item names in its fields, each with the field that names it first.

    `host`: of IT's system, in lower case.
    """
    fields = {field: _without_code(item.fields[field]) for field in depends.fields if field in item.fields}
    mentions = find_mentions(replace(item, fields=fields), Side.MARKETING, depends.by)
    return _keys(mentions, depends.projects, host)


def find_said(comments: Iterable[Comment], host: str) -> frozenset[Said]:
    """All keys of issues that people's comments name, of whatever project; restricted comments say nothing."""
    said = set[Said]()
    for comment in comments:
        if comment.is_restricted:
            continue
        for mention in find_in_text(_code_left_out(comment.body), COMMENTS, frozenset({URL, KEY})):
            keys = (word for word in _words(mention, host) if _KEY.fullmatch(word))
            said |= set() if mention.is_second_hand else {Said(key, mention.how) for key in list(keys)[:1]}
    return frozenset(said)


def pick_said(said: Iterable[Said], depends: Depends) -> frozenset[str]:
    """The keys that count, of those that comments name."""
    return frozenset(each.key for each in said if each.how in depends.by and _is_of(each.key, depends.projects))


def find_key(text: str, projects: Collection[str], host: str) -> str | None:
    """The key that a person gives by itself or as an address, in whatever case; None for that of no such issue."""
    words = _parts(text.strip(), host) if "://" in text else iter((text.strip(),))
    return next((word.upper() for word in words if _is_of(word.upper(), projects)), None)


def _keys(mentions: Iterable[Mention], projects: Collection[str], host: str) -> dict[str, FieldId]:
    found: dict[str, FieldId] = {}
    for mention in mentions:
        if mention.is_second_hand:
            continue
        key = next((word for word in _words(mention, host) if _is_of(word, projects)), None)
        if key is not None:
            found.setdefault(key, mention.field)
    return found


def _words(mention: Mention, host: str) -> Iterator[str]:
    return _parts(mention.text, host) if mention.how == URL else iter((mention.text,))


def _parts(address: str, host: str) -> Iterator[str]:
    return iter(parts_of(address) if host_of(address) == host else ())


def _is_of(word: str, projects: Collection[str]) -> bool:
    match = _KEY.fullmatch(word)
    return match is not None and match[1] in projects


def _without_code(value: Value) -> Value:
    return _code_left_out(value) if isinstance(value, Doc) else value


def _code_left_out(value: Doc) -> Doc:
    return Doc(tuple(block for block in value.blocks if not isinstance(block, CodeBlock)))
