"""People answer on the ticket: each command acts once, for those who may, and the status comment tells the outcome."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from syncd.checks.registry import CHECKS, CheckOverride, settings_of
from syncd.config.choices import Conflict, Mode
from syncd.connectors.memory import Trouble
from syncd.engine.context import CommandRules
from syncd.mapping.comments import command_lines
from syncd.model.items import CommentId, ItemId, ItemRef, Side
from syncd.model.links import LinkKind
from syncd.model.records import NewLink
from syncd.model.values import DUE
from tests.engine.house import NAMES, SYNC, House
from tests.reconcile.houses import IT, M, Same, rule
from tests.reconcile.test_comments import rules

READ = "fetch comments"
SPOKEN_OF = ("deadline-mismatch", "conflict", "sync-error")
CHECKED = settings_of({code: CheckOverride(severity="off") for code in CHECKS if code not in SPOKEN_OF})
"""Point 1 is that the dates do not fit."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, checks=CHECKED, commands=CommandRules())
    yield made
    made.store.close()


def late(house: House) -> ItemId:
    """A pair whose dates do not fit, and that says so."""
    item = house.make(M, title="Landing page", due=date(2026, 3, 16))
    house.settle()
    house.edit(IT, house.twin(M, item), due=date(2026, 3, 20))
    house.clock.advance(hours=5)
    house.settle()
    return item


def told(house: House, item: ItemId, side: Side = M) -> str:
    """The status comment."""
    (status,) = [each for each in house.servers[side].comments(item) if each.author == house.bots[side]]
    return status.body.plain_text()


def say(house: House, item: ItemId, text: str, side: Side = M) -> CommentId:
    made = house.servers[side].comment(item, house.people[side], text)
    house.run()
    return made


def history(house: House) -> list[str]:
    return [event.cause for event in house.store.audit.read(sync=SYNC, limit=1000) if event.kind == "command"]


def test_a_point_is_muted_on_the_ticket_and_both_sides_are_told(house: House) -> None:
    item = late(house)
    assert "1 ○ It finishes too late" in told(house, item)
    say(house, item, "I know.\n\n/syncd mute 1 until friday")
    assert '1 muted: "It finishes too late for your launch" (by Dana, until Fri 6 Mar)' in told(house, item)
    assert "1 ○" not in told(house, item)
    house.clock.advance(hours=5)
    house.settle()
    assert "1 muted" in told(house, house.twin(M, item), IT)
    assert history(house) == ["/syncd mute 1 until friday (Dana, in a comment on MKT-1): done"]


def test_silence_until_a_day_ends_in_the_morning_and_says_so(house: House) -> None:
    item = late(house)
    say(house, item, "/syncd mute 1 until tomorrow")
    house.clock.at = datetime(2026, 3, 3, 6, 30, tzinfo=UTC)
    house.run()
    assert "1 muted" in told(house, item)
    house.clock.advance(hours=1)
    house.run()
    assert "1 ○ It finishes too late" in told(house, item)
    assert "Dana muted this until Tue 3 Mar." in told(house, item)


def test_what_is_agreed_is_spoken_of_again_when_the_facts_change(house: House) -> None:
    item = late(house)
    say(house, item, "/syncd accept 1")
    assert '1 agreed: "It finishes too late for your launch" (by Dana, until its facts change)' in told(house, item)
    house.clock.advance(hours=30)
    house.settle()
    assert "1 agreed" in told(house, item)
    house.edit(IT, house.twin(M, item), **{DUE: date(2026, 3, 24)})
    house.clock.advance(hours=5)
    house.settle()
    assert "1 ○ It finishes too late" in told(house, item)
    assert "Dana agreed to this; a date has changed since." in told(house, item)


def test_what_cannot_be_done_is_one_line_until_something_else_is_said(house: House) -> None:
    item = late(house)
    say(house, item, "/syncd mute 7")
    assert 'Could not do "/syncd mute 7": there is no point 7 here.' in told(house, item)
    house.clock.advance(hours=5)
    house.settle()
    assert "Could not do" in told(house, item)
    say(house, item, "/syncd mute 1")
    assert "Could not do" not in told(house, item)


