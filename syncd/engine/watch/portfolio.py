"""Whole syncs as stored, for those who look at many tickets at once. No server is asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.checks.calendar import WorkCalendar
from syncd.model.days import day_in
from syncd.model.findings import RaisedFinding
from syncd.model.items import Item, ItemRef, Side
from syncd.model.links import Link, SyncName
from syncd.model.records import Feed
from syncd.model.storage import Store
from syncd.report.view import LinkView, StatusView, due_of


@dataclass(frozen=True, slots=True)
class Desk:
    """One side of a sync as the configuration has it."""

    department: str
    tool: str
    zone: ZoneInfo
    calendar: WorkCalendar
    feed: Feed

    def days_left(self, view: StatusView, now: datetime) -> int | None:
        """Working days here after today, up to and with the item's day; None without one."""
        return None if view.due is None else self.calendar.count(day_in(now, self.zone), view.due)


Desks = Mapping[SyncName, Mapping[Side, Desk]]
"""Every configured sync."""


def read_views(
    store: Store,
    desks: Desks,
    sync: SyncName,
    findings: Sequence[RaisedFinding],
    sides: Collection[Side] = (Side.MARKETING,),
    further: Collection[ItemRef] = (),
) -> tuple[StatusView, ...]:
    """The items that findings of one sync are about, each as its status comment sees it.

    Of a link that is its marketing item, and with both `sides` the one of IT too, each with the findings it shows. What
    was never read is left out. `further`: items to show besides, found anything or not.
    """
    by_item: dict[ItemRef, list[RaisedFinding]] = {ref: [] for ref in further}
    for raised in findings:
        by_item.setdefault(raised.item, []).append(raised)
    links = store.links.of_items(by_item)
    pairs = {link.id: link for of_item in links.values() for link in of_item}
    if Side.IT in sides:
        for raised in findings:
            if raised.link in pairs:
                by_item.setdefault(pairs[raised.link].it, []).append(raised)
        links = store.links.of_items(by_item)
    items = store.feeds.read_items(by_item.keys() | {link.ref(side) for link in pairs.values() for side in Side})
    shelf = _Shelf(store, desks, sync, links, items)
    return tuple(shelf.view(ref, tuple(found)) for ref, found in by_item.items() if ref in items)


def read_due(store: Store, desks: Desks, sync: SyncName, now: datetime, until: date) -> tuple[ItemRef, ...]:
    """The linked items of a sync, on either side, that are not done and due today or later, up to and with `until`."""
    return tuple(ref for side in Side for ref in _due_on(store, side, desks[sync][side], sync, now, until))


def _due_on(store: Store, side: Side, desk: Desk, sync: SyncName, now: datetime, until: date) -> Iterator[ItemRef]:
    """Those of one side. The store knows days of instants in UTC alone: it is asked for a day more on either end."""
    today, a_day = day_in(now, desk.zone), timedelta(days=1)
    near = store.feeds.read_due(desk.feed.connection, today - a_day, until + a_day)
    links = store.links.of_items(near)
    mine = [ref for ref in near if any(each.sync == sync and each.ref(side) == ref for each in links.get(ref, ()))]
    for ref, item in store.feeds.read_items(mine).items():
        due = due_of(item, desk.zone)
        if due is not None and not item.is_done and today <= due <= until:
            yield ref


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What was read for the views of one sync."""

    store: Store
    desks: Desks
    sync: SyncName
    links: Mapping[ItemRef, tuple[Link, ...]]
    items: Mapping[ItemRef, Item]

    def view(self, ref: ItemRef, findings: tuple[RaisedFinding, ...]) -> StatusView:
        links = self.links.get(ref, ())
        side = self._side(ref, links)
        desk, other = self.desks[self.sync][side], self.desks[self.sync][side.other]
        return StatusView(
            side,
            desk.department,
            other.department,
            self.items[ref],
            desk.zone,
            tuple(self._link_views(side, links)),
            findings,
        )

    def _side(self, ref: ItemRef, links: Sequence[Link]) -> Side:
        if links:
            return Side.MARKETING if links[0].marketing == ref else Side.IT
        marketing = self.desks[self.sync][Side.MARKETING].feed
        is_marketing = marketing.connection == ref.connection and self.store.feeds.is_listed(marketing, ref)
        return Side.MARKETING if is_marketing else Side.IT

    def _link_views(self, side: Side, links: Sequence[Link]) -> Iterator[LinkView]:
        for link in links:
            item = self.items.get(link.ref(side.other))
            if item is None or link.sync not in self.desks:
                continue
            desk = self.desks[link.sync][side.other]
            yield LinkView(
                link.id, link.kind, link.origin, link.created_at, desk.department, desk.tool, item, desk.zone
            )
