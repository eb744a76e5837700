"""Asana under the suite that every connector passes, once for each place a status can have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncd.testing import ConnectorConformance
from tests.connectors.asana.harness import AsanaHarness, open_server


class TestStatusInSections(ConnectorConformance):
    """`status: section`, polled by events."""

    @pytest.fixture
    def harness(self) -> Iterator[AsanaHarness]:
        with open_server() as server:
            yield AsanaHarness(server)


class TestStatusCompleted(ConnectorConformance):
    """`status: completed`, polled by lists."""

    @pytest.fixture
    def harness(self) -> Iterator[AsanaHarness]:
        with open_server() as server:
            yield AsanaHarness(server, status="completed")


class TestStatusInAField(ConnectorConformance):
    """`status: field:Stage`, done by an option, the marker in a field."""

    @pytest.fixture
    def harness(self) -> Iterator[AsanaHarness]:
        with open_server() as server:
            yield AsanaHarness(server, status="field:Stage", done="field:Live", marker_field="Made by")
