"""`syncd check`, once it was asked for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import click

from syncd.cli.door import FAILED, OK, WRONG, connector_text, say_problems
from syncd.cli.progress import busy
from syncd.cli.say import columns, counted, joined, party_name, say_warnings, show, wrapped
from syncd.cli.session import Session
from syncd.config.addresses import untouched_values
from syncd.config.holidays import YEARS
from syncd.config.load import Loaded
from syncd.engine.context import Party, SyncContext
from syncd.model.errors import Ambiguous, ConfigError, ConnectorError, Problem
from syncd.model.items import ConnectionName
from syncd.model.ports import Connector
from syncd.model.records import Feed
from syncd.service.calendars import CLOSED, work_calendar
from syncd.service.installation import Installation
from syncd.service.layout import Layout
from syncd.service.proving import prove_all


def check_files(session: Session) -> int:
    """What can be said without asking a server. The problems are the answer, so they go to stdout."""
    try:
        loaded = session.load()
    except ConfigError as error:
        say_problems(error, err=False)
        return WRONG
    say_warnings(_doubts(loaded))
    show(f"{loaded.path}: ok")
    for line in columns(list(_sync_rows(loaded)), indent="  "):
        show(line)
    for line in columns(list(_calendar_rows(loaded)), indent="  "):
        show(line)
    return OK


def _sync_rows(loaded: Loaded) -> Iterator[tuple[str, ...]]:
    layout = Layout(loaded)
    for sync in loaded.config.syncs:
        ends = [
            f"{spec.settings.name} ({spec.connection} {spec.settings.project})"
            for spec in layout.sides(layout.syncs[loaded.config.syncs.index(sync)]).values()
        ]
        mapping = sync.mapping
        counts = [counted(len(mapping.fields), "field"), counted(len(mapping.links.create), "rule") + " for new items"]
        yield sync.name, " ↔ ".join(ends), f"mode {sync.mode}", joined(counts)


def _calendar_rows(loaded: Loaded) -> Iterator[tuple[str, ...]]:
    """What each calendar knows, so that a wrong country or a forgotten closure is seen, and whose own it is."""
    people = Counter(calendar for _, calendar in loaded.config.people.own_calendars())
    for name, settings in loaded.config.calendars.items():
        names = work_calendar(settings).days_off.values()
        closed = sum(each == CLOSED for each in names)
        holidays = f"{counted(len(names) - closed, 'holiday')} from {YEARS[0]} to {YEARS[-1]}"
        where = " ".join(filter(None, (settings.country, settings.region)))
        known = [f"{where}: {holidays}" if where else "no holidays", counted(closed, "closed day") if closed else ""]
        known += [f"of {counted(people[name], 'person', 'people')}"] if name in people else []
        yield f"calendar {name}", settings.timezone, joined(known)


def _doubts(loaded: Loaded) -> Iterator[Problem]:
    """What an operator should know of the files, whoever is asked."""
    yield from loaded.warnings
    yield from untouched_values(loaded.config, loaded.document)
    yield from _overlaps(loaded)


def _overlaps(loaded: Loaded) -> Iterator[Problem]:
    """Syncs that make counterparts for items of the same project: whichever looks first makes the one."""
    makers: dict[Feed, list[int]] = defaultdict(list)
    specs = [spec for name in Layout(loaded).syncs for spec in Layout(loaded).sides(name).values()]
    for spec in specs:
        if any(rule.in_ is spec.side.other for rule in spec.sync.mapping.links.create):
            makers[spec.feed].append(spec.index)
    for feed, indexes in makers.items():
        names = [loaded.config.syncs[index].name for index in indexes]
        for index in indexes[1:]:
            yield loaded.place("syncs", index, "name").problem(
                f"{', '.join(names)} make counterparts for items of {feed.connection} {feed.project}: "
                "an item that fits several gets its one counterpart from the first that looks"
            )


# --- with the servers -------------------------------------------------------------------------------------------


def check_live(session: Session) -> int:
    """Ask both systems of every sync."""
    try:
        with session.open_copy() as installation:
            return _check_live(session, installation)
    except ConfigError as error:
        say_problems(error, err=False)
        return WRONG


def _check_live(session: Session, installation: Installation) -> int:
    with busy("asking both systems"):
        proof = prove_all(installation)
        contexts = installation.assembly.contexts
        people = list(_people_problems(installation, contexts))
    loaded = installation.loaded
    if problems := sorted({*proof.problems, *people}):
        say_problems(ConfigError(tuple(problems)), err=False)
    say_warnings([*_doubts(loaded), *proof.warnings])
    for context in contexts:
        for line in _context_lines(context):
            show(line)
    for name, outage in (proof.outages or {}).items():
        show(f"{name}: not proved: {session.redacted(connector_text(outage))}")
    if problems:
        return WRONG
    if proof.outages:
        return FAILED
    show(f"{loaded.path}: ok, and both systems agree")
    return OK


def _context_lines(context: SyncContext) -> Iterator[str]:
    yield f"{click.style(context.name, bold=True)}  mode {context.mode}"
    rows = [(party_name(party), _party_text(party)) for party in context.parties.values()]
    yield from columns(rows, indent="  ")
    for party in context.parties.values():
        blind = party.connector.capabilities.blind
        if blind:
            yield wrapped(
                f"polls of {party.tool} do not see (the scrub finds it within a day): {'; '.join(blind)}",
                indent="  ",
                hanging="    ",
            )


def _party_text(party: Party) -> str:
    account = party.connector.fetch_account()
    project = party.project
    known = [counted(len(project.fields), "field"), counted(len(project.statuses), "status", "statuses")]
    name = f"{project.name} ({project.key})" if project.key not in ("", project.name) else project.name
    return f"{account.server} as {account.person.name} · {name} · {joined(known)}"


def _people_problems(installation: Installation, contexts: Iterable[SyncContext]) -> Iterator[Problem]:
    """Accounts that `people.map` names and that no system, or several accounts, answer to."""
    parties = {party.connector.name: party for context in contexts for party in context.parties.values()}
    loaded = installation.loaded
    for index, row in enumerate(loaded.config.people.accounts()):
        for name, who in row.items():
            party = parties.get(ConnectionName(name))
            wrong = _wrong_person(party, who) if party is not None else None
            if wrong is not None:
                yield loaded.place("people", "map", index, name).problem(f"{name}: {wrong}")


def _wrong_person(party: Party, who: str) -> str | None:
    connector: Connector = party.connector
    email, login = (who, None) if "@" in who else (None, who)
    try:
        found = connector.find_person(party.project, email, login)
    except Ambiguous as error:
        return f"several accounts answer to {who!r}: {', '.join(error.candidates)}"
    except ConnectorError as error:
        return f"{who!r} could not be looked up: {error}"
    return None if found is not None else f"no active account answers to {who!r}"
