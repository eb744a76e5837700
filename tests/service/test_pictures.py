"""A picture within a text keeps its place on the other side once its file is there, on both flavours of Jira."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.test_comments_end_to_end import CONFIG, Stage

FILES = "      attachments: {{direction: both}}\nreport:"
WITH_TEXT = CONFIG.replace("fields: [title]", "fields: [title, description]").replace("report:", FILES)


@pytest.fixture(params=["cloud", "dc"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    made = Stage(request.param, tmp_path, WITH_TEXT)
    yield made
    made.close()


def notes(stage: Stage) -> str:
    return stage.asana.task(stage.task).html_notes


def description(stage: Stage) -> str:
    return json.dumps(stage.jira.issue(stage.issue).fields["description"])


def shows_picture(stage: Stage) -> bool:
    sign = '"type": "mediaInline"' if stage.flavour == "cloud" else "!plan.png"
    return sign in description(stage)


def test_a_picture_keeps_its_place_through_edits_on_both_sides(stage: Stage) -> None:
    gid = stage.dana.attach(stage.task, "plan.png", bytes(range(256)), "image/png")
    picture = f'<img data-asana-gid="{gid}">'
    stage.dana.edit(stage.task, html_notes=f"<body>The plan: {picture} as agreed.</body>")
    stage.settle()
    stage.settle()
    assert shows_picture(stage), description(stage)
    assert f'data-asana-gid="{gid}"' in notes(stage)
    for server in stage.servers:
        server.requests.clear()
    stage.settle()
    kinds = (kind for server in stage.servers for kind in server.requests.counts())
    assert not [kind for kind in kinds if kind.startswith(("PUT", "DELETE"))]
    stage.dana.edit(stage.task, html_notes=f"<body>The new plan: {picture} as agreed.</body>")
    stage.settle()
    assert "new plan" in description(stage)
    assert shows_picture(stage)
    stage.ines.edit(stage.issue, description=json.loads(description(stage).replace("new plan", "newest plan")))
    stage.settle()
    assert "newest plan" in notes(stage)
    assert f'data-asana-gid="{gid}"' in notes(stage)
