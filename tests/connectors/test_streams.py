"""Files in pieces: whole or not at all, from allowed hosts alone, without the login anywhere else, out once."""

from __future__ import annotations

import io
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
import responses
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from syncd.connectors.http import Call, Http
from syncd.connectors.settings import ConnectionSettings
from syncd.connectors.streams import PIECE_BYTES, Streams
from syncd.model.attachments import Upload
from syncd.model.errors import AuthError, ConnectorError, Gone, RateLimited, Rejected, Transient
from syncd.model.items import ConnectionName
from tests.connectors.test_http import SECRET, Time, session

pytestmark = pytest.mark.uncontracted(reason="a made-up system")
BASE = "https://tool.example/base"
FILE = f"{BASE}/files/7"
STORE = "https://files.store.example/7?signature=abc"
CALL = Call("open file", "7")
CONTENT = bytes(range(256)) * 1000


class Handler(BaseHTTPRequestHandler):
    """Answers as its server's script says, and keeps what it got."""

    protocol_version = "HTTP/1.1"
    server: Loopback

    def do_GET(self) -> None:
        self.close_connection = True
        self.wfile.write(self.server.answer)

    def do_POST(self) -> None:
        self.server.got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
        self.close_connection = True
        self.wfile.write(self.server.answer)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


class Loopback(ThreadingHTTPServer):
    """A server whose every answer is given byte by byte."""

    answer = b""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    with Loopback() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def mock() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as server:
        yield server


Make = Callable[..., Streams]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Http] = []

    def make(base: str = BASE, addresses: tuple[str, ...] = ("93.184.215.14",), **settings: Any) -> Streams:
        keys = ConnectionSettings(type="x", proxy="", **settings)
        made.append(Http(ConnectionName("tool"), base, keys, pace=Time().pace, open_session=session))
        return Streams(made[-1], ["files.store.example"], resolve=lambda _: addresses)

    yield make
    for http in made:
        http.close()


def read(streams: Streams, url: str = FILE, size: int | None = None) -> bytes:
    with streams.open(CALL, url, size=size) as file:
        return file.read()


# --- whole or not at all ----------------------------------------------------------------------------------------------


def body(length: int | None, sent: bytes) -> bytes:
    told = b"" if length is None else b"Content-Length: %d\r\n" % length
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + told + b"\r\n" + sent


def test_a_file_arrives_as_it_is(loopback: Loopback, make: Make) -> None:
    loopback.answer = body(len(CONTENT), CONTENT)
    assert read(make(loopback.url), loopback.url, len(CONTENT)) == CONTENT


def test_an_empty_file_is_a_file(loopback: Loopback, make: Make) -> None:
    loopback.answer = body(0, b"")
    assert read(make(loopback.url), loopback.url, 0) == b""


@pytest.mark.parametrize(
    ("told", "listed", "sent"),
    [
        pytest.param(10, None, b"123", id="shorter than its header"),
        pytest.param(None, 10, b"123", id="shorter than listed, without a header"),
        pytest.param(3, 10, b"123", id="header shorter than listed"),
        pytest.param(10, 3, b"1234567890", id="header longer than listed"),
        pytest.param(None, 3, b"1234567890", id="longer than listed"),
        pytest.param(None, 0, b"1", id="listed as empty"),
    ],
)
def test_a_part_of_a_file_is_no_file(
    loopback: Loopback, make: Make, told: int | None, listed: int | None, sent: bytes
) -> None:
    loopback.answer = body(told, sent)
    with pytest.raises(Transient) as caught:
        read(make(loopback.url), loopback.url, listed)
    assert not caught.value.is_in_doubt
    assert (caught.value.connection, caught.value.operation, caught.value.item_id) == ("tool", "open file", "7")


def test_chunks_that_end_too_early_are_no_file(loopback: Loopback, make: Make) -> None:
    loopback.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"
    with pytest.raises(Transient):
        read(make(loopback.url), loopback.url)


