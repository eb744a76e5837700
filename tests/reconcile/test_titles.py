"""Likeness of titles."""

from __future__ import annotations

import random

import pytest

from syncd.reconcile.titles import find_alike, likeness


@pytest.mark.parametrize(
    "other",
    [
        "Spring landing page",
        "landing page: SPRING",
        "WEB-412 Spring landing page",
        "Spring laňding page",
        "[Spring] landing page",
    ],
)
def test_order_case_accents_and_keys_do_not_count(other: str) -> None:
    assert likeness("Spring landing page", other) == 1.0


def test_a_title_without_words_is_like_none() -> None:
    assert (likeness("", "Spring"), likeness("!!!", "!!!")) == (0.0, 0.0)


def test_the_likeliest_come_first_and_strangers_not_at_all() -> None:
    left = [("m1", "Spring landing page"), ("m2", "Press kit")]
    right = [("i1", "Fix the cart"), ("i2", "Landing page for spring"), ("i3", "Landing page")]
    found = list(find_alike(left, right))
    assert [(one, other) for one, other, _ in found] == [("m1", "i2"), ("m1", "i3")]
    assert 1 > found[0][2] > found[1][2]


def test_shuffled_shortened_and_mistyped_titles_find_each_other() -> None:
    dice = random.Random(1)
    words = "banner cookie consent checkout newsletter voucher webinar tracking translation landing domain survey "
    words += "price list print flyer partner redirect certificate migration dashboard loyalty teaser homepage export"
    titles = [
        " ".join(dice.sample(words.split(), 4)) + f" {dice.choice(words.split())}{number}" for number in range(120)
    ]
    others = []
    for title in titles:
        parts = title.split()
        dice.shuffle(parts)
        others.append(" ".join(part[1] + part[0] + part[2:] if dice.random() < 0.15 else part for part in parts))
    best = {}
    for one, other, _ in find_alike(list(enumerate(titles)), list(enumerate(others))):
        best.setdefault(one, other)
    assert sum(best.get(number) == number for number in range(120)) >= 110


def test_the_same_titles_give_the_same_answer_whatever_their_order() -> None:
    left = [(name, title) for name, title in zip("abc", ("Spring page", "Press kit", "Cart"), strict=True)]
    right = [(name, title) for name, title in zip("xyz", ("The cart", "Kit for press", "Page spring"), strict=True)]
    assert sorted(find_alike(left, right)) == sorted(find_alike(left[::-1], right[::-1]))
