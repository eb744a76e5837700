"""The table of people as a CSV file: its first line holds connection names, each further line is one human."""

from __future__ import annotations

import csv
from collections.abc import Collection
from pathlib import Path

from syncd.config.messages import nearest
from syncd.model.errors import ConfigError, Problem


def read_people(path: Path, connections: Collection[str]) -> tuple[dict[str, str], ...]:
    """The rows: connection name → account there, empty cells left out.

    Raises:
        ConfigError: not readable, an unknown connection in the first line, a line of another length.
    """
    try:
        lines = list(csv.reader(path.read_text("utf-8-sig").splitlines(), strict=True, skipinitialspace=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError((Problem(str(path), 0, 0, f"{path} cannot be read as a table: {error}"),)) from None
    header = [name.strip() for name in lines[0]] if lines else []
    problems = [
        Problem(str(path), 1, 1, f"no connection is called {name!r}; {nearest(name, connections)}")
        for name in header
        if name not in connections
    ]
    problems += [
        Problem(str(path), number, 1, f"{len(cells)} cells under a first line of {len(header)}")
        for number, cells in enumerate(lines[1:], start=2)
        if cells and len(cells) != len(header)
    ]
    if problems or not header:
        raise ConfigError(tuple(problems) or (Problem(str(path), 1, 1, "the first line names no connection"),))
    rows = (zip(header, cells, strict=True) for cells in lines[1:] if cells)
    return tuple({name: cell.strip() for name, cell in row if cell.strip()} for row in rows)
