"""A problem in a sandbox Jira, told on a task in a sandbox Asana, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.service.test_comments_end_to_end import CONFIG, Stage

CHECKS = """\
checks:
  incident-impact:
    incidents: "type = Bug AND labels = incident"
    components: {{Newsletter: [mailing, newsletter*], Website: []}}
    it_fields: [components]
report: {{comments: [marketing], edit_every: 1s}}
"""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage("cloud", tmp_path, CONFIG.replace("report: {{comments: []}}\n", CHECKS))
    yield made
    made.close()


def told(stage: Stage) -> str:
    """The status comment on the task."""
    return "\n".join(stage.in_asana())


def test_a_problem_of_it_is_told_on_the_running_campaign_from_its_beginning_to_its_end(stage: Stage) -> None:
    yesterday = stage.ours.now().date() - timedelta(days=1)
    stage.dana.edit(stage.task, due=yesterday.isoformat())
    stage.jira.person("ines").edit(stage.issue, values={"components": ["Website"]})
    stage.settle()
    key = stage.ines.create(
        "WEB", type="Bug", summary="The shop is down", priority="High", labels=["incident"],
        values={"components": ["Website"]},
    )  # fmt: skip
    stage.settle()
    assert "An IT problem touches your running campaign" in told(stage)
    assert f"{key} is open since" in told(stage)
    assert "The shop is down" not in told(stage)
    assert 'It touches Website, and Web IT\'s ticket says "Website".' in told(stage)
    stage.ines.edit(key, status="Done")
    stage.settle()
    assert f"{key} is over since" in told(stage)
