"""Holds the sandbox's own answers against the published contracts, so that the stranger stays a truthful one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import requests
from jsonschema_path import SchemaPath
from openapi_core.datatypes import RequestParameters
from openapi_core.validation.response.validators import V30ResponseDataValidator

from tests.contract.names import unknown_keys
from tests.contract.recorder import record_of
from tests.contract.specs import load, server_of
from tests.contract.systems import System, locate

TOLERATED: dict[str, str] = {
    r"\d{4}-\d\d-\d\dT[\d:.]+[+-]\d{4}' is not a 'date-time'": "Jira writes offsets without a colon",
    r"None for not nullable|None is not of type": "the contracts rarely say that a value may be null, and it may",
    r"^402 is not among": "Asana's documentation of search names it, its contract does not",
    r"^(410|429|503) is not among": "removed, busy and broken services answer so everywhere",
}
"""What the contracts object to in answers that the real systems give, and why we think so."""


@dataclass(slots=True)
class _Request:
    host_url: str
    path: str
    method: str
    parameters: RequestParameters
    content_type: str
    body: bytes | None


@dataclass(slots=True)
class _Response:
    status_code: int
    headers: dict[str, str]
    content_type: str
    data: bytes


class AnswerJudge:
    """Judges JSON answers of one system. The contract of Data Center is too loose to judge answers by."""

    def __init__(self, system: System) -> None:
        self._spec = load(system)
        self._system = system
        self._core = V30ResponseDataValidator(SchemaPath.from_dict(self._spec.raw))

    def problems(self, answer: requests.Response) -> list[str]:
        found = self._problems(answer)
        return [text for text in found if not any(re.search(pattern, text) for pattern in TOLERATED)]

    def _problems(self, answer: requests.Response) -> Iterator[str]:
        target = locate(record_of(answer.request))
        method = (answer.request.method or "").lower()
        operation = self._spec.find(method, target.path)
        if isinstance(operation, str):
            return
        stated = operation.definition["responses"]
        if str(answer.status_code) not in stated:
            yield f"{answer.status_code} is not among {sorted(stated)}"
            return
        media = self._spec.resolve(stated[str(answer.status_code)]).get("content", {})
        schema = next(iter(media.values()), {}).get("schema")
        if not answer.ok or schema is None or not answer.content:
            return
        if "opt_fields=" not in (answer.request.url or ""):  # they add to what a compact answer holds
            for place in unknown_keys(self._spec, schema, answer.json()):
                yield f"unknown key {place!r}"
        request = _Request(server_of(self._system), target.path, method, RequestParameters(), "", None)
        response = _Response(answer.status_code, {}, "application/json", answer.content)
        for error in self._core.iter_errors(request, response):
            yield from _in_words(error)


def _in_words(error: Exception) -> Iterator[str]:
    innermost: Any = error
    while innermost.__cause__ is not None and not hasattr(innermost, "schema_errors"):
        innermost = innermost.__cause__
    for one in getattr(innermost, "schema_errors", None) or [innermost]:
        place = ".".join(map(str, getattr(one, "absolute_path", [])))
        yield f"{place}: {str(getattr(one, 'message', one))[:300]}"


@cache
def judge_of(system: System) -> AnswerJudge:
    return AnswerJudge(system)


def check_answer(answer: requests.Response) -> None:
    """Fails for an answer that breaks its contract."""
    system = locate(record_of(answer.request)).system
    if system not in (System.JIRA_CLOUD, System.ASANA):
        return
    problems = judge_of(system).problems(answer)
    where = urlsplit(answer.url).path
    assert problems == [], f"{answer.request.method} {where} {answer.status_code}:\n" + "\n".join(problems[:20])
