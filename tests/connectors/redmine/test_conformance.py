"""Redmine under the suite that every connector passes, on a real server."""

from __future__ import annotations

import pytest

from syncd.testing import ConfiguringSuite, ConnectorConformance, CreatingSuite
from tests.connectors.redmine.harness import RedmineHarness
from tests.servers.redmine.front import Front

pytestmark = pytest.mark.timeout(300)  # a real server of one thread, perhaps on a busy machine


class TestMember(ConnectorConformance):
    """An account without special rights: the connection declares its custom fields, the marker is in the text."""

    @pytest.fixture
    def harness(self, house: RedmineHarness) -> RedmineHarness:
        return house


class TestAdministrator(CreatingSuite, ConfiguringSuite):
    """One that may ask for everything, in a public project with Markdown; the marker has a field of its own."""

    @pytest.fixture
    def harness(self, front: Front) -> RedmineHarness:
        return RedmineHarness(
            front, account="chief", project="open", text="markdown", custom_fields={}, marker_field="Made by"
        )
