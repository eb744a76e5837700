"""What is remembered of people's comments."""

from datetime import UTC, datetime, timedelta

import pytest

from syncd.model.items import Comment, CommentId
from syncd.model.richtext import Doc, Mention, Paragraph, Quote, Text
from syncd.model.values import Person, UserId
from syncd.reconcile.remarks import MOST_KEPT, question_in, remarks_of

DANA = Person(UserId("7"), "Dana")
T0 = datetime(2026, 3, 2, tzinfo=UTC)


def comment(
    body: Doc, minute: int = 0, *, author: Person | None = DANA, visibility: frozenset[str] = frozenset()
) -> Comment:
    at = T0 + timedelta(minutes=minute)
    return Comment(CommentId(str(minute)), body, author, at, at, visibility=visibility)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Hi. Which text goes there? Thanks!", "Which text goes there?"),
        ("Look at https://shop.example/?page=1 please", ""),
        ("Is it this? https://shop.example/?page=1", "Is it this?"),
        ("Fine.\nWhat now?!", "What now?"),
        ("Ready (or not?)", "Ready (or not?"),
        ("???", ""),
        ("a?b", ""),
        ("done", ""),
        ("half \ud83d?", "half ??"),
    ],
)
def test_a_question_is_a_sentence_with_a_question_mark(text: str, question: str) -> None:
    assert question_in(text) == question


def test_who_is_called_is_known_and_what_is_quoted_is_not_said() -> None:
    quote = Quote((Paragraph((Text("Really?"), Mention("Ira", "9"))),))
    body = Doc((quote, Paragraph((Mention("Eve", "8"), Text(" yes"), Mention("Nobody")))))
    (remark,) = remarks_of([comment(body)])
    assert (remark.question, remark.names) == ("", {"8"})


def test_the_words_of_a_restricted_comment_stay_where_they_are() -> None:
    (remark,) = remarks_of([comment(Doc.from_text("Who?"), visibility=frozenset({"internal"}))])
    assert (remark.question, remark.is_restricted) == ("", True)


def test_the_latest_are_kept_oldest_first_and_none_without_an_author() -> None:
    comments = [comment(Doc.from_text("x"), minute) for minute in reversed(range(MOST_KEPT + 1))]
    remarks = remarks_of([*comments, comment(Doc.from_text("x"), 99, author=None)])
    assert [remark.id for remark in remarks] == [str(minute) for minute in range(1, MOST_KEPT + 1)]
