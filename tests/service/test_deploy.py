"""The files in deploy/ fit each other and the daemon. What an engine or systemd does with them is not tried here."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncd.model.links import SyncName
from syncd.service.daemon import GRACE_S
from syncd.service.health import Health, HealthServer
from syncd.service.schedule import STUCK_S
from syncd.service.standing import Standings
from tests.service.house import SteppedClock

DEPLOY = Path(__file__).parents[2] / "deploy"
UNIT = (DEPLOY / "syncd.service").read_text(encoding="utf-8")
CONTAINERFILE = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def unit(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT, re.M)


def instructions() -> list[tuple[str, str]]:
    """Of the Containerfile, comments left out and continued lines joined."""
    text = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", CONTAINERFILE, flags=re.M))
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in text.splitlines() if line.strip()]


def image_environment() -> dict[str, str]:
    pairs = next(rest for name, rest in instructions() if name == "ENV")
    return dict(pair.split("=", 1) for pair in pairs.split())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    (tmp_path / "syncd.service").write_text(UNIT.replace("/opt/syncd/bin/syncd", sys.executable), encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / "syncd.service")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


def test_the_unit_gives_the_daemon_the_time_it_needs() -> None:
    assert float(unit("TimeoutStopSec")[0]) > GRACE_S + 2
    assert unit("WatchdogSec") == ["2min"]
    assert STUCK_S < 120
    assert unit("Type") == ["notify"]
    assert unit("RestartPreventExitStatus") == ["2"]


def test_the_unit_reloads_by_the_signal_that_the_daemon_obeys() -> None:
    assert unit("ExecReload") == ["/bin/kill -HUP $MAINPID"]


def test_the_daemon_of_the_image_is_nobody_special() -> None:
    user = [rest for name, rest in instructions() if name == "USER"]
    assert len(user) == 1
    assert int(user[0].split(":")[0]) > 0
    service = COMPOSE["services"]["syncd"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_what_the_image_copies_is_there_and_let_in() -> None:
    ignored = (DEPLOY / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [rest.split()[:-1] for name, rest in instructions() if name == "COPY" and "--from" not in rest]
    for source in (Path(each) for sources in copied for each in sources):
        assert (DEPLOY.parent / source).exists(), source
        assert f"!{source}" in ignored


def test_unit_image_and_compose_agree_about_places() -> None:
    environment = image_environment()
    service = COMPOSE["services"]["syncd"]
    targets = {volume.split(":")[1]: volume.split(":")[0] for volume in service["volumes"]}
    assert unit("Environment") == [f"SYNCD_CONFIG={environment['SYNCD_CONFIG']}"]
    assert str(Path(environment["SYNCD_CONFIG"]).parent) in targets
    assert environment["STATE_DIRECTORY"] in targets
    assert unit("StateDirectory") == [Path(environment["STATE_DIRECTORY"]).name]
    for target, source in targets.items():
        assert not source.startswith("..") or (DEPLOY / source).is_dir(), target
    assert environment["CREDENTIALS_DIRECTORY"] == "/run/secrets"  # where compose puts secrets
    credentials = [each.split(":")[0] for each in unit("LoadCredential")]
    assert set(credentials) == set(service["secrets"]) == set(COMPOSE["secrets"])


def test_commands_run_as_the_service_does(tmp_path: Path) -> None:
    """The script is run for real, with a systemd-run that tells what it was asked for."""
    fake = tmp_path / "systemd-run"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    fake.chmod(0o755)
    command = [str(DEPLOY / "syncd"), "approve", "web campaigns"]
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    asked = result.stdout.splitlines()
    assert asked[-4:] == ["--", unit("ExecStart")[0].split()[0], "approve", "web campaigns"]
    given = [line.removeprefix("--property=") for line in asked if line.startswith("--property=")]
    same = ["DynamicUser", "StateDirectory", "StateDirectoryMode", "UMask", "LoadCredential"]
    assert sorted(given) == sorted(["User=syncd", *(f"{key}={value}" for key in same for value in unit(key))])
    assert f"--setenv={unit('Environment')[0]}" in asked
    (line,) = re.findall(r"^systemd-run .*$", (DEPLOY / "README.md").read_text(encoding="utf-8"), re.M)
    assert [each for each in given if each not in line] == ["UMask=0077"]
    assert unit("Environment")[0] in line


@pytest.mark.parametrize(("is_alive", "status"), [(True, 0), (False, 1)], ids=["well", "not well"])
def test_the_health_check_of_the_image_says_what_healthz_says(is_alive: bool, status: int) -> None:
    rest = next(rest for name, rest in instructions() if name == "HEALTHCHECK")
    command = json.loads(rest.partition(" CMD ")[2])
    clock = SteppedClock()
    standings = Standings({SyncName("campaigns"): timedelta(seconds=30)}, clock)
    server = HealthServer(
        "127.0.0.1:0",
        Health(standings.read, clock, is_alive=lambda: is_alive, is_stopping=lambda: False, is_refused=lambda: False),
    )
    server.start()
    try:
        code = command[2].replace("8085", str(server.port))
        environment = {"http_proxy": "http://127.0.0.1:9"}  # must not matter
        result = subprocess.run([sys.executable, "-c", code], env=environment, timeout=30, check=False)
    finally:
        server.close()
    assert command[:2] == ["python", "-c"]
    assert "8085" in command[2]
    assert result.returncode == status
