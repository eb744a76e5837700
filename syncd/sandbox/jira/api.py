"""The application: addresses, authentication, errors. One lock, so requests come one after another.

`JiraPaths` undoes what a caller's address may carry (context path, the gateway's prefix, the REST
version) before Flask sees it, so each route is written once.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from syncd.sandbox.application import Application
from syncd.sandbox.faults import Fault, FaultKind
from syncd.sandbox.jira import (
    routes_attachment,
    routes_comment,
    routes_issue,
    routes_link,
    routes_meta,
    routes_people,
    routes_search,
)
from syncd.sandbox.jira.call import Call, reply
from syncd.sandbox.jira.errors import JiraError
from syncd.sandbox.jira.model import User
from syncd.sandbox.jira.state import CLOUD_ID, JiraState
from syncd.sandbox.jira.values import Values
from syncd.sandbox.server import Answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_API = re.compile(r"/rest/api/(2|3|latest)(/.*)")
_GATEWAY = f"/ex/jira/{CLOUD_ID}"
_CAPTCHA_AFTER = 3
_SERVER_VERSIONS = {True: "1001.0.0-SNAPSHOT", False: "10.3.2"}


class JiraPaths:
    """WSGI middleware: strips the address, notes version and base, holds the state's lock.

    Args:
        app: The Flask application behind.
        state: The instance.
        context_path: Where the instance lives, such as `/jira`; empty for the root.
    """

    def __init__(self, app: WSGIApplication, state: JiraState, context_path: str) -> None:
        self._app = app
        self._state = state
        self._context = context_path

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request under the lock."""
        path = environ.get("PATH_INFO", "/")
        root = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', 'localhost')}"
        prefix = next((p for p in (_GATEWAY, self._context) if p and path.startswith(p + "/")), "")
        environ["sandbox.base"] = root + prefix
        environ["sandbox.gateway"] = prefix == _GATEWAY
        if self._context and not prefix:
            path = "/outside"
        environ["PATH_INFO"] = self._routed(environ, path.removeprefix(prefix))
        with self._state.lock:
            return list(self._app(environ, start_response))

    def _routed(self, environ: WSGIEnvironment, path: str) -> str:
        match = _API.fullmatch(path)
        if match is None:
            return path
        version = {"latest": 3 if self._state.cloud else 2}.get(match[1]) or int(match[1])
        if version == 3 and not self._state.cloud:
            return "/outside"
        environ["sandbox.version"] = version
        return "/api" + match[2]


@dataclass(frozen=True, slots=True)
class Login:
    """Finds the account behind a request's credentials and counts failures on Data Center."""

    state: JiraState
    failures: dict[str, int]

    def account(self) -> User:
        """The calling account.

        Raises:
            JiraError: 401; on Data Center 403 once a CAPTCHA is due.
        """
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.casefold() == "bearer" and not self.state.cloud:
            return self._checked(next((u for u in self.state.users.values() if u.token == secret.strip()), None))
        if kind.casefold() != "basic":
            raise JiraError(401, "Client must be authenticated to access this resource.")
        name, _, password = _decoded(secret).partition(":")
        return self._cloud(name, password) if self.state.cloud else self._server(name, password)

    def _cloud(self, email: str, token: str) -> User:
        found = next((u for u in self.state.users.values() if u.email.casefold() == email.casefold()), None)
        fits = found is not None and found.token == token
        if found is not None and found.token_scoped and not request.environ["sandbox.gateway"]:
            fits = False
        return self._checked(found if fits else None)

    def _server(self, name: str, password: str) -> User:
        if self.failures.get(name, 0) >= _CAPTCHA_AFTER:
            g.login_reason = "AUTHENTICATION_DENIED"
            raise JiraError(403, "Basic Authentication Failure - Reason : AUTHENTICATION_DENIED")
        found = self.state.user_by_name(name)
        if found is None or found.token != password:
            self.failures[name] = self.failures.get(name, 0) + 1
            found = None
        return self._checked(found)

    def _checked(self, user: User | None) -> User:
        if user is None or not user.active:
            g.login_reason = "AUTHENTICATED_FAILED"
            raise JiraError(401, "Client must be authenticated to access this resource.")
        g.login_reason = "OK"
        return user


