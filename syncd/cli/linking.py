"""`syncd links`, once it was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from syncd.cli.door import OK, Refused
from syncd.cli.finding_items import fetch_item
from syncd.cli.plan_json import item_data
from syncd.cli.progress import busy
from syncd.cli.say import columns, iso, joined, named, show, show_json
from syncd.cli.session import Session
from syncd.cli.syncs import chosen
from syncd.engine.context import SyncContext
from syncd.engine.depends import Unfit, add_dependency
from syncd.engine.joining import Joining, Unjoinable, refuse_unfit
from syncd.model.items import Item, ItemRef, Side
from syncd.model.links import Link, LinkKind, LinkState, SyncName
from syncd.model.storage import Store
from syncd.service.installation import Installation


def show_links(session: Session, sync: str | None, *, with_removed: bool, as_json: bool) -> int:
    """Print the pairs."""
    with session.read() as installation:
        store = installation.store
        names = chosen(installation, sync)
        links = [link for name in names for link in store.links.read_all(name, tombstones=with_removed)]
        items = store.feeds.read_items({link.ref(side) for link in links for side in Side})
    if as_json:
        show_json({"links": [_data(link, items) for link in links]})
        return OK
    for line in columns([_row(link, items) for link in links]) if links else ["No pairs yet."]:
        show(line)
    return OK


def _row(link: Link, items: Mapping[ItemRef, Item]) -> tuple[str, ...]:
    marketing, it = (named(items[ref]) if ref in items else ref.id for ref in (link.marketing, link.it))
    made = f"made from {link.origin}" if link.origin else how_joined(link)
    facts = [link.kind.value if link.kind is not LinkKind.TWIN else "", made, f"{link.created_at:%Y-%m-%d}"]
    state = click.style("parted", fg="red") if link.state is LinkState.TOMBSTONE else ""
    return f"{link.id}", link.sync, joined([state, *facts]), f"{marketing} ↔ {it}"


def how_joined(link: Link) -> str:
    """Where a link comes from that no rule made."""
    if link.kind is LinkKind.TWIN:
        return "joined"
    return f"named in the {link.found_in}" if link.found_in else "added by a person"


def _data(link: Link, items: Mapping[ItemRef, Item]) -> dict[str, Any]:
    def side(ref: ItemRef) -> dict[str, Any]:
        return item_data(items.get(ref)) or {"connection": ref.connection, "id": ref.id}

    return {
        "link": link.id,
        "sync": link.sync,
        "kind": link.kind.value,
        "state": link.state.value,
        "marketing": side(link.marketing),
        "it": side(link.it),
        "origin": link.origin.value if link.origin else None,
        "found_in": link.found_in or None,
        "created_at": iso(link.created_at),
    }


# --- joining ------------------------------------------------------------------------------------------------------


def add_link(session: Session, marketing: str, it: str, sync: str | None, kind: LinkKind = LinkKind.TWIN) -> int:
    """Join two items, or say that one needs the other."""
    with session.open() as installation:
        name = _only_sync(installation, sync)
        context, items = _read_both(installation, name, marketing, it)
        if kind is LinkKind.DEPENDENCY:
            _need(installation, context, items)
            return OK
        _join(installation, context, items)
        show(f"Joined: {named(items[Side.MARKETING])} ↔ {named(items[Side.IT])}")
        key = items[Side.IT].key
        show(f"What the next cycle does with them: {session.command(f'plan {name} --item {key}')}")
    return OK


def reject_pair(session: Session, marketing: str, it: str, sync: str) -> int:
    """Note that two items do not belong together, whatever they say of each other."""
    with session.open() as installation:
        (name,) = chosen(installation, sync)
        context, items = _read_both(installation, name, marketing, it)
        try:
            Joining(installation.store, installation.clock).reject(
                context, items, "rejected by hand: syncd links adopt --reject"
            )
        except Unjoinable as reason:
            raise Refused(str(reason)) from reason
    show(f"Rejected: {named(items[Side.MARKETING])} ↔ {named(items[Side.IT])}")
    show("Nothing is made of what they say of each other; either may get a counterpart by a rule. To undo this:")
    show(f"  {session.command(f'links add {items[Side.MARKETING].key} {items[Side.IT].key} --sync {name}')}")
    return OK


def _read_both(
    installation: Installation, name: SyncName, marketing: str, it: str
) -> tuple[SyncContext, dict[Side, Item]]:
    with busy("reading both items"):
        engine = installation.require([name])
        context = next(each for each in engine.syncs if each.name == name)
        items = {
            side: fetch_item(installation.store, context.parties[side], text)
            for side, text in ((Side.MARKETING, marketing), (Side.IT, it))
        }
    return context, items


def _only_sync(installation: Installation, sync: str | None) -> SyncName:
    names = chosen(installation, sync)
    if len(names) > 1:
        raise click.UsageError(f"which sync? --sync is one of {', '.join(names)}")
    return names[0]


def _join(installation: Installation, context: SyncContext, items: Mapping[Side, Item]) -> None:
    joining = Joining(installation.store, installation.clock)
    if joining.is_joined(items):
        raise Refused("these two are a pair already")
    try:
        is_joined = joining.join(context, items, "joined by hand: syncd links add")
    except Unjoinable as error:
        raise Refused(str(error)) from error
    if not is_joined:
        raise Refused("\n".join(_taken(installation.store, items)))


def _need(installation: Installation, context: SyncContext, items: Mapping[Side, Item]) -> None:
    marketing, it = items[Side.MARKETING], items[Side.IT]
    try:
        refuse_unfit(context, {Side.MARKETING: marketing})
        add_dependency(context, installation.store, installation.clock, marketing, it, "needed: syncd links add")
    except (Unfit, Unjoinable) as reason:
        raise Refused(str(reason)) from reason
    show(f"Noted: {named(marketing)} needs {named(it)}")
    show("Nothing is copied between the two; from the next cycle on the checks look at them.")


def _taken(store: Store, items: Mapping[Side, Item]) -> Iterator[str]:
    """Which of the two has another twin, and how to end that."""
    links = store.links.of_items([item.ref for item in items.values()])
    for side, item in items.items():
        for link in links.get(item.ref, ()):
            if link.kind is LinkKind.TWIN:
                other = store.feeds.read_items([link.ref(side.other)]).get(link.ref(side.other))
                twin = named(other) if other is not None else link.ref(side.other).id
                yield (
                    f"{named(item)} has a twin already: {twin} (sync {link.sync}); "
                    f"`syncd links remove {item.key}` parts them"
                )


# --- parting ------------------------------------------------------------------------------------------------------


def remove_link(session: Session, item: str, other: str | None, sync: str | None) -> int:
    """Part a pair. `other`: the second item, where the first one is in several."""
    with session.open() as installation:
        names = chosen(installation, sync)
        store = installation.store
        links = [link for link in _links_of(store, item) if link.sync in names]
        if other is not None:
            of_other = {link.id for link in _links_of(store, other)}
            links = [link for link in links if link.id in of_other]
        link = _only_link(store, item if other is None else f"{item} {other}", links)
        Joining(store, installation.clock).part(link, "parted by hand: syncd links remove")
        items = store.feeds.read_items([link.marketing, link.it])
        names_of = [named(items[ref]) if ref in items else ref.id for ref in (link.marketing, link.it)]
    show(f"Parted: {names_of[0]} ↔ {names_of[1]}")
    keys = [items[ref].key if ref in items else ref.id for ref in (link.marketing, link.it)]
    if link.kind is LinkKind.TWIN:
        show("Both items stay as they are. No rule joins them again or makes new counterparts for them; to undo this:")
        show(f"  {session.command(f'links add {keys[0]} {keys[1]} --sync {link.sync}')}")
    else:
        show("It stays so, whatever the texts say; to undo this:")
        show(f"  {session.command(f'links add {keys[0]} {keys[1]} --kind dependency --sync {link.sync}')}")
    return OK


def _links_of(store: Store, text: str) -> list[Link]:
    found = store.links.of_items([item.ref for item in store.feeds.find_item(text)])
    return list({link.id: link for links in found.values() for link in links}.values())


def _only_link(store: Store, text: str, links: Sequence[Link]) -> Link:
    if not links:
        known = "is in no pair" if store.feeds.find_item(text) else "is no item that syncd knows"
        raise Refused(f"{text!r} {known}; `syncd links list` shows all pairs")
    if len(links) > 1:
        syncs = ", ".join(dict.fromkeys(link.sync for link in links))
        raise Refused(f"{text!r} is in several pairs ({syncs}): choose by --sync, or name the other item too")
    return links[0]
