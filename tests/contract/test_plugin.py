"""The plugin fails tests that break a contract, wherever the request came from, and says so in one line at the end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import responses

from tests.contract import validator  # noqa: F401 - loaded here once, or every inner suite would load it anew
from tests.contract.plugin import ContractPlugin
from tests.contract.recorder import RecordedRequest, append_to, install, record_of
from tests.contract.specs import ROOT
from tests.contract.systems import System
from tests.contract.tally import Tally

HEAD = """
import subprocess, sys, threading
import pytest, requests, responses

GOOD = "https://app.asana.com/api/1.0/tasks/1"
BAD = "https://app.asana.com/api/1.0/tasks/1?opt_field=name"
LOGIN = {"Authorization": "Bearer t"}

def answered(url):
    with responses.RequestsMock() as mock:
        mock.get(url, json={})
        requests.get(url, headers=LOGIN, timeout=5)
"""


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A suite of its own; what it sends is not recorded by the outer run."""
    monkeypatch.delenv("SYNCD_CONTRACT_LOG", raising=False)
    monkeypatch.setattr(requests.Session, "send", vars(requests.Session.send)["__wrapped__"])
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini("[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n")
    return pytester


def run(suite: pytest.Pytester, body: str, *, apart: bool = False) -> pytest.RunResult:
    """`apart`: in a process of its own, with nothing loaded yet."""
    suite.makepyfile(HEAD + body)
    start = suite.runpytest_subprocess if apart else suite.runpytest_inprocess
    return start("-p", "tests.contract.plugin", "-p", "no:cacheprovider")


def test_only_the_test_that_sent_the_violating_request_fails(inner: pytest.Pytester) -> None:
    result = run(
        inner,
        """
def test_good():
    answered(GOOD)

def test_bad():
    answered(BAD)

def test_bad_in_a_thread():
    thread = threading.Thread(target=answered, args=[BAD])
    thread.start()
    thread.join()

@pytest.mark.uncontracted(reason="shows what a server says to it")
def test_bad_on_purpose():
    answered(BAD)

def test_elsewhere():
    answered("https://example.test/health")
""",
    )
    result.assert_outcomes(passed=3, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*GET https://app.asana.com/api/1.0/tasks/1?opt_field=name*",
            "*query: unknown parameter 'opt_field'*",
            "contracts: 3 requests validated (Cloud 0, DC 0, Asana 3; * distinct shapes), 2 violations, "
            "1 skipped (opted out: shows what a server says to it: 1), 1 to other places",
        ]
    )


def test_requests_of_fixtures_and_of_child_processes_count_as_well(inner: pytest.Pytester) -> None:
    result = run(
        inner,
        """
CHILD = f'''
import requests, responses
with responses.RequestsMock() as mock:
    mock.get({BAD!r}, json={{}})
    requests.get({BAD!r}, headers={LOGIN!r}, timeout=5)
'''

@pytest.fixture
def sends_when_torn_down():
    yield
    answered(BAD)

@pytest.fixture
def sends_when_set_up():
    answered(BAD)

def test_teardown(sends_when_torn_down):
    pass

def test_setup(sends_when_set_up):
    pass

def test_child():
    subprocess.run([sys.executable, "-c", CHILD], check=True)
""",
    )
    result.assert_outcomes(passed=1, failed=1, errors=2)
    result.stdout.fnmatch_lines(["contracts: 3 requests validated * 3 violations, 0 skipped (none)*"])


def test_a_failing_test_keeps_its_own_failure_and_gets_the_violation_beside_it(inner: pytest.Pytester) -> None:
    result = run(inner, "\ndef test_both():\n    answered(BAD)\n    assert 1 == 2\n")
    result.assert_outcomes(failed=1, errors=1)
    result.stdout.fnmatch_lines_random(["*assert 1 == 2*", "*unknown parameter 'opt_field'*"])


def test_opting_out_takes_a_reason(inner: pytest.Pytester) -> None:
    result = run(inner, "\n@pytest.mark.uncontracted\ndef test_it():\n    answered(BAD)\n")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*uncontracted needs a reason*"])


