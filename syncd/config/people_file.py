"""The table of people as a CSV file: its first line holds connection names, each further line is one human.

A column `calendar` holds the names of calendars of their own.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from pathlib import Path

from syncd.config.messages import nearest, unknown_calendar
from syncd.config.schema.people import CALENDAR
from syncd.model.errors import ConfigError, Problem


def read_people(path: Path, connections: Collection[str], calendars: Collection[str]) -> tuple[dict[str, str], ...]:
    """The rows as in `people.map`: connection name → account there, empty cells left out.

    Raises:
        ConfigError: not readable, an unknown connection in the first line, a line of another length, an unknown
            calendar.
    """
    try:
        lines = list(csv.reader(path.read_text("utf-8-sig").splitlines(), strict=True, skipinitialspace=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigError((Problem(str(path), 0, 0, f"{path} cannot be read as a table: {error}"),)) from None
    header = [name.strip() for name in lines[0]] if lines else []
    rows = [dict(zip(header, (cell.strip() for cell in cells), strict=False)) for cells in lines[1:]]
    wrong = [
        (1, f"no connection is called {name!r}; {nearest(name, connections)}")
        for name in header
        if name not in (*connections, CALENDAR)
    ]
    wrong += [
        (number, f"{len(cells)} cells under a first line of {len(header)}")
        for number, cells in enumerate(lines[1:], start=2)
        if cells and len(cells) != len(header)
    ]
    if not wrong and not set(header) - {CALENDAR}:
        wrong = [(1, "the first line names no connection")]
    people = [{name: cell for name, cell in row.items() if cell} for row in rows]
    wrong += [(number, told) for number, row in enumerate(people, start=2) if (told := wrong_calendar(row, calendars))]
    if wrong:
        raise ConfigError(tuple(Problem(str(path), line, 1, message) for line, message in wrong))
    return tuple(row for row in people if row)


def wrong_calendar(row: Mapping[str, str], calendars: Collection[str]) -> str | None:
    """What is wrong with the calendar of one human, if anything is."""
    name = row.get(CALENDAR)
    if name is None:
        return None
    if len(row) == 1:
        return f"whose calendar is {name!r}? expected the name of a connection and an account there beside it"
    return None if name in calendars else unknown_calendar(name, calendars)
