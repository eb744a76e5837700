"""Texts on their way to Redmine and back: line breaks, fences, markers."""

from __future__ import annotations

import pytest
from hypothesis import given

from syncd.connectors.redmine.text import TEXT_CHARS, TITLE_CHARS, read_text, render_text, shorten_title, show_text
from syncd.connectors.richtext import FORMATS
from syncd.model.items import Marker
from syncd.model.richtext import CodeBlock, Doc, LineBreak, Paragraph, Text
from tests.richtext.strategies import docs

MARKER = Marker("0" * 25 + "7")
FORMS = pytest.mark.parametrize("form", ["textile", "markdown", "plain"])


@FORMS
@given(doc=docs)
def test_what_was_written_once_is_no_news_when_it_is_read(form, doc):
    shown = show_text(doc, form).value
    assert show_text(shown or Doc(()), form).value == shown


@FORMS
def test_the_marker_is_a_line_of_its_own_and_not_part_of_the_text(form):
    doc = Doc.from_text("one\ntwo\n\nthree")
    source = render_text(doc, form, MARKER)
    assert source.endswith(f"\n\nsyncd:{MARKER}")
    assert read_text(source.replace("\n", "\r\n"), form) == (doc, MARKER)
    assert read_text(render_text(None, form, MARKER), form) == (None, MARKER)


@FORMS
def test_a_marker_within_a_sentence_is_text(form):
    doc = Doc.from_text(f"it says syncd:{MARKER} here")
    assert read_text(render_text(doc, form), form) == (doc, None)


def test_a_newline_of_markdown_is_a_line_break_as_redmine_shows_it():
    assert read_text("one\r\ntwo", "markdown")[0] == Doc.from_text("one\ntwo")


def test_a_line_of_markdown_breaks_once_and_shows_no_backslash_for_it():
    doc = Doc((Paragraph((Text("one"), LineBreak(), Text("back\\"), LineBreak(), Text("three"))),))
    assert render_text(doc, "markdown") == "one\nback\\\\\nthree"
    assert read_text(render_text(doc, "markdown"), "markdown")[0] == doc


def test_fenced_code_stays_as_it_is():
    doc = Doc((CodeBlock("make all \\\n  install\\\n\n```\nend", "sh"),))
    assert read_text(render_text(doc, "markdown"), "markdown")[0] == doc


def test_a_code_block_within_a_list_of_people_stays_as_it_is():
    source = "- first\n- ```\n  a\n  b\n  ```\n- last"
    assert read_text(source, "markdown")[0] == FORMATS["markdown"].read(source)


@FORMS
def test_a_text_too_long_is_cut_with_a_note_and_fits_then(form):
    shown = show_text(Doc.from_text("word " * 20_000), form)
    assert shown.is_shortened
    assert len(render_text(shown.value, form)) <= TEXT_CHARS


def test_a_title_counts_characters():
    assert shorten_title("🎉" * TITLE_CHARS).is_shortened is False
    assert shorten_title("🎉" * (TITLE_CHARS + 1)).is_shortened