def test_a_request_outside_of_any_test_fails_the_run(inner: pytest.Pytester) -> None:
    inner.makeconftest(
        """
import pytest, requests, responses

def pytest_runtest_logfinish(nodeid, location):
    with responses.RequestsMock() as mock:
        mock.get("https://app.asana.com/api/1.0/nothing", json={})
        requests.get("https://app.asana.com/api/1.0/nothing", timeout=5)
"""
    )
    result = run(inner, "\ndef test_it():\n    pass\n")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["contracts: broken outside of any test:", "*no such path: /nothing*"])


def test_a_missing_contract_skips_its_requests_and_says_so(
    inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SYNCD_SHARED", str(tmp_path))
    result = run(inner, '\ndef test_it():\n    answered("https://jira.example.test/rest/api/2/nothing")\n', apart=True)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["contracts: 0 requests*1 skipped (jira-datacenter-10.3.openapi.json is neither in *: 1)*"]
    )


def test_the_suite_itself_runs_with_the_plugin(pytestconfig: pytest.Config) -> None:
    assert isinstance(pytestconfig.pluginmanager.get_plugin("contracts"), ContractPlugin)


def test_credentials_are_not_recorded() -> None:
    prepared = requests.Request(
        "GET", "https://x.test/", auth=("somebody", "secret"), cookies={"session": "s3"}
    ).prepare()
    assert record_of(prepared).headers == {"authorization": "Basic"}


def test_a_stream_is_left_unread(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    with path.open("rb") as stream:
        record = record_of(requests.Request("POST", "https://x.test/", data=stream).prepare())
        assert (record.streamed, record.body) == (True, None)
        assert stream.read() == b"content"


def test_a_record_survives_its_way_through_the_file(tmp_path: Path) -> None:
    record = RecordedRequest("PUT", "https://x.test/a?b=1", {"content-type": "application/json"}, b'{"a": "\xc3\xa4"}')
    append_to(str(tmp_path / "log"))(record)
    line = (tmp_path / "log").read_bytes()
    assert RecordedRequest.from_line(line) == record
    with pytest.raises(ValueError, match=r"."):
        RecordedRequest.from_line(line[: len(line) // 2])


@pytest.mark.uncontracted(reason="the wrapper is what is tested")
@responses.activate
def test_the_wrapper_comes_off_again() -> None:
    responses.get("https://x.test/", json={})
    seen: list[RecordedRequest] = []
    before = requests.Session.send
    uninstall = install(seen.append, requests.Session)
    requests.get("https://x.test/", timeout=5)
    uninstall()
    requests.get("https://x.test/", timeout=5)
    assert len(seen) == 1
    assert requests.Session.send is before


def test_a_child_that_needs_no_requests_does_not_load_it() -> None:
    code = "import sys; sys.exit('requests' in sys.modules or '_contract_recorder' in sys.modules)"
    assert "children" in os.environ["PYTHONPATH"]
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_several_processes_counted_is_added_up() -> None:
    ours, theirs = Tally(), Tally()
    theirs.validated[System.ASANA] = 2
    theirs.skipped["opted out: on purpose"] = 1
    theirs.shapes |= {"a", "b"}
    theirs.late.append("GET it: broken")
    theirs.violations = theirs.elsewhere = 1
    plain = json.loads(json.dumps(theirs.to_plain()))
    ours.add(plain)
    ours.add(plain)
    assert ours.text() == (
        "contracts: 4 requests validated (Cloud 0, DC 0, Asana 4; 2 distinct shapes), "
        "2 violations, 2 skipped (opted out: on purpose: 2), 2 to other places"
    )
    assert ours.late == ["GET it: broken"] * 2


def test_a_violation_outside_of_any_test_in_another_process_fails_the_run(inner: pytest.Pytester) -> None:
    inner.makepyfile(
        HEAD
        + """
@pytest.fixture(scope="session", autouse=True)
def late():
    yield
    answered(BAD)

def test_good():
    answered(GOOD)
"""
    )
    result = inner.runpytest_subprocess(
        "-p", "xdist", "-n", "1", "-p", "tests.contract.plugin", "-p", "no:cacheprovider"
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["contracts: 2 requests validated * 1 violations, *"])
