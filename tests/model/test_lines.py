"""What others wrote, quoted."""

import pytest

from syncd.checks import words
from syncd.model.lines import one_line
from syncd.report import words as shown


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A title", "A title"),
        ("Two\nlines \t here", "Two lines here"),
        ("123456789", "1234567…"),
        ("Go\u202eemit\u2066!", "Goemit!"),
        ("\u05e9\u05dc\u05d5\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
    ],
    ids=["as it is", "one line", "too long", "signs that turn what follows", "written from right to left"],
)
def test_it_is_one_line_that_turns_nothing(text: str, line: str) -> None:
    assert one_line(text, 8 if text.isdecimal() else 20) == line


def test_findings_and_status_comments_quote_alike() -> None:
    assert words.quoted("a\u202eb\nc") == shown.quoted("a\u202eb\nc") == '"ab c"'
