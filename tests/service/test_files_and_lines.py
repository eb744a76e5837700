"""Files between sandbox Asana and sandbox Jira Data Center, with lines for those that are not copied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.test_comments_end_to_end import CONFIG, Stage

FILES = "      attachments: {{max_size: 1MB, not_types: [exe]}}\nreport:"
BRIEF = bytes(range(256)) * 1000


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage("dc", tmp_path, CONFIG.replace("report:", FILES))
    yield made
    made.close()


def in_jira(stage: Stage) -> dict[str, bytes]:
    return {file.name: file.content for file in stage.jira.files.values()}


def in_asana(stage: Stage) -> dict[str, bytes | None]:
    return {file.name: file.content for file in stage.asana.attachments.values()}


def test_what_is_not_copied_is_told_of_once_and_a_copy_goes_with_its_original(stage: Stage) -> None:
    brief = stage.dana.attach(stage.task, "Brief é.pdf", BRIEF, "application/pdf")
    stage.dana.attach(stage.task, "film.mov", bytes(1_000_001))
    stage.dana.attach(stage.task, "tool.exe", b"no")
    stage.dana.attach_link(stage.task, "Plan", "https://drive.example.com/plan")
    stage.ines.attach(stage.issue, "screen.png", BRIEF[::-1], "image/png")
    stage.settle()
    assert in_jira(stage) == {"Brief é.pdf": BRIEF, "screen.png": BRIEF[::-1]}
    assert in_asana(stage).keys() == {"Brief é.pdf", "film.mov", "tool.exe", "Plan", "screen.png"}
    assert in_asana(stage)["screen.png"] == BRIEF[::-1]
    told = stage.in_jira()
    assert [text.split(" (")[0] for text in told] == ["film.mov", "Plan"]
    stage.settle()
    assert stage.in_jira() == told
    assert (len(stage.jira.files), len(stage.asana.attachments)) == (2, 5)
    stage.dana.detach(brief)
    stage.dana.edit(stage.task, name="Spring landing page 2")
    stage.settle()
    assert in_jira(stage).keys() == {"screen.png"}
