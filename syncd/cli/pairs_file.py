"""A table of pairs as people export it: CSV with commas, semicolons or tabs, with or without a first line of names."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from syncd.model.errors import ConfigError, Problem
from syncd.model.items import Side

_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what names the two items. `line` counts from 1."""

    line: int
    marketing: str
    it: str

    def on(self, side: Side) -> str:
        """What names the item on `side`."""
        return self.marketing if side is Side.MARKETING else self.it


def read_pairs(path: Path) -> tuple[Row, ...]:
    """The pairs of a file; empty lines are left out.

    A first line with the names `marketing` and `it` says which columns these are, whatever others there are. Without
    one there are two columns: marketing, then IT.

    Raises:
        ConfigError: not readable as UTF-8, no table, or lines that lack a cell; every such line at once.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        lines = _cells(text)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError((Problem(str(path), 0, 0, f"{path} cannot be read as a table in UTF-8: {error}"),)) from None
    columns = _columns(lines[0][1]) if lines else None
    body = lines[1:] if columns is not None else lines
    problems = [Problem(str(path), line, 1, _lack(cells, columns)) for line, cells in body if _lack(cells, columns)]
    if problems:
        raise ConfigError(tuple(problems))
    marketing, it = columns or (0, 1)
    return tuple(Row(line, cells[marketing], cells[it]) for line, cells in body)


def _cells(text: str) -> list[tuple[int, list[str]]]:
    """(line number, cells) of every line that is not empty; the first line tells what parts the cells."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=True)
    rows = ((reader.line_num, [cell.strip() for cell in row]) for row in reader)
    return [(line, row) for line, row in rows if any(row)]


def _columns(cells: list[str]) -> tuple[int, int] | None:
    """Where the two columns are, if this is a line of names."""
    names = [cell.casefold() for cell in cells]
    if "marketing" not in names or "it" not in names:
        return None
    return names.index("marketing"), names.index("it")


def _lack(cells: list[str], columns: tuple[int, int] | None) -> str:
    """What is wrong with a line; "" when nothing is."""
    if columns is None and len(cells) != 2:
        return f"{len(cells)} cells: expected two, the marketing item and the IT item, or a first line marketing,it"
    missing = [
        name
        for name, index in zip(("marketing", "it"), columns or (0, 1), strict=True)
        if not "".join(cells[index : index + 1])
    ]
    return f"no {' and no '.join(missing)} item" if missing else ""
