"""What people write as commands, and what is none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.mapping.comments import command_lines
from syncd.model.items import Side
from syncd.model.richtext import CodeBlock, Doc, LineBreak, Paragraph, Quote, Text, link
from syncd.reconcile.commands import _PARSERS, COMMANDS, Command, Verb, parse_commands

MONDAY = date(2026, 3, 2)
FRIDAY = date(2026, 3, 6)


def parse(text: str | Doc, prefix: str = "/syncd") -> tuple[Command, ...]:
    return parse_commands(text if isinstance(text, Doc) else Doc.from_text(text), prefix, MONDAY)


def one(text: str | Doc) -> Command:
    (command,) = parse(text)
    return command


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("/syncd mute 2", None),
        ("/SYNCD Mute 2.", None),
        ("  “/syncd mute 2”", None),
        ("/syncd\u00a0mute\u00a0#2!", None),
        ("\u200b/syncd mute point 2 until it changes", None),
        ("/syncd: mute 2 until friday", FRIDAY),
        ("“/syncd mute 2 until Friday”.", FRIDAY),
        ("/syncd mute 2 till fri", FRIDAY),
        ("/syncd mute 2 until next friday", FRIDAY),
        ("/syncd mute 2 until Fri 6 Mar", FRIDAY),
        ("/syncd mute 2 until monday", date(2026, 3, 9)),
        ("/syncd mute 2 until tomorrow", date(2026, 3, 3)),
        ("/syncd mute 2 until next week", date(2026, 3, 9)),
        ("/syncd mute 2 until 20 Mar", date(2026, 3, 20)),
        ("/syncd mute 2 until March 20th, 2026", date(2026, 3, 20)),
        ("/syncd mute 2 until 20.3.", date(2026, 3, 20)),
        ("/syncd mute 2 until 2026-03-20", date(2026, 3, 20)),
        ("/syncd mute 2 until 1 Feb", date(2027, 2, 1)),
        ("/syncd mute 2 for 3 days", date(2026, 3, 5)),
        ("/syncd mute 2 for a week", date(2026, 3, 9)),
    ],
)
def test_silence_is_asked_for_in_many_ways(text: str, until: date | None) -> None:
    command = one(text)
    assert (command.verb, command.numbers, command.until, command.problem) == (Verb.MUTE, (2,), until, "")


@pytest.mark.parametrize("numbers", ["1 2 3", "1, 2, 3", "1,2 and 3", "#1 & #2, 3", "points 1, 2 and 3"])
def test_several_points_are_named_at_once(numbers: str) -> None:
    assert one(f"/syncd accept {numbers}").numbers == (1, 2, 3)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("/syncd mute", "say which point"),
        ("/syncd mute 1 until the cows come home", "no day that syncd understands"),
        ("/syncd mute 1 until 5/6", "no day that syncd understands"),
        ("/syncd mute 1 until 2026-03-01", "is over already"),
        ("/syncd mute 1 until 2026-02-31", "no day that syncd understands"),
        ("/syncd mute 1 until 2029-01-01", "more than a year away"),
        ("/syncd mute 1 for 999 months", "no day that syncd understands"),
        ("/syncd mute 1 friday", "says no day"),
        ("/syncd accept 1 until friday", "says nothing here"),
        ("/syncd link", "by its key or address"),
        ("/syncd link WEB-1 WEB-2", "by its key or address"),
        ("/syncd use", "say which side counts"),
        ("/syncd mtue 1", 'did you mean "/syncd mute"?'),
        ("/syncd xyzzy", "/syncd help lists them"),
    ],
)
def test_what_cannot_be_followed_is_answered(text: str, problem: str) -> None:
    command = one(text)
    assert command.verb is None
    assert problem in command.problem


def test_items_are_named_by_key_or_address() -> None:
    assert one("/syncd link WEB-12.").target == "WEB-12"
    assert one("/syncd depends on WEB-13").target == "WEB-13"
    assert one("/syncd unlink").target == ""
    address = "https://jira.example/browse/WEB-12"
    named = Doc((Paragraph((Text("/syncd link "), link("Landing page: spring", address), Text("."))),))
    assert one(named).target == address
    assert one(f"/syncd link {address}").target == address


def test_a_side_is_chosen_for_a_field() -> None:
    assert (one("/syncd use IT").side, one("/syncd use IT").field) == (Side.IT, "")
    assert (one("/syncd use marketing due date").side, one("/syncd use marketing due date").field) == (
        Side.MARKETING,
        "due date",
    )
    assert one("/syncd no it").verb is Verb.NO_IT
    assert one("/syncd").verb is Verb.HELP


def test_commands_stand_at_the_beginning_of_any_line() -> None:
    body = Doc(
        (Paragraph((Text("Thanks!"), LineBreak(), Text("/syncd mute 1"), LineBreak(), Text("- /syncd accept 2"))),)
    )
    assert [each.verb for each in parse(body)] == [Verb.MUTE, Verb.ACCEPT]
    assert [each.verb for each in parse("one\n\n/syncd mute 1\n\n/syncd help\n\n/syncd mute 1")] == [
        Verb.MUTE,
        Verb.HELP,
    ]


@pytest.mark.parametrize(
    "body",
    [
        Doc((Quote((Paragraph((Text("/syncd mute 1"),)),)),)),
        Doc((CodeBlock("/syncd mute 1"),)),
        Doc.from_text('Reply "/syncd mute 1"'),
        Doc.from_text("/syncdmute 1"),
        Doc.from_text("/syncd-bot mute 1"),
        Doc.from_text("/syncd/mute 1"),
        Doc.from_text("@syncd mute 1"),
        Doc.from_text("> /syncd mute 1"),
        Doc.from_text("Agreed.\n\nOn Mon 2 Mar, Dana Demo wrote:\n/syncd mute 1"),
    ],
    ids=[
        "quote",
        "code",
        "in a sentence",
        "a longer word",
        "another word",
        "a path",
        "a mention",
        "a quoted line",
        "mail",
    ],
)
def test_what_is_no_command(body: Doc) -> None:
    assert parse(body) == ()


def test_the_same_words_are_the_same_command() -> None:
    assert one("/syncd mute 1").digest == one("“/SYNCD Mute 1.”").digest
    assert one("/syncd mute 1").digest != one("/syncd mute 2").digest


def test_each_command_is_in_the_list_that_people_are_shown_and_is_understood_as_it_stands_there() -> None:
    assert [spec.verb for spec in COMMANDS] == list(Verb) == list(_PARSERS)
    assert [one(f"/syncd {spec.usage}").verb for spec in COMMANDS] == list(Verb)


def test_command_lines_are_found_and_nothing_else() -> None:
    lines = "Thanks!\n“/Syncd mute 1”\nsee /syncd help\n- /syncd accept 2"
    assert command_lines("/syncd").sub("", lines) == "Thanks!\nsee /syncd help\n"
    assert command_lines("/syncd").sub("", "/syncdx mute 1") == "/syncdx mute 1"


_WORDS = st.sampled_from(
    [
        "/syncd",
        "mute",
        "accept",
        "1",
        "#2",
        "1,2",
        "until",
        "for",
        "friday",
        "99",
        "weeks",
        "0000-00-00",
        "31.2.",
        "\n",
        "“",
    ]
)


@given(st.lists(_WORDS | st.text(max_size=8), max_size=8), st.dates())
def test_nothing_that_people_write_is_a_mistake_of_ours(words: list[str], today: date) -> None:
    body = Doc((Paragraph((Text("/syncd " + " ".join(words)),)),))
    for command in parse_commands(body, "/syncd", today):
        assert (command.verb is None) == bool(command.problem)
        assert command.digest
