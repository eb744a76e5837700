"""Conformance: whatever goes wrong leaves a connector as the error that says what happens next, and as nothing else."""

# ruff: noqa: D102 - the name of a test is its sentence

from __future__ import annotations

from collections.abc import Callable

import pytest

from syncd.model.errors import AuthError, ConnectorError, Malformed, RateLimited, Transient
from syncd.model.items import CommentDraft, Draft, Item, Project
from syncd.model.ports import Connector
from syncd.model.richtext import Doc
from syncd.model.values import TITLE
from syncd.testing.harness import Aim, Harness, Trouble
from syncd.testing.suite import RULES, Suite, marker, poll, read, titled

Call = Callable[[Connector, Project, Item, str], object]


def _fetch_field_edits(connector: Connector, project: Project, item: Item, status: str) -> object:
    if not connector.capabilities.has_field_history:
        pytest.skip("declares no field history")
    return connector.fetch_field_edits(project, [item.ref.id], [TITLE])


READS: dict[str, Call] = {
    "fetch_account": lambda connector, project, item, status: connector.fetch_account(),
    "open_project": lambda connector, project, item, status: connector.open_project(project.scope),
    "fetch_changes": lambda connector, project, item, status: poll(connector, project, None),
    "fetch_items": lambda connector, project, item, status: connector.fetch_items(project, [item.ref.id]),
    "find_marked": lambda connector, project, item, status: connector.find_marked(project, marker(1), item.created_at),
    "fetch_field_edits": _fetch_field_edits,
    "fetch_comments": lambda connector, project, item, status: connector.fetch_comments(project, item.ref.id),
}
WRITES: dict[str, Call] = {
    "create_item": lambda connector, project, item, status: connector.create_item(
        project, Draft(titled("new"), project.scope.type), marker(3)
    ),
    "update_item": lambda connector, project, item, status: connector.update_item(
        project, item.ref.id, titled("changed")
    ),
    "change_status": lambda connector, project, item, status: connector.change_status(project, item, status, RULES),
    "create_comment": lambda connector, project, item, status: connector.create_comment(
        project, item.ref.id, CommentDraft(Doc.from_text("hello"), marker(4))
    ),
}
CALLS = READS | WRITES


def _named(calls: dict[str, Call]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("call", calls.values(), ids=calls)


class FailingSuite(Suite):
    """What errors owe to the engine."""

    @pytest.fixture
    def item(self, harness: Harness, connector: Connector, project: Project) -> Item:
        """An item to try things on."""
        return read(connector, project, harness.make(titled("tried on")))

    @_named(CALLS)
    def test_a_refused_login_is_an_auth_error(
        self, harness: Harness, connector: Connector, project: Project, item: Item, call: Call
    ) -> None:
        harness.strike(Trouble.LOGIN)
        with pytest.raises(AuthError):
            call(connector, project, item, harness.stage.statuses[-1])

    @_named(CALLS)
    def test_a_rate_limit_tells_at_least_the_time_asked_for(
        self, harness: Harness, connector: Connector, project: Project, item: Item, call: Call
    ) -> None:
        harness.strike(Trouble.RATE_LIMIT)
        with pytest.raises(RateLimited) as caught:
            call(connector, project, item, harness.stage.statuses[-1])
        assert caught.value.retry_after_s >= harness.stage.retry_after_s

    @_named(READS)
    def test_an_outage_of_a_read_is_transient(
        self, harness: Harness, connector: Connector, project: Project, item: Item, call: Call
    ) -> None:
        harness.strike(Trouble.OUTAGE)
        with pytest.raises(Transient) as caught:
            call(connector, project, item, harness.stage.statuses[-1])
        assert not caught.value.is_in_doubt

    @_named(WRITES)
    @pytest.mark.parametrize("trouble", [Trouble.OUTAGE, Trouble.LOST_REQUEST, Trouble.LOST_REPLY, Trouble.MALFORMED])
    def test_a_write_without_an_answer_is_in_doubt(
        self, harness: Harness, connector: Connector, project: Project, item: Item, call: Call, trouble: Trouble
    ) -> None:
        harness.strike(trouble, Aim.WRITES, times=1)
        with pytest.raises(Transient) as caught:
            call(connector, project, item, harness.stage.statuses[-1])
        assert caught.value.is_in_doubt

    @_named(READS)
    def test_an_answer_that_cannot_be_understood_is_malformed(
        self, harness: Harness, connector: Connector, project: Project, item: Item, call: Call
    ) -> None:
        harness.strike(Trouble.MALFORMED)
        with pytest.raises(Malformed):
            call(connector, project, item, harness.stage.statuses[-1])

    def test_a_write_is_never_sent_twice(
        self, harness: Harness, connector: Connector, project: Project, item: Item
    ) -> None:
        for trouble in (Trouble.LOST_REPLY, Trouble.OUTAGE, Trouble.MALFORMED):
            before = harness.count()
            harness.strike(trouble, Aim.WRITES, times=1)
            with pytest.raises(ConnectorError):
                connector.create_item(project, Draft(titled("once")), marker(5))
            harness.heal()
            assert harness.count() - before <= 1

    @pytest.mark.parametrize("trouble", list(Trouble))
    def test_everything_works_again_afterwards(
        self, harness: Harness, connector: Connector, project: Project, item: Item, trouble: Trouble
    ) -> None:
        harness.strike(trouble, times=1)
        for call in CALLS.values():
            try:
                call(connector, project, item, harness.stage.statuses[-1])
            except ConnectorError as error:
                assert error.connection == connector.name  # noqa: PT017 - that it is of this class is the point
        harness.heal()
        connector.update_item(project, item.ref.id, titled("healed"))
        assert harness.look(item.ref.id)[TITLE] == "healed"

    @_named(CALLS)
    @pytest.mark.parametrize("trouble", list(Trouble))
    def test_nothing_but_connector_errors_escapes(
        self, harness: Harness, connector: Connector, project: Project, item: Item, call: Call, trouble: Trouble
    ) -> None:
        harness.strike(trouble)
        with pytest.raises(ConnectorError) as caught:
            call(connector, project, item, harness.stage.statuses[-1])
        assert caught.value.connection == connector.name
        assert str(caught.value)
