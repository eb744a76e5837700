"""Files in and out in pieces: never whole in memory, never from a host that nobody allowed, never a part for the whole.

Who calls it: the connectors whose systems keep files. A file comes from the connection's own host, or from hosts that
its connector or its settings allow; the way there is walked by hand, since a redirect must not carry the login along
and must not lead into the own network. A body that is shorter or longer than told is no file. A file goes out once.
"""

from __future__ import annotations

import io
import ipaddress
import re
import socket
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http import HTTPStatus
from typing import Any, BinaryIO, Final
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from requests_toolbelt import MultipartEncoder

from syncd.connectors.answers import Answer, Call, answer_of, is_login
from syncd.connectors.http import Http, send_plainly
from syncd.connectors.transport import Answered
from syncd.model.attachments import Upload
from syncd.model.errors import AuthError, ConnectorError, Gone, Rejected, Transient

UPLOAD_TIMEOUT_S: Final = (30.0, 300.0)
"""To connect and to get each piece away; for the answer, which may wait for a virus scanner."""
PIECE_BYTES: Final = 64 * 1024
REDIRECTS: Final = 3
DEFAULT_MEDIA_TYPE: Final = "application/octet-stream"
_MEDIA_TYPE: Final = re.compile(r"[a-zA-Z0-9][\w.+-]{0,63}/[a-zA-Z0-9][\w.+-]{0,63}", re.ASCII)
_UNSAFE_NAME: Final = re.compile(r"[\x00-\x1f\x7f-\x9f/\\\u2028\u2029]|^\.{0,2}$")
_ASK_FOR_BYTES: Final = {"Accept": "*/*", "Accept-Encoding": "identity"}
Resolve = Callable[[str], Collection[str]]


def addresses_of(host: str) -> Collection[str]:
    """The addresses of a host by name; none when it has no name here, which the connection will say better."""
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return ()


class Streams:
    """The files of one connection. `hosts`: those that a connector knows besides the own one; `*.name` = all below.

    `resolve`: host → its addresses.
    """

    def __init__(self, http: Http, hosts: Collection[str] = (), *, resolve: Resolve = addresses_of) -> None:
        self._http = http
        self._own = urlsplit(http.base_url)
        self._hosts = (*hosts, *http.settings.attachment_hosts)
        self._resolve = resolve

    @contextmanager
    def open(self, call: Call, url: str, *, size: int | None, is_signed: bool = False) -> Iterator[BinaryIO]:
        """The bytes behind an address, in pieces. `size`: what the system says; None = nothing.

        `is_signed`: the address is the key, so it is asked without the login also on the own host.

        Raises Rejected, without any request, for a host that is not allowed; Gone when there is no file any more;
        Transient at any time, also in the middle, and when the body is not as long as was told.
        """
        call = replace(call, errors=_ABSENT | dict(call.errors))
        with ExitStack() as stack:
            response = self._http.call(call, lambda session: self._walk(session, url, is_signed, stack))
            stack.callback(response.close)
            with self._http.judged(call):
                told = _told_size(response, size)
            body = _Body(response, told, lambda: self._http.judged(call))
            yield stack.enter_context(io.BufferedReader(body, PIECE_BYTES))

    def location_of(self, call: Call, url: str) -> str:
        """Where an address of the own host sends those who ask for its bytes, without going there; "" = nowhere."""
        call = replace(call, errors=_ABSENT | dict(call.errors))
        return self._http.call(call, lambda session: self._ask_way(session, url))

    def send_form(
        self, call: Call, path: str, upload: Upload, fields: Mapping[str, str], *, headers: Mapping[str, str]
    ) -> Any:
        """POST a file as the part `file` of a form, beside `fields`. The JSON answer. As `Http.write`: once."""
        name = safe_name(upload.name)
        part = (name, upload.content, media_type_of(upload))
        form = MultipartEncoder(fields={**fields, "file": part})
        sent = {**headers, "Content-Type": form.content_type}
        return self._http.write(call, "POST", path, data=form, headers=sent, timeout=UPLOAD_TIMEOUT_S)

    def send_bytes(self, call: Call, path: str, upload: Upload, params: Mapping[str, str]) -> Any:
        """POST a file as it is. The JSON answer. As `Http.write`: once."""
        sent = {"Content-Type": DEFAULT_MEDIA_TYPE}
        data = upload.content if upload.size else b""  # requests would send an empty stream in chunks
        return self._http.write(call, "POST", path, params=params, data=data, headers=sent, timeout=UPLOAD_TIMEOUT_S)

    # --- the way to a file ----------------------------------------------------------------------------------------

    def _walk(self, session: requests.Session, url: str, is_signed: bool, stack: ExitStack) -> requests.Response:
        """Follow redirects by hand. Only the first request, and only to the own host, is made by our account."""
        self._check(url)
        if is_signed or not _is_same_origin(urlsplit(url), self._own):
            session = self._bare(stack)
        for _ in range(REDIRECTS + 1):
            try:
                return send_plainly(session, "GET", url, stream=True, headers=_ASK_FOR_BYTES, allow_redirects=False)
            except Answered as answered:
                if is_signed and answered.response.status_code in _SIGNED_AND_ENDED:
                    raise Transient(_ENDED, http_status=answered.response.status_code) from None
                url = self._next(url, answer_of(answered.response), answered)
                session = self._bare(stack)
        raise Rejected("the way to the file goes round in circles")

    def _ask_way(self, session: requests.Session, url: str) -> str:
        if not _is_same_origin(urlsplit(url), self._own):
            raise Rejected(_NOT_ALLOWED)
        try:
            send_plainly(session, "GET", url, stream=True, headers=_ASK_FOR_BYTES, allow_redirects=False).close()
        except Answered as answered:
            return self._next(url, answer_of(answered.response), answered)
        return ""

    def _next(self, url: str, answer: Answer, answered: Answered) -> str:
        target = _joined(url, answer.headers.get("location", ""))
        if not 300 <= answer.status < 400 or "location" not in answer.headers:
            if answer.status in _SIGNED_AND_ENDED and not _is_same_origin(urlsplit(url), self._own):
                raise Transient(_ENDED, http_status=answer.status)
            raise answered
        if urlsplit(target).hostname == self._own.hostname and is_login(_without_query(answer)):
            raise AuthError("the file asks for a login: credentials refused", http_status=answer.status)
        self._check(target)
        return target

    def _bare(self, stack: ExitStack) -> requests.Session:
        session = self._http.bare_session()
        stack.callback(session.close)
        return session

    def _check(self, url: str) -> None:
        """Raises Rejected for an address that nothing may be fetched from."""
        try:
            parts = urlsplit(url)
            host, _ = (parts.hostname or "").rstrip("."), parts.port
        except ValueError:
            raise Rejected(_NO_ADDRESS) from None
        if host == self._own.hostname:
            is_allowed = parts.scheme in ("https", self._own.scheme)
        else:
            is_allowed = parts.scheme == "https" and self._is_known(host) and self._is_public(host)
        if not is_allowed or parts.username is not None or parts.password is not None:
            raise Rejected(_NOT_ALLOWED)

    def _is_known(self, host: str) -> bool:
        return any(host.endswith(one[1:]) if one.startswith("*.") else host == one for one in self._hosts)

    def _is_public(self, host: str) -> bool:
        """Whether no address of a host lies in a network of its own; behind a proxy the proxy sees to that."""
        found = self._resolve(host)
        return all(ipaddress.ip_address(address.partition("%")[0]).is_global for address in found)


