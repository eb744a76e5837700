"""The pages that people read, and what stands in them: links, code blocks, tables, commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
PAGES: Final = tuple(
    sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "deploy" / "README.md"])
)
_BLOCK: Final = re.compile(r"^( *)```(?P<language>\w*)\n(?P<text>.*?)^ *```$", re.M | re.S)
_LINK: Final = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_CODE: Final = re.compile(r"`([^`\n]+)`")
_HEADING: Final = re.compile(r"^#+ (.*)$", re.M)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code. `line`: of the page, where it begins."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@cache
def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def blocks(page: Path, *languages: str) -> Iterator[Block]:
    """The code blocks of a page, of some languages or all; their common indent taken away."""
    text = text_of(page)
    for match in _BLOCK.finditer(text):
        if not languages or match["language"] in languages:
            lines = [line.removeprefix(match[1]) for line in match["text"].splitlines()]
            yield Block(page, text.count("\n", 0, match.start()) + 1, match["language"], "\n".join(lines) + "\n")


def prose(page: Path) -> str:
    """A page without its code blocks."""
    return _BLOCK.sub("", text_of(page))


def links(page: Path) -> list[str]:
    """Where a page leads to: the targets of its links, those to the web left out."""
    found = [match["target"] for match in _LINK.finditer(prose(page))]
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def codes(page: Path) -> list[str]:
    """What stands in backticks within a page's sentences."""
    return _CODE.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(prose(page))}


def section(page: Path, heading: str) -> str:
    """What stands under a heading, up to the next of its level or above."""
    text = text_of(page)
    found = re.search(rf"^(#+) {re.escape(heading)}\n", text, re.M)
    assert found is not None, f"{page.name} has no heading {heading!r}"
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.M)
    return rest[: end.start()] if end else rest


def rows(text: str) -> list[list[str]]:
    """The cells of all tables in a text, without heads."""
    lines = [line.strip() for line in text.splitlines()]
    tables = [line for line in lines if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in tables]
    rules = [number for number, row in enumerate(cells) if row and all(set(cell) <= set("-:") for cell in row)]
    heads = {number - 1 for number in rules}
    return [row for number, row in enumerate(cells) if number not in heads and number not in rules]


def first_codes(text: str) -> list[str]:
    """What stands in backticks in the first cells of all tables in a text."""
    return [code for row in rows(text) for code in _CODE.findall(row[0])]
