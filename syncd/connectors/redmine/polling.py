"""What changed in a project since a cursor: the list of issues, the oldest change first.

The next page begins at the second in which the last one ended, not at an offset: an issue edited meanwhile moves to
the end and would draw another over the edge of a page. Only what shares one second is paged by offset: there the last
issue seen is asked for again, and unless it is the first of the page, something before it moved and the second is read
once more. Filters know seconds and are generous by one (`>= T` also gives T - 1 s, seen on 5.0.4), so some issues come
twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from syncd.connectors.redmine.client import Issues, RedmineClient
from syncd.connectors.redmine.layout import Layout
from syncd.connectors.redmine.wire import Json, id_of, parse_instant, render_instant
from syncd.model.errors import Malformed, Transient
from syncd.model.items import ExactRead, Page

OVERLAP: Final = timedelta(seconds=120)
"""Read again before the cursor: a change bears the time at which it began, not that at which it became visible."""
GENEROSITY: Final = timedelta(seconds=2)
"""So far apart must the first and the last of a page be, that the next one can begin at the last and bring news."""
RESTARTS: Final = 5
"""So often is one second read anew before the poll gives up until the next cycle."""
PROOF_EVERY: Final = timedelta(minutes=15)
"""In a public project nothing new may also mean that our key is unknown; so often it is proved."""


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll of one project. `parse` makes items of issues; `is_proof_due`: see PROOF_EVERY."""

    client: RedmineClient
    layout: Layout
    parse: Callable[[Sequence[Json]], ExactRead]
    is_proof_due: bool

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Pages of changed items."""
        mark = _parse(cursor)
        floor = mark - OVERLAP if mark else None
        offset, restarts = 0, 0
        anchor: str | None = None
        while True:
            found = self._list(floor, offset)
            if anchor is not None and not (found.issues and id_of(found.issues[0]) == anchor):
                restarts += 1
                if restarts > RESTARTS:
                    raise Transient("issues change faster than they can be read")
                offset, anchor = 0, None
                continue
            times = [at for issue in found.issues if (at := _updated_at(issue)) is not None]
            newest = max([*times, *([mark] if mark else [])], default=None)
            if cursor is None or newest != mark or self.is_proof_due:
                self._prove()
            mark = newest
            is_last = not found.issues or offset + len(found.issues) >= found.total
            read = self.parse(found.issues)
            where = render_instant(mark) if mark else ""
            yield Page(tuple(read.values()), where, is_last=is_last, broken=read.broken)
            if is_last:
                return
            if times and times[-1] - times[0] >= GENEROSITY:
                floor, offset, restarts, anchor = times[-1], 0, 0, None
            else:
                offset += len(found.issues) - 1
                anchor = id_of(found.issues[-1])

    def _prove(self) -> None:
        """Before the cursor moves: what anybody may see is not all that we may see."""
        if self.layout.is_public:
            self.client.prove_login()

    def _list(self, floor: datetime | None, offset: int) -> Issues:
        params = {"updated_on": f">={render_instant(floor)}"} if floor else {}
        return self.client.project_issues(self.layout.project, params, offset)


def _updated_at(issue: Json) -> datetime | None:
    """When it was changed; None for an issue that is set aside since it does not say, and moves nothing."""
    try:
        return parse_instant(issue["updated_on"])
    except (KeyError, TypeError, ValueError):
        return None


def _parse(cursor: str | None) -> datetime | None:
    if not cursor:
        return None
    try:
        return parse_instant(cursor)
    except ValueError as problem:
        raise Malformed(f"not a cursor of Redmine's: {cursor!r:.80}") from problem
