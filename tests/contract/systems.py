"""Which contract a request falls under, told by its URL alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qsl, urlsplit

from .recorder import RecordedRequest


class System(Enum):
    """An API with a published contract; the value is the name people read."""

    JIRA_CLOUD = "Cloud"
    JIRA_DC = "DC"
    ASANA = "Asana"


@dataclass(frozen=True, slots=True)
class Target:
    """A request's place. `system` None: no contract claims it. `problem`: why the URL is wrong in itself, or empty.

    `path` is what the contract calls the path, without the prefix under which a site may be mounted.
    """

    system: System | None
    path: str
    query: tuple[tuple[str, str], ...] = ()
    problem: str = ""


ALLOWED_ELSEWHERE: dict[str, str] = {
    "/_edge/tenant_info": "real though undocumented: tells a site's cloudId without login, needed for scoped tokens",
}
"""Paths of the vendors' hosts that no contract lists, each with the reason why the product may call it."""

_VENDOR_HOST = re.compile(r"(.*\.atlassian\.net|api\.atlassian\.com|app\.asana\.com)$")
_GATEWAY_BASE = re.compile(r"/ex/jira/[^/]+$")
_ANY_BASE = re.compile(r"(/[^/]+)*$")
_JIRA = re.compile(r"(?P<base>.*?)/rest/(?P<api>api/3|api/2|agile/1\.0)(?P<rest>/.*|$)")
_ASANA = re.compile(r"(?P<base>.*?)/api/1\.0(?P<rest>/.*|$)")
_JIRA_V2_PROBE = "/api/2/serverInfo"


def locate(request: RecordedRequest) -> Target:
    """Finds the contract for a request. Bases known: a Cloud site, the gateway `/ex/jira/{cloudId}`, a context path."""
    url = urlsplit(request.url)
    host = url.hostname or ""
    query = tuple(parse_qsl(url.query, keep_blank_values=True))
    if match := _JIRA.match(url.path):
        return _jira_target(match, host, query)
    if "/rest/" in url.path:
        return Target(None, url.path, query, f"no published contract covers {url.path}")
    if match := _ASANA.match(url.path):
        problem = _base_problem(match["base"], host)
        return Target(System.ASANA, match["rest"], query, problem)
    known = url.path in ALLOWED_ELSEWHERE or not _VENDOR_HOST.match(host)
    return Target(None, url.path, query, "" if known else f"no published contract covers {url.path} at {host}")


def _jira_target(match: re.Match[str], host: str, query: tuple[tuple[str, str], ...]) -> Target:
    problem = _base_problem(match["base"], host)
    if match["api"] == "api/3":
        return Target(System.JIRA_CLOUD, f"/rest/api/3{match['rest']}", query, problem)
    path = f"/{match['api']}{match['rest']}"
    if _VENDOR_HOST.match(host) and path != _JIRA_V2_PROBE:
        problem = problem or "a Cloud site is spoken to in version 3"
    return Target(System.JIRA_DC, path, query, problem)


def _base_problem(base: str, host: str) -> str:
    """Empty, or why nothing answers under that prefix (a doubled slash, a site's path at the gateway, ...)."""
    if host == "api.atlassian.com":
        fits = bool(_GATEWAY_BASE.match(base))
    elif _VENDOR_HOST.match(host):
        fits = base == ""
    else:
        fits = bool(_ANY_BASE.match(base))
    return "" if fits else f"no API lives under the prefix {base!r} at {host}"
