"""Small items, links and intents of a fictional campaign."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from syncd.model.findings import Finding, Severity
from syncd.model.items import Category, ConnectionName, Item, ItemId, ItemRef, Marker, Page, Side
from syncd.model.links import (
    Action,
    Hold,
    Intent,
    IntentId,
    Link,
    LinkId,
    LinkKind,
    Outcome,
    Pair,
    RuleKey,
    SyncName,
)
from syncd.model.records import (
    Event,
    Feed,
    NewLink,
    Settlement,
)
from syncd.model.storage import Store
from syncd.model.values import TITLE

T0 = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
M, IT = Side.MARKETING, Side.IT
WEB, CRM = SyncName("web"), SyncName("crm")
TOOL, JIRA = ConnectionName("tool"), ConnectionName("jira")
TASKS, ISSUES = Feed(TOOL, "MKT"), Feed(JIRA, "WEB")
TITLE_RULE = RuleKey("title|title")
DUE_RULE = RuleKey("due|due")

_numbers = count(1)


def at(minutes: float) -> datetime:
    """That many minutes after the start of the story."""
    return T0 + timedelta(minutes=minutes)


def task(number: int | str) -> ItemRef:
    return ItemRef(TOOL, ItemId(str(number)))


def issue(number: int | str) -> ItemRef:
    return ItemRef(JIRA, ItemId(str(number)))


def item(ref: ItemRef, title: str = "Landing page", *, minute: float = 0, **facts: Any) -> Item:
    """An item whose last change was in that minute; its version follows from title and minute."""
    key = f"{'MKT' if ref.connection == TOOL else 'WEB'}-{ref.id}"
    made = Item(
        ref=ref,
        key=key,
        url=f"https://{ref.connection}.example/{ref.id}",
        version=f"{title}@{minute}",
        created_at=T0 - timedelta(days=1),
        updated_at=at(minute),
        fields={TITLE: title},
        category=Category.TODO,
    )
    return replace(made, **facts)


def poll(store: Store, *items: Item, readers: dict[SyncName, Side] | None = None, feed: Feed | None = None) -> int:
    """Store a page of items as a poll would; returns how many were news."""
    of_tool = not items or items[0].ref.connection == TOOL
    feed = feed or (TASKS if of_tool else ISSUES)
    page = Page(items, cursor="next", is_last=True)
    return store.feeds.record_page(feed, {WEB: M if of_tool else IT} if readers is None else readers, page, T0)


def twin(marketing: ItemRef, it: ItemRef, sync: SyncName = WEB, kind: LinkKind = LinkKind.TWIN) -> NewLink:
    return NewLink(sync, kind, marketing, it, origin=None)


def depends(marketing: ItemRef, it: ItemRef, sync: SyncName = WEB) -> NewLink:
    return twin(marketing, it, sync, LinkKind.DEPENDENCY)


def linked(store: Store, new: NewLink, minute: float = 0) -> LinkId:
    """The id of a link that must be new; its mark is taken away."""
    link = store.links.add(new, (), at(minute))
    assert link is not None
    settle_marks(store, new.sync)
    return link


def stored(store: Store, link: LinkId) -> Link:
    record = store.links.read(link)
    assert record is not None
    return record.link


def settle_marks(store: Store, sync: SyncName = WEB) -> None:
    """Take away every mark of a sync, as a cycle that found nothing to do."""
    for record in store.work.read_links(sync, at(10_000), limit=1000):
        store.work.clear(sync, record.marks)
    for candidate in store.work.read_candidates(sync, at(10_000), limit=1000):
        store.work.clear(sync, candidate.marks)


def dirty_links(store: Store, sync: SyncName = WEB, minute: float = 0) -> list[LinkId]:
    return [record.link.id for record in store.work.read_links(sync, at(minute), limit=1000)]


def candidates(store: Store, sync: SyncName = WEB, minute: float = 0) -> list[ItemRef]:
    return [each.item.ref for each in store.work.read_candidates(sync, at(minute), limit=1000)]


def new_marker() -> Marker:
    return Marker(f"{next(_numbers):026d}")


def create(origin: ItemRef, sync: SyncName = WEB, side: Side = IT, minute: float = 0) -> Intent:
    return Intent(
        IntentId(0),
        sync,
        Action.CREATE,
        side,
        new_marker(),
        at(minute),
        origin=origin,
        sent={TITLE_RULE: "Landing page"},
        rests_on={TITLE_RULE: Pair("Landing page", None)},
    )


def update(link: LinkId, ref: ItemRef, *rules: RuleKey, minute: float = 0, action: Action = Action.UPDATE) -> Intent:
    return Intent(
        IntentId(0), WEB, action, IT, new_marker(), at(minute), link, ref, sent=dict.fromkeys(rules, "Landing page")
    )


def opened(store: Store, intent: Intent) -> Intent:
    noted = store.journal.open(intent)
    assert noted is not None
    return noted


def make_twin(store: Store, origin: ItemRef, made: ItemRef, sync: SyncName = WEB) -> LinkId:
    """A counterpart made the way the engine makes one."""
    intent = opened(store, create(origin, sync))
    settlement = Settlement(items=(item(made, is_exact=True),), new_link=twin(origin, made, sync))
    link = store.journal.close(intent.id, Outcome.DONE, settlement, T0)
    assert link is not None
    settle_marks(store, sync)
    return link


def hold(rule: RuleKey = DUE_RULE, reason: str = "No value for it.") -> Hold:
    return Hold(rule, "unmapped-value", reason, Pair("Urgent", None), "v1", advice='["Urgent", "High"]', side=IT)


def event(kind: str = "update", minute: float = 0, **facts: Any) -> Event:
    return Event(at(minute), facts.pop("sync", WEB), kind, "it changed", **facts)


def finding(code: str = "deadline-mismatch", severity: Severity = Severity.WARNING, subject: str = "") -> Finding:
    return Finding(
        code=code,
        severity=severity,
        title={M: "IT finishes too late for your launch", IT: "The launch is earlier than your date"},
        facts=("IT plans Thu 12 Mar.", "Your launch is Wed 11 Mar."),
        advice={M: "Move a date."},
        told=frozenset({M, IT}),
        subject=subject,
        seen={"due": "2026-03-12"},
    )
