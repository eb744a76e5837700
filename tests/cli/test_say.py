"""What is told fits the terminal, and stays a row a line for programs."""

from __future__ import annotations

import click
import pytest

from syncd.cli.say import columns, over_lines

ROWS = [
    (
        "5",
        "update",
        f"title: “Spring landing page” → “Landing page for spring”  {click.style('(other side)', dim=True)}",
    ),
    ("14", "create", "created by a rule"),
]


def test_a_long_last_cell_goes_on_below_its_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    assert [click.unstyle(line) for line in columns(ROWS)] == [
        "5   update  title: “Spring landing page” →",
        "            “Landing page for spring”  (other",
        "            side)",
        "14  create  created by a rule",
    ]


def test_a_cell_that_has_no_room_in_its_column_goes_on_below_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    assert [click.unstyle(line) for line in columns(ROWS)] == [
        "5   update",
        "    title: “Spring landing",
        "    page” → “Landing page for",
        "    spring”  (other side)",
        "14  create  created by a rule",
    ]


def test_where_nobody_reads_a_row_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert len(columns(ROWS)) == len(ROWS)
    assert over_lines("word " * 50) == "word " * 50


def test_a_line_goes_on_with_a_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    lines = over_lines(click.style("campaigns", bold=True) + ": Marketing (Asana) Spring ↔ Web IT (Jira) Shop").split(
        "\n"
    )
    assert [click.unstyle(line) for line in lines] == [
        "campaigns: Marketing (Asana)",
        "  Spring ↔ Web IT (Jira) Shop",
    ]