def test_a_command_acts_once_and_an_edit_of_other_words_is_no_new_one(house: House) -> None:
    item = late(house)
    comment = say(house, item, "/syncd mute 1")
    say(house, item, "/syncd unmute 1")
    assert "1 ○" in told(house, item)
    house.servers[M].edit_comment(item, comment, "Please: \n/syncd mute 1")
    house.edit(M, item, title="Landing page 2")
    house.settle()
    assert "1 ○" in told(house, item)
    house.servers[M].edit_comment(item, comment, "/syncd mute 1 for 2 weeks")
    house.edit(M, item, title="Landing page 3")
    house.settle()
    assert "1 muted" in told(house, item)
    assert len(history(house)) == 3


def test_guests_and_accounts_that_are_no_people_command_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, checks=CHECKED, commands=CommandRules(), not_people=("*automation*",))
    item = late(house)
    guest = house.servers[M].add_guest("Gil Guest")
    robot = house.servers[M].add_person("Web automation")
    for person in (guest, robot):
        house.servers[M].comment(item, person, "/syncd mute 1")
    house.settle()
    assert "1 ○" in told(house, item)
    assert [cause.partition(": ")[2] for cause in history(house)] == ["not followed: only members may"] * 2
    house.store.close()


def test_commands_from_before_syncd_knew_the_ticket_do_nothing(house: House) -> None:
    item = house.make(M, title="Landing page", due=date(2026, 3, 16))
    house.servers[M].comment(item, house.people[M], "/syncd mute 1")
    house.settle()
    house.edit(IT, house.twin(M, item), due=date(2026, 3, 20))
    house.clock.advance(hours=5)
    house.settle()
    assert "1 ○" in told(house, item)
    assert history(house) == []


def test_an_idle_cycle_reads_no_comments_and_a_changed_item_those_of_its_own_once(house: House) -> None:
    item = late(house)
    house.settle()
    before = {side: len(house.servers[side].calls) for side in Side}
    house.run()
    assert {side: len(house.servers[side].calls) - before[side] for side in Side} == {M: 1, IT: 1}
    before = {side: len(house.servers[side].calls) for side in Side}
    house.edit(M, item, due=date(2026, 3, 17))
    house.run()
    house.run()
    calls = {side: [call.operation for call in house.servers[side].calls[before[side] :]] for side in Side}
    assert (calls[M].count(READ), calls[IT].count(READ)) == (1, 0)


def test_a_ticket_is_linked_and_parted_from_a_comment(house: House) -> None:
    house.creates = ()
    house.restart()
    campaign, other, issue = (
        house.make(M, title="Landing page"),
        house.make(M, title="Newsletter"),
        house.make(IT, title="Form"),
    )
    house.settle()
    refs = {side: ItemRef(NAMES[side], item) for side, item in ((M, campaign), (IT, issue))}
    house.store.links.add(NewLink(SYNC, LinkKind.TWIN, refs[M], refs[IT], None), (), house.clock.now())
    house.settle()
    say(house, campaign, "/syncd unlink")
    assert house.store.links.read_all(SYNC) == ()
    assert "No longer linked with WEB-1." in told(house, campaign)
    say(house, campaign, "/syncd link WEB-1")
    (link,) = house.store.links.read_all(SYNC)
    assert (link.marketing, link.it) == (refs[M], refs[IT])
    say(house, campaign, "/syncd link WEB-99")
    assert 'Could not do "/syncd link WEB-99": WEB-99 is not there, or not open to everybody, at It.' in told(
        house, campaign
    )
    say(house, campaign, "/syncd unlink")
    say(house, campaign, "/syncd link https://elsewhere.example.com/browse/WEB-1")
    assert house.store.links.read_all(SYNC) == ()
    say(house, campaign, f"/syncd link https://{house.servers[IT].name}.memory.invalid/any/WEB-1")
    assert house.twin(IT, issue) == campaign
    assert other not in {each.marketing.id for each in house.store.links.read_all(SYNC)}


