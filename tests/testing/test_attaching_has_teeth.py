"""Connectors that do one thing wrong with files, and the conformance test that must catch it."""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from syncd.connectors.memory import MemoryConnector
from syncd.model.attachments import AttachmentConnector, Upload
from syncd.model.errors import ConnectorError, Transient
from syncd.model.values import TITLE
from syncd.testing import Trouble
from syncd.testing.attachments import CONTENT, AttachingSuite
from tests.connectors.memory.harness import MemoryHarness

Fails = (AssertionError, pytest.fail.Exception, ConnectorError, LookupError)


class TellsTheNewestFirst(MemoryConnector):
    def fetch_attachments(self, project, ids):
        return {id_: found[::-1] for id_, found in super().fetch_attachments(project, ids).items()}


class OwnsNoFile(MemoryConnector):
    def fetch_attachments(self, project, ids):
        found = super().fetch_attachments(project, ids)
        return {id_: tuple(replace(one, is_ours=False) for one in files) for id_, files in found.items()}


class ShowsNoFilesOfTheDead(MemoryConnector):
    def fetch_attachments(self, project, ids):
        return dict.fromkeys(ids, ()) | dict(super().fetch_attachments(project, ids))


class AsksTwiceForEachItem(MemoryConnector):
    def fetch_attachments(self, project, ids):
        read = super().fetch_attachments
        return {key: value for id_ in [*ids, *ids] for key, value in read(project, [id_]).items()}


class GivesAPartOfAFile(MemoryConnector):
    @contextmanager
    def open_attachment(self, project, attachment):
        with super().open_attachment(project, attachment) as file:
            yield io.BytesIO(file.read()[:-1])


class TakesAMissingFileForAnEmptyOne(MemoryConnector):
    @contextmanager
    def open_attachment(self, project, attachment):
        try:
            with super().open_attachment(project, attachment) as file:
                yield file
        except ConnectorError:
            yield io.BytesIO()


class SendsItTwice(MemoryConnector):
    def create_attachment(self, project, item_id, upload):
        try:
            return super().create_attachment(project, item_id, upload)
        except Transient:
            upload.content.seek(0)
            return super().create_attachment(project, item_id, upload)


class LosesTheEnding(MemoryConnector):
    def create_attachment(self, project, item_id, upload):
        name = upload.name.rpartition(".")[0] or upload.name
        return super().create_attachment(project, item_id, replace(upload, name=name))


class ReplacesAFileOfTheSameName(MemoryConnector):
    def create_attachment(self, project, item_id, upload):
        for one in super().fetch_attachments(project, [item_id]).get(item_id, ()):
            if one.name == upload.name and one.is_ours:
                super().delete_attachment(project, item_id, one.id)
        return super().create_attachment(project, item_id, upload)


class CutsWhatIsTooLarge(MemoryConnector):
    def create_attachment(self, project, item_id, upload):
        content = upload.content.read(self._server.behaviour.max_file_bytes or -1)
        cut = Upload(upload.name, len(content), io.BytesIO(content), upload.media_type)
        return super().create_attachment(project, item_id, cut)


class StumblesOverTheDeleted(MemoryConnector):
    def delete_attachment(self, project, item_id, attachment_id):
        if attachment_id not in self._server.visible_record(item_id).files:
            raise LookupError(attachment_id)
        super().delete_attachment(project, item_id, attachment_id)


CASES: tuple[tuple[type[MemoryConnector], str, dict[str, Any]], ...] = (
    (TellsTheNewestFirst, "files_are_listed_oldest_first_and_ours_are_known", {}),
    (OwnsNoFile, "files_are_listed_oldest_first_and_ours_are_known", {}),
    (ShowsNoFilesOfTheDead, "an_item_without_files_has_none_and_one_that_is_gone_is_missing", {}),
    (AsksTwiceForEachItem, "the_files_of_many_items_cost_at_most_a_request_an_item", {}),
    (GivesAPartOfAFile, "a_file_arrives_as_it_is_as_often_as_it_is_asked_for", {}),
    (TakesAMissingFileForAnEmptyOne, "a_file_that_went_meanwhile_is_gone", {}),
    (
        TakesAMissingFileForAnEmptyOne,
        "nothing_is_asked_of_a_place_that_is_not_the_systems_own",
        {"source": "https://elsewhere.invalid/x"},
    ),
    (SendsItTwice, "a_file_without_an_answer_is_in_doubt_and_sent_once", {"trouble": Trouble.LOST_REPLY}),
    (LosesTheEnding, "a_name_survives_the_way_there_and_back", {"name": "brief.pdf"}),
    (ReplacesAFileOfTheSameName, "one_name_twice_is_two_files", {}),
    (CutsWhatIsTooLarge, "too_large_a_file_is_refused", {}),
    (StumblesOverTheDeleted, "ours_goes_once_and_a_second_time_is_no_error", {}),
)


def run(make: type[MemoryConnector], test: str, more: dict[str, Any]) -> None:
    """One test of the part on one connector, with the fixtures that it names."""
    harness = MemoryHarness()
    connector = make(harness.server, "mem", account=harness._account, capabilities=harness.capabilities())
    assert isinstance(connector, AttachmentConnector)
    project = connector.open_project(harness.stage.scope)
    item_id = harness.make({TITLE: "with files"})
    call = getattr(AttachingSuite, f"test_{test}")
    wanted = call.__code__.co_varnames[1 : call.__code__.co_argcount]
    given = {"harness": harness, "connector": connector, "files": connector, "project": project, "item_id": item_id}
    if "theirs" in wanted:
        harness.attach(item_id, "brief.pdf", CONTENT)
        harness.advance(5)
        given["theirs"] = MemoryConnector.fetch_attachments(connector, project, [item_id])[item_id][0]
    call(AttachingSuite(), **{name: value for name, value in {**given, **more}.items() if name in wanted})


@pytest.mark.parametrize(("make", "test", "more"), CASES, ids=[f"{make.__name__}-{test}" for make, test, _ in CASES])
def test_a_connector_with_one_thing_wrong_fails_and_one_with_nothing_wrong_passes(make, test, more):
    with pytest.raises(Fails):
        run(make, test, more)
    run(MemoryConnector, test, more)
