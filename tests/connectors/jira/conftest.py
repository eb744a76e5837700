"""A sandbox Jira a test, of either flavour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.connectors.jira.harness import JiraHarness


@pytest.fixture
def make_harness() -> Iterator[Callable[..., JiraHarness]]:
    """Makes sandboxes that are stopped after the test."""
    made: list[JiraHarness] = []

    def make(flavour: str, **more: Any) -> JiraHarness:
        made.append(JiraHarness(flavour, **more))
        return made[-1]

    yield make
    for harness in made:
        harness.stop()


@pytest.fixture(params=["cloud", "dc"])
def harness(request: pytest.FixtureRequest, make_harness: Callable[..., JiraHarness]) -> JiraHarness:
    """A sandbox of each flavour in turn."""
    return make_harness(request.param)


@pytest.fixture
def cloud(make_harness: Callable[..., JiraHarness]) -> JiraHarness:
    """A sandbox Cloud."""
    return make_harness("cloud")


@pytest.fixture
def data_center(make_harness: Callable[..., JiraHarness]) -> JiraHarness:
    """A sandbox Data Center below a path."""
    return make_harness("dc", context_path="/jira")
