"""Dependencies, found and added: a campaign and the issues that it needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.config.choices import Mode
from syncd.engine.depends import Dependencies, Unfit, add_dependency, need_issue
from syncd.mapping.rules import Adopt, CreateRule, Depends
from syncd.model.items import Item, ItemId, ItemRef, Side
from syncd.model.links import Link, LinkKind, LinkState
from syncd.model.values import TITLE
from tests.engine.house import NAMES, SYNC, House
from tests.reconcile.houses import IT, M
from tests.reconcile.test_comments import rules as comment_rules

DEPENDS = Depends(("key", "url"), (TITLE,), frozenset({"WEB", "CRM"}))


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Nothing is created, so that only what the texts say makes links."""
    house = House(tmp_path, depends=DEPENDS, creates=())
    house.servers[IT].add_project("CRM")
    return house


def key(house: House, item: ItemId, side: Side = IT) -> str:
    return house.servers[side].record(item).now.key


def in_crm(house: House, title: str = "Elsewhere") -> ItemId:
    return house.servers[IT].make("CRM", house.people[IT], {"title": title})


def needs(house: House) -> set[tuple[ItemId, ItemId]]:
    links = house.store.links.read_all(SYNC)
    return {(link.marketing.id, link.it.id) for link in links if link.kind is LinkKind.DEPENDENCY}


def link_of(house: House, it: ItemId) -> Link:
    (link,) = [each for each in house.store.links.read_all(SYNC, tombstones=True) if each.it.id == it]
    return link


def reads(house: House) -> int:
    return sum(call.operation == "fetch items" for call in house.servers[IT].calls)


def campaign(house: House, *issues: ItemId) -> ItemId:
    return house.make(M, title=f"Spring {' '.join(key(house, each) for each in issues)}")


def test_what_a_campaign_names_it_needs_and_nothing_is_copied(house: House) -> None:
    first, second = house.make(IT, title="One", description=None), house.make(IT, title="Two")
    spring = campaign(house, first, second)
    house.settle()
    assert needs(house) == {(spring, first), (spring, second)}
    assert house.value(IT, first, "title") == "One"
    assert {each.operation for each in house.servers[IT].calls if each.is_write} <= {"create comment", "edit comment"}
    with house.no_writes():
        house.edit(IT, first, title="Another one")
        house.run()


def test_a_reference_that_goes_away_ends_it_and_one_that_comes_back_begins_it_again(house: House) -> None:
    issue = house.make(IT, title="One")
    spring = campaign(house, issue)
    house.settle()
    house.edit(M, spring, title="Spring")
    house.settle()
    assert needs(house) == set()
    assert house.store.links.read_all(SYNC, tombstones=True) == ()
    house.edit(M, spring, title=f"Spring {key(house, issue)}")
    house.settle()
    assert needs(house) == {(spring, issue)}


def test_what_a_person_parted_stays_parted_whatever_the_text_says(house: House) -> None:
    issue = house.make(IT, title="One")
    spring = campaign(house, issue)
    house.settle()
    house.store.links.remove(link_of(house, issue).id, [], house.clock.now())
    house.edit(M, spring, title=f"Spring still needs {key(house, issue)}")
    house.settle()
    assert (needs(house), link_of(house, issue).state) == (set(), LinkState.TOMBSTONE)


def test_what_a_person_added_stays_when_no_text_names_it(house: House) -> None:
    issue = house.make(IT, title="One")
    spring = campaign(house, issue)
    house.settle()
    add_dependency(house.context(), house.store, house.clock, *both(house, spring, issue), "by hand")
    house.edit(M, spring, title="Spring")
    house.settle()
    assert needs(house) == {(spring, issue)}
    with pytest.raises(Unfit, match="already"):
        add_dependency(house.context(), house.store, house.clock, *both(house, spring, issue), "by hand")


def both(house: House, marketing: ItemId, it: ItemId) -> list[Item]:
    refs = [ItemRef(NAMES[M], marketing), ItemRef(NAMES[IT], it)]
    items = house.store.feeds.read_items(refs)
    return [items[ref] for ref in refs]


