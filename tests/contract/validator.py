"""Holds one recorded request against the published contract of its system.

Two judges, since each is blind where the other sees: openapi-core (paths, types, formats, required and read-only keys)
and our own checks (names nobody listed, what the contracts say only in prose, rich text). openapi-core takes 1 to 4 ms
a request, so it judges each *shape* of request once a process; our own checks look at every request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema_path import SchemaPath
from openapi_core.datatypes import RequestParameters
from openapi_core.validation.request.validators import V30RequestBodyValidator, V30RequestParametersValidator
from werkzeug.datastructures import Headers, ImmutableMultiDict

from .asana_rules import batched_requests, check_asana_body, check_opt_fields
from .jira_rules import check_jira
from .names import check_names, unknown_keys
from .recorder import RecordedRequest
from .specs import Json, Operation, load, server_of
from .systems import System, Target, locate
from .tolerated import AUTHORIZATION, REMOVED

_NO_BODY = object()
_SHORT = 40


@dataclass(slots=True)
class _CoreRequest:
    """A request as openapi-core wants to see it, moved to the one base URL of the contract."""

    host_url: str
    path: str
    method: str
    parameters: RequestParameters
    content_type: str
    body: bytes | None


class ContractValidator:
    """Checks requests to one system. Make it with `validator_for`, which keeps one a process.

    Raises:
        ContractMissingError: from the constructor, when the contract is not on this machine.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self._spec = load(system)
        path = SchemaPath.from_dict(self._spec.raw)
        self._parameters = V30RequestParametersValidator(path)
        self._bodies = V30RequestBodyValidator(path)
        self._verdicts: dict[str, tuple[str, ...]] = {}

    @property
    def shapes(self) -> Set[str]:
        """The distinct shapes of request that openapi-core was asked about."""
        return self._verdicts.keys()

    def violations(self, request: RecordedRequest) -> list[str]:
        """What the contract says against the request, in words; empty when nothing. The URL tells the system."""
        return list(dict.fromkeys(self._violations(request, locate(request))))

    def _violations(self, request: RecordedRequest, target: Target) -> Iterator[str]:
        if target.system is not self.system:
            yield target.problem or f"not a request to {self.system.value}: {request.url}"
            return
        if target.problem:
            yield target.problem
            return
        operation = self._spec.find(request.method.lower(), target.path)
        if isinstance(operation, str):
            yield operation
            return
        yield from self._check_authorization(request, operation)
        yield from self._check_removed(operation)
        yield from check_names(self._spec, self.system, operation, target.query)
        yield from self._check_parts(request, target, operation)

    def _check_parts(self, request: RecordedRequest, target: Target, operation: Operation) -> Iterator[str]:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        is_json = media_type in ("", "application/json")
        body: Json = _NO_BODY
        if request.body and is_json:
            try:
                body = json.loads(request.body)
            except ValueError as error:
                yield f"body: not JSON: {error}"
                return
        if body is not _NO_BODY and not operation.content:
            yield "body: the operation takes none"
            return
        if not is_json and (request.body or request.streamed) and not _takes(operation, media_type):
            yield f"body: {media_type} is not among {', '.join(operation.content) or 'nothing'}"
        yield from self._core_verdict(request, target, operation, body, judge_body=is_json)
        if body is not _NO_BODY:
            yield from self._check_body(request, operation, body)
        yield from self._check_stated(operation, body, dict(target.query))

    def _check_authorization(self, request: RecordedRequest, operation: Operation) -> Iterator[str]:
        """Some way in must be used, unless the contract lets anonymous callers in (an empty requirement)."""
        requirements = operation.definition.get("security", self._spec.raw.get("security", []))
        if not requirements or {} in requirements:
            return
        schemes, _ = AUTHORIZATION[self.system]
        given = request.headers.get("authorization", "").lower()
        if given not in schemes.split():
            yield f"headers: Authorization must be one of {schemes}, not {given or 'absent'}"

    def _check_removed(self, operation: Operation) -> Iterator[str]:
        for row in REMOVED:
            if (row.system, row.method, row.template) == (self.system, operation.method, operation.template):
                yield f"{operation.template} was removed: {row.reason}"

    def _check_body(self, request: RecordedRequest, operation: Operation, body: Json) -> Iterator[str]:
        schema = operation.content.get("application/json", {}).get("schema", {})
        for place in unknown_keys(self._spec, schema, body):
            yield f"body: unknown key {place!r}"
        if self.system is System.ASANA:
            yield from check_asana_body(body, operation.method)
            if operation.template == "/batch" and isinstance(body, dict):
                yield from self._check_batch(request, body)

    def _check_batch(self, request: RecordedRequest, body: Mapping[str, Any]) -> Iterator[str]:
        for inner in batched_requests(request, body):
            if isinstance(inner, str):
                yield inner
                continue
            for violation in self.violations(inner):
                yield f"in the batch, {inner.method} {locate(inner).path}: {violation}"

    def _check_stated(self, operation: Operation, body: Json, query: Mapping[str, str]) -> Iterator[str]:
        if self.system is System.ASANA:
            yield from check_opt_fields(self._spec, operation, query)
            return
        given = None if body is _NO_BODY else body
        adf = self.system is System.JIRA_CLOUD
        yield from check_jira(operation.template, operation.method, given, query, adf=adf)

    def _core_verdict(
        self, request: RecordedRequest, target: Target, operation: Operation, body: Json, *, judge_body: bool
    ) -> tuple[str, ...]:
        """openapi-core's opinion, taken once for each shape of request."""
        shape = _shape(request, target, operation, body)
        if shape not in self._verdicts:
            core = self._core_request(request, target)
            self._verdicts[shape] = tuple(self._ask_core(core, judge_body=judge_body))
        return self._verdicts[shape]

    def _core_request(self, request: RecordedRequest, target: Target) -> _CoreRequest:
        query: dict[str, list[str]] = {}
        for name, value in target.query:
            query.setdefault(name, []).append(value)
        parameters = RequestParameters(query=ImmutableMultiDict(query), header=Headers(dict(request.headers)))
        content_type = request.headers.get("content-type", "")
        host, method = server_of(self.system), request.method.lower()
        return _CoreRequest(host, target.path, method, parameters, content_type, request.body or None)

    def _ask_core(self, request: _CoreRequest, *, judge_body: bool) -> Iterator[str]:
        for error in self._parameters.iter_errors(request):
            yield from _in_words(error)
        if judge_body:
            for error in self._bodies.iter_errors(request):
                yield from _in_words(error)


