"""The memory connector under the suite that every connector passes, rich and poor."""

from __future__ import annotations

import pytest

from syncd.testing import ConnectorConformance
from tests.connectors.memory.harness import MemoryHarness

WORKFLOW = {
    "To Do": frozenset({"In Progress"}),
    "In Progress": frozenset({"To Do", "Done"}),
    "Done": frozenset({"In Progress"}),
}


class TestMemory(ConnectorConformance):
    """Everything it can do."""

    @pytest.fixture
    def harness(self) -> MemoryHarness:
        return MemoryHarness()


class TestPoorMemory(ConnectorConformance):
    """A system with bare answers, a workflow and a lagging index."""

    @pytest.fixture
    def harness(self) -> MemoryHarness:
        harness = MemoryHarness(
            exact_batch=1,
            answers_create=False,
            answers_update=False,
            merges_sets=False,
            has_field_history=False,
            has_filter=False,
            edits_comments=True,
            marks_creates=True,
        )
        harness.server.behaviour.workflow = WORKFLOW
        harness.server.behaviour.index_lag_s = 60
        harness.server.behaviour.version_grain_s = 1
        return harness
