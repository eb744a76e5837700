"""How much of real texts survives the way between formats.

Each description is taken as each format would hold it, then sent to each format. Counted are the texts of
which all elements (blocks, formatting, links, …) arrive as what they were, these elements, and the words that are lost.

    python -m benchmarks.richtext [--data DIR] [--limit N]
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.issues import default_folder, read_issues
from benchmarks.survival import FORMATS, kinds, moved, words
from syncd.connectors.richtext import read_wiki
from syncd.model.richtext import Doc


@dataclass(slots=True)
class Tally:
    """What was counted for one pair of formats."""

    texts: int = 0
    whole: int = 0
    elements: int = 0
    kept: int = 0
    lost_words: int = 0

    def add(self, before: Doc, after: Doc) -> None:
        """Count one text on its way."""
        old, new = kinds(before), kinds(after)
        self.texts += 1
        self.whole += old == new
        self.elements += old.total()
        self.kept += (old & new).total()
        self.lost_words += (words(before) - words(after)).total()


def measure(texts: Iterable[str]) -> dict[tuple[str, str], Tally]:
    """The tallies of all pairs over some texts in wiki markup."""
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    for text in texts:
        doc = read_wiki(text)
        for start in FORMATS:
            before = moved(doc, start)
            for end in FORMATS:
                tallies[start, end].add(before, moved(before, end))
    return tallies


def show(tallies: dict[tuple[str, str], Tally]) -> str:
    """The table of the tallies: texts kept whole, elements kept; and the words lost over all."""
    lines = ["| from \\ to | " + " | ".join(FORMATS) + " |", "|---" * (len(FORMATS) + 1) + "|"]
    lines += [f"| {start} | " + " | ".join(_cell(tallies[start, end]) for end in FORMATS) + " |" for start in FORMATS]
    lost = sum(tally.lost_words for tally in tallies.values())
    return "\n".join([*lines, "", f"Words lost, over all pairs: {lost}"])


def _cell(tally: Tally) -> str:
    return f"{_percent(tally.whole, tally.texts)} · {_percent(tally.kept, tally.elements)}"


def _percent(part: int, whole: int) -> str:
    """Rounded down, so that 100 means all."""
    return f"{part * 1000 // max(whole, 1) / 10:g} %"


def main() -> int:
    """Measure and print. Returns 1 when a word was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--data", type=Path, default=default_folder(), help="folder of the *.csv.gz files")
    parser.add_argument("--limit", type=int, help="only so many texts, taken evenly")
    chosen = parser.parse_args()
    texts = [issue.wiki for issue in read_issues(chosen.data, chosen.limit)]
    tallies = measure(texts)
    found: Counter[str] = sum((kinds(read_wiki(text)) for text in texts), Counter())
    sys.stdout.write(f"{len(texts)} texts, {found.total()} elements\n\n{show(tallies)}\n")
    return 1 if any(tally.lost_words for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
