"""Where a contract is known to be wrong or too strict, what we let pass instead, and why. The whole list, data only.

Marks: S = the contract's own prose, P = the vendor's documentation, G = a public thread.
A `Patch` must hit: a pointer that no longer exists fails the load, so that a stale row is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .systems import System

EMPTY_VALUE_REASON = "allowEmptyValue is deprecated in OpenAPI and warns; no request of ours has an empty value."

ANYTHING: dict[str, Any] = {}
"""The empty schema."""


@dataclass(frozen=True, slots=True)
class Patch:
    """`value` takes the place of what `pointer` names; a last element "+" appends to the list there."""

    system: System
    pointer: tuple[str | int, ...]
    value: Any
    reason: str


@dataclass(frozen=True, slots=True)
class Removed:
    """An operation that the contract still lists although the live API answers 410 Gone."""

    system: System
    method: str
    template: str
    reason: str


@dataclass(frozen=True, slots=True)
class QueryPattern:
    """Query names that stand in the operation's prose as a pattern, not in its list of parameters."""

    system: System
    template: str
    names: str
    reason: str


def _dc_body(path: str, method: str) -> tuple[str | int, ...]:
    return ("paths", path, method, "requestBody", "content", "application/json")


_JSON_VALUE = "S: the value of a property is any JSON; the schema says string"
_ISSUE_FIELDS = "S: its own example holds lists and names; the schema says every value is an object"

PATCHES: tuple[Patch, ...] = (
    Patch(
        System.ASANA,
        ("components", "schemas", "TaskRequestBase", "allOf", 1, "properties", "custom_fields", "additionalProperties"),
        ANYTHING,
        "S: the description allows string, number, object or list by the field's type; the schema says string",
    ),
    Patch(
        System.ASANA,
        ("paths", "/projects/{project_gid}/tasks", "get", "parameters", "+"),
        {"name": "modified_since", "in": "query", "schema": {"type": "string", "format": "date-time"}},
        "G: Asana/java-asana#164, works there as on GET /tasks",
    ),
    Patch(
        System.ASANA,
        ("components", "schemas", "TaskBase", "allOf", 1, "properties", "memberships"),
        {
            "type": "array",
            "items": {
                "properties": {
                    "project": {"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/ProjectCompact"}]},
                    "section": {"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/SectionCompact"}]},
                }
            },
        },
        "S: 'at task creation time, this array can be used'; the schema says read-only. Ids there, objects in answers",
    ),
    Patch(
        System.ASANA,
        ("components", "schemas", "TaskCompact", "properties", "created_by"),
        {"allOf": [{"$ref": "#/components/schemas/UserCompact"}], "readOnly": True},
        "S: the description says a user object; the schema lists its ids alone",
    ),
    Patch(
        System.ASANA,
        ("components", "schemas", "TaskSetParentRequest", "properties", "parent"),
        {"type": "string", "nullable": True},
        "S: 'or null for no parent' in the description; the schema forbids null",
    ),
    Patch(
        System.JIRA_DC,
        ("components", "schemas", "FieldOperation"),
        ANYTHING,
        "S: its own example is {add: ...}, as the verbs are; the schema says {operation, value}",
    ),
    Patch(
        System.JIRA_DC,
        ("components", "schemas", "IssueUpdateBean", "properties", "fields", "additionalProperties"),
        ANYTHING,
        _ISSUE_FIELDS,
    ),
    Patch(
        System.JIRA_DC, ("components", "schemas", "EntityPropertyBean", "properties", "value"), ANYTHING, _JSON_VALUE
    ),
    Patch(
        System.JIRA_DC,
        (*_dc_body("/api/2/issue/{issueIdOrKey}/properties/{propertyKey}", "put"), "schema"),
        ANYTHING,
        _JSON_VALUE,
    ),
    Patch(
        System.JIRA_DC,
        _dc_body("/api/2/comment/{commentId}/properties/{propertyKey}", "put"),
        {"schema": ANYTHING},
        "S: the body is any JSON; no schema is given at all",
    ),
    Patch(
        System.JIRA_DC,
        ("components", "schemas", "StringList"),
        {"type": "string"},
        "S: 'a comma-separated list' in every query that uses it; the schema says object",
    ),
    Patch(
        System.JIRA_DC,
        ("paths", "/api/2/issue/{issueIdOrKey}/transitions", "get", "parameters", "+"),
        {"name": "expand", "in": "query", "schema": {"type": "string"}},
        "S: the description says 'if expand=transitions.fields'; the list of parameters lacks it",
    ),
)

REMOVED: tuple[Removed, ...] = tuple(
    Removed(System.JIRA_CLOUD, method, "/rest/api/3/search", "P: CHANGE-2046, answers 410; search/jql takes its place")
    for method in ("get", "post")
)

QUERY_PATTERNS: tuple[QueryPattern, ...] = (
    QueryPattern(
        System.ASANA,
        "/workspaces/{workspace_gid}/tasks/search",
        r"limit|custom_fields\.\d+\.(value|is_set|starts_with|ends_with|contains|less_than|greater_than|before|after)",
        "S: described in the text of the operation",
    ),
)

AUTHORIZATION: dict[System, tuple[str, str]] = {
    System.JIRA_CLOUD: ("basic bearer", "basic for API tokens, bearer for OAuth and for scoped tokens at the gateway"),
    System.JIRA_DC: (
        "basic bearer",
        "P: personal access tokens are sent as bearer since 8.14; the contract says basic",
    ),
    System.ASANA: ("bearer", "as the contract says"),
}
"""Schemes of the Authorization header, lower case. openapi-core cannot judge OAuth, so this is checked by ourselves."""

OPT_FIELDS_REASON = (
    "Asana's enum of opt_fields leaves out paths that work (ids at every level, e-mail of an assignee). So a path is "
    "also right when each of its names is a property of the schema it leads through, a compact form taken as full."
)
MULTIPART_REASON = "Uploads are described as a JSON-like list under multipart: only the media type is checked."
STRICT_NAMES_REASON = (
    "Jira writes additionalProperties: true on many beans that list their properties. Unknown names are refused there "
    "nevertheless: the server ignores them silently, so that one is always a slip of ours."
)
