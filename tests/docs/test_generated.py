"""Generated parts are current, and leave nothing out that they are made of."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from docs.check_tests import files_of
from docs.generate import PARTS, SYSTEMS, connection_schemas, renewed
from syncd.checks.registry import CHECKS
from syncd.config.reference import has_effect
from syncd.config.schema import Checks
from syncd.connectors import registry
from syncd.connectors.reference import CAPABILITIES, render_blind
from syncd.model.ports import Capabilities
from tests.docs.pages import DOCS, text_of

HINT = "write it anew: python docs/generate.py"


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_a_page_is_current(page: Path) -> None:
    assert text_of(page) == renewed(page), HINT


def test_every_generated_part_stands_on_some_page() -> None:
    texts = "".join(text_of(page) for page in DOCS.glob("*.md"))
    assert [name for name in PARTS if f"<!-- generated: {name} -->" not in texts] == []


@pytest.mark.parametrize("code", CHECKS)
def test_every_check_has_tests_of_its_own_that_the_table_names(code: str) -> None:
    assert files_of(code), "a check is tested as the function that it is, by its code"


def test_every_capability_is_told() -> None:
    fields = {field.name for field in dataclasses.fields(Capabilities)}
    assert fields - {"blind"} == set(CAPABILITIES)
    assert all(what in render_blind(SYSTEMS) for can in SYSTEMS.values() for what in can.blind)


def test_every_connector_is_on_its_page() -> None:
    page = text_of(DOCS / "connectors.md")
    assert [name for name in registry.names() if f"| `{name}` |" not in page] == []
    assert set(registry.names()) - set(connection_schemas()) == {"memory"}


def test_every_key_of_a_connection_is_told() -> None:
    page = text_of(DOCS / "configuration.md")
    missing = [
        key for schema in connection_schemas().values() for key in schema.model_fields if f"| `{key}` |" not in page
    ]
    assert missing == []
    memory = registry.load("memory").settings.model_fields.keys() - {"type"}
    assert [key for key in memory if f"`{key}`" not in text_of(DOCS / "connectors.md")] == []


def test_every_check_and_its_settings_are_told_with_their_defaults() -> None:
    page = text_of(DOCS / "configuration.md")
    assert [code for code in Checks().by_code() if f"| `{code}` |" not in page] == []
    for spec in CHECKS.values():
        for option in spec.options:
            assert f"| `{spec.code}.{option.name}` |" in page


def test_the_checks_and_the_configuration_have_the_same_defaults() -> None:
    configured = Checks().by_code()
    unlike = [
        (spec.code, option.name)
        for spec in CHECKS.values()
        for option in spec.options
        if getattr(configured[spec.code], option.name) != option.default
    ]
    assert unlike == []


def test_a_check_is_without_effect_exactly_when_nobody_built_it() -> None:
    assert {code for code in Checks().by_code() if has_effect(("checks", code))} == set(CHECKS)
