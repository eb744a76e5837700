from __future__ import annotations

from pathlib import Path

import pytest

from syncd.engine.context import CommandRules
from syncd.service.layout import Layout
from tests.service.house import CONFIG, Servers


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
