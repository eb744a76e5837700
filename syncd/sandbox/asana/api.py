"""The application: authentication, batches, errors. One lock, so requests come one after another."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder, run_wsgi_app

from syncd.sandbox.application import Application
from syncd.sandbox.asana import routes_attachment, routes_relation, routes_story, routes_task, routes_workspace
from syncd.sandbox.asana.call import Call, data, reply
from syncd.sandbox.asana.errors import AsanaError, wrong
from syncd.sandbox.asana.shapes import SHAPES
from syncd.sandbox.asana.state import AsanaState
from syncd.sandbox.asana.view import View
from syncd.sandbox.faults import Fault, FaultKind
from syncd.sandbox.server import Answer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOT = "/api/1.0"
_BATCH_LIMIT = 10
_METHODS = frozenset({"get", "post", "put", "delete"})


class Locked:
    """WSGI middleware that holds the state's lock for a request."""

    def __init__(self, app: WSGIApplication, state: AsanaState) -> None:
        self._app = app
        self._state = state

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request under the lock."""
        with self._state.lock:
            return list(self._app(environ, start_response))


def build_app(state: AsanaState) -> tuple[Flask, Locked]:
    """The Flask application (for pages to be added) and the WSGI application to serve."""
    app = Application("syncd.sandbox.asana")
    for part in (routes_task, routes_relation, routes_story, routes_attachment, routes_workspace):
        app.register_blueprint(part.routes, url_prefix=ROOT)
    routes_attachment.serve_assets(app, state)

    @app.before_request
    def _authenticate() -> None:
        if not request.path.startswith(ROOT):
            return
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        login = state.login(token.strip()) if kind.casefold() == "bearer" else None
        if login is None:
            raise AsanaError(401, "Not Authorized")
        g.call = Call(state, login, View(state, login, request.host_url.rstrip("/"), SHAPES))

    @app.post(f"{ROOT}/batch")
    def batch() -> Response:
        actions = data().get("actions")
        if not isinstance(actions, list) or not 1 <= len(actions) <= _BATCH_LIMIT:
            raise wrong("actions", f"Between 1 and {_BATCH_LIMIT} actions are allowed")
        authorization = request.headers["Authorization"]
        return reply({"data": [_act(app, action, authorization) for action in actions]})

    @app.errorhandler(AsanaError)
    def _refused(error: AsanaError) -> Response:
        return reply(error.body(), error.status)

    @app.errorhandler(HTTPException)
    def _unknown(error: HTTPException) -> Response:
        return reply(AsanaError(error.code or 500, "No matching route for request").body(), error.code or 500)

    return app, Locked(app.wsgi_app, state)


def _act(app: Flask, action: Any, authorization: str) -> dict[str, Any]:
    """One action of a batch, as a request of its own."""
    path, method = str(action.get("relative_path") or ""), str(action.get("method") or "").casefold()
    if not path.startswith("/") or path.startswith("/batch") or method not in _METHODS or _is_upload(method, path):
        return {"status_code": 400, "headers": {}, "body": wrong("action", "Not a possible action").body()}
    sent, options = action.get("data") or {}, action.get("options") or {}
    query = {key: ",".join(value) if isinstance(value, list) else value for key, value in options.items()}
    query = {("opt_" + key if key == "fields" else key): value for key, value in query.items()}
    if method == "get":
        query |= sent
    joint = "&" if "?" in path else "?"
    head = [("Authorization", authorization), ("Content-Type", "application/json")]
    builder = EnvironBuilder(
        path=f"{ROOT}{path}{joint}{urlencode(query)}" if query else f"{ROOT}{path}",
        method=method.upper(),
        headers=head,
        input_stream=None if method == "get" else io.BytesIO(json.dumps({"data": sent}).encode()),
        content_length=None if method == "get" else len(json.dumps({"data": sent}).encode()),
    )
    chunks, status, headers = run_wsgi_app(app.wsgi_app, builder.get_environ())
    body = json.loads(b"".join(chunks))
    shown = {"location": headers.get("Location")} if headers.get("Location") else {}
    return {"status_code": int(status.split(" ", 1)[0]), "headers": shown, "body": body}


def _is_upload(method: str, path: str) -> bool:
    """Whether an action would add a file: batches cannot (developers.asana.com, "Batch requests")."""
    return method == "post" and path.startswith("/attachments")


def refuse(fault: Fault) -> Answer:
    """A 429 or 503 as Asana words it."""
    limited = fault.kind is FaultKind.RATE_LIMIT
    error = AsanaError(429, "You have made too many requests recently.") if limited else AsanaError(503, "Unavailable")
    text = json.dumps(error.body()).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(text)))]
    if "retry_after" in fault.details:
        headers.append(("Retry-After", fault.details["retry_after"]))
    return ("429 Too Many Requests" if limited else "503 Service Unavailable"), headers, text
