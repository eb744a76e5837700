"""Redmine under the suite that every connector passes, on a real server."""

from __future__ import annotations

import pytest

from syncd.testing import ConnectorConformance
from tests.connectors.redmine.harness import RedmineHarness


class TestMember(ConnectorConformance):
    """An account without special rights: the connection declares its custom fields, the marker is in the text."""

    @pytest.fixture
    def harness(self, house: RedmineHarness) -> RedmineHarness:
        return house
