"""What Asana's contract says in prose, or says too strictly: opt_fields, the data envelope, dates, HTML, batches."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from .recorder import RecordedRequest
from .specs import Json, Operation, Schema, Spec, server_of
from .systems import System

_AT_EVERY_LEVEL = frozenset({"gid", "resource_type"})
_BATCH_LIMIT = 10
_CREATE_ONLY = frozenset({"memberships"})
_EXCLUSIVE = (("due_on", "due_at"), ("start_on", "start_at"), ("text", "html_text"), ("notes", "html_notes"))


def check_opt_fields(spec: Spec, operation: Operation, query: Mapping[str, str]) -> Iterator[str]:
    """Paths of opt_fields that lead nowhere. See `tolerated.OPT_FIELDS_REASON` for why the enum alone will not do."""
    known = _enum_of_opt_fields(operation)
    answer = _answer_schema(spec, operation)
    for path in query.get("opt_fields", "").split(",") if "opt_fields" in query else ():
        is_listed = any(entry == path or entry.startswith(f"{path}.") for entry in known)
        if not is_listed and not _leads_somewhere(spec, answer, path.split(".")):
            yield f"query: opt_fields names {path!r}, which the answer does not have"


def _enum_of_opt_fields(operation: Operation) -> tuple[str, ...]:
    for parameter in operation.parameters:
        if parameter["name"] == "opt_fields":
            return tuple(parameter["schema"]["items"]["x-known"])
    return ()


def _answer_schema(spec: Spec, operation: Operation) -> Schema:
    for status in ("200", "201"):
        answer = spec.resolve(operation.definition["responses"].get(status, {}))
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        if schema is not None:
            return spec.flat(schema)["properties"].get("data", {})  # type: ignore[no-any-return]
    return {}


def _leads_somewhere(spec: Spec, schema: Schema, names: list[str]) -> bool:
    """Whether the names are properties one below the other; lists are looked into, compact forms count as full ones."""
    flat = spec.flat(schema)
    while "items" in flat:
        schema = flat["items"]
        flat = spec.flat(schema)
    if not names:
        return True
    listed = {**flat["properties"], **_full_properties(spec, schema)}
    if not listed:
        return False
    if names[0] in _AT_EVERY_LEVEL:
        return len(names) == 1
    return names[0] in listed and _leads_somewhere(spec, listed[names[0]], names[1:])


def _full_properties(spec: Spec, schema: Schema) -> Schema:
    """The properties of `UserResponse` for a reference to `UserCompact`, also inside an allOf."""
    found: dict[str, Json] = {}
    for part in [schema, *schema.get("allOf", []), *schema.get("anyOf", [])]:
        name = part.get("$ref", "").rsplit("/", 1)[-1]
        full = name.removesuffix("Compact") + "Response"
        if name.endswith("Compact") and full in spec.raw["components"]["schemas"]:
            found |= spec.flat(spec.raw["components"]["schemas"][full])["properties"]
    return found


def check_asana_body(body: Json, method: str) -> Iterator[str]:
    """The envelope, what only a create takes, pairs that exclude each other, start dates, and well-formed HTML."""
    if not isinstance(body, dict) or "data" not in body:
        yield "body: the envelope 'data' is missing"
        return
    data = body["data"]
    if not isinstance(data, dict):
        return
    if method == "put":
        yield from (f"body: data.{name} can be given at creation only" for name in sorted(_CREATE_ONLY & data.keys()))
    for first, second in _EXCLUSIVE:
        if data.get(first) is not None and data.get(second) is not None:
            yield f"body: data has both {first!r} and {second!r}"
    if "start_on" in data and not {"due_on", "due_at"} & data.keys():
        yield "body: data.start_on is sent without a due"
    if "start_at" in data and "due_at" not in data:
        yield "body: data.start_at is sent without due_at"
    for name in ("html_notes", "html_text"):
        if isinstance(data.get(name), str):
            yield from _check_html(name, data[name])


def _check_html(name: str, text: str) -> Iterator[str]:
    """Rich text is one `<body>` of well-formed XML (the vendor's page on rich text); anything else answers 400."""
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        yield f"body: data.{name} is not well-formed: {error}"
        return
    if root.tag != "body":
        yield f"body: data.{name} must be one <body>, not <{root.tag}>"


def batched_requests(batch: RecordedRequest, body: Json) -> Iterator[RecordedRequest | str]:
    """The single requests inside a batch, each to be checked like any other, or what is wrong with the batch itself."""
    actions = body.get("data", {}).get("actions", []) if isinstance(body.get("data"), dict) else []
    if not 1 <= len(actions) <= _BATCH_LIMIT:
        yield f"body: a batch has 1 to {_BATCH_LIMIT} actions, not {len(actions)}"
    for number, action in enumerate(actions):
        if not isinstance(action, dict) or not {"relative_path", "method"} <= action.keys():
            continue  # openapi-core says so
        if "?" in action["relative_path"]:
            yield f"body: data.actions[{number}].relative_path holds a query; it belongs into data"
        yield _as_request(batch, action)


def _as_request(batch: RecordedRequest, action: Mapping[str, Json]) -> RecordedRequest:
    method = action["method"].upper()
    options = action.get("options") or {}
    query = {name: options[name] for name in ("limit", "offset") if name in options}
    if "fields" in options:
        query["opt_fields"] = ",".join(options["fields"])
    body = None
    if method == "GET":
        query |= action.get("data") or {}
    elif "data" in action:
        body = json.dumps({"data": action["data"]}).encode()
    path = action["relative_path"].partition("?")[0]
    url = f"{server_of(System.ASANA)}/api/1.0{path}?{urlencode(query)}"
    return replace(batch, method=method, url=url, body=body)
