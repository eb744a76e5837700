"""The one way out: what is retried and what never, how long is waited, which answer means what, what is not told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses
import structlog
from structlog.testing import capture_logs
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError
from urllib3.exceptions import SSLError as UrllibSSLError

from syncd.connectors.answers import Answer
from syncd.connectors.http import ATTEMPTS, Call, Http, _silence
from syncd.connectors.pace import BURST, PATIENCE_S, Gate, Pace, parse_rate
from syncd.connectors.settings import ConnectionSettings
from syncd.connectors.transport import MAX_ANSWER_BYTES
from syncd.model.errors import (
    AuthError,
    ConnectorError,
    Gone,
    Malformed,
    RateLimited,
    Rejected,
    Stale,
    Transient,
)
from syncd.model.items import ConnectionName

pytestmark = pytest.mark.uncontracted(reason="a made-up system")
BASE = "https://tool.example/base"
SECRET = "s3cr3t-token-value"
LOGIN_PAGE = "<html><body><form action='/login'><input type='password'></form></body></html>"


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 9, tzinfo=UTC)
        self.slept: list[float] = []
        self._start = self.at
        self._lock = threading.Lock()

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.at += timedelta(seconds=seconds)

    @property
    def pace(self) -> Pace:
        return Pace(lambda: self.at, lambda: (self.at - self._start).total_seconds(), self.sleep)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def server() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def session() -> requests.Session:
    made = requests.Session()
    made.headers.update({"Authorization": f"Bearer {SECRET}", "Accept": "application/json"})
    return made


def make(time: Time, **settings: Any) -> Http:
    return Http(
        ConnectionName("tool"), BASE, ConnectionSettings(type="x", **settings), pace=time.pace, open_session=session
    )


@pytest.fixture
def http(time: Time) -> Iterator[Http]:
    made = make(time)
    yield made
    made.close()


@pytest.fixture
def lines() -> Iterator[list[MutableMapping[str, Any]]]:
    """All log lines, also those below the level of the test run."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(0))
    with capture_logs() as captured:
        yield captured
    structlog.configure(**before)


def read(http: Http, **more: Any) -> Any:
    return http.read(Call("list things", **more), "/things", params={"q": "person@example.com"})


def write(http: Http, **more: Any) -> Any:
    return http.write(Call("make thing", item_id="7", **more), "POST", "/things", json={"text": "a private text"})


# --- retries ------------------------------------------------------------------------------------------------------


def test_a_read_is_tried_again_after_an_outage(http: Http, server: responses.RequestsMock) -> None:
    server.get(f"{BASE}/things", status=502)
    server.get(f"{BASE}/things", body=requests.ConnectionError("dropped"))
    server.get(f"{BASE}/things", json={"ok": True})
    assert read(http) == {"ok": True}


def test_a_read_is_tried_a_bounded_number_of_times(http: Http, server: responses.RequestsMock, time: Time) -> None:
    server.get(f"{BASE}/things", status=500)
    with pytest.raises(Transient) as caught:
        read(http)
    assert len(server.calls) == ATTEMPTS
    assert not caught.value.is_in_doubt
    assert sum(time.slept) < 60


