"""From files of words, and words of one's own, to what the checks look for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from syncd.checks.request_words import RequestWords
from syncd.checks.review_kinds import ReviewKind
from syncd.checks.word_rules import Place, WordMatcher, WordRule
from syncd.config.schema.checks import ItNotInvolved, RequirementsMissing, ReviewMissing, VendorWithoutIt
from syncd.config.schema.words import WordRuleConfig
from syncd.config.words_file import REQUESTS, read_words, shipped

REVIEWS: Final = "review-words.yaml"
VENDORS: Final = "vendor-words.yaml"


def involvement(check: ItNotInvolved, read: Mapping[str, Sequence[WordRuleConfig]]) -> WordMatcher:
    """The words that say that a task needs IT. `read`: what its files held when the configuration was read."""
    return WordMatcher(tuple(_rule(rule) for path in check.rules for rule in read[path]))


def vendors(check: VendorWithoutIt) -> WordMatcher:
    """The words that speak of a new tool: those of the configuration, or else the usual ones."""
    usual = shipped_rules(VENDORS)
    return WordMatcher((replace(usual[0], words=check.words, unless=()),) if check.words else usual)


def reviews(check: ReviewMissing) -> tuple[ReviewKind, ...]:
    """The kinds of review that the configuration names."""
    usual = shipped_rules(REVIEWS)
    return tuple(ReviewKind.of(name, usual, kind.words, kind.label, kind.link) for name, kind in check.kinds.items())


def requests(check: RequirementsMissing, read: Mapping[str, Sequence[WordRuleConfig]]) -> RequestWords:
    """What a request should say, and the words by which it is seen. `read`: as for `involvement`."""
    own = tuple(_rule(rule) for path in check.rules for rule in read[path])
    return RequestWords.of(own or shipped_rules(REQUESTS))


@cache
def shipped_rules(name: str) -> tuple[WordRule, ...]:
    """The rules of a file that comes with the package."""
    return tuple(_rule(rule) for rule in read_words(shipped(name)))


def _rule(rule: WordRuleConfig) -> WordRule:
    return WordRule(rule.theme, rule.reason, rule.words, frozenset(map(Place, rule.in_)), rule.unless)
