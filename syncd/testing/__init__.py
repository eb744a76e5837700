"""The conformance suite for connectors, shipped so that connectors from elsewhere can prove themselves too.

A connector's test defines one class and one fixture:

    from syncd.testing import ConnectorConformance

    class TestAcme(ConnectorConformance):
        @pytest.fixture
        def harness(self):
            with acme_server() as server:
                yield AcmeHarness(server)

`Harness` says what it has to bring. A test skips only what `Stage` or the connector's `Capabilities` declare missing;
what is declared and not shown fails. Needs pytest.
"""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(
    *(
        f"syncd.testing.{part}"
        for part in (
            "attachments",
            "commenting",
            "configuring",
            "creating",
            "failing",
            "polling",
            "reading",
            "threads",
            "writing",
        )
    ),
    "syncd.testing.suite",
)

from syncd.testing.attachments import AttachingSuite  # noqa: E402 - after the rewriting was ordered
from syncd.testing.commenting import CommentingSuite  # noqa: E402
from syncd.testing.configuring import ConfiguringSuite  # noqa: E402
from syncd.testing.creating import CreatingSuite  # noqa: E402
from syncd.testing.failing import FailingSuite  # noqa: E402
from syncd.testing.harness import Aim, Harness, SeenAttachment, SeenComment, Stage, Trouble  # noqa: E402
from syncd.testing.polling import PollingSuite  # noqa: E402
from syncd.testing.reading import ReadingSuite  # noqa: E402
from syncd.testing.threads import ThreadsSuite  # noqa: E402
from syncd.testing.writing import WritingSuite  # noqa: E402

__all__ = ["Aim", "ConnectorConformance", "Harness", "SeenAttachment", "SeenComment", "Stage", "Trouble"]


class ConnectorConformance(
    PollingSuite,
    ReadingSuite,
    WritingSuite,
    CreatingSuite,
    CommentingSuite,
    AttachingSuite,
    ConfiguringSuite,
    FailingSuite,
    ThreadsSuite,
):
    """Everything a connector owes."""
