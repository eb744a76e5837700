"""Tasks of a marketing team that does not exist, with a seed.

Assumptions, chosen beforehand:

- A task is about one of the `KINDS`, some oftener than others. Most of those that need IT go by the team's own words
  ("dealer map"), which no shipped rule knows.
- No kind always ends up with a ticket, or never: tickets are forgotten, and asked for needlessly.
- Titles name the kind; texts are made of sentences that any task may have and, in three of four tasks, one that names
  the kind again. One task in eight mentions another kind besides ("same look as the dealer map").
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from syncd.model.items import Category, ConnectionName, Item, ItemId, ItemRef
from syncd.model.richtext import Doc
from syncd.model.values import DESCRIPTION, LABELS, TITLE

FIRST_DAY: Final = date(2025, 1, 6)
A_DAY: Final = 4
"""Tasks a day."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What tasks are about. `often`: beside the other kinds. `linked`: how often one ends up with a ticket of IT."""

    words: tuple[str, ...]
    often: int
    linked: float


KINDS: Final = (
    Kind(("landing page", "campaign page"), 6, 0.93),
    Kind(("sign-up form", "booking form"), 3, 0.95),
    Kind(("dealer map", "store locator"), 3, 0.94),
    Kind(("price configurator", "product finder"), 3, 0.92),
    Kind(("teaser module", "stage module"), 4, 0.88),
    Kind(("app push", "push message"), 2, 0.9),
    Kind(("newsletter", "mailing"), 10, 0.35),
    Kind(("banner set", "display banners"), 7, 0.15),
    Kind(("trade fair booth", "trade fair"), 6, 0.04),
    Kind(("print flyer", "brochure"), 8, 0.02),
    Kind(("press release", "press kit"), 7, 0.02),
    Kind(("photo shoot", "product photos"), 6, 0.02),
    Kind(("social post", "reels"), 12, 0.03),
    Kind(("podcast episode", "radio spot"), 4, 0.03),
)
LABELS_SEEN: Final = ("q1", "q2", "q3", "q4", "brand", "sales", "emea", "priority", "agency")
PRODUCTS: Final = (
    "garden tools",
    "e-bikes",
    "coffee",
    "insurance",
    "summer shoes",
    "office chairs",
    "solar roofs",
    "toys",
)
TITLES: Final = ("{kind} for {product}", "{product}: {kind}", "New {kind}, {product}", "{kind} {product} relaunch")
ABOUT: Final = (
    "We need the {kind} two weeks before the start.",
    "Last year's {kind} worked well, let us do that again.",
    "The agency will deliver texts for the {kind}.",
    "Please plan the {kind} with the brand team.",
)
ANYWAY: Final = (
    "Goal: more leads than last spring.",
    "Audience: families who bought before.",
    "Budget is agreed with the head of sales.",
    "Content is ready on the first of the month.",
    "Pictures are on the shared drive.",
    "Please have a look at the brand guide before you start.",
    "The launch is fixed by the sales conference.",
    "Texts come in German and English.",
    "Legal has seen the claims.",
    "We will measure visits and sales.",
)
BESIDES: Final = ("Same look as the {kind}.", "Comes after the {kind}.", "Not part of this: the {kind}.")


@dataclass(frozen=True, slots=True)
class Task:
    """A task and what became of it."""

    opened: date
    item: Item
    is_linked: bool


def make_tasks(count: int, seed: int, *, is_chance: bool = False) -> Iterator[Task]:
    """Oldest first. `is_chance`: whether a task ends up with a ticket has nothing to do with its words."""
    dice = random.Random(seed)
    often = [kind.often for kind in KINDS]
    for number in range(count):
        kind, other = dice.choices(KINDS, often, k=2)
        opened = FIRST_DAY + timedelta(days=number // A_DAY)
        item = _item(number, opened, _title(dice, kind), _text(dice, kind, other), dice.sample(LABELS_SEEN, 2))
        yield Task(opened, item, dice.random() < (0.25 if is_chance else kind.linked))


def _title(dice: random.Random, kind: Kind) -> str:
    return dice.choice(TITLES).format(kind=dice.choice(kind.words), product=dice.choice(PRODUCTS)).capitalize()


def _text(dice: random.Random, kind: Kind, other: Kind) -> str:
    sentences = dice.sample(ANYWAY, 4)
    if dice.random() < 0.75:
        sentences.append(dice.choice(ABOUT).format(kind=dice.choice(kind.words)))
    if dice.random() < 0.125:
        sentences.append(dice.choice(BESIDES).format(kind=dice.choice(other.words)))
    dice.shuffle(sentences)
    return " ".join(sentences)


def _item(number: int, opened: date, title: str, text: str, labels: list[str]) -> Item:
    at = datetime(opened.year, opened.month, opened.day, 9, tzinfo=UTC)
    fields = {TITLE: title, DESCRIPTION: Doc.from_text(text), LABELS: frozenset(labels)}
    ref = ItemRef(ConnectionName("board"), ItemId(str(number)))
    return Item(ref, f"T-{number}", f"https://board.example/{number}", "1", at, at, fields, Category.DONE)
