"""Files to load, and connectors that exist only here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from textwrap import dedent
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr

from syncd.config.load import Loaded, load_config
from syncd.model.errors import ConfigError


class Tasks(BaseModel):
    """A connector with a token."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["asana"]
    token: SecretStr
    workspace: str | None = None


class Issues(BaseModel):
    """A connector with more keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["jira"]
    url: str
    token: SecretStr
    email: str | None = None
    expires: date | None = None
    ca_bundle: Path | None = None
    proxy: str | None = None
    rate: str | None = None
    notify: bool = True


SCHEMAS: Mapping[str, type[BaseModel]] = {"asana": Tasks, "jira": Issues}
ENVIRON = {"ASANA": "asana-s3cret", "JIRA": "jira-s3cret"}

MINIMAL = """\
    version: 1
    connections:
      asana: {type: asana, token: "${env:ASANA}"}
      jira: {type: jira, url: "https://jira.example.com", token: "${env:JIRA}"}
    syncs:
      - name: web
        marketing: {connection: asana, project: 1201000000000001}
        it: {connection: jira, project: WEB}
        mapping:
          fields: [title, description]
    """


def write(folder: Path, text: str, name: str = "syncd.yaml") -> Path:
    """A file with this text, its common indent taken away."""
    path = folder / name
    path.write_text(dedent(text), "utf-8")
    return path


def load(path: Path, environ: Mapping[str, str] = ENVIRON) -> Loaded:
    """The file as loaded with the connectors of these tests."""
    return load_config(path, environ=environ, connection_schemas=SCHEMAS)


def problems(path: Path, environ: Mapping[str, str] = ENVIRON) -> list[str]:
    """What loading complains about, with file names alone."""
    with pytest.raises(ConfigError) as caught:
        load(path, environ)
    return [str(problem).replace(f"{path.parent}/", "") for problem in caught.value.problems]
