"""`syncd use`, once it was asked for: which side counts where both changed a field."""

from __future__ import annotations

from syncd.cli.door import OK, Refused
from syncd.cli.progress import busy
from syncd.cli.say import change_text, named, party_name, show
from syncd.cli.session import Session
from syncd.engine.context import SyncContext
from syncd.engine.decide import Decided, Decisions
from syncd.model.items import Side
from syncd.model.links import Link, LinkKind, RuleKey
from syncd.model.records import LinkRecord
from syncd.model.storage import Store
from syncd.service.installation import Installation


def use_side(session: Session, item: str, field: str, winner: Side) -> int:
    """Note the decision; the next cycle carries it out."""
    with session.open() as installation:
        link = _link(installation.store, item)
        with busy("opening both sides"):
            context = _context(installation, link)
        record = installation.store.links.read(link.id)
        if record is None:
            raise Refused(f"{item!r} is in no pair any more")
        decisions = Decisions(context, installation.store, installation.clock)
        rule = _rule(decisions, record, item, field)
        decided = decisions.use(record, rule, winner, "syncd use")
        _tell(session, context, decided)
    return OK


def _link(store: Store, text: str) -> Link:
    found = store.feeds.find_item(text)
    links = [link for of_item in store.links.of_items([item.ref for item in found]).values() for link in of_item]
    twins = list({link.id: link for link in links if link.kind is LinkKind.TWIN}.values())
    if not twins:
        known = "is in no pair" if found else "is no item that syncd knows"
        raise Refused(f"{text!r} {known}; `syncd links list` shows all pairs")
    if len(twins) > 1:
        raise Refused(f"{text!r} names items of several pairs: name one by its address in the browser")
    return twins[0]


def _context(installation: Installation, link: Link) -> SyncContext:
    if link.sync not in installation.syncs:
        raise Refused(f"the pair is of sync {link.sync}, which is not configured any more")
    engine = installation.require([link.sync])
    return next(each for each in engine.syncs if each.name == link.sync)


def _rule(decisions: Decisions, record: LinkRecord, item: str, field: str) -> RuleKey:
    """The field in conflict that is meant, by its name or id on either side."""
    if not decisions.conflicts(record):
        raise Refused(f"no field of {item} is in conflict; `syncd explain {item}` says how each is doing")
    return decisions.conflict_named(record, field)


def _tell(session: Session, context: SyncContext, decided: Decided) -> None:
    show(f"{_item(decided.record, decided.side)}, {decided.rule.name(decided.side)}: {_change(decided)}")
    winner = party_name(context.parties[decided.side.other])
    show(f"What {winner} says counts. The daemon carries it out with its next cycle;")
    show(f"without one: {session.command(f'sync {context.name}')}")


def _item(record: LinkRecord, side: Side) -> str:
    item = record.item(side)
    return named(item) if item is not None else record.link.ref(side).id


def _change(decided: Decided) -> str:
    return change_text(decided.before, decided.value)
