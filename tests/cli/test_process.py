"""The commands as people run them: processes of their own, over the sandbox's servers, with their exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parents[2]
SYNCD = [sys.executable, "-c", "from syncd.cli.main import main; main()"]
PATIENCE_S = 90

CONFIG = """\
version: 1
service: {{listen: "127.0.0.1:0"}}
connections:
  {asana}
  {jira}
syncs:
  - name: campaigns
    mode: sync
    marketing:
      connection: asana
      {asana_project}
      status: section
      done: completed
    it:
      connection: jira
      {jira_project}
      name: Web IT
      type: Task
    mapping:
      links: {{create: [{{in: it, when: "status == 'Needs IT'"}}]}}
      fields:
        - title
        - {{field: due, direction: compare}}
        - field: status
          values: [[["To do", "Needs IT"], "To Do"], [Doing, In Progress], [Done, Done], [Dropped, ~], [~, "*"]]
          conflict: it
"""


def environ() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"}


def syncd(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SYNCD, "--config", "syncd.yaml", *args],
        cwd=folder,
        env=environ(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@contextmanager
def sandbox(*args: str) -> Iterator[tuple[str, list[str]]]:
    """A sandbox as a process, its address, and the lines that it says belong into a configuration."""
    process = subprocess.Popen([*SYNCD, "sandbox", *args], env=environ(), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        lines = [process.stdout.readline().strip() for _ in range(4)]
        yield re.findall(r"http\S+", lines[0])[0], lines[2:]
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
        process.stdout.close()


def end_of_daemon(folder: Path) -> int:
    """The exit code of a daemon that is told to end once it runs."""
    command = [*SYNCD, "run", "--config", "syncd.yaml"]
    process = subprocess.Popen(command, cwd=folder, env=environ(), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    with process.stderr as log:
        assert any('"event": "started"' in line for line in log)
        process.send_signal(signal.SIGTERM)
        log.read()
    return process.wait(PATIENCE_S)


def test_a_reader_that_leaves_ends_a_command_quietly(tmp_path: Path) -> None:
    """`syncd schema | head -1`."""
    process = subprocess.Popen(
        [*SYNCD, "schema"], cwd=tmp_path, env=environ(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with process.stderr as errors:
        assert errors.read() == ""
    assert process.wait(PATIENCE_S) == 141


@pytest.mark.parametrize("flavour", ["cloud", "dc"])
def test_what_the_sandboxes_say_is_a_configuration_that_works_from_check_to_sync(tmp_path: Path, flavour: str) -> None:
    with sandbox("jira", "--flavour", flavour) as (jira_url, jira), sandbox("asana") as (asana_url, asana):
        for url in (jira_url, asana_url):
            with urlopen(url, timeout=PATIENCE_S) as page:
                assert page.status == 200
        config = CONFIG.format(jira=jira[0], jira_project=jira[1], asana=asana[0], asana_project=asana[1])
        (tmp_path / "syncd.yaml").write_text(config, encoding="utf-8")

        proved = syncd(tmp_path, "check", "--live")
        assert proved.returncode == 0, proved.stdout + proved.stderr
        assert "syncd.yaml: ok, and both systems agree" in proved.stdout

        first = syncd(tmp_path, "sync", "--yes", "--json")
        assert first.returncode == 0, first.stdout + first.stderr
        (made,) = json.loads(first.stdout)["syncs"]
        assert made["created"] > 0

        again = syncd(tmp_path, "sync", "--json")
        assert again.returncode == 0
        (idle,) = json.loads(again.stdout)["syncs"]
        assert (idle["created"], idle["written"], idle["comments"]) == (0, 0, 0)
        if flavour == "cloud":
            assert end_of_daemon(tmp_path) == 0


def test_an_item_is_found_by_key_and_address_though_it_was_never_read(tmp_path: Path) -> None:
    with sandbox("jira") as (jira_url, jira), sandbox("asana") as (_, asana):
        config = CONFIG.format(jira=jira[0], jira_project=jira[1], asana=asana[0], asana_project=asana[1])
        (tmp_path / "syncd.yaml").write_text(config.replace("mode: sync", "mode: watch"), encoding="utf-8")
        (plan,) = json.loads(syncd(tmp_path, "plan", "--json").stdout)["syncs"]
        task = plan["operations"][0]["twin"]
        joined = syncd(tmp_path, "links", "add", task["url"], f"{jira_url}/browse/WEB-1")
        assert joined.returncode == 0, joined.stderr
        assert "WEB-1" in joined.stdout
        taken = syncd(tmp_path, "links", "add", task["id"], "WEB-2")
        assert (taken.returncode, "has a twin already" in taken.stderr) == (1, True)
        assert syncd(tmp_path, "explain", f"{jira_url}/browse/WEB-3").returncode == 0


def test_a_wrong_configuration_ends_in_2_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "syncd.yaml").write_text("version: 1\nconnections: {a: {type: asana}}\nsyncs: [\n", encoding="utf-8")
    done = syncd(tmp_path, "plan")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("syncd.yaml:")
    assert "Traceback" not in done.stderr


def test_a_host_that_does_not_answer_ends_in_1_with_a_sentence(tmp_path: Path) -> None:
    nowhere = '{type: jira, url: "http://127.0.0.1:9", email: a@example.com, token: "${env:PATH}"}'
    config = CONFIG.format(
        jira=f"jira: {nowhere}",
        jira_project="project: WEB",
        asana='asana: {type: asana, url: "http://127.0.0.1:9", token: "${env:PATH}"}',
        asana_project='project: "1"',
    )
    (tmp_path / "syncd.yaml").write_text(config, encoding="utf-8")
    done = syncd(tmp_path, "check", "--live")
    assert done.returncode == 1
    assert "campaigns: not proved: " in done.stdout
    assert "127.0.0.1:9" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with sandbox("asana", "--empty") as (url, _):
        port = url.rpartition(":")[2]
        done = subprocess.run(
            [*SYNCD, "sandbox", "jira", "--port", port], env=environ(), capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == f"syncd: port {port} cannot be had: it is in use; name another one by --port, or none\n"


def test_the_store_is_made_and_left_alone_by_db_upgrade(tmp_path: Path) -> None:
    config = CONFIG.format(
        jira="jira: {type: memory}",
        jira_project="project: WEB",
        asana="asana: {type: memory}",
        asana_project="project: MKT",
    )
    (tmp_path / "syncd.yaml").write_text(config, encoding="utf-8")
    assert syncd(tmp_path, "db", "upgrade").stdout.startswith("store: made, schema ")
    again = syncd(tmp_path, "db", "upgrade")
    assert (again.returncode, "nothing to do" in again.stdout) == (0, True)
    (tmp_path / "syncd.db").write_bytes(b"this is no database" * 100)
    broken = syncd(tmp_path, "status")
    assert broken.returncode == 2
    assert "Traceback" not in broken.stderr
    assert broken.stderr.startswith("syncd.yaml:1:1: ")
