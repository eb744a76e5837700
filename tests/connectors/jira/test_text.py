"""Long texts are cut visibly, where Jira would refuse them, and never twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.connectors.jira.text import fit_text, render_text
from syncd.connectors.jira.wire import Flavour
from syncd.connectors.richtext.limits import ELLIPSIS, JIRA_TEXT, JIRA_TITLE, SHORTENED, shorten_title
from syncd.model.richtext import BulletList, Doc, ListItem, Paragraph, Text

FLAVOURS = pytest.mark.parametrize("flavour", list(Flavour))
TEXTS = {
    "words": "All work and no play. " * 3000,
    "one word": "x" * 40_000,
    "emoji": "🎉" * 20_000,
    "escapes": "{}[]*_|" * 5_000,
    "lines": "a line\n" * 6_000,
    "paragraphs": "a short one\n\n" * 3_500,
}


@FLAVOURS
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_text_too_long_is_cut_with_a_note_and_fits_then(flavour: Flavour, text: str) -> None:
    doc, is_cut = fit_text(flavour, Doc.from_text(text))
    assert is_cut
    words = doc.plain_text()
    assert words.endswith(SHORTENED)
    assert len(words) > JIRA_TEXT / 5
    again, is_cut_again = fit_text(flavour, doc)
    assert (again, is_cut_again) == (doc, False)
    sent = render_text(Flavour.DATA_CENTER, doc)
    assert len(sent.replace("\n", "\r\n").encode("utf-16-le")) // 2 <= JIRA_TEXT


@FLAVOURS
def test_a_list_too_long_stays_a_list_of_its_first_points(flavour: Flavour) -> None:
    points = BulletList(tuple(ListItem((Paragraph((Text(f"point {number}"),)),)) for number in range(4_000)))
    doc, is_cut = fit_text(flavour, Doc((Paragraph((Text("before"),)), points)))
    assert is_cut
    assert "point 0" in doc.plain_text()
    assert doc.plain_text().startswith("before")
    assert isinstance(doc.blocks[1], BulletList)
    assert len(doc.blocks[1].items) > 500


@FLAVOURS
def test_a_text_that_fits_is_left_whole(flavour: Flavour) -> None:
    doc = Doc.from_text("x" * 32_000)
    assert fit_text(flavour, doc) == (doc, False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  two\r\nlines\tand  blanks ", "two lines and blanks"),
        ("x" * JIRA_TITLE, "x" * JIRA_TITLE),
        ("x" * (JIRA_TITLE + 1), "x" * (JIRA_TITLE - 1) + ELLIPSIS),
        ("🎉" * 200, "🎉" * 127 + ELLIPSIS),
        ("x" * 250 + "👨‍👩‍👧", "x" * 250 + ELLIPSIS),
        ("", ""),
    ],
)
def test_a_line_is_cut_where_jira_counts_to_its_limit(text: str, expected: str) -> None:
    assert shorten_title(text, JIRA_TITLE) == (expected, expected.endswith(ELLIPSIS))


@given(st.text(max_size=600))
def test_any_line_fits_and_is_left_alone_the_second_time(text: str) -> None:
    line, _ = shorten_title(text, JIRA_TITLE)
    assert len(line.encode("utf-16-le")) // 2 <= JIRA_TITLE
    assert shorten_title(line, JIRA_TITLE) == (line, False)
