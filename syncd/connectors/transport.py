"""Below every session: the adapter that all requests pass, whatever client made them.

It asks the gate, counts, takes the whole body within limits (unless a file is streamed), and stops on any answer that
is no success before a client of foreign make can retry it, follow it or write it to a log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError, SSLError

from syncd.connectors.settings import ConnectionSettings

TIMEOUT_S: Final = (5.0, 60.0)
"""To connect; between two packets of an answer."""
MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024


class Answered(Exception):
    """Internal: an answer that is no success, on its way from the transport through a session of whatever make."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__(str(response.status_code))
        self.response = response


class TooLarge(Exception):
    """Internal: an answer of more than MAX_ANSWER_BYTES."""


class Transport(HTTPAdapter):
    """Below every session: asks the gate, counts, takes the whole body within limits, stops on any non-2xx answer.

    Mount it on a session that is not ours (`jira.JIRA`'s) and its requests obey the same rules. `ca_bundle` and
    `proxy` are applied here, since a session lets the environment win over its own settings.
    """

    def __init__(self, before: Callable[[], None], settings: ConnectionSettings) -> None:
        super().__init__(max_retries=0)
        self._before = before
        self._ca_bundle = str(settings.ca_bundle) if settings.ca_bundle else None
        self._proxies = None if settings.proxy is None else {"http": settings.proxy, "https": settings.proxy}

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Send one request. Raises Answered for any status but 2xx, and for a web page where JSON was asked for.

        `stream`: the body of a success is left to the caller, who closes the response.
        """
        self._before()
        response = super().send(
            request,
            stream=True,
            timeout=timeout or TIMEOUT_S,
            verify=self._ca_bundle or verify,
            cert=cert,
            proxies=proxies if self._proxies is None else self._proxies,
        )
        if stream and 200 <= response.status_code < 300:
            return response
        _take_body(response)
        if not 200 <= response.status_code < 300 or _is_unasked_page(request, response):
            raise Answered(response)
        return response


def _take_body(response: requests.Response) -> None:
    """Read the body into the response, so that its connection is free again; no more than MAX_ANSWER_BYTES of it."""
    chunks: list[bytes] = []
    size = 0
    for chunk in response.iter_content(64 * 1024):
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            response.close()
            raise TooLarge
        chunks.append(chunk)
    response._content = b"".join(chunks)  # requests has no public way to hand a body back
    response._content_consumed = True  # type: ignore[attr-defined]


def _is_unasked_page(request: requests.PreparedRequest, response: requests.Response) -> bool:
    wants_json = "json" in str(request.headers.get("Accept", ""))
    return wants_json and bool(response.content) and "html" in response.headers.get("content-type", "").lower()


def root_of(problem: Exception) -> object:
    """What lies below an error of requests: the reason of urllib3's MaxRetryError, and the first argument of that."""
    reason = getattr(problem.args[0], "reason", None) if problem.args else None
    return reason.args[0] if isinstance(reason, SSLError) and reason.args else reason


def was_never_sent(problem: Exception) -> bool:
    """Whether no connection came about at all, so that a write cannot have had an effect."""
    never = requests.ConnectTimeout | requests.exceptions.InvalidURL | requests.exceptions.MissingSchema
    return isinstance(problem, never) or isinstance(root_of(problem), NewConnectionError)
