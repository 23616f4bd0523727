"""Questions over HTTP against real servers on loopback: good, slow, lying, endless ones."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from phoenix_dr.adapters._http import DEFAULT, Limits, Server
from phoenix_dr.core.model import SecretRef
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable
from tools import program

Behave = Callable[[BaseHTTPRequestHandler], None]
SECRET = "a-very-secret-token"
QUICK = Limits(connect=1, read=0.5, total=1.0, size=1000, line=100)


class Site:
    """A web server that answers as told and remembers what it was asked."""

    def __init__(self) -> None:
        """Listen on a free port of loopback."""
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.behave: Behave = answers(b"{}")
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, dict(self.headers)))
                try:
                    site.behave(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        """Stop it."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def answers(body: bytes, status: int = 200, **headers: str) -> Behave:
    """Always this answer."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def drips(what: bytes, before: bytes = b"") -> Behave:
    """A little at a time, always in time for the next read, for ever."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(before)
        until = time.monotonic() + 8
        while time.monotonic() < until:
            handler.wfile.write(what)
            handler.wfile.flush()
            time.sleep(0.1)

    return behave


@pytest.fixture
def site() -> Iterator[Site]:
    """A running web server."""
    found = Site()
    yield found
    found.close()


def server(
    site: Site,
    limits: Limits = DEFAULT,
    token: SecretRef | None = None,
    environ: dict[str, str] | None = None,
) -> Server:
    """A client of the site."""
    return Server("graphs", site.base, environ or {}, token=token, limits=limits)


def test_json_text_lines_and_parameters_come_back(site: Site) -> None:
    site.behave = answers(b'{"a": [1]}')
    assert server(site).get_json("/api/v1/x", params={"q": "a b&c"}) == {"a": [1]}
    assert site.asked[0][0] == "/api/v1/x?q=a+b%26c"
    site.behave = answers("é\n\xff".encode("latin-1"))
    assert server(site).get_text("/x") == "\ufffd\n\ufffd"
    site.behave = answers(b"one\ntwo\n\nlast")
    assert list(server(site).get_lines("/x")) == ["one", "two", "", "last"]


def test_a_path_below_the_address_is_kept(site: Site) -> None:
    Server("graphs", f"{site.base}/prom/", {}).get_json("/api")
    assert site.asked[0][0] == "/prom/api"


def test_the_token_is_sent_and_in_no_error(site: Site, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    asks = server(site, token=SecretRef("file", str(secret)))
    asks.get_json("/")
    assert site.asked[0][1]["Authorization"] == f"Bearer {SECRET}"
    for status in (401, 403, 404, 302):
        site.behave = answers(SECRET.encode(), status, Location="http://elsewhere.example/")
        with pytest.raises(EngineError) as caught:
            asks.get_json("/")
        assert SECRET not in repr(caught.value) + str(caught.value)
        assert caught.value.__cause__ is None


def test_a_token_that_is_no_header_is_refused(site: Site) -> None:
    asks = server(site, token=SecretRef("env", "T"), environ={"T": "two\r\nX-Evil: lines"})
    with pytest.raises(EngineDenied, match="token-unfit"):
        asks.get_json("/")
    assert site.asked == []


def test_a_password_in_the_address_is_in_no_error() -> None:
    asks = Server("graphs", "http://me:hunter2@127.0.0.1:1", {}, limits=QUICK)
    with pytest.raises(EngineUnreachable) as caught:
        asks.get_json("/")
    assert caught.value.code == "network"
    assert "127.0.0.1:1" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, EngineDenied, "no-right"),
        (403, EngineDenied, "no-right"),
        (404, EngineError, "web-error"),
        (500, EngineError, "web-error"),
        (204, EngineError, "web-error"),
        (307, EngineError, "web-redirect"),
    ],
)
def test_a_bad_answer_has_its_own_code(
    site: Site, status: int, kind: type[EngineError], code: str
) -> None:
    site.behave = answers(b"", status, Location=f"{site.base}/there")
    with pytest.raises(kind) as caught:
        server(site).get_json("/")
    assert (type(caught.value), caught.value.code) == (kind, code)
    assert caught.value.parameters["engine"] == "graphs"
    assert len(site.asked) == 1, "neither followed nor tried again"