def _decoded(secret: str) -> str:
    try:
        return base64.b64decode(secret, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def build_app(state: JiraState, context_path: str = "") -> tuple[Flask, JiraPaths]:
    """The Flask application (for pages to be added) and the WSGI application to serve."""
    app = Application("syncd.sandbox.jira")
    for part in (
        routes_issue,
        routes_comment,
        routes_attachment,
        routes_link,
        routes_search,
        routes_meta,
        routes_people,
    ):
        app.register_blueprint(part.routes, url_prefix="/api")
    login = Login(state, {})
    routes_attachment.serve_content(app, state, login.account)

    @app.before_request
    def _authenticate() -> None:
        version = request.environ.get("sandbox.version")
        if version is None or request.path == "/api/serverInfo":
            return
        user = login.account()
        dialect = state.dialect(user, request.environ["sandbox.base"], version)
        g.call = Call(state, user, dialect, Values(state, dialect))

    @app.after_request
    def _sign(response: Response) -> Response:
        return response if state.cloud else _server_headers(response)

    @app.get("/api/serverInfo")
    def server_info() -> Response:
        return reply(_server_info(state, request.environ["sandbox.base"]))

    @app.get("/_edge/tenant_info")
    def tenant_info() -> Response:
        return reply({"cloudId": CLOUD_ID} if state.cloud else {}, 200 if state.cloud else 404)

    @app.errorhandler(JiraError)
    def _refused(error: JiraError) -> Response:
        return reply(error.body(), error.status)

    @app.errorhandler(HTTPException)
    def _unknown(error: HTTPException) -> Response:
        return reply({"message": error.name, "status-code": error.code}, error.code or 500)

    return app, JiraPaths(app.wsgi_app, state, context_path)


def _server_headers(response: Response) -> Response:
    """What Data Center adds: how the login went, and its token bucket."""
    response.headers["X-Seraph-LoginReason"] = g.get("login_reason", "OUT")
    call = g.get("call")
    if call is not None:
        response.headers["X-AUSERNAME"] = call.user.name
    bucket = {"Limit": "500", "Remaining": "499", "FillRate": "100", "Interval-Seconds": "1"}
    for name, value in bucket.items():
        response.headers[f"X-RateLimit-{name}"] = value
    return response


def _server_info(state: JiraState, base: str) -> dict[str, object]:
    version = _SERVER_VERSIONS[state.cloud]
    return {
        "baseUrl": base.removesuffix(_GATEWAY),
        "version": version,
        "versionNumbers": [int(part) for part in re.findall(r"\d+", version)],
        "deploymentType": "Cloud" if state.cloud else "Server",
        "buildNumber": 100_287 if state.cloud else 10_030_002,
        "buildDate": "2026-10-01T00:00:00.000+0000",
        "scmInfo": "0" * 40,
        "serverTitle": "Sandbox Jira",
    }


def refuse(fault: Fault) -> Answer:
    """A 429 or 503 as Jira words it."""
    details = fault.details
    limited = fault.kind is FaultKind.RATE_LIMIT
    text = b'{"errorMessages":["Rate limit exceeded."],"errors":{}}' if limited else b"Service Unavailable"
    media = "application/json" if limited else "text/plain"
    headers = [("Content-Type", media), ("Content-Length", str(len(text)))]
    if "retry_after" in details:
        headers.append(("Retry-After", details["retry_after"]))
    if limited:
        headers += [("X-RateLimit-Remaining", "0"), ("RateLimit-Reason", details["reason"] or "jira-burst-based")]
    return ("429 Too Many Requests" if limited else "503 Service Unavailable"), headers, text
