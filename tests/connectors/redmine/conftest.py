"""The one Redmine of a test session, emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connectors.redmine.harness import RedmineHarness
from tests.servers.redmine.front import Front
from tests.servers.redmine.server import Redmine, redmine_or_skip


@pytest.fixture(scope="session")
def redmine_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redmine]:
    """A running Redmine."""
    yield from redmine_or_skip(tmp_path_factory.mktemp("redmine"))


@pytest.fixture(scope="session")
def front_door(redmine_server: Redmine) -> Iterator[Front]:
    """What stands before it."""
    front = Front(redmine_server)
    yield front
    front.close()


@pytest.fixture
def front(front_door: Front) -> Front:
    """An empty Redmine without trouble."""
    front_door.fault = front_door.garbled = None
    front_door.redmine.reset()
    return front_door


@pytest.fixture
def house(front: Front) -> RedmineHarness:
    """People and a connector on it."""
    return RedmineHarness(front)