def test_a_server_that_is_starting_is_asked_again(site: Site) -> None:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        answers(b"7", 503 if len(site.asked) < 3 else 200)(handler)

    site.behave = behave
    assert server(site).get_json("/") == 7
    assert len(site.asked) == 3


def test_a_server_that_stays_away_is_asked_three_times(site: Site) -> None:
    site.behave = answers(b"", 503)
    with pytest.raises(EngineUnreachable, match="network"):
        server(site).get_json("/")
    assert len(site.asked) == 3


def test_a_connection_cut_before_the_answer_is_asked_again(site: Site) -> None:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        if len(site.asked) == 1:
            handler.close_connection = True
        else:
            answers(b"7")(handler)

    site.behave = behave
    assert server(site).get_json("/") == 7


def test_half_an_answer_is_no_answer(site: Site) -> None:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

    site.behave = behave
    with pytest.raises(EngineUnreachable, match="network"):
        server(site).get_text("/")


def test_nonsense_is_confused(site: Site) -> None:
    for body in (b"<html>", b"", b"[" * 100_000, b"\xff"):
        site.behave = answers(body)
        with pytest.raises(EngineError, match="answer-confused"):
            server(site).get_json("/")
    site.behave = answers(b"{}", Content_Encoding="gzip")
    with pytest.raises(EngineError, match="answer-confused"):
        server(site).get_json("/")
    assert site.asked[0][1]["Accept-Encoding"] == "identity"


def test_an_answer_has_an_end(site: Site) -> None:
    site.behave = answers(b"x" * 1000)
    assert len(server(site, QUICK).get_text("/")) == 1000
    site.behave = answers(b"x" * 1001)
    with pytest.raises(EngineError, match="web-too-long"):
        server(site, QUICK).get_text("/")
    with pytest.raises(EngineError, match="web-too-long"):
        list(server(site, QUICK).get_lines("/"))


@pytest.mark.parametrize(
    "behave",
    [
        pytest.param(lambda handler: time.sleep(3), id="silence"),
        pytest.param(drips(b"X"), id="endless headers"),
        pytest.param(drips(b"x", b"HTTP/1.1 200 OK\r\n\r\n"), id="endless body"),
    ],
)
def test_every_wait_has_an_end(site: Site, behave: Behave) -> None:
    site.behave = behave
    began = time.monotonic()
    with pytest.raises(EngineUnreachable) as caught:
        server(site, QUICK).get_text("/")
    assert time.monotonic() - began < 2.5
    assert "timeout" in str(caught.value.parameters["detail"])


def test_proxies_of_the_environment_are_not_used(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert server(site).get_json("/") == {}
    named = Server("graphs", site.base, {}, proxy="http://127.0.0.1:1", limits=QUICK)
    with pytest.raises(EngineUnreachable, match="network"):
        named.get_json("/")


def test_an_address_that_is_none_is_unreachable() -> None:
    for base in ("http://[", "ftp://127.0.0.1", "http://no-such-host.invalid"):
        with pytest.raises(EngineUnreachable, match="network"):
            Server("graphs", base, {}, limits=QUICK).get_json("/")


def test_a_certificate_nobody_vouches_for_is_refused(site: Site, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        [
            *(program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
        timeout=30,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    site.server.socket = context.wrap_socket(
        site.server.socket, server_side=True, do_handshake_on_connect=False
    )
    asks = Server("graphs", site.base.replace("http:", "https:"), {}, limits=QUICK)
    with pytest.raises(EngineUnreachable, match="network"):
        asks.get_json("/")
    assert site.asked == []


def test_nothing_is_loaded_before_the_first_question() -> None:
    code = (
        "import sys, json, phoenix_dr.adapters._http;"
        "print(json.dumps([name for name in sys.modules if name.startswith('http')]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=30)
    assert json.loads(done.stdout) == []
