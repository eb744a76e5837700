"""Contexts for check tests: a demo pair "Spring landing page" / WEB-412, changed by what a test is about.

March 2026: Mon 2, Mon 9, Wed 11 and Thu 12 are the days of the story. Clocks go forward in New York on Sun 8 March,
in Berlin on Sun 29 March.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from syncd.checks.context import CheckContext, Failures, GeneralSettings, LinkContext, SideContext
from syncd.checks.facts import advance
from syncd.checks.registry import CheckOverride, settings_of
from syncd.checks.run import run_checks
from syncd.checks.word_rules import WordMatcher, WordRule
from syncd.model.findings import Finding
from syncd.model.items import Category, ConnectionName, Item, ItemId, ItemRef, Side
from syncd.model.links import Hold, LinkKind, Pair, RuleKey, SyncName
from syncd.model.values import DUE, TITLE, FieldId, Value

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
UNKNOWN = object()
"""Instead of a date: the field was not in the answer."""


def march(day: int) -> date:
    return date(2026, 3, day)


def at(day: int, hour: int = 12, minute: int = 0, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=zone).astimezone(UTC)


SUN_1, MON_2 = at(1), at(2)
GENERAL = GeneralSettings()


def item(
    due: object = None, *, title: str = "Spring landing page", category: Category = Category.TODO, **fields: Value
) -> Item:
    values: dict[FieldId, Value] = {TITLE: title} | {FieldId(name): value for name, value in fields.items()}
    if due is not UNKNOWN:
        values[DUE] = due  # type: ignore[assignment]
    return Item(
        ref=ItemRef(ConnectionName("demo"), ItemId("1")),
        key="WEB-412",
        url="https://tool.example/1",
        version="1",
        created_at=at(1),
        updated_at=at(1),
        fields=values,
        category=category,
    )


def linked(
    launch: object = march(11),
    planned: object = march(12),
    *,
    now: datetime = MON_2,
    zones: tuple[ZoneInfo, ZoneInfo] = (BERLIN, BERLIN),
    overrides: Mapping[str, CheckOverride] | None = None,
    holds: tuple[Hold, ...] = (),
    failures: Failures | None = None,
    linked_at: datetime = SUN_1,
    done: frozenset[Side] = frozenset(),
    is_begun: bool = True,
    general: GeneralSettings = GENERAL,
) -> CheckContext:
    def side(which: Side, due: object, department: str, tool: str, zone: ZoneInfo, owner: str) -> SideContext:
        category = Category.DOING if is_begun and which is Side.IT else Category.TODO
        category = Category.DONE if which in done else category
        return SideContext(which, department, tool, zone, item=item(due, category=category), owner=owner)

    return CheckContext(
        sync=SyncName("web"),
        now=now,
        marketing=side(Side.MARKETING, launch, "Marketing", "Asana", zones[0], "Dana Demo"),
        it=side(Side.IT, planned, "Web IT", "Jira", zones[1], "Ira Example"),
        settings=settings_of(overrides or {}),
        link=LinkContext(LinkKind.TWIN, Side.MARKETING, linked_at),
        general=general,
        holds=holds,
        failures=failures,
        field_titles={RuleKey("status|status"): "status"},
    )


FORM = WordRule("form", "Somebody has to build the form.", ("sign-up form",))


def alone(
    launch: object = march(31),
    *,
    now: datetime = MON_2,
    created_at: datetime = SUN_1,
    title: str = "Sign-up form for the fair",
    category: Category = Category.TODO,
    overrides: Mapping[str, CheckOverride] | None = None,
    general: GeneralSettings = GENERAL,
) -> CheckContext:
    """A marketing item without any link."""
    context = linked(launch, None, now=now, overrides=overrides, general=general)
    lonely = replace(item(launch, title=title, category=category), created_at=created_at)
    return replace(
        context,
        link=None,
        marketing=replace(context.marketing, item=lonely),
        it=replace(context.it, item=None, owner=None),
        involvement=WordMatcher((FORM,)),
    )


def look(context: CheckContext, written: Mapping[Side, frozenset[FieldId]] | None = None) -> CheckContext:
    """The context with its facts carried on, as a watch does before the checks run."""
    return replace(context, facts=advance(context.facts, context, written or {}))


def shown(
    context: CheckContext, side: Side, now: datetime, *, category: Category | None = None, **fields: Value
) -> CheckContext:
    """The item of one side after an edit right before `now`, looked at."""
    old = context.on(side).item
    assert old is not None
    values = {FieldId(name): value for name, value in fields.items()}
    edited = replace(old, updated_at=now, category=category or old.category, fields={**old.fields, **values})
    department = replace(context.on(side), item=edited)
    context = replace(context, marketing=department) if side is Side.MARKETING else replace(context, it=department)
    return look(replace(context, now=now))


def only(context: CheckContext, code: str) -> Finding | None:
    """The finding of one check, if it raised one."""
    found = [finding for finding in run_checks(context).findings if finding.code == code]
    assert len(found) <= 1
    return found[0] if found else None


def hold(
    code: str, side: Side | None = None, *, marketing: Value = "Doing", it: Value = "Done", advice: str = ""
) -> Hold:
    return Hold(RuleKey("status|status"), code, "A plain reason.", Pair(marketing, it), "v1", advice, side)
