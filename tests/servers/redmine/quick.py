"""What people do, written straight into the tables: for tests that need a hundred of something in no time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.servers.redmine.server import Redmine


class Quick:
    """One person's doings, as Redmine itself would store them."""

    def __init__(self, redmine: Redmine, who: str) -> None:
        self._redmine = redmine
        self._user = redmine.facts["people"][who]["id"]

    def _now(self) -> str:
        """The present as Rails stores it; the tests' Redmine works in UTC."""
        now = datetime.now(UTC) + timedelta(seconds=self._redmine.ahead_s)
        return now.strftime("%Y-%m-%d %H:%M:%S.%f")

    def make(self, project: int, tracker: int, title: str) -> int:
        """An issue with a title."""
        now = self._now()
        values = {
            "tracker_id": tracker,
            "project_id": project,
            "subject": title,
            "description": "",
            "status_id": self._redmine.facts["statuses"]["New"],
            "priority_id": self._redmine.facts["priorities"]["Normal"],
            "author_id": self._user,
            "lock_version": 0,
            "created_on": now,
            "updated_on": now,
            "lft": 1,
            "rgt": 2,
        }
        with closing(sqlite3.connect(self._redmine.database, timeout=30)) as tables, tables:
            made = _insert(tables, "issues", values)
            tables.execute("UPDATE issues SET root_id = id WHERE id = ?", (made,))
            return made

    def rename(self, issue: int, title: str) -> None:
        """A new title, with its journal."""
        with closing(sqlite3.connect(self._redmine.database, timeout=30)) as tables, tables:
            old = tables.execute("SELECT subject FROM issues WHERE id = ?", (issue,)).fetchone()[0]
            if old == title:
                return
            tables.execute("UPDATE issues SET subject = ? WHERE id = ?", (title, issue))
            detail = {"property": "attr", "prop_key": "subject", "old_value": old, "value": title}
            _insert(tables, "journal_details", {"journal_id": self._journal(tables, issue, ""), **detail})

    def comment(self, issue: int, text: str) -> int:
        """A note."""
        with closing(sqlite3.connect(self._redmine.database, timeout=30)) as tables, tables:
            return self._journal(tables, issue, text)

    def _journal(self, tables: sqlite3.Connection, issue: int, notes: str) -> int:
        now = self._now()
        tables.execute("UPDATE issues SET updated_on = ?, lock_version = lock_version + 1 WHERE id = ?", (now, issue))
        journal = {
            "journalized_id": issue,
            "journalized_type": "Issue",
            "user_id": self._user,
            "notes": notes,
            "created_on": now,
            "private_notes": 0,
        }
        return _insert(tables, "journals", journal)


def _insert(tables: sqlite3.Connection, table: str, values: dict[str, Any]) -> int:
    names, places = ", ".join(values), ", ".join("?" * len(values))
    done = tables.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", tuple(values.values()))
    return int(done.lastrowid or 0)
