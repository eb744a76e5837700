"""References to the environment, to files and to credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.config.references import Secret, Sources, resolve, resolve_text
from tests.config.helpers import ENVIRON, MINIMAL, load, problems, write


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "jira").write_text("c-value\n")
    (tmp_path / "token").write_text("f-value\r\n")
    (tmp_path / "blank").write_text("\n")
    return Sources({"NAME": "e-value", "EMPTY": "", "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${env:NAME}", "e-value"),
        ("a ${env:NAME} b ${env:NAME}", "a e-value b e-value"),
        ("${file:token}", "f-value"),
        ("${credential:jira}", "c-value"),
        ("${env:EMPTY:-}", ""),
        ("${env:NONE:-}", ""),
        ("${env:NONE:-else}", "else"),
        ("${env:NAME:-else}", "e-value"),
        ("${file:nowhere:-else}", "else"),
        ("${credential:nowhere:-}", ""),
        ("$${env:NAME}", "${env:NAME}"),
        ("$5 and {x}", "$5 and {x}"),
    ],
)
def test_a_reference_is_replaced(text: str, expected: str, sources: Sources, tmp_path: Path) -> None:
    assert resolve_text(text, sources, tmp_path) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${env:NONE}", "the environment variable NONE is not set"),
        ("${env:EMPTY}", "the environment variable EMPTY is empty"),
        ("${file:nowhere}", "nowhere cannot be read: No such file"),
        ("${file:blank}", "blank is empty"),
        ("${credential:nowhere}", "nowhere cannot be read"),
        ("${credential:../token}", "a file name without a path"),
        ("${evn:NAME}", "did you mean '${env:…}'?"),
        ("${NAME}", "expected ${env:NAME}, ${file:PATH} or ${credential:NAME}"),
        ("${env:NAME", "not closed"),
    ],
)
def test_a_reference_that_gives_nothing_says_why(text: str, message: str, sources: Sources, tmp_path: Path) -> None:
    with pytest.raises(LookupError) as caught:
        resolve_text(text, sources, tmp_path)
    assert message in str(caught.value.args[0])


def test_without_systemd_a_credential_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="CREDENTIALS_DIRECTORY is not set"):
        resolve_text("${credential:jira}", Sources({}), tmp_path)


def test_a_tree_is_resolved_with_all_its_problems(sources: Sources, tmp_path: Path) -> None:
    data, missing = resolve({"a": ["${env:NAME}", "${env:X}"], "b": {"c": "${env:Y}"}, "d": None}, sources, tmp_path)
    assert data["a"][0] == "e-value"
    assert [path for path, _ in missing] == [("a", 1), ("b", "c")]


def test_a_secret_is_never_shown() -> None:
    secret = Secret("hush")
    assert "hush" not in f"{secret} {secret!r} {[secret]} {secret:}"
    assert str(secret) == "***"
    assert secret.reveal() == "hush"


def test_a_missing_source_names_file_line_and_source(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL)
    assert problems(path, {"JIRA": "x"}) == ["syncd.yaml:3:31: ${env:ASANA}: the environment variable ASANA is not set"]


def test_sources_are_read_again_on_demand(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("first")
    path = write(tmp_path, MINIMAL.replace("${env:JIRA}", "${file:token}"))
    loaded = load(path)
    assert loaded.config.connections["jira"].token.get_secret_value() == "first"  # type: ignore[attr-defined]
    (tmp_path / "token").write_text("second")
    assert loaded.connection_again("jira").token.get_secret_value() == "second"  # type: ignore[attr-defined]


def test_the_loaded_configuration_shows_no_secret(tmp_path: Path) -> None:
    loaded = load(write(tmp_path, MINIMAL))
    text = f"{loaded!r} {loaded.config!r} {loaded.config} {loaded.config.model_dump_json()}"
    assert not [value for value in ENVIRON.values() if value in text]
