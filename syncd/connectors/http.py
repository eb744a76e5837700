"""The one way out over HTTP: sessions, time-outs, retries, rate, size, and which answer means which error.

Why it exists: no connector repeats a request, reads a status code or touches a header by itself. Who calls it: the
clients of the connectors. What it never does: repeat a write, follow a redirect (credentials stay with their host),
come back earlier than a server asked for, or let a header, a body, a query or a secret into an error or a log line.

It is the only place with tenacity: reads are retried, bounded in attempts and in total seconds.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import requests
import structlog
import tenacity
from urllib3.exceptions import HTTPError

from syncd.connectors.answers import Answer, Call, ErrorMap, answer_of, is_login, retry_after_s
from syncd.connectors.pace import PATIENCE_S, Blocked, Gate, Pace
from syncd.connectors.settings import ConnectionSettings
from syncd.connectors.transport import (
    MAX_ANSWER_BYTES,
    TIMEOUT_S,
    Answered,
    TooLarge,
    Transport,
    root_of,
    was_never_sent,
)
from syncd.model.errors import AuthError, ConnectorError, Gone, Malformed, RateLimited, Rejected, Stale, Transient
from syncd.model.items import ConnectionName

__all__ = ["TIMEOUT_S", "Answer", "Call", "ErrorMap", "Http"]

ATTEMPTS: Final = 4
RETRY_S: Final = 60.0
"""Total seconds of one read with all its retries, after which the next attempt is left to the caller's own back-off."""
T = TypeVar("T")
log = structlog.get_logger()


class Http:
    """All requests of one connection. Safe from several threads: each has a session of its own.

    `open_session`: makes the session of a thread, already able to log in; its adapters are replaced by `Transport`.
    """

    def __init__(
        self,
        connection: ConnectionName,
        base_url: str,
        settings: ConnectionSettings,
        *,
        pace: Pace,
        open_session: Callable[[], requests.Session],
    ) -> None:
        self.connection = connection
        self.base_url = base_url.rstrip("/")
        self.pace = pace
        self._host = re.sub(r"^https?://(?:[^/@]*@)?([^/]*).*$", r"\1", self.base_url)
        self.settings = settings
        self._open_session = open_session
        self._gate = Gate(settings.budget, pace)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._sessions: weakref.WeakSet[requests.Session] = weakref.WeakSet()
        self._counts: Counter[str] = Counter()

    def read(self, call: Call, path: str, *, params: Mapping[str, Any] | None = None, json: Any = None) -> Any:
        """GET, or POST with a `json` body: a request that changes nothing and may be repeated. The JSON answer.

        Never None: an empty success is no answer to a question, and must not look like "there is nothing".
        """
        method = "GET" if json is None else "POST"
        answer = self.call(call, lambda session: self._exchange(session, method, path, params, json))
        if answer is None:
            raise self._placed(Malformed(f"{self._host} answered nothing", http_status=200), call)
        return answer

    def write(
        self,
        call: Call,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        **streamed: Any,
    ) -> Any:
        """A request that changes something: sent once. The JSON answer, None when it is empty.

        `streamed`: what `streams` says about a body that is no JSON, in the words of requests (`data`, `headers`, …).
        Raises Transient with `is_in_doubt` when it may have taken effect, also when a success cannot be understood.
        """
        started = self.pace.monotonic()
        answer = self._attempt(
            call, lambda session: self._exchange(session, method, path, params, json, **streamed), True
        )
        log.info(
            "request_written",
            connection=self.connection,
            operation=call.operation,
            item=call.item_id,
            duration_s=round(self.pace.monotonic() - started, 3),
        )
        return answer

    def call(self, call: Call, do: Callable[[requests.Session], T]) -> T:
        """Read by running `do` under the rules of this module; for clients that bring methods of their own.

        `do` gets this thread's session and may be run several times.
        """
        result: T = self._retrying()(self._attempt, call, do, False)
        return result

    @contextmanager
    def judged(self, call: Call, *, is_write: bool = False) -> Iterator[None]:
        """Whatever goes wrong with a request inside leaves as the error that it means."""
        try:
            yield
            return
        except ConnectorError as known:
            self._placed(known, call)
            raise
        except Answered as answered:
            error = self._error_of(call, answer_of(answered.response), is_write)
        except Blocked as blocked:
            error = RateLimited(f"{self._host} asked for a pause", retry_after_s=blocked.wait_s)
        except TooLarge:
            limit = f"more than {MAX_ANSWER_BYTES // 2**20} MB"
            error = self._unreadable(200, limit, is_write)
        except (requests.RequestException, HTTPError, OSError, UnicodeError) as problem:
            error = self._error_of_failure(problem, is_write)
        raise self._placed(error, call) from None  # the texts of libraries hold URLs and headers

    def bare_session(self) -> requests.Session:
        """A session under the same rules that cannot log in; for hosts that no credentials may reach. To be closed."""
        session = requests.Session()
        session.auth = _nobody  # or requests would look into a netrc file
        self._mount(session)
        return session

    def counts(self) -> dict[str, int]:
        """Requests sent so far, by operation."""
        with self._lock:
            return dict(self._counts)

    def close(self) -> None:
        """Close the sessions of all threads."""
        with self._lock:
            sessions, self._sessions = self._sessions, weakref.WeakSet()
        for session in sessions:
            session.close()
        self._local = threading.local()

    def _retrying(self) -> tenacity.Retrying:
        deadline = self.pace.monotonic() + RETRY_S
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_worth_a_retry),
            stop=lambda state: state.attempt_number >= ATTEMPTS or self.pace.monotonic() >= deadline,
            wait=_ToldOrJittered(),
            sleep=self.pace.sleep,
            reraise=True,
        )

    def _attempt(self, call: Call, do: Callable[[requests.Session], T], is_write: bool) -> T:
        self._local.operation = call.operation
        with self.judged(call, is_write=is_write):
            return do(self._session())

    def _placed(self, error: ConnectorError, call: Call) -> ConnectorError:
        error.connection, error.operation = self.connection, call.operation
        error.item_id = error.item_id or call.item_id
        return error

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._open_session()
            self._mount(session)
            self._local.session = session
            with self._lock:
                self._sessions.add(session)
        return session

    def _mount(self, session: requests.Session) -> None:
        transport = Transport(self._before_request, self.settings)
        session.mount("https://", transport)
        session.mount("http://", transport)

    def _before_request(self) -> None:
        self._gate.enter()
        with self._lock:
            self._counts[self._local.operation] += 1

    def _exchange(
        self,
        session: requests.Session,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        json: Any,
        **streamed: Any,
    ) -> Any:
        response = send_plainly(session, method, self.base_url + path, params=params, json=json, **streamed)
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError:
            raise Answered(response) from None

    def _error_of(self, call: Call, answer: Answer, is_write: bool) -> ConnectorError:
        meaning = call.errors.get(answer.status)
        error = meaning(answer) if meaning else None
        return error or self._general_error(call, answer, is_write)

    def _general_error(self, call: Call, answer: Answer, is_write: bool) -> ConnectorError:
        said = f"{self._host} answered {answer.status}"
        if answer.status == 429 or (answer.status == 503 and "retry-after" in answer.headers):
            return self._slow_down(call, answer, is_write)
        if is_login(answer):
            return AuthError(f"{self._host} asks for a login: credentials refused", http_status=answer.status)
        if answer.status >= 500 or answer.status == 408:
            return Transient(said, is_in_doubt=is_write, http_status=answer.status)
        if answer.status < 300:
            return self._unreadable(answer.status, "something that is no JSON", is_write)
        if answer.status < 400 or (answer.status in (404, 410) and answer.data is None and answer.text):
            # No API of ours redirects, and each says 404 in JSON: this is a proxy or another address, no deleted item.
            return Malformed(f"{said} with a redirect or a web page: is `url` right?", http_status=answer.status)
        return _BY_STATUS.get(answer.status, Malformed)(said, http_status=answer.status)

    def _unreadable(self, status: int, what: str, is_write: bool) -> ConnectorError:
        said = f"{self._host} answered {status} with {what}"
        if is_write:
            return Transient(said, is_in_doubt=True, http_status=status)
        return Malformed(said, http_status=status)

    def _slow_down(self, call: Call, answer: Answer, is_write: bool) -> ConnectorError:
        wait_s = retry_after_s(answer.headers, self.pace.now)
        self._gate.block(wait_s)
        log.warning("rate_limited", connection=self.connection, operation=call.operation, retry_after_s=wait_s)
        if answer.status == 503 and is_write:
            return Transient(f"{self._host} answered 503", is_in_doubt=True, http_status=503)
        return RateLimited(f"{self._host} asked for a pause", retry_after_s=wait_s)

    def _error_of_failure(self, problem: Exception, is_write: bool) -> ConnectorError:
        match problem:
            case requests.exceptions.InvalidHeader() | UnicodeError():
                return AuthError("the credentials hold characters that cannot be sent")
            case requests.exceptions.JSONDecodeError():
                return self._unreadable(200, "something that is no JSON", is_write)
            case requests.exceptions.SSLError() if isinstance(root_of(problem), ssl.SSLCertVerificationError):
                return Transient(f"the certificate of {self._host} is not trusted (`ca_bundle`)")
            case requests.exceptions.ProxyError():
                return Transient(f"the proxy on the way to {self._host} gave no connection (`proxy`)")
        is_in_doubt = is_write and not was_never_sent(problem)
        return Transient(f"{self._host} {_silence(problem)}", is_in_doubt=is_in_doubt)


