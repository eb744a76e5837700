"""Titles, notes with a marker, comments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.connectors.asana.text import (
    COMMENT_CHARS,
    FIELD_CHARS,
    TEXT_CHARS,
    TITLE_CHARS,
    body_data,
    comment_data,
    read_notes,
    render_notes,
    shorten_text,
    shorten_title,
    show_notes,
    take_marker,
)
from syncd.connectors.richtext import project, read_asana
from syncd.model.items import CommentDraft, Marker
from syncd.model.richtext import BulletList, Doc, ListItem, Mark, Mention, Paragraph, Text
from syncd.model.values import Person, UserId

MARKER = Marker("0123456789abcdefghijklmnop")
DANA = Person(UserId("901"), "Dana Demo")
BULLETS = Doc((BulletList((ListItem((Paragraph((Text("one"),)),)),)),))

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=60)
docs = st.lists(texts, max_size=4).map(lambda parts: Doc.from_text("\n\n".join(parts)))


class TestMarker:
    """The line that finds a task again."""

    @given(docs)
    def test_it_comes_back_and_leaves_the_text_as_it_was(self, doc: Doc):
        read, marker = read_notes(render_notes(doc, MARKER))
        assert marker == MARKER
        assert (read or Doc()) == take_marker(project(doc, "asana-notes"))[0]

    @pytest.mark.parametrize(
        "html",
        [
            f"<body>syncd:{MARKER}</body>",
            f"<body>before\nsyncd:{MARKER}\nafter</body>",
            f"<body>before\n\nsyncd:{MARKER}\n\nafter</body>",
            f"<body><ul><li>x</li></ul>syncd:{MARKER}</body>",
            f"<body>syncd:{MARKER} \n</body>",
        ],
    )
    def test_it_is_found_wherever_its_line_stands(self, html):
        doc, marker = read_notes(html)
        assert marker == MARKER
        assert "syncd" not in (doc.plain_text() if doc else "")

    @pytest.mark.parametrize(
        "html",
        [
            f"<body>see syncd:{MARKER}</body>",
            "<body>syncd:0123</body>",
            f"<body>syncd:{MARKER}x</body>",
            f"<body>SYNCD:{MARKER}</body>",
        ],
    )
    def test_what_only_looks_like_it_is_text(self, html):
        doc, marker = read_notes(html)
        assert marker is None
        assert doc == read_asana(html)

    def test_lines_around_it_stay_lines_of_one_paragraph(self):
        doc, _ = read_notes(f"<body>before\nsyncd:{MARKER}\nafter</body>")
        assert doc == Doc.from_text("before\nafter")

    def test_the_last_of_several_counts(self):
        other = MARKER[::-1]
        assert read_notes(f"<body>syncd:{other}\n\nsyncd:{MARKER}</body>")[1] == MARKER


class TestLengths:
    """Long texts end with a visible mark."""

    @pytest.mark.parametrize("length", [TITLE_CHARS - 1, TITLE_CHARS, TITLE_CHARS + 1])
    def test_the_edge_of_a_title(self, length):
        shown = shorten_title("x" * length)
        assert len(str(shown.value)) == min(length, TITLE_CHARS)
        assert shown.is_shortened == (length > TITLE_CHARS) == str(shown.value).endswith("…")

    def test_a_text_field_keeps_its_lines_and_its_limit(self):
        assert shorten_text(" a\r\nb ").value == "a\nb"
        assert shorten_text("  ").value is None
        assert len(str(shorten_text("x" * 5000).value)) == FIELD_CHARS

    @pytest.mark.parametrize(
        "doc",
        [
            Doc.from_text("word " * 20_000),
            Doc.from_text("\n\n".join(["word " * 100] * 400)),
            Doc((BulletList((ListItem((Paragraph((Text("a long entry " * 20),)),)),) * 300),)),
        ],
        ids=["one-paragraph", "many", "one-list"],
    )
    def test_long_notes_are_cut_with_a_note_and_only_once(self, doc):
        shown = show_notes(doc)
        assert shown.is_shortened
        assert isinstance(shown.value, Doc)
        text = shown.value.plain_text()
        assert len(text) <= TEXT_CHARS
        assert "shortened by syncd" in text.splitlines()[-1]
        again = show_notes(shown.value)
        assert (again.value, again.is_shortened) == (shown.value, False)

    @given(docs)
    def test_showing_notes_twice_changes_nothing(self, doc: Doc):
        once = show_notes(doc).value
        assert once is None or isinstance(once, Doc)
        assert show_notes(once or Doc()).value == once


class TestComments:
    """Plain where that says all."""

    def test_plain_text_is_sent_as_text(self):
        assert comment_data(CommentDraft(Doc.from_text("a <b>\n\nc"), MARKER)) == {"text": "a <b>\n\nc"}

    @given(docs)
    def test_text_reads_back_equal(self, doc: Doc):
        data = body_data(doc)
        if "text" in data:
            assert Doc.from_text(data["text"]) == doc

    def test_formatting_is_sent_as_html(self):
        bold = Doc((Paragraph((Text("now", frozenset({Mark.STRONG})),)),))
        assert body_data(bold) == {"html_text": "<body><strong>now</strong></body>"}
        assert body_data(BULLETS) == {"html_text": "<body><ul><li>one</li></ul></body>"}

    def test_only_the_one_mention_of_a_draft_notifies(self):
        body = Doc((Paragraph((Mention("Dana Demo", "901"), Text(" and "), Mention("Mara Muster", "902"))),))
        data = comment_data(CommentDraft(body, MARKER, mention=DANA))
        assert data == {"html_text": '<body><a data-asana-gid="901"/> and @Mara Muster</body>'}
        quiet = comment_data(CommentDraft(body, MARKER))
        assert "data-asana-gid" not in str(quiet)

    def test_a_mention_deep_in_a_list_notifies_too(self):
        body = Doc((BulletList((ListItem((Paragraph((Mention("Dana Demo", "901"),)),)),)),))
        assert 'data-asana-gid="901"' in comment_data(CommentDraft(body, MARKER, mention=DANA))["html_text"]

    def test_the_longest_comment_fits_asana(self):
        assert COMMENT_CHARS < 65_535