@cache
def validator_for(system: System) -> ContractValidator:
    """The one validator of a system in this process. Raises ContractMissingError."""
    return ContractValidator(system)


def _takes(operation: Operation, media_type: str) -> bool:
    return media_type in operation.content or "*/*" in operation.content


def _in_words(error: Exception) -> Iterator[str]:
    """The innermost reasons, with their places; additional properties are left to our own check of names."""
    innermost: BaseException = error
    while innermost.__cause__ is not None and not hasattr(innermost, "schema_errors"):
        innermost = innermost.__cause__
    if not hasattr(innermost, "schema_errors"):
        yield f"{error} ({innermost})" if innermost is not error else str(error)
        return
    where = "body" if "body" in type(error).__name__.lower() else str(error)
    for schema_error in innermost.schema_errors:
        place = ".".join(map(str, schema_error.absolute_path))
        yield f"{where}: {place + ': ' if place else ''}{schema_error.message[:200]}"


def _shape(request: RecordedRequest, target: Target, operation: Operation, body: Json) -> str:
    """What openapi-core's opinion can depend on: names, types, and short values with their digits made alike.

    Numbers of a query stay as they are: page sizes have a maximum.
    """
    path = [_value_shape(value) for value in operation.path_values]
    query = [(name, value if value.isdecimal() else _value_shape(value)) for name, value in sorted(target.query)]
    body_shape = None if body is _NO_BODY else _body_shape(body)
    media = request.headers.get("content-type", "")
    return json.dumps([operation.method, operation.template, path, query, media, bool(request.body), body_shape])


def _value_shape(text: str) -> str:
    """Dates stay as they are, since not every one exists; long free text counts as text."""
    if re.match(r"\d{4}-\d\d-\d\d", text):
        return text[:10] + re.sub(r"\d+", "0", text[10:])
    return re.sub(r"\d+", "0", text) if len(text) <= _SHORT else "..."


def _body_shape(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _body_shape(inner) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        shapes = [_body_shape(inner) for inner in value]
        return [len(shapes) > 0, *(shape for number, shape in enumerate(shapes) if shape not in shapes[:number])]
    return _value_shape(value) + "'" if isinstance(value, str) else type(value).__name__