def test_a_slow_server_ends_the_retries_before_their_number(
    http: Http, server: responses.RequestsMock, time: Time
) -> None:
    def slow(_: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        time.sleep(59)
        return (503, {}, "")

    server.add_callback(responses.GET, f"{BASE}/things", slow)
    with pytest.raises(Transient):
        read(http)
    assert len(server.calls) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_write_is_sent_once_and_is_in_doubt(http: Http, server: responses.RequestsMock, status: int) -> None:
    server.post(f"{BASE}/things", status=status)
    with pytest.raises(Transient) as caught:
        write(http)
    assert caught.value.is_in_doubt
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("failure", "is_in_doubt"),
    [
        (requests.ReadTimeout("slow"), True),
        (requests.ConnectionError(ProtocolError("aborted")), True),
        (requests.exceptions.ChunkedEncodingError("cut"), True),
        (requests.ConnectTimeout("nobody there"), False),
        (requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused"))), False),  # type: ignore[arg-type]
    ],
    ids=["time-out", "dropped", "cut", "no connection in time", "refused"],
)
def test_a_write_is_in_doubt_unless_no_connection_came_about(
    http: Http, server: responses.RequestsMock, failure: Exception, is_in_doubt: bool
) -> None:
    server.post(f"{BASE}/things", body=failure)
    with pytest.raises(Transient) as caught:
        write(http)
    assert caught.value.is_in_doubt is is_in_doubt
    assert len(server.calls) == 1


def test_an_untrusted_certificate_names_the_setting(http: Http, server: responses.RequestsMock) -> None:
    import ssl

    reason = UrllibSSLError(ssl.SSLCertVerificationError("self-signed"))
    server.post(f"{BASE}/things", body=requests.exceptions.SSLError(MaxRetryError(None, "/", reason)))  # type: ignore[arg-type]
    with pytest.raises(Transient, match="ca_bundle") as caught:
        write(http)
    assert not caught.value.is_in_doubt


# --- waiting ------------------------------------------------------------------------------------------------------


def test_a_short_wait_is_slept_to_the_second_and_the_read_goes_on(
    http: Http, server: responses.RequestsMock, time: Time
) -> None:
    server.get(f"{BASE}/things", status=429, headers={"Retry-After": "3"})
    server.get(f"{BASE}/things", json=[])
    assert read(http) == []
    assert sum(time.slept) == pytest.approx(3)


def test_a_long_wait_is_told_at_once(http: Http, server: responses.RequestsMock, time: Time) -> None:
    server.get(f"{BASE}/things", status=429, headers={"Retry-After": "120"})
    with pytest.raises(RateLimited) as caught:
        read(http)
    assert caught.value.retry_after_s == 120
    assert time.slept == [0.0] or time.slept == []


def test_nothing_is_sent_while_the_connection_is_blocked(
    http: Http, server: responses.RequestsMock, time: Time
) -> None:
    server.get(f"{BASE}/things", status=429, headers={"Retry-After": "120"})
    with pytest.raises(RateLimited):
        read(http)
    time.at += timedelta(seconds=20)
    with ThreadPoolExecutor(4) as pool:
        caught = [pool.submit(write, http).exception() for _ in range(4)]
    assert [type(error) for error in caught] == [RateLimited] * 4
    assert {error.retry_after_s for error in caught if isinstance(error, RateLimited)} == {100.0}
    assert len(server.calls) == 1


def test_a_block_that_is_over_lets_requests_through(http: Http, server: responses.RequestsMock, time: Time) -> None:
    server.get(f"{BASE}/things", status=429, headers={"Retry-After": "120"})
    server.get(f"{BASE}/things", json={})
    with pytest.raises(RateLimited):
        read(http)
    time.at += timedelta(seconds=120)
    assert read(http) == {}


def test_a_date_in_retry_after_is_measured_by_the_servers_clock(http: Http, server: responses.RequestsMock) -> None:
    headers = {"Retry-After": "Mon, 02 Mar 2026 12:01:30 GMT", "Date": "Mon, 02 Mar 2026 12:00:00 GMT"}
    server.get(f"{BASE}/things", status=429, headers=headers)
    with pytest.raises(RateLimited) as caught:
        read(http)
    assert caught.value.retry_after_s == 90


def test_a_date_without_the_servers_own_is_measured_by_ours(http: Http, server: responses.RequestsMock) -> None:
    server.get(f"{BASE}/things", status=429, headers={"Retry-After": "Mon, 02 Mar 2026 09:00:50 GMT"})
    with pytest.raises(RateLimited) as caught:
        read(http)
    assert caught.value.retry_after_s == 50


@pytest.mark.parametrize("told", ["0", "", "soon", "Mon, 02 Mar 2026 08:00:00 GMT"])
def test_a_useless_retry_after_still_makes_us_wait(
    time: Time, server: responses.RequestsMock, http: Http, told: str
) -> None:
    server.post(f"{BASE}/things", status=429, headers={"Retry-After": told})
    with pytest.raises(RateLimited) as caught:
        write(http)
    assert caught.value.retry_after_s >= 1


def test_a_write_told_to_wait_is_not_in_doubt_and_not_repeated(http: Http, server: responses.RequestsMock) -> None:
    server.post(f"{BASE}/things", status=429, headers={"Retry-After": "1"})
    with pytest.raises(RateLimited):
        write(http)
    assert len(server.calls) == 1


def test_a_503_with_retry_after_is_obeyed_like_a_429(http: Http, server: responses.RequestsMock) -> None:
    server.get(f"{BASE}/things", status=503, headers={"Retry-After": "600"})
    with pytest.raises(RateLimited) as caught:
        read(http)
    assert caught.value.retry_after_s == 600


def test_the_own_rate_spaces_requests_after_the_first_few(server: responses.RequestsMock, time: Time) -> None:
    http = make(time, rate="60/min")
    server.get(f"{BASE}/things", json={})
    for _ in range(BURST + 5):
        read(http)
    assert sum(time.slept) == pytest.approx(5)
    http.close()


def test_a_gate_never_opens_earlier_than_the_longest_block(time: Time) -> None:
    gate = Gate(None, time.pace)
    gate.block(3)
    gate.block(1)
    assert gate.blocked_for() == pytest.approx(3)
    gate.enter()
    assert sum(time.slept) == pytest.approx(3)
    assert PATIENCE_S >= 3


@pytest.mark.parametrize(("text", "interval_s"), [("300/min", 0.2), ("10/s", 0.1), ("3600/h", 1.0), (" 1 / sec ", 1.0)])
def test_rates_are_read(text: str, interval_s: float) -> None:
    assert parse_rate(text).interval_s == pytest.approx(interval_s)


@pytest.mark.parametrize("text", ["", "300", "0/min", "-1/s", "300/day", "many"])
def test_other_texts_are_no_rates(text: str) -> None:
    with pytest.raises(ValueError, match="300/min"):
        parse_rate(text)


# --- which answer means what --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Rejected),
        (401, AuthError),
        (402, Rejected),
        (403, AuthError),
        (404, Gone),
        (405, Malformed),
        (409, Stale),
        (410, Gone),
        (412, Stale),
        (413, Rejected),
        (422, Rejected),
    ],
)
def test_a_status_means_one_error(
    http: Http, server: responses.RequestsMock, status: int, error: type[ConnectorError]
) -> None:
    server.post(f"{BASE}/things", status=status, json={"said": "no"})
    with pytest.raises(ConnectorError) as caught:
        write(http)
    assert type(caught.value) is error
    assert caught.value.http_status == status
    assert (caught.value.connection, caught.value.operation, caught.value.item_id) == ("tool", "make thing", "7")