def test_an_issue_that_is_needed_too_is_added_from_a_comment(house: House) -> None:
    item = late(house)
    issue = house.make(IT, title="Landing page form")
    key = house.servers[IT].record(issue).now.key
    say(house, item, f"/syncd depends {key}")
    needed = [each for each in house.store.links.read_all(SYNC) if each.kind is LinkKind.DEPENDENCY]
    assert [(each.marketing.id, each.it.id, each.found_in) for each in needed] == [(item, issue, "")]
    say(house, item, "/syncd depends WEB-99")
    assert 'Could not do "/syncd depends WEB-99": WEB-99 is not there, or not open to everybody.' in told(house, item)


def test_the_key_of_a_hidden_ticket_is_not_told_to_who_has_to_name_one(house: House) -> None:
    house.creates = ()
    house.restart()
    campaign, issue, secret = house.make(M, title="Page"), house.make(IT, title="Form"), house.make(IT, title="Audit")
    house.settle()
    refs = {item: ItemRef(NAMES[IT], item) for item in (issue, secret)}
    for kind, item in ((LinkKind.TWIN, issue), (LinkKind.DEPENDENCY, secret)):
        house.store.links.add(NewLink(SYNC, kind, ItemRef(NAMES[M], campaign), refs[item], None), (), house.clock.now())
    house.servers[IT].restrict(secret)
    house.settle()
    say(house, campaign, "/syncd unlink")
    assert "this is linked with WEB-1" in told(house, campaign)
    assert "WEB-2" not in told(house, campaign)


def test_a_conflict_is_settled_from_a_comment(tmp_path: Path) -> None:
    flagged = rule(Same(), name="title", conflict=Conflict.FLAG)
    house = House(tmp_path, rules=(flagged,), checks=CHECKED, commands=CommandRules())
    item = house.make(M, title="Landing page")
    house.settle()
    twin = house.twin(M, item)
    house.edit(M, item, title="Spring page")
    house.edit(IT, twin, title="Form")
    house.settle()
    assert (house.value(M, item, "title"), house.value(IT, twin, "title")) == ("Spring page", "Form")
    say(house, twin, "/syncd use marketing", IT)
    house.run()
    assert house.value(IT, twin, "title") == "Spring page"
    house.store.close()


def test_questions_are_answered_in_the_status_comment(house: House) -> None:
    item = late(house)
    say(house, item, "/syncd explain")
    assert "Kept in step both ways: title, description, status, labels.\n" in told(house, item)
    assert "Goes to IT: start date.\nOnly compared: due date." in told(house, item)
    say(house, item, "/syncd status")
    assert "As of Mon 2 Mar 2026: points: 1 open, 0 muted; fields that wait: none." in told(house, item)
    say(house, item, "/syncd help")
    assert "/syncd accept 1: point 1 is known and agreed" in told(house, item)
    say(house, item, "/syncd mtue 1")
    assert 'did you mean "/syncd mute"?' in told(house, item)


def test_what_is_kept_in_step_is_told_as_yet_to_come_while_no_field_is_written(house: House) -> None:
    item = late(house)
    house.mode = Mode.REPORT
    house.restart()
    say(house, item, "/syncd explain")
    assert "Nothing is copied yet. Once it is:\nKept in step both ways: title" in told(house, item)


def test_many_commands_at_once_leave_the_status_comment_readable(house: House) -> None:
    item = late(house)
    for number in range(9):
        wrong = "\n".join(f"/syncd nonsense-{number}-{line} {'x' * 180}" for line in range(8))
        house.servers[M].comment(item, house.people[M], wrong)
    say(house, item, "/syncd help\n/syncd help please")
    assert told(house, item).count("Could not do") < 30
    assert told(house, item).count("/syncd accept 1: point 1 is known") == 1
    assert "Written by syncd" in told(house, item)


def test_a_restricted_comment_commands_and_is_quoted_nowhere(house: House) -> None:
    item = late(house)
    for text in ("/syncd mute 1 until friday", "/syncd link SECRET-7"):
        house.servers[IT].comment(house.twin(M, item), house.people[IT], text, restrict="role:Administrators")
    house.settle()
    house.clock.advance(hours=5)
    house.settle()
    everything = told(house, item) + told(house, house.twin(M, item), IT) + "".join(history(house))
    assert "1 muted" in everything
    assert "Could not do what was asked for in a restricted comment" in told(house, house.twin(M, item), IT)
    assert "SECRET-7" not in "".join(history(house)) + told(house, item)


