"""Rules of the house that no other tool keeps: imports by room, sizes, and texts that speak of the project alone."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MODULE_LIMIT = 600
FUNCTION_LIMIT = 60
LONG_ON_PURPOSE: dict[str, str] = {}
"""Exceptions: `syncd/room/file.py` or `syncd/room/file.py::function` → why it cannot be shorter."""

REGISTRIES = ("pypi.org", "pythonhosted.org", "npmjs.org", "npmjs.com", "crates.io", "golang.org")
RESERVED_DOMAINS = re.compile(r"(.*\.)?(example|test|invalid|localhost|acme(\.\w+)?|example\.(com|org|net))$", re.I)

UNWELCOME = {
    "a path of somebody's machine": re.compile(
        r"(?<![\w.~}-])/(work|home|root|Users|mnt|media)/[\w.]+|\b[A-Z]:\\Users\\"
    ),
    "the host of a package registry": re.compile("|".join(rf"\b{re.escape(host)}\b" for host in REGISTRIES)),
    "a secret": re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bATATT3x\w{20,}|\bgh[pousr]_\w{30,}|\bxox[abp]-\w{10,}"
    ),
    "how a text came about": re.compile(r"\b(co-authored-by|api key for|language model|chat ?bot)\b", re.I),
}
E_MAIL = re.compile(r"(?<!\\)\b[\w.+-]+@([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})\b", re.I)


def test_the_contracts_about_imports_are_kept() -> None:
    tool = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert tool is not None, "import-linter is part of the dev extra"
    result = subprocess.run([tool, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def too_long(source: str, name: str) -> Iterator[tuple[str, int]]:
    """Places longer than allowed, with their lines; a docstring does not count against its function."""
    lines = len(source.splitlines())
    if lines > MODULE_LIMIT:
        yield name, lines
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node)
            if length > FUNCTION_LIMIT:
                yield f"{name}::{node.name}", length


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    if ast.get_docstring(node, clean=False) is None:
        return 0
    text = node.body[0]
    return (text.end_lineno or text.lineno) - text.lineno + 1


def test_modules_and_functions_stay_short() -> None:
    found: dict[str, int] = {}
    for path in sorted((ROOT / "syncd").rglob("*.py")):
        found.update(too_long(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()))
    assert {place: lines for place, lines in found.items() if place not in LONG_ON_PURPOSE} == {}
    assert set(LONG_ON_PURPOSE) <= set(found), "an exception that is no longer needed"


def test_the_measure_of_length_sees_what_is_too_long() -> None:
    body = "    x = 1\n" * FUNCTION_LIMIT
    assert dict(too_long(f"def f():\n{body}", "m.py")) == {"m.py::f": FUNCTION_LIMIT + 1}
    assert dict(too_long(f'def f():\n    """\n{"    words" * 9}\n    """\n{body[10:]}', "m.py")) == {}
    assert dict(too_long("x = 1\n" * (MODULE_LIMIT + 1), "m.py")) == {"m.py": MODULE_LIMIT + 1}


@cache
def tracked_texts() -> dict[str, str]:
    """Path → text of every tracked file that is text, this one excepted since it names what it looks for."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a checkout: what is tracked is unknown")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    texts = {}
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path == Path(__file__) or not path.is_file():
            continue
        content = path.read_bytes()
        if b"\0" not in content:
            texts[name] = content.decode("utf-8")
    return texts


def unwelcome(text: str) -> Iterator[str]:
    """What a text holds that has no place in the repository, with its line."""
    for number, line in enumerate(text.splitlines(), 1):
        for what, pattern in UNWELCOME.items():
            if match := pattern.search(line):
                yield f"{number}: {what}: {match[0]}"
        for match in E_MAIL.finditer(line):
            if not RESERVED_DOMAINS.match(match[1]):
                yield f"{number}: an e-mail address outside the reserved domains: {match[0]}"


def test_texts_speak_of_the_project_alone() -> None:
    found = [f"{name}:{problem}" for name, text in tracked_texts().items() for problem in unwelcome(text)]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "see /home/somebody/notes",
        'open("/work/main/x")',
        r"C:\Users\somebody",
        "https://pypi.org/simple",
        "registry.npmjs.org",
        "-----BEGIN RSA PRIVATE KEY-----",
        "the API key for it",
        "write to somebody@gmail.com",
    ],
)
def test_the_search_finds_what_has_no_place_here(text: str) -> None:
    assert list(unwelcome(text)) != []


@pytest.mark.parametrize(
    "text",
    [
        "/etc/syncd/syncd.yaml, /run/syncd/control.sock, /var/lib/syncd",
        "https://jira.acme.corp/root/page and ~/work/x",
        "a.person@acme.com, b@mail.example.org",
        "postgresql+psycopg://user@localhost/db",
    ],
)
def test_the_search_leaves_the_ordinary_alone(text: str) -> None:
    assert list(unwelcome(text)) == []
