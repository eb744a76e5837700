"""Tells the checks of one link which launches were in its week before it. Asks the store alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from syncd.checks.context import CheckContext, Earlier, NamedLaunch
from syncd.checks.crowding import CODE
from syncd.engine.context import SyncContext
from syncd.model.items import Item, ItemRef, Side
from syncd.model.links import Link, LinkKind
from syncd.model.records import Feed, OtherLaunch
from syncd.model.storage import Store


def team_of(context: SyncContext, store: Store, link: Link) -> Feed | None:
    """The IT project that works on a link; None for an issue of a project that nobody polls.

    A counterpart stays with the project that it was made for; an issue that is merely needed is of the one it is in.
    """
    return context.parties[Side.IT].feed if link.kind is LinkKind.TWIN else store.feeds.read_feed(link.it)


def read_earlier(store: Store, context: CheckContext, link: Link) -> Earlier:
    """The launches in the week of the context's own, if there are so many that they are told."""
    launch, settings = context.facts.launch if context.facts else None, context.settings[CODE]
    if launch is None:
        return Earlier()
    most, today = settings.number("max_per_week"), context.today(Side.IT)
    of_team = store.facts.read_earlier(link.id, launch, today, most=most)
    per_person: Sequence[OtherLaunch] = ()
    if launch.owner:
        most_of_one = settings.number("per_person")
        per_person = store.facts.read_earlier(link.id, launch, today, most=most_of_one, of_owner=True)
        per_person = per_person if len(per_person) == most_of_one else ()
    of_team = of_team if len(of_team) == most else ()
    told = [*of_team, *per_person]
    items = store.feeds.read_items({ref for other in told for ref in (other.it, other.marketing)}) if told else {}
    return Earlier(tuple(_named(of_team, items, link)), tuple(_named(per_person, items, link)))


def _named(others: Sequence[OtherLaunch], items: Mapping[ItemRef, Item], link: Link) -> Iterator[NamedLaunch]:
    """What may be told of them: nothing where one of the two items is closed off by now, and no titles of other syncs.

    Who works in the same IT project may see its keys; what other departments of marketing plan is their own.
    """
    for other in others:
        issue, campaign = items.get(other.it), items.get(other.marketing)
        if issue is None or campaign is None or issue.is_restricted or campaign.is_restricted:
            continue
        yield NamedLaunch(issue.key, other.day, campaign.title if other.sync == link.sync else "")