def test_the_twin_is_never_a_dependency_too(tmp_path: Path) -> None:
    house = House(tmp_path, depends=DEPENDS)
    spring = house.make(M, title="Spring")
    house.settle()
    house.edit(M, spring, title=f"Spring, see {key(house, house.twin(M, spring))}")
    house.settle()
    assert needs(house) == set()


def test_what_a_campaign_only_needs_keeps_it_from_no_counterpart(tmp_path: Path) -> None:
    """Two issues named: neither is the one that belongs to it, so nobody has to be asked which."""
    house = House(tmp_path, depends=DEPENDS, adopt=Adopt(("url", "key")), creates=(CreateRule(IT),))
    first, second = house.make(IT, title="One"), house.make(IT, title="Two")
    spring = campaign(house, first, second)
    house.run()
    assert needs(house) == {(spring, first), (spring, second)}
    twins = [link for link in house.store.links.read_all(SYNC) if link.kind is LinkKind.TWIN]
    assert [link.marketing.id for link in twins] == [spring]


def test_an_item_that_only_mentions_others_gets_its_counterpart_after_a_week(tmp_path: Path) -> None:
    house = House(tmp_path, adopt=Adopt(("url", "key")), creates=(CreateRule(IT),))
    spring = campaign(house, house.make(IT, title="One"), house.make(IT, title="Two"))
    house.settle()
    assert house.store.links.read_all(SYNC) == ()
    house.clock.advance(days=6)
    house.run()
    assert house.store.links.read_all(SYNC) == ()
    house.clock.advance(days=1)
    house.run()
    assert [link.marketing.id for link in house.store.links.read_all(SYNC)] == [spring]


def test_an_issue_behind_a_security_level_is_not_linked_until_it_is_open(house: House) -> None:
    issue = house.make(IT, title="Secret")
    house.servers[IT].restrict(issue, is_restricted=True)
    spring = campaign(house, issue)
    house.settle()
    assert needs(house) == set()
    house.servers[IT].restrict(issue, is_restricted=False)
    house.edit(IT, issue, title="Open")
    house.settle()
    assert needs(house) == {(spring, issue)}
    house.servers[IT].restrict(issue, is_restricted=True)
    house.edit(IT, issue, title="Closed again")
    house.settle()
    assert needs(house) == set()


def test_an_issue_of_another_project_is_asked_for_once_and_followed_by_id(house: House) -> None:
    issue = in_crm(house)
    spring = campaign(house, issue)
    house.run()
    assert needs(house) == {(spring, issue)}
    house.servers[IT].edit(issue, house.people[IT], {"title": "News"})
    house.run()
    item = house.store.feeds.read_items([ItemRef(NAMES[IT], issue)])[ItemRef(NAMES[IT], issue)]
    assert (item.title, item.in_scope) == ("News", False)


def test_an_issue_that_is_not_there_is_asked_for_once_a_day_and_linked_when_it_appears(house: House) -> None:
    spring = house.make(M, title="Spring needs CRM-1 and WEB-1")
    house.run()
    before = reads(house)
    for _ in range(3):
        house.clock.advance(minutes=1)
        house.run()
    assert reads(house) == before
    polled = house.make(IT, title="One")
    house.edit(M, spring, title=f"Spring needs CRM-1 and {key(house, polled)}")
    house.run()
    assert needs(house) == {(spring, polled)}


def test_what_a_deleted_campaign_named_is_looked_at_no_more_when_it_appears(house: House) -> None:
    first = house.make(IT, title="One")
    spring = house.make(M, title=f"Spring {key(house, first)} WEB-2")
    house.settle()
    house.servers[M].delete(spring)
    for _ in range(3):
        house.clock.advance(hours=25)
        house.settle()
    house.make(IT, title="Two")
    house.settle()
    assert Dependencies(house.context(), house.store, house.clock).look_again() == frozenset()


def test_nothing_is_linked_before_the_plan_is_approved_and_a_watched_sync_shows_it(tmp_path: Path) -> None:
    house = House(tmp_path, depends=DEPENDS, creates=())
    issue = house.make(IT, title="One")
    spring = campaign(house, issue)
    preview = house.engine.preview(SYNC)
    assert [(each.marketing.ref.id, each.it.ref.id, each.place) for each in preview.needs] == [(spring, issue, "title")]
    house.run(approve=False)
    assert needs(house) == set()
    house.mode = Mode.WATCH
    house.restart()
    house.run(approve=False)
    assert needs(house) == {(spring, issue)}
    assert house.engine.preview(SYNC).needs == ()