def test_commands_are_not_copied_and_what_stands_beside_them_is(tmp_path: Path) -> None:
    crossing = replace(rules(), commands=command_lines("/syncd"))
    house = House(tmp_path, mirrors=crossing, commands=CommandRules(), comments=frozenset())
    item = house.make(M, title="Landing page")
    house.settle()
    house.servers[M].comment(item, house.people[M], "/syncd status")
    house.servers[M].comment(item, house.people[M], "Which form?\n/syncd mute 1\nThe blue one?")
    house.settle()
    (copy,) = house.servers[IT].comments(house.twin(M, item))
    assert "Which form?" in copy.body.plain_text()
    assert "/syncd" not in copy.body.plain_text()
    assert len(history(house)) == 2
    house.store.close()


def test_a_crash_between_acting_and_noting_does_nothing_twice(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    item = late(house)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(house.store.talk, "finish", crash)
    with pytest.raises(KeyboardInterrupt):
        say(house, item, "/syncd mute 1\n\n/syncd unmute 1")
    monkeypatch.undo()
    house.restart()
    house.settle()
    assert "1 ○" in told(house, item)
    assert len(history(house)) == 2
    assert "Could not do" not in told(house, item)


def test_what_could_not_be_read_is_tried_again_and_answered(house: House) -> None:
    item = late(house)
    house.servers[IT].faults.arm(Trouble.OUTAGE, "fetch items")
    say(house, item, "/syncd link WEB-99")
    assert "Could not do" not in told(house, item)
    house.clock.advance(minutes=6)
    house.run()
    assert 'Could not do "/syncd link WEB-99": WEB-99 is not there' in told(house, item)
    assert [cause.partition(": ")[2][:8] for cause in history(house)] == ["not done"]


def test_a_ticket_that_the_system_refuses_to_look_for_holds_up_no_other_command(house: House) -> None:
    item = late(house)
    house.servers[IT].faults.arm(Trouble.REFUSED, "fetch items")
    say(house, item, "/syncd link WEB-99\n\n/syncd mute 1")
    assert 'Could not do "/syncd link WEB-99": not allowed.' in told(house, item)
    assert "1 muted" in told(house, item)


def test_a_ticket_behind_a_security_level_is_named_to_nobody(house: House) -> None:
    item = late(house)
    hidden = house.make(IT, title="Breach")
    ref = ItemRef(NAMES[M], item)
    house.store.links.add(
        NewLink(SYNC, LinkKind.DEPENDENCY, ref, ItemRef(NAMES[IT], hidden), None), (), house.clock.now()
    )
    house.servers[IT].restrict(hidden)
    house.settle()
    say(house, item, "/syncd unlink")
    assert 'Could not do "/syncd unlink": this is linked with WEB-1 and others; name one of them.' in told(house, item)


def test_those_in_a_named_group_may(tmp_path: Path) -> None:
    rules = CommandRules(allow=frozenset(), groups=frozenset({"web-leads"}))
    house = House(tmp_path, checks=CHECKED, commands=rules)
    lee = house.servers[M].add_person("Lee", "lee@example.com")
    house.servers[M].groups = {lee.id: frozenset({"web-leads"}), house.people[M].id: frozenset({"others"})}
    item = late(house)
    say(house, item, "/syncd mute 1")
    assert "1 ○" in told(house, item)
    house.servers[M].comment(item, lee, "/syncd mute 1")
    house.run()
    assert "(by Lee, until its facts change)" in told(house, item)
    house.store.close()


def test_only_those_who_are_named_may(tmp_path: Path) -> None:
    house = House(tmp_path, checks=CHECKED, commands=CommandRules(allow=frozenset({"lee@example.com", "Dana"})))
    lee = house.servers[M].add_person("Lee", "lee@example.com")
    house.servers[M].add_person("Dana")  # a second one: the name says no more who is meant
    item = late(house)
    say(house, item, "/syncd mute 1")
    assert "1 ○" in told(house, item)
    house.servers[M].comment(item, lee, "/syncd mute 1")
    house.run()
    assert "(by Lee, until its facts change)" in told(house, item)
    house.store.close()
