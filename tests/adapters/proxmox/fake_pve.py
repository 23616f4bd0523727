"""A Proxmox VE that speaks real HTTPS on loopback, written from proxmox.md; nothing of ours in it.

It keeps the order of checks (section 1): credential 401, CSRF 401, path 501, body without a place
501, a token where none will do 403, right 403, node away 595, parameters 400, and only then the
answer, which may be 500. Parameters of GET and DELETE stand in the query, those of POST and PUT in
a form (the query counts there too).
"""

from __future__ import annotations

import atexit
import gzip
import hashlib
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from adapters.proxmox import fake_answers, fake_guests, fake_jobs, fake_tasks
from adapters.proxmox.fake_answers import Ask, Refusal, Route, checked
from adapters.proxmox.fake_login import TICKET, log_in, who
from adapters.proxmox.fake_state import Fault, State
from tools import program

BASE = "/api2/json"
BAD_LOGIN = "authentication failure"
"""The one 401 that has a body."""
ROUTES = (
    *fake_answers.ROUTES,
    *fake_tasks.ROUTES,
    *fake_jobs.ROUTES,
    *fake_guests.ROUTES,
)
LONGEST = 10.0
"""Seconds after which the fake lets go of any connection."""


@dataclass
class Fake:
    """A running fake: its state, its address, its certificate and what it was asked.

    `bodies` has the form of each request of `asked`, as it came.
    """

    state: State
    url: str
    certificate: Path
    routes: tuple[Route, ...]
    asked: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    context: ssl.SSLContext | None = None
    lines: list[socket.socket] = field(default_factory=list)
    ended: int = 0

    @property
    def connections(self) -> int:
        """How many there were."""
        return len(self.lines)

    def closed(self, count: int) -> bool:
        """Whether so many connections ended, waiting a little for the last of them."""
        until = time.monotonic() + LONGEST
        while self.ended < count and time.monotonic() < until:
            time.sleep(0.01)
        return self.ended == count

    def hang_up(self) -> None:
        """Close every connection, as a server does with idle ones."""
        for each in self.lines:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        assert self.closed(self.connections)

    def show_another_certificate(self) -> None:
        """To every connection from now on."""
        assert self.context is not None
        self.context.load_cert_chain(*certificate("other.lan"))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate as `pvenode cert info` shows it."""
        der = ssl.PEM_cert_to_DER_cert(self.certificate.read_text())
        return hashlib.sha256(der).digest().hex(":").upper()

    def written(self) -> list[tuple[str, str]]:
        """Method and path of every write, in order: the log that shows what was sent twice."""
        return [
            (method, urlsplit(path).path.removeprefix(BASE))
            for method, path in list(self.asked)
            if method != "GET"
        ]

    def paths(self) -> list[str]:
        """Paths asked, in order, without their parameters."""
        return [urlsplit(path).path.removeprefix(BASE) for _, path in self.asked]


@cache
def certificate(name: str) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key, made once a process."""
    folder = Path(mkdtemp(prefix="fake-pve-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    key, made = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *(program("openssl"), "req", "-x509", "-newkey", "ec"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
            *("-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
            *("-keyout", str(key), "-out", str(made)),
        ],
        check=True,
        capture_output=True,
        timeout=30,
    )
    return made, key


@contextmanager
def running(
    state: State, *, name: str = "pve1.lan", routes: tuple[Route, ...] = ()
) -> Iterator[Fake]:
    """The fake on a free port until the block ends; `routes` come before its own."""
    made, key = certificate(name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    fake = Fake(state, f"https://127.0.0.1:{server.server_port}", made, (*routes, *ROUTES))
    fake.context = context
    server.fake = fake  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = LONGEST

    def handle(self) -> None:
        fake: Fake = self.server.fake  # type: ignore[attr-defined]
        fake.lines.append(self.connection)
        try:
            super().handle()
        except (OSError, ssl.SSLError):
            # The client went away, or did not like the certificate.
            self.close_connection = True
        with fake.state.lock:
            fake.ended += 1

    def _any(self) -> None:
        fake: Fake = self.server.fake  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        with fake.state.lock:
            fake.asked.append((self.command, self.path))
            fake.headers.append(dict(self.headers))
            fake.bodies.append(body)
        path = urlsplit(self.path).path.removeprefix(BASE)
        fault = fake.state.faults.get(path)
        if fault is not None and fault.strikes(self.command):
            if fault.done:
                self._try(fake.state, body)
            if self._struck(fault):
                return
        self._send(*self._try(fake.state, body))

    do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - http.server's names

    def _struck(self, fault: Fault) -> bool:
        """Whether a fault takes the place of the answer."""
        time.sleep(fault.delay)
        if fault.drop:
            self.close_connection = True
            return True
        if fault.cut:
            self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"data":"UPID:')
            self.close_connection = True
            return True
        if fault.status is not None:
            self._send(fault.status, fault.reason, fault.body)
        return fault.status is not None

    def _try(self, state: State, body: str) -> tuple[int, str, bytes]:
        try:
            data = self._answered(state, body)
        except Refusal as refusal:
            return refusal.status, refusal.reason, _refusal(refusal)
        # A log has `total` beside its data.
        whole = data if isinstance(data, dict) and "total" in data else {"data": data}
        return 200, "OK", json.dumps(whole).encode()

    def _answered(self, state: State, body: str) -> Any:
        parts = urlsplit(self.path)
        path, params = parts.path.removeprefix(BASE), _params(f"{body}&{parts.query}")
        if (self.command, path) == ("POST", TICKET):
            with state.lock:
                return log_in(state, params)
        user, rights, is_token = who(state, self.headers, self.command)
        route, part = self._route(path)
        if self.command in ("GET", "DELETE") and body:
            raise Refusal(501, f"Unexpected content for method '{self.command}'")
        if is_token and route.ticket_only:
            why = f"URI '{path}' not available with API token, need proper ticket."
            raise Refusal(403, f"Permission check failed ({why})")
        with state.lock:
            state.settle()
            ask = Ask(state, rights, user, part, params)
            route.right(ask)
            _reach(state, part.get("node"))
            checked(route, params)
            return route.answer(ask)

    def _route(self, path: str) -> tuple[Route, dict[str, str]]:
        fake: Fake = self.server.fake  # type: ignore[attr-defined]
        for route in fake.routes:
            part = route.match(path)
            if part is not None and self.command == route.method:
                return route, {name: unquote(value) for name, value in part.items()}
        raise Refusal(501, f"Method '{self.command} {path}' not implemented")

    def _send(self, status: int, reason: str, body: bytes) -> None:
        self.send_response(status, reason)
        self.send_header("Content-Type", "application/json;charset=UTF-8")
        if len(body) > 1024 and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        if status >= 400:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def _params(text: str) -> dict[str, str]:
    params: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        params[name] = f"{params[name]}\0{value}" if name in params else value
    return params


def _reach(state: State, node: str | None) -> None:
    """A request about a node is handed to it: an unknown name is 500, one that is off 595."""
    if node is not None and node not in state.nodes:
        why = "failed to get address info"
        raise Refusal(500, f"hostname lookup '{node}' failed - {why}")
    if node is not None and not state.nodes[node]:
        raise Refusal(595, "No route to host")


def _refusal(refusal: Refusal) -> bytes:
    """The body of a bad answer; some have none."""
    if refusal.status in (595, 596, 599) or (refusal.status == 401 and refusal.reason != BAD_LOGIN):
        return b""
    body: dict[str, Any] = {"data": None, "message": f"{refusal.reason}\n"}
    if refusal.errors is not None:
        body["errors"] = refusal.errors
    return json.dumps(body).encode()
