"""What pages show can be used: YAML loads, commands exist with their options."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner

from docs.generate import connection_schemas
from syncd.cli.main import COMMANDS, main
from syncd.config.load import Loaded, load_config
from syncd.config.schema import Config, MappingConfig
from tests.docs.pages import DOCS, PAGES, ROOT, Block, blocks, prose, section

MINIMAL = next(block for block in blocks(DOCS / "configuration.md", "yaml"))
SNIPPETS = [block for page in PAGES for block in blocks(page, "yaml")]
SETTINGS = {field.alias or name for name, field in Config.model_fields.items()}
MAPPING = {field.alias or name for name, field in MappingConfig.model_fields.items()}


def load(folder: Path, data: Mapping[str, Any]) -> Loaded:
    """The data as a main file, beside the shipped mappings."""
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    for secret in ("asana", "jira"):
        (folder / secret).write_text("x")
    path = folder / "syncd.yaml"
    path.write_text(yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True))
    environ = dict.fromkeys(("ASANA_TOKEN", "JIRA_TOKEN", "STATE_DIRECTORY"), "x")
    environ["CREDENTIALS_DIRECTORY"] = str(folder)
    return load_config(path, environ=environ, connection_schemas=connection_schemas())


def test_the_smallest_configuration_loads_as_it_stands_and_is_small(tmp_path: Path) -> None:
    assert len(MINIMAL.text.splitlines()) == 12
    path = tmp_path / "syncd.yaml"
    path.write_text(MINIMAL.text, "utf-8")
    environ = {"ASANA_TOKEN": "x", "JIRA_TOKEN": "x"}
    loaded = load_config(path, environ=environ, connection_schemas=connection_schemas())
    assert loaded.warnings == ()


@pytest.mark.parametrize("snippet", SNIPPETS, ids=str)
def test_a_piece_of_yaml_loads_within_the_smallest_configuration(snippet: Block, tmp_path: Path) -> None:
    data = yaml.safe_load(snippet.text)
    whole = yaml.safe_load(MINIMAL.text)
    if data.keys() <= SETTINGS:
        whole |= data
    else:
        assert data.keys() <= MAPPING, "neither of the main file nor of a mapping"
        whole["syncs"][0]["mapping"] |= data
    assert load(tmp_path, whole).config.syncs


# --- commands -------------------------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, str]]:
    """(page, command line): what begins with `syncd` in code, and the rows of the tables about commands."""
    for page in PAGES:
        found = re.findall(r"`(syncd [^`\n]+)`", prose(page))
        for block in blocks(page, "", "sh"):
            found += re.findall(r"(?:^|&& |/)(syncd [a-z-].*?)(?:#|…|$)", block.text, re.M)
        yield from ((page.relative_to(ROOT).as_posix(), " ".join(line.split())) for line in found)


def resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that a line means, and the words behind its name."""
    command: click.Command = main
    while isinstance(command, click.Group):
        words = _without_options_of(command, words)
        if not words:
            break
        inner = command.get_command(click.Context(command), words[0])
        assert inner is not None, f"there is no command {words[0]!r}"
        command, words = inner, words[1:]
    return command, words


def _without_options_of(command: click.Command, words: list[str]) -> list[str]:
    options = {name: option for option in command.params for name in option.opts}
    while words and words[0] in options:
        takes_value = not getattr(options[words[0]], "is_flag", False)
        words = words[2:] if takes_value else words[1:]
    return words


@pytest.mark.parametrize(("page", "line"), sorted(set(commands())))
def test_a_command_that_is_named_exists_with_its_options(page: str, line: str) -> None:
    words = [word.strip("[],.:;") for word in shlex.split(line)[1:]]
    command, rest = resolve(words)
    known = {name for option in command.params for name in option.opts}
    unknown = [word for word in rest if word.startswith("--") and word not in known]
    assert unknown == [], f"{page}: {line}"


def test_the_command_line_explains_every_command_that_the_docs_are_about() -> None:
    told = CliRunner().invoke(main, ["--help"]).output
    assert [name for name in COMMANDS if f"  {name} " not in told] == []


def test_the_example_of_the_value_tables_is_the_one_that_is_proved() -> None:
    from tests.docs.test_facts import STATUS_TABLE

    (shown,) = [
        yaml.safe_load(text)
        for text in re.findall(r"```yaml\n(.*?)```", section(DOCS / "configuration.md", "Value tables"), re.S)
    ]
    rows = shown["fields"][0]["values"]
    assert [(row.marketing.names, row.it.names) for row in STATUS_TABLE.rows] == [
        tuple(tuple([cell] if isinstance(cell, str) else cell or ()) for cell in row) for row in rows
    ]
