"""The kinds of review that a company can have, and the words that call for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from syncd.checks.word_rules import WordMatcher, WordRule

REVIEW_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "payment": (
        "payment", "payments", "checkout", "credit card", "gift card", "paypal", "klarna", "price change",
        "Zahlung*", "Kreditkarte*", "Bezahl*", "Geschenkkarte*",
    ),
    "personal-data": (
        "sign-up form", "registration form", "contact form", "lead form", "personal data", "customer data",
        "e-mail addresses", "email addresses", "competition entries", "mailing list", "customer list",
        "*anmeldeformular*", "*kontaktformular*", "Kundendaten", "personenbezogen*", "Adressliste*", "Gewinnspiel*",
    ),
    "security": (
        "login", "password", "passwords", "single sign-on", "SSO", "API key", "admin access", "file upload",
        "Passwort*", "Anmeldung am System", "Zugangsdaten",
    ),
    "tracking": (
        "tracking pixel", "conversion pixel", "conversion tracking", "retargeting", "remarketing", "tag manager",
        "cookie", "cookies", "cookie banner", "Trackingpixel", "Zählpixel", "Conversion-Messung",
    ),
}  # fmt: skip
"""Words that call for a review of a kind for which the configuration names none."""


@dataclass(frozen=True, slots=True)
class ReviewKind:
    """A kind of review that this company has. `label`: on either ticket it says that the review is done."""

    name: str
    words: WordMatcher
    label: str

    @classmethod
    def of(cls, name: str, words: tuple[str, ...] = (), label: str | None = None) -> ReviewKind:
        """The kind with its own words or else the usual ones, and by default the label "payment-reviewed"."""
        rule = WordRule(name, name, words or REVIEW_WORDS[name])
        return cls(name, WordMatcher((rule,)), label or f"{name}-reviewed")
