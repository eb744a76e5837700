"""Files between sandbox Asana and sandbox Jira, over HTTP, as people see them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.test_comments_end_to_end import CONFIG, Stage

ONLY_FILES = "".join(
    "      attachments: {{direction: both}}\n" if "comments: {{only:" in line else line
    for line in CONFIG.splitlines(keepends=True)
)
PICTURE = bytes(range(256)) * 2_000


def in_jira(stage: Stage) -> dict[str, bytes]:
    return {file.name: file.content for file in stage.jira.files.values()}


def in_asana(stage: Stage) -> dict[str, bytes | None]:
    files = (stage.asana.attachments[gid] for gid in stage.asana.task(stage.task).attachments)
    return {file.name: file.content for file in files}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage("cloud", tmp_path, ONLY_FILES)
    yield made
    made.close()


def test_files_cross_in_both_directions_once_and_links_to_files_elsewhere_do_not(stage: Stage) -> None:
    stage.dana.attach(stage.task, "Plakat März.png", PICTURE, "image/png")
    stage.dana.attach_link(stage.task, "Brief", "https://drive.example.com/1")
    stage.ines.attach(stage.issue, "answer.pdf", b"%PDF", "application/pdf")
    for _ in range(2):
        stage.settle()
        assert in_jira(stage) == {"Plakat März.png": PICTURE, "answer.pdf": b"%PDF"}
        assert in_asana(stage) == {"Plakat März.png": PICTURE, "Brief": None, "answer.pdf": b"%PDF"}
    assert len(stage.jira.files) + len(stage.asana.attachments) == 5


def test_a_file_whose_answer_was_lost_is_known_again(stage: Stage) -> None:
    stage.servers[1].faults.drop_after(1, where=r"^POST /api/1\.0/attachments")
    stage.ines.attach(stage.issue, "answer.pdf", b"%PDF", "application/pdf")
    for _ in range(3):
        stage.settle()
    assert [file.name for file in stage.asana.attachments.values()] == ["answer.pdf"]
    assert len(stage.jira.files) == 1