class _Body(io.RawIOBase):
    """The body of an answer. Raises what `judged` makes of a failure; Transient when it ends too early or too late."""

    def __init__(self, response: requests.Response, size: int | None, judged: Callable[[], Any]) -> None:
        self._raw = response.raw
        self._size = size
        self._judged = judged
        self._got = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        with self._judged():
            piece = self._raw.read(len(buffer), decode_content=True)
            self._got += len(piece)
            if self._size is not None and (self._got > self._size or (not piece and self._got < self._size)):
                raise Transient(f"the file is not the {self._size} bytes that were told")
        buffer[: len(piece)] = piece
        return len(piece)


def _told_size(response: requests.Response, size: int | None) -> int | None:
    """How long the body has to be. Raises Transient when its header says otherwise than the system's list."""
    told = response.headers.get("content-length", "")
    if not told.isdecimal() or response.headers.get("content-encoding", "identity") != "identity":
        return size
    if size is not None and int(told) != size:
        raise Transient(f"the file is not the {size} bytes that were told")
    return int(told)


def _without_query(answer: Answer) -> Answer:
    """A file may be called like a login page, and its name stand in the query."""
    location = answer.headers.get("location", "").partition("?")[0]
    return replace(answer, headers={"location": location})


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise Rejected(_NO_ADDRESS) from None


def _is_same_origin(one: SplitResult, other: SplitResult) -> bool:
    return (one.scheme, one.hostname, _port(one)) == (other.scheme, other.hostname, _port(other))


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None


def safe_name(name: str) -> str:
    """The name, for a header of a form. Raises Rejected for one that could be taken for a path or end the header."""
    if _UNSAFE_NAME.search(name):
        raise Rejected("no file can have this name", reasons={"name": "it holds what is no part of a name"})
    return name


def media_type_of(upload: Upload) -> str:
    """What the file says it is, if that is a media type at all."""
    told = upload.media_type or ""
    return told if _MEDIA_TYPE.fullmatch(told) else DEFAULT_MEDIA_TYPE


def _gone(answer: Answer) -> ConnectorError:
    return Gone("the file is no longer there", http_status=answer.status)


_NOT_ALLOWED: Final = "the file lies on a host that is not allowed (`attachment_hosts`)"
_NO_ADDRESS: Final = "the file has no address"
_ENDED: Final = "the address of the file has ended"
_ABSENT: Final = dict.fromkeys((HTTPStatus.NOT_FOUND.value, HTTPStatus.GONE.value), _gone)
_SIGNED_AND_ENDED: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
"""What a store of files answers to a signed address whose time is over; a new one is had by asking again."""
