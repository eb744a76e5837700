"""Reads the published contracts, applies the tolerated corrections, and finds the operation a path belongs to.

Contracts under a free licence lie compressed in `tests/data/specs`. That of Jira Data Center states no licence, so it
is not copied here; it is read from the folder `shared/specs` beside the repository, or below $SYNCD_SHARED, if present.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs

from .systems import System
from .tolerated import PATCHES, Patch

ROOT = Path(__file__).parents[2]
_DATA = ROOT / "tests" / "data" / "specs"
_FILES = {
    System.JIRA_CLOUD: "jira-cloud-platform-v3.openapi.json",
    System.JIRA_DC: "jira-datacenter-10.3.openapi.json",
    System.ASANA: "asana.openapi.json",
}
_ADF = "adf-v1.schema.json"
_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})

Json = Any
Schema = Mapping[str, Any]


class ContractMissingError(Exception):
    """The contract is not on this machine; the text says where it was looked for."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `parameters` has the path's and the operation's own, references resolved."""

    method: str
    template: str
    definition: Mapping[str, Any]
    parameters: tuple[Mapping[str, Any], ...]
    path_values: tuple[str, ...]

    @property
    def content(self) -> Mapping[str, Any]:
        """Media type → definition of the body; empty when the operation takes none."""
        return self.definition.get("requestBody", {}).get("content", {})  # type: ignore[no-any-return]


class Spec:
    """One corrected contract with look-ups. Everything derived is worked out once."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.raw = raw
        self._flat: dict[int, tuple[Schema, Schema]] = {}  # by identity; the key is kept so that it stays unique

    @cached_property
    def _templates(self) -> list[tuple[int, re.Pattern[str], str]]:
        """Path templates, those with fewest variables first: `/issue/bulkfetch` goes before `/issue/{id}`."""
        found = []
        for template in self.raw["paths"]:
            pattern = re.sub(r"\\\{[^/]+?\\\}", "([^/]+)", re.escape(template))
            found.append((template.count("{"), re.compile(pattern + "$"), template))
        return sorted(found, key=lambda entry: (entry[0], entry[2]))

    def find(self, method: str, path: str) -> Operation | str:
        """The operation, or in words why there is none."""
        for _, pattern, template in self._templates:
            if match := pattern.match(path):
                item = self.raw["paths"][template]
                if method not in item:
                    known = ", ".join(sorted(name.upper() for name in item if name in _METHODS))
                    return f"{template} knows {known}, not {method.upper()}"
                return self._operation(method, template, item, match.groups())
        return f"no such path: {path}"

    def _operation(self, method: str, template: str, item: Json, values: tuple[str, ...]) -> Operation:
        listed = [*item.get("parameters", []), *item[method].get("parameters", [])]
        return Operation(method, template, item[method], tuple(map(self.resolve, listed)), values)

    def resolve(self, node: Json) -> Json:
        """Follows local references until something stands there."""
        while "$ref" in node:
            target: Json = self.raw
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def flat(self, schema: Schema) -> Schema:
        """References followed, the properties of allOf, oneOf and anyOf put together; other keywords as they are."""
        if id(schema) not in self._flat:
            merged: dict[str, Any] = {"properties": {}}
            self._flat[id(schema)] = (schema, merged)  # before the work: a schema may lead back to itself
            self._flatten_into(merged, schema)
        return self._flat[id(schema)][1]

    def _flatten_into(self, merged: dict[str, Any], schema: Schema) -> None:
        node = self.resolve(schema)
        merged.update(node)
        merged["properties"] = dict(node.get("properties", {}))
        for part in [*node.get("allOf", []), *node.get("oneOf", []), *node.get("anyOf", [])]:
            inner = self.flat(part)
            merged["properties"] = {**inner["properties"], **merged["properties"]}
            for keyword in ("items", "additionalProperties", "type"):
                if keyword in inner:
                    merged.setdefault(keyword, inner[keyword])


def shared_folder() -> Path:
    """Where contracts without a licence are looked for."""
    return Path(os.environ.get("SYNCD_SHARED", ROOT.parent / "shared")) / "specs"


def read_raw(name: str) -> dict[str, Any]:
    """A published file as JSON. Raises ContractMissingError when it is neither packed here nor in the shared folder."""
    packed, plain = _DATA / f"{name}.gz", shared_folder() / name
    if packed.is_file():
        return json.loads(gzip.decompress(packed.read_bytes()))  # type: ignore[no-any-return]
    if plain.is_file():
        return json.loads(plain.read_bytes())  # type: ignore[no-any-return]
    raise ContractMissingError(
        f"{name} is neither in {_DATA.relative_to(ROOT)} nor in the shared folder ($SYNCD_SHARED)"
    )


@cache
def load(system: System) -> Spec:
    """The corrected contract of a system, once a process."""
    raw = read_raw(_FILES[system])
    raw["servers"] = [{"url": server_of(system)}]
    for patch in PATCHES:
        if patch.system is system:
            apply_patch(raw, patch)
    if system is System.ASANA:
        _drop_enums_of_opt_fields(raw)
    _drop_allow_empty_value(raw)
    return Spec(raw)


def server_of(system: System) -> str:
    """The one base URL under which requests are held against the contract, wherever they really went."""
    return f"https://{system.name.lower().replace('_', '-')}.invalid"


def apply_patch(raw: Json, patch: Patch) -> None:
    """Corrects the contract in place. Raises LookupError when the place no longer exists."""
    node = raw
    for key in patch.pointer[:-1]:
        node = node[key]
    last = patch.pointer[-1]
    if last == "+":
        node.append(patch.value)
        return
    node[last]  # a LookupError here means: the row is stale
    node[last] = patch.value


def _drop_enums_of_opt_fields(raw: Json) -> None:
    """Takes Asana's enums away from openapi-core and keeps them as `x-known` for our own, wiser check."""
    for item in raw["paths"].values():
        for method in _METHODS & item.keys():
            for parameter in item[method].get("parameters", []):
                if parameter.get("name") == "opt_fields":
                    items = parameter["schema"]["items"]
                    items["x-known"] = items.pop("enum", [])


def _drop_allow_empty_value(raw: Json) -> None:
    shared = raw["components"].get("parameters", {}).values()
    owners = [
        owner for item in raw["paths"].values() for owner in (item, *(item[name] for name in _METHODS & item.keys()))
    ]
    for parameter in [*shared, *(listed for owner in owners for listed in owner.get("parameters", []))]:
        parameter.pop("allowEmptyValue", None)


@cache
def adf_validator() -> jsonschema_rs.Draft4Validator:
    """The schema of the Atlassian Document Format, compiled once a process."""
    return jsonschema_rs.Draft4Validator(read_raw(_ADF))
