"""Conformance: comments are written once, found again, edited in place; restricted ones never lose their mark."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

import pytest

from syncd.model.errors import ConnectorError, Gone, Rejected, Transient
from syncd.model.items import CommentDraft, CommentId, Project
from syncd.model.ports import Connector
from syncd.model.richtext import Doc, Mark, Paragraph, Quote, Text
from syncd.reconcile.mirror_text import original_in
from syncd.testing.harness import Aim, Harness, Trouble
from syncd.testing.suite import RICH, Suite, marker, titled

BODY = Doc.from_text("Web IT on this: the dates don't fit yet\nWEB-412 · <In Progress> & more 🚀\n\nשלום")


def _draft(number: int = 1, body: Doc = BODY, restrict: str | None = None) -> CommentDraft:
    return CommentDraft(body, marker(number), restrict)


class CommentingSuite(Suite):
    """What the four methods for comments owe."""

    def test_our_comment_is_seen_by_people_and_known_as_ours(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("commented"))
        theirs = harness.comment(item_id, "Which text goes under the form?")
        harness.advance(5)
        ours = connector.create_comment(project, item_id, _draft())
        assert [seen.id for seen in harness.comments(item_id)] == [theirs, ours]
        assert harness.comments(item_id)[1].body == BODY
        comments = connector.fetch_comments(project, item_id)
        assert [(comment.id, comment.is_ours) for comment in comments] == [(theirs, False), (ours, True)]
        assert comments[0].body == Doc.from_text("Which text goes under the form?")
        assert comments[1].body == BODY
        assert comments[0].created_at <= comments[1].created_at
        assert comments[1].author == connector.fetch_account().person

    def test_an_item_without_comments_has_none(self, harness: Harness, connector: Connector, project: Project) -> None:
        assert connector.fetch_comments(project, harness.make(titled("quiet"))) == ()

    def test_many_comments_are_all_read(self, harness: Harness, connector: Connector, project: Project) -> None:
        item_id = harness.make(titled("busy"))
        written = [harness.comment(item_id, f"comment {number}") for number in range(130)]
        assert [comment.id for comment in connector.fetch_comments(project, item_id)] == written

    def test_our_comment_is_edited_in_place(self, harness: Harness, connector: Connector, project: Project) -> None:
        if not connector.capabilities.edits_comments:
            pytest.skip("declares that comments stay as they are")
        item_id = harness.make(titled("edited"))
        ours = connector.create_comment(project, item_id, _draft())
        changed = Doc.from_text("All dates fit.")
        connector.update_comment(project, item_id, ours, changed)
        assert [(seen.id, seen.body) for seen in harness.comments(item_id)] == [(ours, changed)]
        again = connector.fetch_comments(project, item_id)[0]
        assert (again.body, again.is_ours) == (changed, True)

    def test_a_persons_comment_stays_as_it_is(self, harness: Harness, connector: Connector, project: Project) -> None:
        item_id = harness.make(titled("theirs"))
        theirs = harness.comment(item_id, "mine")
        with pytest.raises(ConnectorError):
            connector.update_comment(project, item_id, theirs, Doc.from_text("changed"))
        with pytest.raises(ConnectorError):
            connector.delete_comment(project, item_id, theirs)
        assert [seen.body for seen in harness.comments(item_id)] == [Doc.from_text("mine")]

    def test_a_comment_that_was_removed_cannot_be_edited(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("removed"))
        ours = connector.create_comment(project, item_id, _draft())
        harness.delete_comment(item_id, ours)
        with pytest.raises(Gone):
            connector.update_comment(project, item_id, ours, Doc.from_text("too late"))

    def test_our_comment_can_be_removed_and_removed_again(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("removed"))
        ours = connector.create_comment(project, item_id, _draft())
        connector.delete_comment(project, item_id, ours)
        connector.delete_comment(project, item_id, ours)
        connector.delete_comment(project, item_id, CommentId("999999999"))
        assert harness.comments(item_id) == []

    def test_a_comment_whose_reply_was_lost_can_be_recognised(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("in doubt"))
        harness.strike(Trouble.LOST_REPLY, Aim.WRITES, times=1)
        with pytest.raises(Transient) as caught:
            connector.create_comment(project, item_id, _draft(7))
        assert caught.value.is_in_doubt
        harness.heal()
        found = [comment for comment in connector.fetch_comments(project, item_id) if comment.is_ours]
        assert len(found) == 1
        assert found[0].marker in (marker(7), None)
        assert found[0].marker == marker(7) or found[0].body.digest() == BODY.digest()

    def test_a_comment_that_never_arrived_is_not_there(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("in doubt"))
        harness.strike(Trouble.LOST_REQUEST, Aim.WRITES, times=1)
        with pytest.raises(Transient):
            connector.create_comment(project, item_id, _draft())
        harness.heal()
        assert connector.fetch_comments(project, item_id) == ()

    def test_a_restricted_comment_of_a_person_is_marked_or_unseen(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        if harness.stage.restriction is None:
            pytest.skip("the stage declares no restricted comments")
        item_id = harness.make(titled("private"))
        private = harness.comment(item_id, "not for everybody", restriction=harness.stage.restriction)
        public = harness.comment(item_id, "for everybody")
        shown = {comment.id: comment.is_restricted for comment in connector.fetch_comments(project, item_id)}
        assert shown[public] is False
        assert shown.get(private, True) is True

    def test_a_restricted_comment_of_ours_stays_restricted(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("private"))
        if harness.stage.restriction is None:
            with pytest.raises(Rejected):
                connector.create_comment(project, item_id, _draft(restrict="internal"))
            assert harness.comments(item_id) == []
            return
        ours = connector.create_comment(project, item_id, _draft(restrict=harness.stage.restriction))
        assert [comment.is_restricted for comment in connector.fetch_comments(project, item_id)] == [True]
        connector.update_comment(project, item_id, ours, Doc.from_text("changed"))
        assert [comment.is_restricted for comment in connector.fetch_comments(project, item_id)] == [True]

    def test_the_longest_comment_is_taken(self, harness: Harness, connector: Connector, project: Project) -> None:
        item_id = harness.make(titled("long"))
        chars = min(connector.capabilities.max_comment_chars, 30000)
        body = Doc.from_text("x" * (chars - 10) + " <&> ende")
        connector.create_comment(project, item_id, _draft(body=body))
        assert connector.fetch_comments(project, item_id)[0].body == body

    def test_a_rich_comment_keeps_its_words(self, harness: Harness, connector: Connector, project: Project) -> None:
        item_id = harness.make(titled("rich"))
        connector.create_comment(project, item_id, _draft(body=RICH))
        text = connector.fetch_comments(project, item_id)[0].body.plain_text()
        for word in ("must", "name", "e-mail", "the brief"):
            assert word in text

    def test_the_first_line_of_a_copy_is_known_again(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("copied"))
        first = Paragraph(
            (
                Text("Dana Demo (Marketing)", frozenset({Mark.STRONG})),
                Text(" · Mon 2 Mar 2026, 09:14 · "),
                Text("copied from Elsewhere", href="https://elsewhere.example.com/task/7#comment-1201"),
                Text(" by syncd"),
            )
        )
        quote = Quote((Paragraph((Text("Ivo Kern: which text?"),)),))
        body = Doc((first, quote, Paragraph((Text("Please look."),))))
        connector.create_comment(project, item_id, _draft(body=body))
        read = connector.fetch_comments(project, item_id)[0].body
        assert read == body
        assert original_in(read) == "1201"

    def test_comments_of_an_item_that_is_gone_are_gone(
        self, harness: Harness, connector: Connector, project: Project
    ) -> None:
        item_id = harness.make(titled("deleted"))
        harness.delete(item_id)
        with pytest.raises(Gone):
            connector.fetch_comments(project, item_id)
        with pytest.raises(Gone):
            connector.create_comment(project, item_id, _draft())
