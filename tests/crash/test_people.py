"""What counts as told to people."""

from __future__ import annotations

import pytest

from tests.crash.people import tells


@pytest.mark.parametrize(
    ("told", "value", "is_told"),
    [
        ('Jira says "Title 1", Asana "Title 7".', "Title 1", True),
        ('Jira says "Title 12", Asana "Title 7".', "Title 1", False),
        ("Jira says 3.0.", 3.0, True),
        ("Jira says 13.0.", 3.0, False),
    ],
)
def test_a_value_is_told_whole(told: str, value: object, is_told: bool) -> None:
    assert tells(told, value) is is_told
