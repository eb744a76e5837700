"""The kinds of review that a company can have, and the words that call for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from syncd.checks.word_rules import WordMatcher, WordRule

REVIEWED: Final = "is reviewed by"
"""How a link to a review is called where the configuration does not say."""


@dataclass(frozen=True, slots=True)
class ReviewKind:
    """A kind of review that this company has.

    `label`: on either ticket it says that the review is done. `link`: how a ticket is linked to its review.
    """

    name: str
    words: WordMatcher
    label: str
    link: str = REVIEWED

    @classmethod
    def of(
        cls,
        name: str,
        usual: Iterable[WordRule],
        words: tuple[str, ...] = (),
        label: str | None = None,
        link: str | None = None,
    ) -> ReviewKind:
        """The kind with its own words, or else those of the `usual` rules whose theme it is.

        By default the label is "payment-reviewed" and so on. Raises ValueError where no rule is about the kind.
        """
        rules = tuple(rule for rule in usual if rule.theme == name)
        if not rules:
            raise ValueError(f"no rule is about {name}")
        own = (replace(rules[0], words=words, unless=()),) if words else rules
        return cls(name, WordMatcher(own), label or f"{name}-reviewed", link or REVIEWED)
