"""A sandbox alone on a port of its own, for trying things and for other people's clients."""

from __future__ import annotations

from datetime import UTC, date, datetime

from syncd.sandbox.campaign import fill
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.instances import AsanaServer, JiraServer, empty_asana, empty_jira
from syncd.sandbox.web import add_asana_pages, add_jira_pages


def serve_jira(port: int = 0, flavour: str = "cloud", *, empty: bool = False, context_path: str = "") -> JiraServer:
    """Start a Jira. The caller stops it, or waits for it with `wait`.

    Args:
        port: 0 takes a free one.
        flavour: `cloud` or `dc`.
        empty: Without the campaign's issues.
        context_path: Such as `/jira`.
    """
    jira = empty_jira(flavour)
    server = JiraServer(jira, context_path=context_path, port=port)
    add_jira_pages(server.app, jira)
    server.start()
    if not empty:
        fill(jira, empty_asana(clock=jira.clock), today=_today(jira.clock), jira_url=server.url)
    return server


def serve_asana(port: int = 0, *, empty: bool = False) -> AsanaServer:
    """Start an Asana. The caller stops it, or waits for it with `wait`.

    Args:
        port: 0 takes a free one.
        empty: Without the campaign's tasks.
    """
    asana = empty_asana()
    server = AsanaServer(asana, port=port)
    add_asana_pages(server.app, asana)
    server.start()
    asana.app_url = server.url
    if not empty:
        jira = empty_jira(clock=asana.clock)
        fill(jira, asana, today=_today(asana.clock), jira_url="https://jira.example.com")
    return server


def serve_both(flavour: str = "cloud", *, empty: bool = False) -> tuple[JiraServer, AsanaServer]:
    """Start a Jira and an Asana that tell the same story, as the demonstration needs them."""
    clock = SandboxClock()
    jira, asana = empty_jira(flavour, clock=clock), empty_asana(clock=clock)
    servers = JiraServer(jira), AsanaServer(asana)
    add_jira_pages(servers[0].app, jira)
    add_asana_pages(servers[1].app, asana)
    for server in servers:
        server.start()
    asana.app_url = servers[1].url
    if not empty:
        fill(jira, asana, today=_today(clock), jira_url=servers[0].url)
    return servers


def _today(clock: SandboxClock) -> date:
    return datetime.fromtimestamp(clock.now_ms() / 1000, tz=UTC).date()
