"""Which file of an item a picture in a text means, and that it keeps its place in Asana's and Redmine's texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from syncd.connectors.asana.attachments import picture_refs as asana_refs
from syncd.connectors.asana.text import read_notes, render_notes, show_notes
from syncd.connectors.pictures import newest_by_name, refs_of
from syncd.connectors.redmine.attachments import picture_refs as redmine_refs
from syncd.connectors.redmine.text import read_text, render_text, show_text
from syncd.connectors.richtext import FormatName
from syncd.model.attachments import Attachment, AttachmentId
from syncd.model.richtext import Doc, Image, Paragraph, Text, all_inlines

TEXT = Doc((Paragraph((Text("As drawn: "),)), Paragraph((Image("Plan b.png", "", "of another system"),))))


def file(number: int, name: str) -> Attachment:
    at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=number)
    return Attachment(AttachmentId(str(number)), name, 1, "https://tool.example/1", str(number), at)


FILES = (file(3, "Plan b.png"), file(1, "Plan b.png"), file(2, "notes.pdf"))


def refs_in(doc: Doc | None) -> list[str]:
    return [run.ref for run in all_inlines(doc.blocks if doc else ()) if isinstance(run, Image)]


def test_of_several_files_with_one_name_the_newest_is_meant():
    assert newest_by_name(FILES, lambda one: one.id) == {"Plan b.png": "3", "notes.pdf": "2"}


def test_asana_shows_pictures_by_their_gid():
    refs = refs_of(asana_refs(FILES))
    shown = show_notes(TEXT, refs).value
    assert isinstance(shown, Doc)
    assert refs_in(shown) == ["3"]
    assert show_notes(shown, refs).value == shown
    assert read_notes(render_notes(shown, refs=refs))[0] == shown
    assert '<img data-asana-gid="3"/>' in render_notes(TEXT, refs=refs)
    assert asana_refs(FILES).keys() == {"Plan b.png"}


@pytest.mark.parametrize(
    ("form", "written"), [("textile", "!Plan%20b.png!"), ("markdown", "![Plan b.png](Plan%20b.png)")]
)
def test_redmine_shows_pictures_by_their_name(form: FormatName, written: str):
    refs = refs_of(redmine_refs(FILES, form))
    shown = show_text(TEXT, form, refs).value
    assert isinstance(shown, Doc)
    assert refs_in(shown) == ["Plan b.png"]
    assert show_text(shown, form, refs).value == shown
    source = render_text(TEXT, form, refs=refs)
    assert written in source
    assert read_text(source, form)[0] == shown


def test_only_textile_names_a_file_that_is_no_picture():
    text = Doc((Paragraph((Image("notes.pdf", "", "x"),)),))
    assert 'attachment:"notes.pdf"' in render_text(text, "textile", refs=refs_of(redmine_refs(FILES, "textile")))
    assert render_text(text, "markdown", refs=refs_of(redmine_refs(FILES, "markdown"))) == r"\[notes.pdf\]"


def test_a_picture_whose_file_is_not_on_the_item_is_its_name():
    refs = refs_of(asana_refs(FILES[2:]))
    assert show_notes(TEXT, refs).value == Doc.from_text("As drawn:\n\n[Plan b.png]")
