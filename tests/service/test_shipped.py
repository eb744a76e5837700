"""The shipped configurations pass `check --live` once the lines that they mark are changed, and only those."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncd.sandbox.instances import AsanaServer, JiraServer, empty_asana, empty_jira
from syncd.sandbox.server import SandboxServer
from syncd.service.assemble import read_config
from syncd.service.clock import SystemClock
from syncd.service.installation import Installation, Proof
from syncd.service.proving import prove_all
from syncd.service.redact import Redactor

ROOT = Path(__file__).parents[2]
TOKEN = "syncd-bot-token"
MARK = "# <--"
NO_SPRINTS = "jira: due: 'sprint': there are no sprints on this server; the others of the list count"
CLASSIC = {
    '["To do", [Open, Reopened]]': '["To do", "To Do"]',
    '["Done", [Resolved, Closed]]': '["Done", "Done"]',
    "{Resolved: {resolution: Fixed}, Closed: {resolution: Fixed}}": "{Done: {resolution: Done}}",
}
"""The sandbox's Data Center has another workflow than the classic one."""


@contextmanager
def started(*servers: SandboxServer) -> Iterator[None]:
    for server in servers:
        server.start()
    try:
        yield
    finally:
        for server in servers:
            server.stop()


def edit(path: Path, changes: Mapping[str, str]) -> None:
    """Change marked lines only, and each only as far as it is marked."""
    told = path.read_text("utf-8").splitlines()
    for old, new in changes.items():
        (number,) = [number for number, line in enumerate(told) if old in line and MARK in line]
        told[number] = told[number].replace(old, new)
    path.write_text("\n".join(told) + "\n", "utf-8")


def prove(path: Path, asana: AsanaServer, environ: Mapping[str, str]) -> Proof:
    """`check --live`, with Asana where the sandbox is."""
    text = path.read_text("utf-8")
    path.write_text(text.replace("type: asana,", f'type: asana, url: "{asana.url}",'), "utf-8")
    with Installation(read_config(path, dict(environ)), SystemClock(), Redactor()) as installation:
        return prove_all(installation)


@pytest.mark.parametrize(
    ("name", "flavour", "marked", "mapping"),
    [
        ("syncd.yaml", "cloud", {"https://your-site.atlassian.net": "JIRA", "syncd@": "syncd-bot@"}, {}),
        ("syncd-datacenter.yaml", "dc", {"https://jira.example.com": "JIRA", "web-triage": "dana"}, CLASSIC),
    ],
)
def test_a_shipped_configuration_fits_the_sandbox_by_its_marked_lines(
    name: str, flavour: str, marked: Mapping[str, str], mapping: Mapping[str, str], tmp_path: Path
) -> None:
    for folder in ("config", "mappings"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for connection in ("asana", "jira"):
        (tmp_path / connection).write_text(TOKEN)
    path = tmp_path / "config" / name
    asana, jira = AsanaServer(empty_asana()), JiraServer(empty_jira(flavour))
    with started(asana, jira):
        changes = {old: new.replace("JIRA", jira.url) for old, new in marked.items()}
        edit(path, {"1200000000000001": next(iter(asana.asana.projects)), **changes})
        if mapping:
            edit(tmp_path / "mappings" / "asana-jira-datacenter.yaml", mapping)
        environ = {"ASANA_TOKEN": TOKEN, "JIRA_TOKEN": TOKEN, "CREDENTIALS_DIRECTORY": str(tmp_path)}
        proof = prove(path, asana, environ)
    assert ([str(problem) for problem in proof.problems], proof.outages) == ([], {})
    told = [warning for warning in proof.warnings if "due" in warning.message]
    assert [warning.message for warning in told] == ([NO_SPRINTS] if "sprint]" in path.read_text("utf-8") else [])
    for warning in told:
        line = path.read_text("utf-8").splitlines()[warning.line - 1]
        assert line[warning.column - 1 :].startswith("sprint]")
