"""One request: who asks, what was sent, and answers in Asana's envelope."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask import Response, g, request

from syncd.sandbox.asana.errors import AsanaError, wrong
from syncd.sandbox.asana.model import Login, Ref
from syncd.sandbox.asana.state import AsanaState
from syncd.sandbox.asana.view import Tree, View, parse_opt_fields

PAGE_LIMIT = 100
_UNPAGED_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Call:
    """The request being served."""

    state: AsanaState
    login: Login
    view: View

    def one(self, ref: Ref, status: int = 200) -> Response:
        """An answer with one resource, whole unless `opt_fields` choose."""
        return reply({"data": self.view.show(ref, self.chosen(), whole=True)}, status)

    def many(self, refs: Sequence[Ref], *, whole: bool = False) -> Response:
        """An answer with a page of resources, compact unless `opt_fields` choose."""
        page, rest = self._page(refs)
        tree = self.chosen()
        return reply({"data": [self.view.show(ref, tree, whole=whole) for ref in page], **rest})

    def chosen(self) -> Tree:
        """What `opt_fields`, or a body's `options`, ask for; empty when not given."""
        asked = request.args.getlist("opt_fields")
        sent = request.get_json(silent=True, force=True) if request.method != "GET" and not asked else None
        options = sent.get("options") if isinstance(sent, dict) else None
        return parse_opt_fields(asked or (options or {}).get("fields", ()))

    def _page(self, refs: Sequence[Ref]) -> tuple[Sequence[Ref], dict[str, Any]]:
        if "limit" not in request.args:
            if len(refs) > _UNPAGED_LIMIT:
                raise AsanaError(
                    400, "The result is too large. You should use pagination (may require specifying a workspace)!"
                )
            return refs, {}
        limit = _limit()
        start = _start(refs, request.args.get("offset", ""))
        page = refs[start : start + limit]
        if start + limit >= len(refs):
            return page, {"next_page": None}
        return page, {"next_page": self._next_page(page[-1].entity.gid, start + limit, limit)}

    def _next_page(self, gid: str, place: int, limit: int) -> dict[str, str]:
        offset = base64.urlsafe_b64encode(f"{gid}:{place}".encode()).decode()
        args = {**request.args.to_dict(), "limit": str(limit), "offset": offset}
        path = f"{request.path.removeprefix('/api/1.0')}?" + "&".join(f"{k}={v}" for k, v in args.items())
        return {"offset": offset, "path": path, "uri": f"{self.view.base}/api/1.0{path}"}


def _limit() -> int:
    text = request.args["limit"]
    if not text.isdecimal() or not 1 <= int(text) <= PAGE_LIMIT:
        raise wrong("limit", f"Must be between 1 and {PAGE_LIMIT}")
    return int(text)


def _start(refs: Sequence[Ref], offset: str) -> int:
    """Where a page begins: after the last one shown, or at its place if that one is gone."""
    if not offset:
        return 0
    try:
        gid, place = base64.urlsafe_b64decode(offset).decode().split(":")
    except (ValueError, binascii.Error):
        raise wrong("offset", "Your pagination token is invalid.") from None
    for number, ref in enumerate(refs):
        if ref.entity.gid == gid:
            return number + 1
    return max(0, int(place) - 1)


def this_call() -> Call:
    """The request being served, as authentication left it."""
    return cast("Call", g.call)


def reply(data: Any, status: int = 200) -> Response:
    """An answer in JSON."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode(), status, mimetype="application/json")


def nothing() -> Response:
    """The answer of calls that return no resource."""
    return reply({"data": {}})


def data() -> dict[str, Any]:
    """The `data` object sent.

    Raises:
        AsanaError: 400 when it is missing.
    """
    sent = request.get_json(silent=True, force=True)
    found = sent.get("data") if isinstance(sent, dict) else None
    if not isinstance(found, dict):
        raise AsanaError(400, "Could not parse request data, invalid JSON or no data object")
    return found


def needed(sent: dict[str, Any], name: str) -> str:
    """A property that must be there.

    Raises:
        AsanaError: 400.
    """
    if not sent.get(name):
        raise wrong(name, "Missing input")
    return str(sent[name])