def test_a_caller_knows_better_what_a_status_means(http: Http, server: responses.RequestsMock) -> None:
    server.get(f"{BASE}/things", status=409, json={"field": "due"})

    def meaning(answer: Answer) -> ConnectorError:
        return Rejected("no", reasons={answer.data["field"]: "no"})

    with pytest.raises(Rejected) as caught:
        read(http, errors={409: meaning})
    assert caught.value.reasons == {"due": "no"}


def test_a_caller_may_leave_a_status_to_the_general_rules(http: Http, server: responses.RequestsMock) -> None:
    server.get(f"{BASE}/things", status=404, json={})
    with pytest.raises(Gone):
        read(http, errors={404: lambda _: None})


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_says_not_found_is_no_deleted_item(http: Http, server: responses.RequestsMock, status: int) -> None:
    server.get(f"{BASE}/things", status=status, body="<html>not here. Log in</html>", content_type="text/html")
    with pytest.raises(Malformed, match="url"):
        read(http)


def test_a_login_page_with_200_is_a_refused_login(http: Http, server: responses.RequestsMock) -> None:
    server.get(f"{BASE}/things", body=LOGIN_PAGE, content_type="text/html")
    with pytest.raises(AuthError):
        read(http)


def test_a_way_to_a_login_page_is_a_refused_login_and_is_not_taken(http: Http, server: responses.RequestsMock) -> None:
    server.get(f"{BASE}/things", status=302, headers={"Location": "https://sso.elsewhere.example/login"})
    with pytest.raises(AuthError):
        read(http)
    assert len(server.calls) == 1


def test_no_redirect_is_followed_with_credentials(http: Http, server: responses.RequestsMock) -> None:
    server.get(f"{BASE}/things", status=301, headers={"Location": "https://evil.example/things"})
    with pytest.raises(Malformed, match="url"):
        read(http)
    assert len(server.calls) == 1


@pytest.mark.parametrize("body", ["<html>maintenance</html>", '{"half": ', "plain"])
def test_a_success_that_is_no_json_is_malformed(http: Http, server: responses.RequestsMock, body: str) -> None:
    server.get(f"{BASE}/things", body=body)
    with pytest.raises(Malformed):
        read(http)


@pytest.mark.parametrize("body", ["", "null"])
def test_a_read_that_is_answered_with_nothing_is_malformed(
    http: Http, server: responses.RequestsMock, body: str
) -> None:
    server.get(f"{BASE}/things", body=body, content_type="application/json")
    with pytest.raises(Malformed) as caught:
        read(http)
    assert (caught.value.connection, caught.value.operation) == ("tool", "list things")


def test_a_write_whose_success_cannot_be_understood_is_in_doubt(http: Http, server: responses.RequestsMock) -> None:
    server.post(f"{BASE}/things", status=201, body='{"id": ')
    with pytest.raises(Transient) as caught:
        write(http)
    assert caught.value.is_in_doubt


def test_an_empty_success_is_none_whatever_its_media_type(http: Http, server: responses.RequestsMock) -> None:
    server.post(f"{BASE}/things", status=204, body="", content_type="text/html")
    assert write(http) is None


