"""Writes the generated parts of the pages in this folder anew: `python docs/generate.py`.

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`; everything else is written by hand.
`checks.md` and `commands.md` are generated as a whole. A test says which page is out of date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from docs.check_tests import render_tests
from docs.rich_text import render_held, render_pairs
from syncd.checks.docs import render_docs
from syncd.cli.reference import render_commands
from syncd.config.json_schema import SchemaFile
from syncd.config.reference import render_keys, render_without_effect
from syncd.config.scalars import write_duration
from syncd.connectors import http, pace, registry, transport
from syncd.connectors.asana import connector as asana
from syncd.connectors.asana import directory
from syncd.connectors.asana import text as asana_text
from syncd.connectors.jira import connector as jira
from syncd.connectors.jira import poll
from syncd.connectors.jira import text as jira_text
from syncd.connectors.redmine import connector as redmine
from syncd.connectors.redmine import people as redmine_people
from syncd.connectors.redmine import text as redmine_text
from syncd.connectors.reference import render_blind, render_capabilities
from syncd.connectors.richtext import limits
from syncd.engine import cycle, engine, losses, planner, recover, trouble
from syncd.engine.watch import status_comments
from syncd.model.ports import Capabilities
from syncd.reconcile import merge, plan
from syncd.reconcile.commands import COMMANDS
from syncd.service import cycles, daemon, refusals, schedule, standing
from syncd.store import database

FOLDER: Final = Path(__file__).parent
SYSTEMS: Final[Mapping[str, Capabilities]] = {
    "Asana": asana.CAPABILITIES,
    "Jira Cloud": jira._CLOUD,  # of its two flavours a connector only knows its own, once it has asked the server
    "Jira Data Center, Server": jira._DATA_CENTER,
    "Redmine": redmine.CAPABILITIES,
}
_PART: Final = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.S)


def connection_schemas() -> Mapping[str, type[BaseModel]]:
    """Connector name → model of the keys of its connections. That of the tests' own system is left out."""
    return {name: registry.load(name).settings for name in registry.names() if name != "memory"}


def render_ticket_commands() -> str:
    """What people can write on a ticket, from the table that the parser knows."""
    rows = (f"| `/syncd {spec.usage}` | {spec.text} |" for spec in COMMANDS)
    return "\n".join(["| write | what it does |", "|---|---|", *rows, ""])


def render_limits() -> str:
    """Times and sizes that are fixed, from the constants themselves."""
    rows = (f"| {what} | {size} |" for what, size in _limits())
    return "\n".join(["| what | how much |", "|---|---|", *rows])


def _limits() -> Iterator[tuple[str, str]]:
    yield from _sizes()
    yield from _times()
    yield "tries of a read, when the server fails", f"{http.ATTEMPTS}, within {http.RETRY_S:g} s"
    yield "tries of a write", "1"
    yield "writes of one field to one side in an hour, before the field is held", f"{plan.MOST_WRITES_AN_HOUR}"
    yield "plans of one pair in one cycle", f"{cycle.MOST_ROUNDS}"
    yield "items planned, read and written together", f"{cycle.BATCH}"
    yield "writes that never pull the brake; missing items that never do", f"{engine.ALWAYS_FINE}; {losses.FEW}"
    yield "polls in a row that may fail before `/healthz` says so", f"{standing.POLLS}, at least {_time(_BOUND)}"


_BOUND: Final = standing.SHORTEST_BOUND


def _sizes() -> Iterator[tuple[str, str]]:
    """Characters, as the systems count them, after which a text is shortened."""
    yield "title in Jira", _chars(limits.JIRA_TITLE)
    yield "single-line field, label in Jira", _chars(jira_text.TEXT_CHARS)
    yield "description, comment, field of several lines in Jira", _chars(limits.JIRA_TEXT)
    yield "title in Asana", _chars(asana_text.TITLE_CHARS)
    yield "text field in Asana", _chars(asana_text.FIELD_CHARS)
    yield "notes in Asana", _chars(asana_text.TEXT_CHARS)
    yield "comment in Asana", _chars(asana_text.COMMENT_CHARS)
    yield "title in Redmine", _chars(redmine_text.TITLE_CHARS)
    yield "text field in Redmine", _chars(redmine_text.FIELD_CHARS)
    yield "description, comment in Redmine", _chars(redmine_text.TEXT_CHARS)
    yield "answer of a server", f"{transport.MAX_ANSWER_BYTES // 2**20} MiB"


