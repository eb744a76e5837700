"""A session with Jira: logging in, what answers, and requests below the right path. No endpoint of items.

Built on `jira.JIRA` used with care: its own retries are off, it has a time-out, there is one a thread. It logs in and
answers what it answers well; raw endpoints go through its session. Reads are repeated by `http`, writes never.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import jira
import requests

from syncd.connectors.http import TIMEOUT_S, Call, ErrorMap, Http
from syncd.connectors.jira.config import JiraSettings
from syncd.connectors.jira.wire import Flavour, need
from syncd.connectors.pace import Pace
from syncd.model.items import ConnectionName


@dataclass(frozen=True, slots=True)
class Server:
    """What answers. `browse_url`: where people open items, which is not where a gateway's API is."""

    flavour: Flavour
    version: str
    browse_url: str

    @property
    def title(self) -> str:
        """For people."""
        return "Jira Cloud" if self.flavour is Flavour.CLOUD else f"Jira Data Center {self.version}"


class JiraSession:
    """One account on one Jira. Safe from several threads. Sends nothing before the first call."""

    def __init__(self, connection: ConnectionName, settings: JiraSettings, pace: Pace) -> None:
        self.settings = settings
        self.http = Http(connection, settings.base_url, settings, pace=pace, open_session=self._open_session)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._server: Server | None = None

    def server(self) -> Server:
        """What answers; asked once."""
        with self._lock:
            if self._server is None:
                self._server = self._fetch_server()
            return self._server

    @property
    def flavour(self) -> Flavour:
        """Cloud or Data Center; asks the server unless the address says it."""
        return Flavour.CLOUD if self.settings.is_surely_cloud else self.server().flavour

    def myself(self) -> dict[str, Any]:
        """The account. An anonymous session is refused here, where a search would just find nothing."""
        found: dict[str, Any] = self.http.call(Call("ask who we are"), lambda _: self._jira.myself())
        return found

    def fields(self) -> list[dict[str, Any]]:
        """All fields of the instance."""
        found: list[dict[str, Any]] = self.http.call(Call("list fields"), lambda _: self._jira.fields())
        return found

    def close(self) -> None:
        """Close all sockets."""
        self.http.close()
        self._local = threading.local()

    def _fetch_server(self) -> Server:
        info = self.http.read(Call("ask for the server"), "/rest/api/2/serverInfo")
        flavour = Flavour.CLOUD if need(info, "deploymentType") == "Cloud" else Flavour.DATA_CENTER
        return Server(flavour, str(info.get("version", "")), str(info.get("baseUrl") or self.settings.url).rstrip("/"))

    def _open_session(self) -> requests.Session:
        """The session of this thread's `jira.JIRA`; it lives as long as its client, which the thread keeps."""
        self._local.jira = jira.JIRA(
            options={"server": self.settings.base_url, "rest_api_version": "2"},
            basic_auth=self.settings.basic_auth,
            token_auth=self.settings.bearer,
            max_retries=0,
            timeout=TIMEOUT_S,
            get_server_info=False,
            logging=False,
        )
        session: requests.Session = self._local.jira._session
        return session

    @property
    def _jira(self) -> jira.JIRA:
        client: jira.JIRA = self._local.jira
        return client

    def _api(self, path: str) -> str:
        return self.flavour.api + path

    def _get(
        self,
        operation: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        item_id: str | None = None,
        errors: ErrorMap | None = None,
    ) -> Any:
        return self.http.read(Call(operation, item_id, errors or {}), self._api(path), params=params)

    def _post_read(
        self,
        operation: str,
        path: str,
        body: Mapping[str, Any],
        *,
        params: Mapping[str, Any] | None = None,
        errors: ErrorMap | None = None,
    ) -> Any:
        """POST that changes nothing."""
        return self.http.read(Call(operation, errors=errors or {}), self._api(path), params=params, json=dict(body))


def segment(text: str) -> str:
    """A piece of a path."""
    return quote(text, safe="")
