"""A real Redmine for the tests: installed from Debian's packages, seeded once, started on a free port of this machine.

`install.sh` needs root and some 40 s; it is called here only where `CI` says that every test has to run. The seeded
database is kept in the user's cache folder; each start works on a copy, so every run begins with the same data.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

HERE = Path(__file__).parent
CODE = Path("/usr/share/redmine")
TEMPLATE = Path("/var/lib/redmine/syncd-template.sqlite3")
READY_S = 60.0


class Unavailable(Exception):
    """There is no Redmine here; the text says how to get one."""


def ensure_installed() -> None:
    """Raises Unavailable, after an attempt to install where `CI` is set."""
    if TEMPLATE.exists() and (CODE / "config.ru").exists():
        return
    install = HERE / "install.sh"
    if os.environ.get("CI", "").lower() not in ("1", "true"):
        raise Unavailable(f"no Redmine on this machine; as root on Debian: {install}")
    done = subprocess.run([install], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(f"Redmine could not be installed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


@dataclass
class Redmine:
    """A running Redmine. `ahead_s`: by how much its clock is before that of this machine."""

    url: str
    database: Path
    facts: dict[str, Any]
    ahead_s: float = 0.0
    sessions: dict[str, requests.Session] = field(default_factory=dict)

    def request(self, who: str, method: str, path: str, **more: Any) -> Any:
        """What a person does by the API: the JSON answer, None when it is empty. Fails unless Redmine agrees."""
        answer = self._send(who, method, path, **more)
        return answer.json() if answer.content.strip() else None

    def upload(self, who: str, name: str, content: bytes, media_type: str = "") -> dict[str, str]:
        """Send a file that is on nothing yet; what an issue's `uploads` takes."""
        kind = {"Content-Type": "application/octet-stream"}
        sent = self.request(who, "POST", "/uploads.json", params={"filename": name}, data=content, headers=kind)
        token = {"token": sent["upload"]["token"], "filename": name}
        return {**token, "content_type": media_type} if media_type else token

    def download(self, who: str, file: int) -> bytes:
        """The bytes of a file."""
        return self._send(who, "GET", f"/attachments/download/{file}").content

    def _send(self, who: str, method: str, path: str, **more: Any) -> requests.Response:
        session = self.sessions.get(who)
        if session is None:
            session = self.sessions[who] = requests.Session()
            session.headers["X-Redmine-API-Key"] = self.key(who)
        headers = {"X-Test-Ahead-S": str(self.ahead_s), **more.pop("headers", {})}
        answer = session.request(method, self.url + path, headers=headers, timeout=30, **more)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer

    def key(self, who: str) -> str:
        """The API key of a person of the seed."""
        return f"{who}key"

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Straight into the database, for what no API can do."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            return connection.execute(statement, values).fetchall()

    def reset(self) -> None:
        """No issues any more, and the time of this machine."""
        self.ahead_s = 0.0
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            for table in ("journal_details", "journals", "issue_relations", "attachments", "issues"):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("DELETE FROM custom_values WHERE customized_type = 'Issue'")
            connection.execute("DELETE FROM watchers WHERE watchable_type = 'Issue'")


@contextmanager
def running_redmine(folder: Path) -> Iterator[Redmine]:
    """A Redmine that works in `folder` and ends with the block. Raises Unavailable."""
    ensure_installed()
    home = _furnish(folder / "redmine", _seeded())
    facts = json.loads((home / "facts.json").read_text())
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["puma", "-C", "-", "-e", "production", "-t", "1:1", "-b", f"tcp://127.0.0.1:{port}", HERE / "config.ru"]
    with (home / "puma.log").open("w") as log:
        process = subprocess.Popen(command, cwd=CODE, env=_environ(home), stdout=log, stderr=log)
    try:
        redmine = Redmine(f"http://127.0.0.1:{port}", home / "redmine.sqlite3", facts)
        _wait(redmine, process, home / "puma.log")
        yield redmine
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(redmine: Redmine, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            redmine.request("bot", "GET", "/users/current.json")
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"Redmine did not start:\n{log.read_text()[-3000:]}")


def _seeded() -> Path:
    """The folder with the seeded database and what the seed said; made at first use and whenever the seed changes."""
    digest = hashlib.sha256((HERE / "seed.rb").read_bytes() + TEMPLATE.read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "syncd-tests"
    kept = cache / f"redmine-{digest}"
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            home = _furnish(Path(folder) / "home", TEMPLATE.parent)
            _seed(home)
            made = Path(folder) / "made"
            made.mkdir()
            for name in ("redmine.sqlite3", "facts.json"):
                shutil.copy(home / name, made / name)
            with contextlib.suppress(OSError):  # another run was quicker
                made.rename(kept)
    return kept


def _seed(home: Path) -> None:
    command = ["bundle", "exec", "rails", "runner", HERE / "seed.rb"]
    done = subprocess.run(command, cwd=CODE, env=_environ(home), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"Redmine could not be seeded:\n{done.stderr[:3000]}")
    (home / "facts.json").write_text(done.stdout.strip().splitlines()[-1])


def _furnish(home: Path, source: Path) -> Path:
    """A folder as an instance of Redmine wants it, with a copy of the database of `source`."""
    for name in ("config", "files", "log", "public/plugin_assets", "tmp/cache"):
        (home / name).mkdir(parents=True)
    database = home / "redmine.sqlite3"
    shutil.copyfile(TEMPLATE if source == TEMPLATE.parent else source / "redmine.sqlite3", database)
    if (source / "facts.json").exists():
        shutil.copyfile(source / "facts.json", home / "facts.json")
    (home / "config" / "database.yml").write_text(
        json.dumps({"production": {"adapter": "sqlite3", "database": str(database), "timeout": 10000}})
    )
    (home / "config" / "secret_key.txt").write_text(hashlib.sha256(b"not a secret").hexdigest())
    return home


def _environ(home: Path) -> dict[str, str]:
    """An instance is a folder beside Debian's own ones; ours is named by the way from there."""
    gems = "/usr/share/rubygems-integration/all/gems"
    bundler = next((name.partition("-")[2] for name in os.listdir(gems) if name.startswith("bundler-")), "")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BUNDLE", "GEM_", "RUBY"))}
    return {
        **kept,
        "RUBY_YJIT_ENABLE": "1",  # two fifths less work, where this Ruby has it
        "RUBY_GC_HEAP_INIT_SLOTS": "600000",
        "RAILS_ENV": "production",
        "TZ": "UTC",  # Redmine stores times in the zone of its machine
        "REDMINE_INSTANCE": f"../../../..{home.resolve()}",
        "BUNDLER_VERSION": bundler,  # Ruby's own takes gems of Debian's packages for missing
    }


def redmine_or_skip(folder: Path) -> Iterator[Redmine]:
    """For a fixture: skips with the reason where there is no Redmine, and fails for it where `CI` is set."""
    try:
        with running_redmine(folder) as redmine:
            yield redmine
    except Unavailable as reason:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(str(reason))
        pytest.skip(str(reason))
