"""Sandbox servers and plain clients for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from syncd.sandbox.instances import AsanaServer, JiraServer, empty_asana, empty_jira
from tests.sandbox.answers import check_answer


class Client:
    """A `requests` session with a base address. Every answer is held against the contract, unless told otherwise."""

    def __init__(
        self, base: str, *, token: str = "", basic: tuple[str, str] | None = None, checked: bool = True
    ) -> None:
        self.base = base
        self.session = requests.Session()
        self.session.auth = basic
        self.session.trust_env = False
        if checked:
            self.session.hooks["response"].append(lambda answer, **_: check_answer(answer))
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, **more: Any) -> requests.Response:
        return self.session.request(method, self.base + path, timeout=10, **more)

    def json(self, method: str, path: str, **more: Any) -> Any:
        answer = self(method, path, **more)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()


class JiraHouse:
    """A running Jira with a client of its bot."""

    def __init__(self, server: JiraServer) -> None:
        self.server = server
        self.jira = server.jira
        self.faults = server.faults

    def client(self, name: str = "syncd-bot", token: str = "", *, version: int | None = None) -> Client:
        token = token or f"{name}-token"
        if self.jira.cloud:
            root = f"{self.server.url}/rest/api/{version or 3}"
            return Client(root, basic=(f"{name}@example.com", token))
        return Client(f"{self.server.url}/rest/api/{version or 2}", token=token)

    def person(self, name: str) -> Any:
        return self.jira.person(name)


@contextmanager
def jira_house(flavour: str = "cloud", **more: Any) -> Iterator[JiraHouse]:
    with JiraServer(empty_jira(flavour, **more)) as server:
        yield JiraHouse(server)


class AsanaHouse:
    """A running Asana with a client of its bot."""

    def __init__(self, server: AsanaServer) -> None:
        self.server = server
        self.asana = server.asana
        self.faults = server.faults
        self.project = next(iter(self.asana.projects))

    def client(self, name: str = "syncd-bot", token: str = "") -> Client:
        return Client(f"{self.server.url}/api/1.0", token=token or f"{name}-token")

    def person(self, name: str) -> Any:
        return self.asana.person(name)

    def section(self, name: str) -> str:
        return next(s.gid for s in self.asana.sections.values() if s.name == name)

    def field(self, name: str) -> Any:
        return next(f for f in self.asana.fields.values() if f.name == name)

    def option(self, field: str, name: str) -> str:
        return next(o.gid for o in self.field(field).options if o.name == name)


@contextmanager
def asana_house(**more: Any) -> Iterator[AsanaHouse]:
    with AsanaServer(empty_asana(**more)) as server:
        yield AsanaHouse(server)


def adf(*paragraphs: str) -> dict[str, Any]:
    blocks = [{"type": "paragraph", "content": [{"type": "text", "text": text}]} for text in paragraphs]
    return {"type": "doc", "version": 1, "content": blocks}
