"""Makes the table of `architecture.md` that says which tests hold each check."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from syncd.checks.docs import spell_default
from syncd.checks.registry import CHECKS
from syncd.checks.spec import CheckSpec

TESTS: Final = Path(__file__).parents[1] / "tests" / "checks"
"""Where a check is called as the function that it is."""
COMMON: Final = "test_run.py"
"""What all checks have in common."""


def render_tests() -> str:
    """By check: its settings, and the files of tests that name it by its code."""
    return "\n".join(["| check | default settings | tests |", "|---|---|---|", *map(_row, CHECKS.values())])


def files_of(code: str) -> tuple[str, ...]:
    """The files of tests in which the code of a check stands as a text of its own, but for what is common to all."""
    return tuple(name for name, codes in _codes_by_file().items() if code in codes and name != COMMON)


def _row(spec: CheckSpec) -> str:
    settings = ", ".join(f"`{option.name}` {spell_default(option)}" for option in spec.options)
    files = ", ".join(f"`{name}`" for name in files_of(spec.code))
    return f"| `{spec.code}` | {settings or '–'} | {files} |"


@cache
def _codes_by_file() -> Mapping[str, frozenset[str]]:
    return {path.name: _texts(path) & CHECKS.keys() for path in sorted(TESTS.glob("test_*.py"))}


def _texts(path: Path) -> frozenset[str]:
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
