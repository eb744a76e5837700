"""What the models promise as a whole: descriptions, JSON Schemas, the table of keys without effect, versions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from syncd.config.effects import WITHOUT_EFFECT
from syncd.config.json_schema import SchemaFile, json_schema
from syncd.config.schema import Config
from syncd.config.version import config_version
from tests.config.helpers import ENVIRON, MINIMAL, SCHEMAS, load, problems, write

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize("file", SchemaFile)
def test_every_key_is_described(file: SchemaFile) -> None:
    schema = json_schema(file, {})
    nameless = [path for path, node in _properties(schema, schema) if not _description(node, schema)]
    assert nameless == []


def _properties(node: Any, schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        for name, inner in node.get("properties", {}).items():
            if name != "type" or "enum" not in inner:
                yield f"{path}.{name}", inner
        for key, inner in node.items():
            yield from _properties(inner, schema, f"{path}.{key}")
    elif isinstance(node, list):
        for inner in node:
            yield from _properties(inner, schema, path)


def _description(node: dict[str, Any], schema: dict[str, Any]) -> str | None:
    if "description" in node:
        return str(node["description"])
    name = node.get("$ref", "").removeprefix("#/$defs/")
    return schema["$defs"][name].get("description") if name else None


def test_the_json_schema_takes_what_loads() -> None:
    main = jsonschema_rs.validator_for(json_schema(SchemaFile.SYNCD, SCHEMAS))
    mapping = jsonschema_rs.validator_for(json_schema(SchemaFile.MAPPING, SCHEMAS))
    assert [str(error) for error in main.iter_errors(_yaml(DATA / "every-key.yaml"))] == []
    assert [str(error) for error in mapping.iter_errors(_yaml(DATA / "every-mapping-key.yaml"))] == []


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


@pytest.mark.parametrize(
    "change",
    [
        {"stor": "x"},
        {"version": 2},
        {"connections": {"a": {"type": "asanna"}}},
        {"connections": {"a": {"type": "asana", "token": "x", "url": "y"}}},
        {"syncs": []},
        {"keep": {"events": "long"}},
        {"report": {"comments": ["both"]}},
    ],
)
def test_the_json_schema_refuses_what_does_not_load(change: dict[str, Any]) -> None:
    validator = jsonschema_rs.validator_for(json_schema(SchemaFile.SYNCD, SCHEMAS))
    assert not validator.is_valid({**_yaml(DATA / "every-key.yaml"), **change})


@pytest.mark.parametrize("field", ["title", {"field": "title"}, {"marketing": "a", "it": 7}])
def test_all_forms_of_a_field_are_in_the_json_schema(field: object) -> None:
    validator = jsonschema_rs.validator_for(json_schema(SchemaFile.MAPPING, {}))
    assert validator.is_valid({"fields": [field]})
    assert not validator.is_valid({"fields": [{"marketing": "a"}]})


def test_defaults_stand_in_the_json_schema_as_they_are_written() -> None:
    schema = json_schema(SchemaFile.SYNCD, {})["$defs"]
    assert schema["Keep"]["properties"]["events"]["default"] == "400d"
    assert schema["BrakeConfig"]["properties"]["gone"]["default"] == "10%"
    assert schema["GeneralChecks"]["properties"]["at"]["default"] == "07:00"
    assert "***" not in json.dumps(schema)


def test_each_key_without_effect_is_a_key() -> None:
    schema = json_schema(SchemaFile.SYNCD, SCHEMAS)
    assert [path for path in WITHOUT_EFFECT if not _exists(path, schema, schema)] == []


def _exists(path: tuple[str, ...], node: dict[str, Any], schema: dict[str, Any]) -> bool:
    node = _resolved(node, schema)
    branches = [node, *node.get("anyOf", []), *(each["then"] for each in node.get("allOf", []))]
    if not path:
        return True
    for branch in (_resolved(each, schema) for each in branches):
        inner = branch.get("properties", {}).get(path[0])
        if path[0] == "*":
            inner = branch.get("additionalProperties") or branch.get("items")
        if isinstance(inner, dict) and _exists(path[1:], inner, schema):
            return True
    return False


def _resolved(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    return schema["$defs"][node["$ref"].removeprefix("#/$defs/")] if "$ref" in node else node


def test_settings_of_a_sync_stand_over_the_general_ones_key_by_key(tmp_path: Path) -> None:
    text = MINIMAL.replace(
        "syncs:\n",
        "checks: {deadline-mismatch: {buffer_days: 7, severity: critical}, general: {horizon_days: 9}}\n    syncs:\n",
    ).replace("- name: web\n", "- name: web\n        checks: {deadline-mismatch: {buffer_days: 1}}\n")
    config = load(write(tmp_path, text)).config
    checks = config.checks_of(config.syncs[0])
    assert (checks.deadline_mismatch.buffer_days, checks.deadline_mismatch.severity) == (1, "critical")
    assert checks.general.horizon_days == 9
    assert checks.set_options("deadline-mismatch") == {"buffer_days": 1}
    assert config.checks.by_code()["it-not-involved"].severity is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[title, description]", "[title]"),
        ("project: WEB", "project: CRM"),
        ("project: WEB", "project: WEB, filter: 'x = y'"),
        ("syncs:\n", "people: {unknown: empty}\n    syncs:\n"),
        ("[title, description]", "[title, description]\n          empty: keep"),
    ],
)
def test_what_influences_writes_changes_the_version(old: str, new: str, tmp_path: Path) -> None:
    assert _version(tmp_path, MINIMAL) != _version(tmp_path, MINIMAL.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: web", "name: web-campaigns"),
        ("- name: web\n", "- name: web\n        mode: sync\n        poll: 5m\n"),
        ("syncs:\n", "report: {when: linked}\n    syncs:\n"),
        ("version: 1", "version: 1 # a comment"),
        ("[title, description]", "[{field: title}, {marketing: description, it: description}]"),
    ],
)
def test_nothing_else_changes_it(old: str, new: str, tmp_path: Path) -> None:
    assert _version(tmp_path, MINIMAL) == _version(tmp_path, MINIMAL.replace(old, new))


def _version(folder: Path, text: str) -> str:
    config = load(write(folder, text)).config
    return config_version(config, config.syncs[0])


def test_a_configuration_cannot_be_changed_after_loading(tmp_path: Path) -> None:
    config = load(write(tmp_path, MINIMAL)).config
    with pytest.raises(ValueError, match="frozen"):
        config.version = 1  # type: ignore[misc]
    assert isinstance(config, Config)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("[{theme: a, reason: b, words: []}]", "w.yaml:2:38: expected at least 1 element(s), found a list"),
        ("[{theme: a, reason: b, words: ['-']}]", "w.yaml:2:39: expected a phrase with at least one word"),
        ("[{theme: a, reason: b, words: x, form: y}]", "w.yaml:2:41: unknown key 'form'"),
        ("[{theme: a, reason: b, words: x, in: [titel]}]", "w.yaml:2:46: expected title, labels"),
    ],
)
def test_files_of_words_are_checked_too(rules: str, expected: str, tmp_path: Path) -> None:
    write(tmp_path, f"version: 1\nrules: {rules}\n", "w.yaml")
    path = write(tmp_path, MINIMAL.replace("syncs:\n", "checks: {it-not-involved: {rules: w.yaml}}\n    syncs:\n"))
    (told,) = problems(path)
    assert told.startswith(expected)


def test_the_environment_of_the_process_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASANA", "from the process")
    assert len(problems(write(tmp_path, MINIMAL), {"JIRA": ENVIRON["JIRA"]})) == 1
    assert replace(load(write(tmp_path, MINIMAL)), warnings=()).warnings == ()
