"""Views for report tests: "Spring landing page" in Asana, WEB-412 in Jira, and what the checks really say of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from syncd.checks.context import CheckContext, LinkContext, SideContext
from syncd.checks.registry import settings_of
from syncd.checks.run import run_checks
from syncd.checks.word_rules import WordMatcher, WordRule
from syncd.model.findings import Finding, RaisedFinding
from syncd.model.items import Category, ConnectionName, Item, ItemId, ItemRef, Side
from syncd.model.links import Hold, LinkId, LinkKind, Pair, RuleKey, SyncName
from syncd.model.values import ASSIGNEE, DUE, STATUS, TITLE, FieldId, Person, UserId, Value
from syncd.report.view import Kept, LinkView, StatusView

BERLIN = ZoneInfo("Europe/Berlin")
DANA, IRA = Person(UserId("dana"), "Dana Demo"), Person(UserId("ira"), "Ira Example")
KEPT = Kept(both=("title", "status", "labels"), to_it=("description",), own=("due", "assignee"))
LINK = LinkId(1)
MON_2 = datetime(2026, 3, 2, 9, tzinfo=UTC)
LINKED_AT = datetime(2026, 2, 13, 9, tzinfo=UTC)


def march(day: int) -> date:
    return date(2026, 3, day)


WED_11, THU_12 = march(11), march(12)


def make(connection: str, key: str, url: str, values: Mapping[FieldId, Value], category: Category) -> Item:
    return Item(
        ref=ItemRef(ConnectionName(connection), ItemId(key)),
        key=key,
        url=url,
        version="1",
        created_at=LINKED_AT,
        updated_at=LINKED_AT,
        fields=values,
        category=category,
    )


def task(due: Value = WED_11, *, owner: Person | None = DANA, **more: Value) -> Item:
    values = {TITLE: "Spring landing page", STATUS: "Waiting for IT", DUE: due, ASSIGNEE: owner}
    values |= {FieldId(name): value for name, value in more.items()}
    return make("asana", "1201", "https://app.asana.example/0/1201/88", values, Category.DOING)


def issue(due: Value = THU_12, *, owner: Person | None = IRA, key: str = "WEB-412", **more: Value) -> Item:
    values = {TITLE: "Landing page: spring", STATUS: "In Progress", DUE: due, ASSIGNEE: owner}
    values |= {FieldId(name): value for name, value in more.items()}
    return make("jira", key, f"https://jira.example/browse/{key}", values, Category.DOING)


def link(
    item: Item, side: Side, *, id_: LinkId = LINK, department: str | None = None, origin: Side | None = Side.MARKETING
) -> LinkView:
    is_task = side is Side.MARKETING
    return LinkView(
        id=id_,
        kind=LinkKind.TWIN,
        origin=origin,
        created_at=LINKED_AT,
        department=department or ("Marketing" if is_task else "Web IT"),
        tool="Asana" if is_task else "Jira",
        item=item,
        zone=BERLIN,
        kept=KEPT,
    )


def view(side: Side, marketing: Item, it: Item | None, findings: tuple[RaisedFinding, ...] = ()) -> StatusView:
    """The comment on the item of `side`; `it` is None for a task without a link."""
    own, other = (marketing, it) if side is Side.MARKETING else (it, marketing)
    assert own is not None
    return StatusView(
        side=side,
        department="Marketing" if side is Side.MARKETING else "Web IT",
        other_department="Web IT" if side is Side.MARKETING else "Marketing",
        item=own,
        zone=BERLIN,
        links=(link(other, side.other),) if other else (),
        findings=findings,
    )


def raised(
    findings: tuple[Finding, ...], *, since: datetime = MON_2, id_: LinkId | None = LINK
) -> tuple[RaisedFinding, ...]:
    return tuple(
        RaisedFinding(finding, SyncName("web"), ItemRef(ConnectionName("asana"), ItemId("1201")), id_, number, since)
        for number, finding in enumerate(findings, 1)
    )


def found(marketing: Item, it: Item | None, now: datetime, holds: tuple[Hold, ...] = ()) -> tuple[RaisedFinding, ...]:
    """What the checks say of the two at `now`, raised on Mon 2 March."""
    form = WordRule("form", "Somebody has to build the form.", ("sign-up form",))

    def side(which: Side, department: str, tool: str, item: Item | None) -> SideContext:
        owner = item.fields[ASSIGNEE] if item else None
        name = owner.name if isinstance(owner, Person) else None
        return SideContext(which, department, tool, BERLIN, item=item, owner=name)

    context = CheckContext(
        sync=SyncName("web"),
        now=now,
        marketing=side(Side.MARKETING, "Marketing", "Asana", marketing),
        it=side(Side.IT, "Web IT", "Jira", it),
        settings=settings_of(),
        link=LinkContext(LinkKind.TWIN, Side.MARKETING, LINKED_AT) if it else None,
        holds=holds,
        involvement=WordMatcher((form,)),
        field_titles={RuleKey("status|status"): "status"},
    )
    return raised(run_checks(context).findings, id_=LINK if it else None)


def pair(
    side: Side, marketing: Item, it: Item | None, *, now: datetime = MON_2, holds: tuple[Hold, ...] = ()
) -> StatusView:
    """The view of a pair with what the checks say of it."""
    return view(side, marketing, it, found(marketing, it, now, holds))


def hold(code: str, reason: str, side: Side | None = None, *, it: Value = "UAT") -> Hold:
    return Hold(RuleKey("status|status"), code, reason, Pair("Doing", it), "v1", "", side)


def restricted(item: Item) -> Item:
    return replace(item, is_restricted=True)