def test_an_answer_may_not_be_larger_than_the_limit(http: Http, server: responses.RequestsMock) -> None:
    server.get(f"{BASE}/things", body=b" " * (MAX_ANSWER_BYTES + 1))
    with pytest.raises(Malformed, match="64 MB"):
        read(http)


# --- what is not told -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429, 500, 302, 200])
def test_no_secret_and_no_body_is_in_an_error_or_a_log(http: Http, server: responses.RequestsMock, status: int) -> None:
    body = f"echo {SECRET} private text of a person"
    server.post(f"{BASE}/things", status=status, body=body, headers={"X-Echo": SECRET, "Retry-After": "9"})
    with pytest.raises(ConnectorError) as caught:
        write(http)
    told = f"{caught.value!r} {caught.value} {vars(caught.value)} {lines}"
    assert SECRET not in told
    assert "private text" not in told
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_no_query_is_in_the_error_of_a_failed_connection(http: Http, server: responses.RequestsMock) -> None:
    failure = requests.ConnectionError("Max retries exceeded with url: /things?q=person@example.com")
    server.get(f"{BASE}/things", body=failure)
    with pytest.raises(Transient) as caught:
        read(http)
    assert "person@example.com" not in str(caught.value)
    assert "tool.example" in str(caught.value)


def test_a_token_that_cannot_be_sent_is_not_shown(time: Time) -> None:
    def broken() -> requests.Session:
        made = requests.Session()
        made.headers["Authorization"] = f"Bearer {SECRET}\n"
        return made

    http = Http(ConnectionName("tool"), BASE, ConnectionSettings(type="x"), pace=time.pace, open_session=broken)
    with pytest.raises(AuthError) as caught:
        read(http)
    assert SECRET not in str(caught.value)
    http.close()


def test_a_write_is_one_line_of_facts_without_values(
    http: Http, server: responses.RequestsMock, lines: list[MutableMapping[str, Any]]
) -> None:
    server.post(f"{BASE}/things", status=201, json={"id": "8", "text": "a private text"})
    server.get(f"{BASE}/things", json={})
    write(http)
    read(http)
    assert len(lines) == 1
    assert lines[0]["event"] == "request_written"
    assert (lines[0]["operation"], lines[0]["item"], lines[0]["connection"]) == ("make thing", "7", "tool")
    assert "private" not in str(lines)


# --- sessions -------------------------------------------------------------------------------------------------------


def test_each_thread_has_a_session_of_its_own(time: Time, server: responses.RequestsMock) -> None:
    opened: list[int] = []
    meet = threading.Barrier(3)

    def open_session() -> requests.Session:
        opened.append(threading.get_ident())
        return session()

    http = Http(ConnectionName("tool"), BASE, ConnectionSettings(type="x"), pace=time.pace, open_session=open_session)
    server.get(f"{BASE}/things", json={})

    def work(_: int) -> None:
        meet.wait(timeout=10)
        read(http)
        read(http)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    assert len(set(opened)) == len(opened) == 3
    http.close()


def test_requests_are_counted_by_operation_with_their_repetitions(http: Http, server: responses.RequestsMock) -> None:
    server.get(f"{BASE}/things", status=500)
    server.get(f"{BASE}/things", json={})
    server.post(f"{BASE}/things", json={})
    read(http)
    write(http)
    assert http.counts() == {"list things": 2, "make thing": 1}


def test_the_settings_win_over_the_environment(
    time: Time, server: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.of.the.environment:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere.pem")
    server.get(f"{BASE}/things", json={})
    http = make(time, proxy="", ca_bundle="/etc/ssl/acme.pem")
    read(http)
    sent = server.calls[0].request
    assert sent.req_kwargs["proxies"] == {"http": "", "https": ""}  # type: ignore[attr-defined]
    assert sent.req_kwargs["verify"] == "/etc/ssl/acme.pem"  # type: ignore[attr-defined]
    assert sent.req_kwargs["timeout"] == (5.0, 60.0)  # type: ignore[attr-defined]
    http.close()


def test_a_foreign_client_obeys_the_same_rules(http: Http, server: responses.RequestsMock) -> None:
    server.get(f"{BASE}/things", status=401, json={})
    with pytest.raises(AuthError) as caught:
        http.call(Call("ask"), lambda own: own.get(f"{BASE}/things").json())
    assert caught.value.operation == "ask"


def test_a_connection_that_does_not_come_about_is_told_in_words() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    refused = _silence_of(f"http://127.0.0.1:{port}")
    assert refused == "refused the connection (is it up, and is the port right?)"


def _silence_of(url: str) -> str:
    try:
        requests.get(url, timeout=2)
    except requests.ConnectionError as problem:
        return _silence(problem)
    raise AssertionError(url)