def _times() -> Iterator[tuple[str, str]]:
    connect_s, read_s = transport.TIMEOUT_S
    yield "wait for a connection; for the next part of an answer", f"{connect_s:g} s; {read_s:g} s"
    yield "longest pause of a server that is slept within a call", f"{pace.PATIENCE_S:g} s"
    yield "overlap of polls", f"{write_duration(poll.OVERLAP)}"
    first, longest = trouble.FIRST_WAIT, trouble.LONGEST_WAIT
    yield "wait of a pair that fails, doubled each time", f"{_time(first)} to {_time(longest)}"
    yield "edits on both sides that have no order (`conflict: newest`), apart by less than", _time(merge.CLOCK_GRAIN)
    yield "window in which repeated writes of a field are counted", _time(planner.BOUNCE_WINDOW)
    for name, can in SYSTEMS.items():
        yield f"a create in doubt waits, {name}", _time(max(recover.LATE_EFFECT, timedelta(seconds=can.index_lag_s)))
    yield "a status comment in doubt waits", _time(recover.LATE_EFFECT)
    yield "a status comment that failed is tried again after", _time(status_comments.HOUR)
    yield "between two tries of a refused login", _time(refusals.PROBE_EVERY)
    yield "between two looks at a sync that does not fit its servers", _time(cycles.LOOK_AGAIN_AFTER)
    yield "people of Asana are asked for anew after", _time(directory.PEOPLE_KEPT)
    yield "members of Redmine's projects are asked for anew after", _time(redmine_people.PEOPLE_KEPT)
    yield "what is in hand has, after SIGTERM", f"{daemon.GRACE_S:g} s"
    yield "without a sign of life the scheduler counts as stuck after", f"{schedule.STUCK_S} s"
    yield "a cycle at work counts as hanging after", _time(standing.LONGEST_CYCLE)
    yield "another process may hold the store's write lock for", f"{database.BUSY_TIMEOUT_S} s"


def _chars(number: int) -> str:
    return f"{number:,} characters"


def _time(span: timedelta) -> str:
    return write_duration(span)


PARTS: Final[Mapping[str, Callable[[], str]]] = {
    **{f"keys-{file}": partial(render_keys, file, connection_schemas()) for file in SchemaFile},
    "without-effect": render_without_effect,
    "capabilities": partial(render_capabilities, SYSTEMS),
    "blind": partial(render_blind, SYSTEMS),
    "check-tests": render_tests,
    "limits": render_limits,
    "ticket-commands": render_ticket_commands,
    "rich-text-kinds": render_held,
    "rich-text-pairs": render_pairs,
}
"""Name of a generated part → what makes it."""


WHOLE: Final[Mapping[str, Callable[[], str]]] = {"checks.md": render_docs, "commands.md": render_commands}
"""Pages of which nothing is written by hand."""


def renewed(path: Path) -> str:
    """A page with its generated parts made anew. Raises KeyError for a part that nothing makes."""
    if path.name in WHOLE:
        return WHOLE[path.name]()
    text = path.read_text("utf-8")
    return _PART.sub(lambda match: f"{match[1]}\n{PARTS[match['name']]().strip()}\n\n{match[3]}", text)


def main() -> int:
    """Write every page that is out of date, and say which."""
    for path in sorted(FOLDER.glob("*.md")):
        text = renewed(path)
        if text != path.read_text("utf-8"):
            path.write_text(text, "utf-8")
            sys.stdout.write(f"{path.name}: written anew\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