def send_plainly(session: requests.Session, method: str, url: str, **how: Any) -> requests.Response:
    """A request of the session as requests makes it, past what a foreign class of session does around it.

    That of `jira` reads every body whole, repeats in its own way, and takes no time-out for a single request.
    """
    return requests.Session.request(session, method, url, **how)


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Log in as nobody."""
    return request


def _silence(problem: Exception) -> str:
    """Why no answer came, in words."""
    if isinstance(problem, requests.Timeout):
        return "took too long"
    root = root_of(problem)
    match getattr(root, "__cause__", None) or root:
        case ConnectionRefusedError():
            return "refused the connection (is it up, and is the port right?)"
        case socket.gaierror():
            return "was not found by its name (is the name right, and does DNS answer?)"
        case _:
            return f"gave no answer ({type(problem).__name__})"


_BY_STATUS: Final[dict[int, type[AuthError | Gone | Malformed | Rejected | Stale]]] = {
    400: Rejected,
    401: AuthError,
    402: Rejected,
    403: AuthError,
    404: Gone,
    409: Stale,
    410: Gone,
    412: Stale,
    413: Rejected,
    422: Rejected,
}


class _ToldOrJittered(tenacity.wait.wait_base):
    """As long as the server asked for; else a random time below 0.5, 1, 2, … 8 s."""

    def __init__(self) -> None:
        self._jittered = tenacity.wait_random_exponential(multiplier=0.5, max=8)

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        if isinstance(error, RateLimited):
            return 0.0  # the gate holds the next attempt back, to the second
        return self._jittered(retry_state)


def _is_worth_a_retry(error: BaseException) -> bool:
    if isinstance(error, RateLimited):
        return error.retry_after_s <= PATIENCE_S
    return isinstance(error, Transient)
