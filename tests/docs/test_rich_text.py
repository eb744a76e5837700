"""The tables on rich text are measured; here stands what they must never say."""

from __future__ import annotations

import pytest

from benchmarks.survival import FORMATS, SAMPLES, fate, kinds, moved
from docs.rich_text import held

PAIRS = [(start, end) for start in FORMATS for end in FORMATS]
every_pair = pytest.mark.parametrize(("start", "end"), PAIRS, ids=[f"{start} to {end}" for start, end in PAIRS])


@every_pair
def test_no_word_of_any_kind_is_lost_on_the_way_there_and_back(start: str, end: str) -> None:
    for kind, doc in SAMPLES.items():
        before = moved(doc, start)
        there = moved(before, end)
        assert fate(before, there).lost_words == (), kind
        assert fate(there, moved(there, start)).lost_words == (), kind


@every_pair
def test_what_both_formats_hold_survives_the_way_between_them(start: str, end: str) -> None:
    in_both = dict(held(end))
    for kind, doc in held(start):
        if kind in in_both:
            assert fate(doc, moved(doc, end)).survives, kind


def test_a_loss_is_seen() -> None:
    bold, table = SAMPLES["bold"], SAMPLES["table"]
    assert fate(bold, SAMPLES["paragraphs"]).lost_words == ("three",)
    assert str(fate(table, moved(table, "Asana"))) == "header cell as bold"


def test_the_samples_hold_every_kind_of_node() -> None:
    found = {kind for doc in SAMPLES.values() for kind in kinds(doc)}
    assert {"first number", "language of code", "mention", "rule", "boxes to tick", "panel (info)"} <= found
    assert len(found) >= 40
