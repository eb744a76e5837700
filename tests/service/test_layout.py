from __future__ import annotations

from pathlib import Path

import pytest

from syncd.engine.context import CommandRules
from syncd.service import assemble
from syncd.service.layout import Layout
from tests.service.house import CONFIG, Servers, installed


@pytest.mark.parametrize(
    ("allow", "rules"),
    [
        ("members", CommandRules()),
        ("none", None),
        (
            '["group: web-leads", lee@example.com]',
            CommandRules("/syncd", frozenset({"lee@example.com"}), frozenset({"web-leads"})),
        ),
    ],
)
def test_who_may_command_is_everybody_nobody_or_people_and_groups(
    tmp_path: Path, allow: str, rules: CommandRules | None
) -> None:
    servers = Servers()
    loaded = servers.load(tmp_path, f"{CONFIG}\ncommands: {{allow: {allow}}}\n")
    servers.forget()
    assert Layout(loaded).command_rules() == rules


def test_a_system_that_tells_no_groups_is_named_where_groups_may_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with installed(tmp_path, f"{CONFIG}\ncommands: {{allow: group:web-leads}}\n") as (_, installation):
        assert installation.prove().warnings == ()
        monkeypatch.setattr(assemble, "GroupTeller", Path)  # what no connector is
        (warning,) = installation.warnings
    assert warning.line == 13
    assert warning.message.endswith("does not tell who is in a group: name people for that side")
