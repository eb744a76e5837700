"""What users get: every file in `config/` and `mappings/` loads, and editors are given schemas that are current."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from pydantic import BaseModel

from syncd.config.json_schema import SchemaFile, json_schema, schema_text
from syncd.config.load import Loaded, load_config
from syncd.config.words_file import read_words, shipped
from syncd.connectors import registry
from syncd.mapping import compile_filters, compile_mapping

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "config").glob("*.yaml"))
MAPPINGS = sorted((ROOT / "mappings").glob("*.yaml"))


def schemas() -> Mapping[str, type[BaseModel]]:
    return {name: registry.load(name).settings for name in registry.names()}


def load(path: Path, folder: Path) -> Loaded:
    for name in ("asana", "jira"):
        (folder / name).write_text("x")
    environ = {"ASANA_TOKEN": "x", "JIRA_TOKEN": "x", "REDMINE_KEY": "x", "CREDENTIALS_DIRECTORY": str(folder)}
    return load_config(path, environ=environ, connection_schemas=schemas())


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_a_shipped_configuration_loads_without_a_warning(path: Path, tmp_path: Path) -> None:
    loaded = load(path, tmp_path)
    assert loaded.warnings == ()
    for sync in loaded.config.syncs:
        assert compile_mapping(loaded.config, sync, None, loaded.document).rules
        compile_filters(loaded.config, sync, None, loaded.document)


def test_every_shipped_mapping_is_used_by_a_shipped_configuration_or_by_default(tmp_path: Path) -> None:
    named = " ".join(path.read_text("utf-8") for path in CONFIGS)
    unused = [path.name for path in MAPPINGS if f"../mappings/{path.name}" not in named]
    assert [name for name in unused if not shipped(name).is_file()] == []


@pytest.mark.parametrize("path", sorted((ROOT / "mappings").glob("*-words.yaml")), ids=lambda path: path.name)
def test_shipped_words_load(path: Path) -> None:
    assert read_words(path)


def test_the_words_that_come_with_the_package_are_shown_beside_the_mappings() -> None:
    assert sorted(path.resolve() for path in MAPPINGS if path.is_symlink()) == sorted(shipped("").resolve().glob("*"))


@pytest.mark.parametrize("file", SchemaFile)
def test_shipped_schemas_are_current(file: SchemaFile) -> None:
    shipped = ROOT / "config" / "schema" / f"{file}.schema.json"
    hint = f"write it anew: syncd schema {file} > {shipped.relative_to(ROOT)}"
    assert shipped.read_text("utf-8") == schema_text(file, schemas()), hint


@pytest.mark.parametrize("path", [*CONFIGS, *MAPPINGS], ids=lambda path: path.name)
def test_the_first_line_names_the_schema_that_fits(path: Path) -> None:
    first, _, _ = path.read_text("utf-8").partition("\n")
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert named is not None
    schema = (path.parent / named[1]).resolve()
    kind = SchemaFile(schema.name.removesuffix(".schema.json"))
    assert schema.is_file()
    validator = jsonschema_rs.validator_for(json_schema(kind, schemas()))
    assert [str(error) for error in validator.iter_errors(yaml.safe_load(path.read_text("utf-8")))] == []


@pytest.mark.parametrize("path", [*CONFIGS, *MAPPINGS], ids=lambda path: path.name)
def test_shipped_files_fit_on_a_screen(path: Path) -> None:
    assert [line for line in path.read_text("utf-8").splitlines() if len(line) > 120] == []
