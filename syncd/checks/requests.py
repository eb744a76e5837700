"""Does a request say what IT has to know before it can plan the work?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from syncd.checks.context import CheckContext, CheckSettings, Outcome, SideContext
from syncd.checks.facts import request_text
from syncd.checks.request_words import Point
from syncd.checks.spec import CheckSpec, Option, risen
from syncd.checks.words import quoted
from syncd.model.days import spell_day
from syncd.model.findings import Finding, Severity
from syncd.model.items import Category, Item, Side
from syncd.model.links import LinkKind
from syncd.model.richtext import Doc
from syncd.model.values import DESCRIPTION, TITLE, is_empty

ENOUGH_WORDS: Final = 120
"""A text so long is a brief: what it does not seem to say, it says in words of its own."""
_FEWEST: Final = 2
"""Open points from which on it is worth asking; of a single one to be asked, one."""
_WORD: Final = re.compile(r"\w+")
_ADDRESS: Final = re.compile(r"\bhttps?://\S+")


def check_requirements_missing(context: CheckContext, settings: CheckSettings) -> Outcome:
    """Marketing asked IT to build something, IT has not begun, and the request leaves open what IT has to know."""
    item, asked_on = context.marketing.item, context.linked_on(Side.MARKETING)
    if item is None or asked_on is None or not _is_request(context) or DESCRIPTION not in item.fields:
        return Outcome()
    read = _read_together(context, item)
    wanted = [point for point in context.requests.points if point.name in settings.words("ask")]
    missing = [point for point in wanted if not point.words.matches(read)]
    if len(missing) < min(_FEWEST, len(wanted)) or not missing or not _needs_words(context, item, read):
        return Outcome()
    warned_on = context.marketing.calendar.add(asked_on, settings.number("after_days"))
    is_late = context.today(Side.MARKETING) >= warned_on
    severity = risen(settings.severity, Severity.WARNING, when=is_late)
    finding = _missing(context, severity, missing[: settings.number("at_most")])
    return Outcome((finding,), None if is_late else context.morning(Side.MARKETING, warned_on))


def _is_request(context: CheckContext) -> bool:
    """Whether marketing asked for it, and IT has not begun: what IT made of its own accord, or has begun, it knows."""
    link, issue = context.link, context.it.item
    is_asked = link is not None and link.kind is LinkKind.TWIN and link.origin is Side.MARKETING
    return is_asked and issue is not None and issue.category is Category.TODO


def _needs_words(context: CheckContext, item: Item, read: Item) -> bool:
    """Whether it asks for something that takes a brief, and does not say that there is one elsewhere."""
    words = context.requests
    if context.files or (words.build is not None and not words.build.matches(item)) or words.small.matches(item):
        return False
    if words.elsewhere.matches(read) or len(_WORD.findall(request_text(item))) >= ENOUGH_WORDS:
        return False
    return not any(_leads_elsewhere(address, context) for address in _addresses(read))


def _read_together(context: CheckContext, item: Item) -> Item:
    """The marketing item with all that either ticket says about it in its description."""
    texts = [request_text(item), *_filled(context.marketing, item)]
    if context.it.item is not None:
        texts += [request_text(context.it.item), *_filled(context.it, context.it.item)]
    return replace(item, fields={**item.fields, DESCRIPTION: "\n".join(texts)})


def _filled(side: SideContext, item: Item) -> Iterator[str]:
    """The filled custom fields of an item, by name: that the field "Audience" is filled answers who it is for."""
    for id_, name in side.field_names.items():
        value = item.fields.get(id_)
        if not is_empty(value):
            yield f"{name}: {value.plain_text() if isinstance(value, Doc) else value if isinstance(value, str) else ''}"


def _addresses(item: Item) -> Iterator[str]:
    for text in (item.fields.get(TITLE), item.fields.get(DESCRIPTION)):
        if isinstance(text, str):
            yield from _ADDRESS.findall(text)


def _leads_elsewhere(address: str, context: CheckContext) -> bool:
    """Whether an address leads to something else than the two tickets themselves."""
    items = (side.item for side in (context.marketing, context.it))
    names = (name for item in items if item is not None for name in (item.key, item.ref.id))
    return not any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", address) for name in names)


def _missing(context: CheckContext, severity: Severity, missing: list[Point]) -> Finding:
    marketing, it = context.marketing, context.it
    launch = (f"The launch is {spell_day(marketing.due)}.",) if marketing.due else ()
    build = context.requests.build
    found = build.matches(marketing.item) if build is not None and marketing.item is not None else ()
    asks = f"The task asks for {quoted(found[0].words)}, and" if found else f"{marketing.department} asked for it, and"
    return Finding(
        code=REQUIREMENTS_MISSING.code,
        severity=severity,
        title={
            Side.MARKETING: f"{it.department} needs a few more details to plan this",
            Side.IT: f"{marketing.department} is asked for a few more details",
        },
        facts=(
            f"{asks} {it.department} has not begun.",
            f"It leaves open: {' '.join(point.question for point in missing)}",
            *launch,
        ),
        advice={
            Side.MARKETING: f"{marketing.who}: one line on each in the description is enough, or a link to the brief.",
            Side.IT: f"{it.who}: begin, and this goes; or ask {marketing.department} for what else you need.",
        },
        told=frozenset({Side.MARKETING}),
        seen={"asks": found[0].words.casefold() if found else ""},  # who answers a part of it is not asked again
    )


REQUIREMENTS_MISSING: Final = CheckSpec(
    code="requirements-missing",
    check=check_requirements_missing,
    title="IT needs a few more details to plan this",
    severity=Severity.INFO,
    worst=Severity.WARNING,
    told="marketing",
    text=(
        "Marketing asked IT for something to be built, IT has not begun, and what either ticket says answers all but "
        f"{_FEWEST} or more of the points in `ask`. A text of {ENOUGH_WORDS} words, a link or a file counts as a "
        "brief; small changes need none. The words that decide are those of `mappings/request-words.yaml`, or of "
        "`rules`. A warning `after_days` after the two were linked."
    ),
    options=(
        Option("ask", ("goal", "audience", "page or system", "content ready on"), "What a request should say."),
        Option("at_most", 3, "Questions at once."),
        Option("after_days", 3, "Working days before it is a warning."),
    ),
    is_about_dates=True,
    has_horizon=True,
)
