"""pytest plugin: every request the suite sends is held against the published contract of its system.

A test that sends a violating request fails, with method, URL and reason. Tests that send bad requests on purpose opt
out with `@pytest.mark.uncontracted(reason="...")`. Python processes started by tests are seen as well, as long as they
inherit the environment (`PYTHONPATH`, `SYNCD_CONTRACT_LOG`). Requests that do not go through `requests` are not seen.

Recording costs a list append; the checks run in the main thread, after each phase of a test, so that threads and
timing of the tested code stay as they are.
"""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from .recorder import LOG_VARIABLE, RecordedRequest, install
from .systems import locate
from .tally import Tally

_MARKER = "uncontracted"
_CHILDREN = Path(__file__).parent / "children"
_SHOWN = 10
_TALLY = "contracts"


class _Teller:
    """Tells at the end what was counted."""

    def __init__(self) -> None:
        self.tally = Tally()

    def close(self) -> None:
        """Nothing to let go of."""

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        tally = self.tally
        if tally.late:
            terminalreporter.write_line("contracts: broken outside of any test:\n" + _listing(tally.late), red=True)
        if tally.validated or tally.skipped or tally.violations:
            terminalreporter.write_line(tally.text(), red=tally.violations > 0)


class _Adder(_Teller):
    """In the process that only hands out tests to others (pytest-xdist): adds up what they counted."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A process of pytest-xdist ended; one that crashed has left nothing."""
        if (plain := getattr(node, "workeroutput", {}).get(_TALLY)) is not None:
            self.tally.add(plain)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.tally.late:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


class ContractPlugin(_Teller):
    """Collects requests while tests run, judges them between the phases, and counts for the summary."""

    def __init__(self) -> None:
        super().__init__()
        self._sent: deque[RecordedRequest] = deque()
        self._uninstall = install(self._sent.append, requests.Session)
        self._log = _ChildLog()

    def close(self) -> None:
        """Takes the wrapper off and leaves the environment as it was."""
        self._uninstall()
        self._log.close()

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        yield
        self._judge(item)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        result = yield
        self._judge(item)
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        yield
        self._judge(item)

    def _judge(self, item: pytest.Item) -> None:
        """Fails the test for its violating requests; what an already failing phase sent is judged by the next."""
        marker = item.get_closest_marker(_MARKER)
        if marker is not None:
            if count := sum(1 for _ in self._taken()):
                self.tally.skipped[f"opted out: {_reason_of(marker)}"] += count
            return
        found = list(self._problems())
        if found:
            pytest.fail("requests that break a published contract:\n" + _listing(found), pytrace=False)

    def _taken(self) -> Iterator[RecordedRequest]:
        while self._sent:
            yield self._sent.popleft()
        for request in self._log.fresh():
            if request is None:
                self.tally.skipped["torn record of a killed process"] += 1
            else:
                yield request

    def _problems(self) -> Iterator[str]:
        for request in self._taken():
            for violation in self._violations(request):
                self.tally.violations += 1
                yield f"{request.method} {request.url}\n    {violation}"

    def _shapes(self) -> set[str]:
        from .validator import validator_for

        return {shape for system in self.tally.validated for shape in validator_for(system).shapes}

    def _violations(self, request: RecordedRequest) -> list[str]:
        target = locate(request)
        if target.system is None:
            self.tally.elsewhere += not target.problem
            return [target.problem] if target.problem else []
        from .specs import ContractMissingError
        from .validator import validator_for  # takes 0.8 s to import: not in runs that send nothing

        try:
            validator = validator_for(target.system)
        except ContractMissingError as error:
            self.tally.skipped[str(error)] += 1
            return []
        self.tally.validated[target.system] += 1
        return validator.violations(request)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.tally.late += self._problems()
        self.tally.shapes |= self._shapes()
        if self.tally.late:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if (output := getattr(session.config, "workeroutput", None)) is not None:
            output[_TALLY] = self.tally.to_plain()


class _ChildLog:
    """The file to which child processes append their requests, and the environment that makes them do so."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="syncd-contract-", ignore_cleanup_errors=True)
        path = Path(self._folder.name) / "requests.jsonl"
        path.touch()
        self._file = path.open("rb")
        self._rest = b""
        self._before = {name: os.environ.get(name) for name in ("PYTHONPATH", LOG_VARIABLE)}
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_CHILDREN), os.environ.get("PYTHONPATH")]))
        os.environ[LOG_VARIABLE] = str(path)

    def fresh(self) -> Iterator[RecordedRequest | None]:
        """What was appended since last time; None for a line that a killed process left unfinished."""
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        for line in filter(None, lines):
            try:
                yield RecordedRequest.from_line(line)
            except ValueError:
                yield None

    def close(self) -> None:
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._file.close()
        self._folder.cleanup()


def _reason_of(marker: pytest.Mark) -> str:
    reason = marker.kwargs.get("reason", "")
    if not isinstance(reason, str) or not reason.strip():
        raise pytest.UsageError(f'@pytest.mark.{_MARKER} needs a reason: @pytest.mark.{_MARKER}(reason="...")')
    return reason


def _listing(found: list[str]) -> str:
    more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    return "\n".join([*found[:_SHOWN], *more])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(reason): sends requests that break the published contracts on purpose; the reason is required",
    )
    plugin = _Adder() if getattr(config.option, "numprocesses", None) else ContractPlugin()
    config.pluginmanager.register(plugin, "contracts")
    config.add_cleanup(plugin.close)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A marker without its reason stops the run at once, not when the test is reached."""
    for item in items:
        for marker in item.iter_markers(_MARKER):
            _reason_of(marker)