def test_a_command_names_an_issue_of_the_configured_projects_only(house: House) -> None:
    issue = house.make(IT, title="One")
    spring = house.make(M, title="Spring")
    house.settle()
    context, (marketing, _) = house.context(), both(house, spring, issue)
    for text in ("HR-1", "WEB-999999", "https://elsewhere.example/browse/WEB-1"):
        with pytest.raises(Unfit):
            need_issue(context, house.store, house.clock, marketing, text, "asked for")
    found = need_issue(context, house.store, house.clock, marketing, key(house, issue).lower(), "asked for")
    assert (found.ref.id, needs(house)) == (issue, {(spring, issue)})


def test_what_comments_name_is_needed_until_no_comment_names_it_any_more(tmp_path: Path) -> None:
    house = House(tmp_path, depends=replace(DEPENDS, comments=True), creates=())
    issue, other, secret = (house.make(IT, title=title) for title in ("One", "Two", "Three"))
    spring, desk = house.make(M, title="Spring"), house.servers[M]
    said = desk.comment(spring, house.people[M], f"We need {key(house, issue)} first")
    hidden = desk.comment(spring, house.people[M], f"and {key(house, secret)}, not for everybody")
    desk.restrict_comment(spring, hidden, "role:Staff")
    house.settle()
    assert (needs(house), link_of(house, issue).found_in) == ({(spring, issue)}, "comments")
    desk.edit_comment(spring, said, f"We need {key(house, other)} first")
    house.edit(M, spring, title="Spring again")  # the comment alone makes no other version
    house.settle()
    assert needs(house) == {(spring, other)}
    house.edit(M, spring, title=f"Spring {key(house, other)}")
    desk.delete_comment(spring, said)
    house.settle()
    assert needs(house) == {(spring, other)}
    house.edit(M, spring, title="Spring")
    house.settle()
    assert needs(house) == set()


def test_what_syncd_writes_in_comments_names_nothing(tmp_path: Path) -> None:
    """The copy of a comment from IT, and the status comment that tells of the twin."""
    house = House(tmp_path, depends=replace(DEPENDS, comments=True), mirrors=comment_rules())
    issue, spring = house.make(IT, title="One"), house.make(M, title="Spring")
    house.settle()
    house.servers[IT].comment(house.twin(M, spring), house.people[IT], f"like {key(house, issue)}")
    house.settle()
    assert any(key(house, issue) in each.body.plain_text() for each in house.servers[M].comments(spring))
    assert needs(house) == set()


def test_comments_are_read_for_it_once_a_version_and_not_when_they_do_not_count(tmp_path: Path) -> None:
    house = House(tmp_path, depends=DEPENDS, creates=())
    issue, spring = house.make(IT, title="One"), house.make(M, title="Spring")
    house.servers[M].comment(spring, house.people[M], key(house, issue))
    house.settle()
    assert (comment_reads(house), needs(house)) == (0, set())
    house.depends, house.version = replace(DEPENDS, comments=True), "2"
    house.restart()
    house.settle()
    before = comment_reads(house)
    house.settle()
    assert (comment_reads(house), needs(house)) == (before, {(spring, issue)})


def comment_reads(house: House) -> int:
    return sum(call.operation == "fetch comments" for server in house.servers.values() for call in server.calls)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sets(st.integers(0, 3)), min_size=1, max_size=4))
def test_adding_and_removing_references_leaves_what_the_text_names_last(
    tmp_path_factory: pytest.TempPathFactory, texts: list[set[int]]
) -> None:
    house = House(tmp_path_factory.mktemp("house"), depends=DEPENDS, creates=())
    issues = [house.make(IT, title=str(number)) for number in range(4)]
    spring = house.make(M, title="Spring")
    house.settle()
    for numbers in [*texts, set()]:
        house.clock.advance(minutes=1)
        house.edit(M, spring, title=f"Spring {[key(house, issues[number]) for number in sorted(numbers)]}")
        house.run()
        assert needs(house) == {(spring, issues[number]) for number in numbers}
    assert house.store.links.read_all(SYNC, tombstones=True) == ()
