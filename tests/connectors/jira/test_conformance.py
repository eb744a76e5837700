"""The conformance suite on both flavours of the sandbox Jira."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncd.testing import ConnectorConformance
from tests.connectors.jira.harness import JiraHarness


class TestCloud(ConnectorConformance):
    @pytest.fixture
    def harness(self) -> Iterator[JiraHarness]:
        harness = JiraHarness("cloud")
        yield harness
        harness.stop()


class TestDataCenter(ConnectorConformance):
    @pytest.fixture
    def harness(self) -> Iterator[JiraHarness]:
        harness = JiraHarness("dc", context_path="/jira")
        yield harness
        harness.stop()
