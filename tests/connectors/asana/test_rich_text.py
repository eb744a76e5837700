"""Documents of every shape through a server that refuses what Asana's documentation does not allow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncd.connectors.richtext import render_asana
from syncd.model.items import CommentDraft, Draft, Marker
from syncd.model.richtext import Doc
from syncd.model.values import DESCRIPTION, TITLE
from syncd.testing.suite import same
from tests.connectors.asana.harness import AsanaHarness, open_server
from tests.richtext.strategies import random_maker

MARKER = Marker("0" * 26)


@pytest.fixture(scope="module")
def harness() -> Iterator[AsanaHarness]:
    with open_server() as server:
        yield AsanaHarness(server)


def documents() -> Iterator[Doc]:
    """Made-up documents without tables, which Asana's pages do not promise for tasks."""
    made = (random_maker(seed).doc() for seed in range(80))
    return (doc for doc in made if "<table" not in render_asana(doc) and not doc.is_empty)


def test_notes_show_what_normalise_promised(harness):
    connector = harness.connect()
    project = connector.open_project(harness.stage.scope)
    tried = 0
    for doc in documents():
        made = connector.create_item(project, Draft({TITLE: "x", DESCRIPTION: doc}), MARKER)
        assert same(made.fields[DESCRIPTION], connector.normalise(project, DESCRIPTION, doc).value)
        assert made.marker == MARKER
        tried += 1
    assert tried > 20


def test_comments_are_taken(harness):
    connector = harness.connect()
    project = connector.open_project(harness.stage.scope)
    item_id = harness.make({TITLE: "commented"})
    written = [connector.create_comment(project, item_id, CommentDraft(doc, MARKER)) for doc in documents()]
    assert [comment.id for comment in connector.fetch_comments(project, item_id)] == written
