"""Asks Jira what a project consists of. What belongs to the instance is remembered for a while."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.layout import Facts, Resolver, resolve_type
from syncd.connectors.jira.plain import entry_id
from syncd.connectors.jira.shapes import JiraProject
from syncd.connectors.names import nearest
from syncd.model.errors import Gone, NotConfigured
from syncd.model.items import Scope

KEPT_S: Final = 300.0
_MANY: Final = 8
"""Projects named in a message."""
_IN_ADDRESS: Final = re.compile(r"://.*/(?:browse|projects)/(?P<key>[A-Z][A-Z0-9_]*)")


class Opener:
    """Opens projects. Safe from several threads."""

    def __init__(self, client: JiraClient, *, is_quiet: bool) -> None:
        self._client = client
        self._is_quiet = is_quiet
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, ...], tuple[float, Any]] = {}

    def open(self, scope: Scope) -> JiraProject:
        """The project. Raises NotConfigured or Ambiguous naming the setting, AuthError for a refused login."""
        flavour = self._client.flavour
        project = self._project(scope)
        id_ = str(project["id"])
        statuses = self._client.statuses(id_)
        create_fields = self.create_fields(id_, resolve_type(scope, statuses).id)
        facts = Facts(
            project=project,
            statuses=statuses,
            fields=self._keep(("fields",), self._client.fields),
            create_fields=create_fields,
            priorities=self._priorities(create_fields),
            link_types=self._keep(("link types",), self._client.link_types),
            permissions=self._client.permissions(id_),
        )
        opened = Resolver(scope, flavour, facts).build(self._client.server().browse_url, is_quiet=self._is_quiet)
        self._check_filter(scope, id_)
        return opened

    def create_fields(self, project_id: str, type_id: str) -> Sequence[Mapping[str, Any]]:
        """The create screen of a type."""
        found: Sequence[Mapping[str, Any]] = self._keep(
            ("create", project_id, type_id), lambda: self._client.create_fields(project_id, type_id)
        )
        return found

    def _project(self, scope: Scope) -> dict[str, Any]:
        address = _IN_ADDRESS.search(scope.project)
        if address:
            message = f"project {scope.project!r} is an address: write the key in it"
            raise NotConfigured(message, setting="project", nearest=address["key"])
        try:
            return self._client.project(scope.project)
        except Gone:
            raise self._unknown(scope.project) from None

    def _unknown(self, project: str) -> NotConfigured:
        """Says which projects there are, the nearest first: a key is short, so that a typo may look like no other."""
        known = self._client.project_names()
        by_name = {name: key for key, name in known.items()}
        hint = nearest(project, known) or by_name.get(nearest(project, known.values()) or "")
        seen = sorted(known, key=lambda key: (key != hint, key))
        shown = ", ".join(seen[:_MANY]) + (", …" if len(seen) > _MANY else "")
        there = f"it sees {shown}" if seen else "it sees none at all: ask for the permission to browse projects"
        message = f"there is no project {project!r}, or this account may not see it ({there})"
        return NotConfigured(message, setting="project", nearest=hint)

    def _priorities(self, create_fields: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """The project's own are on its create screen; without one there, all of the instance."""
        if any(entry_id(entry) == "priority" for entry in create_fields):
            return ()
        found: Sequence[Mapping[str, Any]] = self._keep(("priorities",), self._client.priorities)
        return found

    def _check_filter(self, scope: Scope, project_id: str) -> None:
        """A search says at once what is wrong with a filter."""
        if scope.filter is not None:
            self._client.try_filter(f"project = {project_id} AND ({scope.filter})")

    def _keep(self, key: tuple[str, ...], fetch: Callable[[], Any]) -> Any:
        now_s = self._client.http.pace.monotonic()
        with self._lock:
            until, value = self._kept.get(key, (0.0, None))
        if now_s < until:
            return value
        value = fetch()
        with self._lock:
            self._kept[key] = (now_s + KEPT_S, value)
        return value
