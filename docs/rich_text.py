"""Makes the tables of `rich-text.md` by sending one small text of each kind through every pair of formats."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.survival import FORMATS, SAMPLES, Fate, fate, moved
from syncd.model.richtext import Doc


def render_held() -> str:
    """What each format makes of each kind."""
    head = ["| kind | " + " | ".join(FORMATS) + " |", "|---" * (len(FORMATS) + 1) + "|"]
    rows = (
        f"| {kind} | " + " | ".join(_cell(kind, fate(doc, moved(doc, name))) for name in FORMATS) + " |"
        for kind, doc in SAMPLES.items()
    )
    return "\n".join([*head, *rows])


def render_pairs() -> str:
    """For each pair of formats: how many of the kinds that the first holds survive, and what becomes of the others."""
    head = ["| from | to | survive | simplified |", "|---|---|---|---|"]
    return "\n".join([*head, *(_pair(start, end) for start in FORMATS for end in FORMATS)])


def held(name: str) -> Iterator[tuple[str, Doc]]:
    """The kinds that a format holds, each with a text as it is there."""
    for kind, doc in SAMPLES.items():
        shown = moved(doc, name)
        if fate(doc, shown).survives:
            yield kind, shown


def _pair(start: str, end: str) -> str:
    fates = {kind: fate(doc, moved(doc, end)) for kind, doc in held(start)}
    simplified = [kind for kind, its in fates.items() if not its.survives]
    return f"| {start} | {end} | {len(fates) - len(simplified)} of {len(fates)} | {', '.join(simplified) or '–'} |"


def _cell(kind: str, its: Fate) -> str:
    """The fate of a kind; where all of it became something else, only that is named."""
    text = str(its)
    return text.removeprefix(f"{kind} ") if text.startswith(f"{kind} as ") else text