def test_silence_in_the_middle_is_transient(loopback: Loopback, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    loopback.answer = body(10, b"123")
    with make(loopback.url).open(CALL, loopback.url, size=10) as file:
        raw = file.raw._raw  # type: ignore[attr-defined]  # as a time-out of the socket shows itself
        monkeypatch.setattr(raw, "_fp", _Silent())
        with pytest.raises(Transient, match=r"127\.0\.0\.1"):
            file.read()


class _Silent:
    def read(self, *_: Any) -> bytes:
        raise TimeoutError

    def close(self) -> None:
        """Nothing to close."""

    def isclosed(self) -> bool:
        return False


def test_a_large_file_is_never_whole_in_memory(loopback: Loopback, make: Make) -> None:
    size = 8 * 2**20
    loopback.answer = body(size, bytes(size))
    tracemalloc.start()
    got = 0
    with make(loopback.url).open(CALL, loopback.url, size=size) as file:
        while piece := file.read(PIECE_BYTES):
            got += len(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert got == size
    assert peak < 2 * 2**20


def test_leaving_early_leaves_no_socket_behind(loopback: Loopback, make: Make) -> None:
    loopback.answer = body(len(CONTENT), CONTENT)
    with make(loopback.url).open(CALL, loopback.url, size=None) as file:
        assert file.read(3) == CONTENT[:3]


# --- which hosts ------------------------------------------------------------------------------------------------------


def test_the_login_goes_to_the_own_host_and_no_further(mock: responses.RequestsMock, make: Make) -> None:
    mock.get(FILE, status=303, headers={"Location": STORE})
    mock.get(STORE, body=b"bytes")
    assert read(make(), size=5) == b"bytes"
    first, second = (call.request.headers for call in mock.calls)
    assert SECRET in first["Authorization"]
    assert "Authorization" not in second
    assert "Cookie" not in second
    assert second["Accept-Encoding"] == "identity"


def test_a_netrc_file_gives_no_login_to_a_store_of_files(
    mock: responses.RequestsMock, make: Make, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login someone password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    mock.get(STORE, body=b"bytes")
    read(make(), STORE)
    assert "Authorization" not in mock.calls[0].request.headers


def test_a_signed_address_on_the_own_host_gets_no_login(mock: responses.RequestsMock, make: Make) -> None:
    mock.get(FILE, body=b"bytes")
    with make().open(CALL, FILE, size=5, is_signed=True) as file:
        assert file.read() == b"bytes"
    assert "Authorization" not in mock.calls[0].request.headers


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/7",
        "https://tool.example.elsewhere.example/7",
        "https://files.store.example.elsewhere.example/7",
        "https://someone@files.store.example/7",
        "http://files.store.example/7",
        "http://tool.example/base/files/7",
        "https://[::1]/7",
        "https://127.0.0.1/7",
        "https://[broken/7",
        "https://files.store.example:port/7",
        "file:///etc/passwd",
        "ftp://tool.example/7",
        "",
    ],
)
def test_nothing_is_asked_of_a_host_that_is_not_allowed(mock: responses.RequestsMock, make: Make, url: str) -> None:
    with pytest.raises(Rejected, match=r"attachment_hosts|no address"):
        read(make(), url)
    mock.get(FILE, status=302, headers={"Location": url or "https://[]/"})
    with pytest.raises(Rejected):
        read(make())
    assert len(mock.calls) == 1


@pytest.mark.parametrize("address", ["10.1.2.3", "127.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "100.64.0.1"])
def test_an_allowed_name_does_not_lead_into_the_own_network(make: Make, address: str) -> None:
    with pytest.raises(Rejected):
        read(make(addresses=("93.184.215.14", address)), STORE)


def test_hosts_of_the_settings_are_allowed(mock: responses.RequestsMock, make: Make) -> None:
    url = "https://eu.cdn.example/7"
    with pytest.raises(Rejected):
        read(make(attachment_hosts=["cdn.example"]), url)
    mock.get(url, body=b"bytes")
    assert read(make(attachment_hosts=["*.CDN.example"]), url) == b"bytes"


@pytest.mark.parametrize("host", ["https://files.example", "files.example/x", "*", "a b.example", ""])
def test_other_texts_are_no_hosts(host: str) -> None:
    with pytest.raises(ValidationError):
        ConnectionSettings(type="x", attachment_hosts=[host])


def test_a_way_in_circles_ends(mock: responses.RequestsMock, make: Make) -> None:
    mock.get(FILE, status=302, headers={"Location": FILE + "?again"})
    with pytest.raises(Rejected):
        read(make())
    assert len(mock.calls) == 4


def test_a_way_to_the_login_page_is_a_refused_login(mock: responses.RequestsMock, make: Make) -> None:
    mock.get(FILE, status=302, headers={"Location": "/login.jsp?next=/files/7"})
    with pytest.raises(AuthError):
        read(make())


def test_the_way_can_be_asked_without_being_gone(mock: responses.RequestsMock, make: Make) -> None:
    mock.get(FILE, status=303, headers={"Location": STORE})
    assert make().location_of(CALL, FILE) == STORE
    mock.replace(responses.GET, FILE, body=b"bytes")
    assert make().location_of(CALL, FILE) == ""
    with pytest.raises(Rejected):
        make().location_of(CALL, STORE)


# --- what answers mean ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, Gone), (410, Gone), (401, AuthError), (403, AuthError), (503, Transient), (429, RateLimited)],
)
def test_a_status_of_the_own_host_means_one_error(
    mock: responses.RequestsMock, make: Make, status: int, error: type[ConnectorError]
) -> None:
    mock.get(FILE, status=status, body="<html>a page</html>")
    with pytest.raises(ConnectorError) as caught:
        read(make())
    assert type(caught.value) is error


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("url", [STORE, FILE])
def test_a_signed_address_that_has_ended_is_asked_for_anew(
    mock: responses.RequestsMock, make: Make, status: int, url: str
) -> None:
    mock.get(url, status=status, body="<Error><Code>AccessDenied</Code></Error>")
    with pytest.raises(Transient, match="ended"), make().open(CALL, url, size=None, is_signed=url == FILE):
        pass


def test_no_signature_is_in_an_error(mock: responses.RequestsMock, make: Make) -> None:
    mock.get(STORE, body=requests.ConnectionError(f"cannot reach {STORE}"))
    with pytest.raises(Transient) as caught:
        read(make(), STORE)
    assert "abc" not in str(caught.value)


# --- out --------------------------------------------------------------------------------------------------------------


def upload(name: str = "brief.pdf", content: bytes = CONTENT, media_type: str | None = "application/pdf") -> Upload:
    return Upload(name, len(content), io.BytesIO(content), media_type)


def parts(headers: dict[str, str], sent: bytes) -> dict[str, Any]:
    """The parts of a form by their names, as another implementation reads them."""
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + sent
    )
    return {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def test_a_file_goes_out_as_a_part_of_a_form(loopback: Loopback, make: Make) -> None:
    loopback.answer = OK
    headers = {"X-Atlassian-Token": "no-check"}
    assert make(loopback.url).send_form(CALL, "/files", upload(), {"parent": "7"}, headers=headers) == {}
    [(seen, sent)] = loopback.got
    found = parts(seen, sent)
    assert found["parent"].get_content() == "7"
    assert found["file"].get_filename() == "brief.pdf"
    assert found["file"].get_content_type() == "application/pdf"
    assert found["file"].get_payload(decode=True) == CONTENT
    assert seen["X-Atlassian-Token"] == "no-check"
    assert seen["Authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize("content", [CONTENT, b""], ids=["full", "empty"])
def test_a_file_goes_out_as_it_is(loopback: Loopback, make: Make, content: bytes) -> None:
    loopback.answer = OK
    make(loopback.url).send_bytes(CALL, "/uploads.json", upload(content=content), {"filename": "brief.pdf"})
    [(seen, sent)] = loopback.got
    assert sent == content
    assert seen["Content-Type"] == "application/octet-stream"
    assert seen["Content-Length"] == str(len(content))


def test_a_large_file_goes_out_in_pieces(loopback: Loopback, make: Make) -> None:
    asked: list[int] = []

    class Source(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            asked.append(-1 if size is None else size)
            return super().read(size)

    loopback.answer = OK
    size = 2**20
    make(loopback.url).send_form(CALL, "/files", Upload("a.bin", size, Source(bytes(size))), {}, headers={})
    make(loopback.url).send_bytes(CALL, "/files", Upload("a.bin", size, Source(bytes(size))), {})
    assert len(loopback.got[0][1]) > size == len(loopback.got[1][1])
    assert min(asked) >= 0
    assert max(asked) <= PIECE_BYTES


@given(name=st.text(max_size=40))
def test_no_name_breaks_out_of_its_header(name: str) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        sent: list[bytes] = []

        def take(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
            sent.append(request.body)  # type: ignore[arg-type]  # as `responses` has read it
            return (200, {}, "{}")

        mock.add_callback(responses.POST, f"{BASE}/files", take)
        http = Http(ConnectionName("tool"), BASE, ConnectionSettings(type="x"), pace=Time().pace, open_session=session)
        try:
            Streams(http).send_form(CALL, "/files", upload(name, b"bytes"), {}, headers={})
        except Rejected:
            assert not sent
            return
        finally:
            http.close()
        head, _, rest = sent[0].partition(b"\r\n\r\n")
        assert len(head.split(b"\r\n")) == 3
        assert head.count(b'"') == 4
        assert rest.startswith(b"bytes\r\n--")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b.txt", "a\\b.txt", "a\r\nX: y", "a\x00b", "a\u2028b"])
def test_a_name_that_is_a_path_or_ends_a_header_is_refused(mock: responses.RequestsMock, make: Make, name: str) -> None:
    with pytest.raises(Rejected):
        make().send_form(CALL, "/files", upload(name), {}, headers={})
    assert not mock.calls


@pytest.mark.parametrize("told", ["text/html\r\nX: y", "nonsense", "", None])
def test_a_media_type_that_is_none_is_not_sent(loopback: Loopback, make: Make, told: str | None) -> None:
    loopback.answer = OK
    make(loopback.url).send_form(CALL, "/files", upload(media_type=told), {}, headers={})
    assert parts(*loopback.got[0])["file"].get_content_type() == "application/octet-stream"


def test_a_file_is_sent_once_and_is_in_doubt(mock: responses.RequestsMock, make: Make) -> None:
    mock.post(f"{BASE}/files", body=requests.ReadTimeout("slow"))
    with pytest.raises(Transient) as caught:
        make().send_form(CALL, "/files", upload(), {}, headers={})
    assert caught.value.is_in_doubt
    assert len(mock.calls) == 1


def test_too_large_a_file_is_refused(mock: responses.RequestsMock, make: Make) -> None:
    mock.post(f"{BASE}/files", status=413, body="<html>Request Entity Too Large</html>")
    with pytest.raises(Rejected):
        make().send_form(CALL, "/files", upload(), {}, headers={})
