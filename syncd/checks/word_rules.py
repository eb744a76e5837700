"""Finds words in what people wrote: which of them say that a task needs somebody else, and why.

A phrase matches whole words, whatever their case. Umlauts may be written either way ("Prüfung", "Pruefung"), a hyphen
is as good as a blank ("sign-up form", "Sign up form"), and other accents do not count. `*` at the start or end of a
word stands for any letters or none, which German compounds need: `*formular*` finds "Anmeldeformulare". Web and mail
addresses are not read: a word in a link says nothing about the task.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Final

from syncd.model.items import Item
from syncd.model.richtext import Doc
from syncd.model.values import DESCRIPTION, LABELS, STATUS, TITLE, FieldId, Value

_WORD = re.compile(r"[^\W_]+")
_PHRASE_WORD = re.compile(r"(\*?)([^\W_]+)(\*?)")
# No two parts of these can share the same letters: what people paste must not take time that grows with its square.
GAP = re.compile(r"[ \t\u00a0]*(?:[-‐‑–/_][ \t\u00a0]*)?")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|(?<!\S)\S[^\s@]*@\S+\.\w+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


class Place(StrEnum):
    """Where in an item a word may stand. `section`: the status, for a tool whose sections are its statuses."""

    TITLE = "title"
    LABELS = "labels"
    SECTION = "section"
    DESCRIPTION = "description"


_FIELDS: Final[dict[Place, FieldId]] = {
    Place.TITLE: TITLE,
    Place.LABELS: LABELS,
    Place.SECTION: STATUS,
    Place.DESCRIPTION: DESCRIPTION,
}


@dataclass(frozen=True, slots=True)
class WordRule:
    """Words that say the same thing. `reason`: a plain sentence that people read beside the quoted words.

    `places`: where the words count. `unless`: phrases in which they do not ("public domain").
    Raises ValueError for a phrase without a word.
    """

    theme: str
    reason: str
    words: tuple[str, ...]
    places: frozenset[Place] = frozenset(Place)
    unless: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for phrase in (*self.words, *self.unless):
            _parse(phrase)


@dataclass(frozen=True, slots=True)
class WordMatch:
    """`words` as they are written in `place` of the item, and the rule that they met."""

    rule: WordRule
    words: str
    place: Place


@dataclass(frozen=True, slots=True)
class WordMatcher:
    """Rules, ready to look at items."""

    rules: tuple[WordRule, ...] = ()

    def matches(self, item: Item) -> tuple[WordMatch, ...]:
        """What the rules find, title first; each spelling once a rule, and nothing that lies inside a longer find."""
        found: dict[tuple[str, str], WordMatch] = {}
        for place in Place:
            rules = [rule for rule in self.rules if place in rule.places]
            for text in texts_of(item.fields.get(_FIELDS[place])):
                for match in _matches(rules, text, place):
                    found.setdefault((match.rule.theme, _fold(match.words)), match)
        return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text: as it is compared, and where it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _PhraseWord:
    text: str
    open_start: bool
    open_end: bool

    def fits(self, token: Token) -> bool:
        if self.open_start:
            return self.text in token.text if self.open_end else token.text.endswith(self.text)
        return token.text.startswith(self.text) if self.open_end else token.text == self.text


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int


class _Cover:
    """Spans, ready to tell whether one lies inside of any of them; there may be thousands of each."""

    def __init__(self, spans: Iterable[_Span]) -> None:
        in_order = sorted(spans, key=lambda span: span.start)
        self._starts = [span.start for span in in_order]
        self._farthest = list(accumulate((span.end for span in in_order), max))

    def holds(self, span: _Span) -> bool:
        return self._reach(span.start) >= span.end

    def has_longer(self, span: _Span) -> bool:
        return self._reach(span.start - 1) >= span.end or self._reach(span.start) > span.end

    def _reach(self, start: int) -> int:
        """The farthest end of those that start there or before."""
        count = bisect_right(self._starts, start)
        return self._farthest[count - 1] if count else -1


@dataclass(frozen=True, slots=True)
class Read:
    """A text, its words, and the words once more as one string, in which most phrases are quickly seen to be absent."""

    text: str
    tokens: tuple[Token, ...]
    folded: str

    @classmethod
    def of(cls, text: str) -> Read:
        """Read a text."""
        tokens = tuple(Token(_fold(word.group()), *word.span()) for word in _WORD.finditer(text))
        return cls(text, tokens, " ".join(token.text for token in tokens))


def _matches(rules: Iterable[WordRule], text: str, place: Place) -> Iterator[WordMatch]:
    read = Read.of(text)
    found = [(span, rule) for rule in rules for span in _spans_of(rule, read)]
    cover = _Cover(span for span, _ in found)
    for span, rule in found:
        if not cover.has_longer(span):
            yield WordMatch(rule, " ".join(text[span.start : span.end].split()), place)


def _spans_of(rule: WordRule, read: Read) -> list[_Span]:
    found = {span for phrase in rule.words for span in _spans(_parse(phrase), read)}
    if not found:
        return []
    excused = _Cover(span for phrase in rule.unless for span in _spans(_parse(phrase), read))
    kept = (span for span in found if not excused.holds(span))
    return sorted(kept, key=lambda span: (span.start, span.end))


def _spans(phrase: tuple[_PhraseWord, ...], read: Read) -> Iterator[_Span]:
    first = phrase[0]
    if first.text not in read.folded:
        return
    for index, token in enumerate(read.tokens):
        if not first.fits(token):
            continue
        run = read.tokens[index : index + len(phrase)]
        if len(run) == len(phrase) and _is_run(phrase, run, read.text):
            yield _Span(token.start, run[-1].end)


def _is_run(phrase: tuple[_PhraseWord, ...], run: Sequence[Token], text: str) -> bool:
    gaps = (text[a.end : b.start] for a, b in pairwise(run))
    return all(word.fits(token) for word, token in zip(phrase, run, strict=True)) and all(map(GAP.fullmatch, gaps))


@lru_cache(maxsize=4096)
def _parse(phrase: str) -> tuple[_PhraseWord, ...]:
    words = tuple(
        _PhraseWord(_fold(word), bool(before), bool(after))
        for before, word, after in _PHRASE_WORD.findall(unicodedata.normalize("NFC", phrase))
    )
    if not words:
        raise ValueError(f"no word in {phrase!r}")
    return words


def _fold(text: str) -> str:
    """One spelling for all that people would call the same word."""
    spelt = unicodedata.normalize("NFC", text).casefold().translate(_UMLAUTS)
    return "".join(char for char in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(char))


def texts_of(value: Value) -> list[str]:
    """The texts of a field, without addresses; none where it holds something else."""
    match value:
        case str():
            texts = [value]
        case frozenset():
            texts = sorted(value)
        case Doc():
            texts = [value.plain_text()]
        case _:
            texts = []
    return [_ADDRESS.sub("\n", unicodedata.normalize("NFC", text)) for text in texts]
