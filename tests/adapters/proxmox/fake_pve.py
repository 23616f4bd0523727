"""A Proxmox VE that speaks real HTTPS on loopback, written from proxmox.md; nothing of ours in it.

It keeps the order of checks (section 1): credential 401, path 501, body on a reading 501, right
403, node away 595, parameters 400, and only then the answer, which may be 500.
"""

from __future__ import annotations

import atexit
import gzip
import hashlib
import json
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from adapters.proxmox.fake_answers import ROUTES, Ask, Refusal, Route, checked
from adapters.proxmox.fake_state import State, Token
from tools import program

BASE = "/api2/json"
LONGEST = 10.0
"""Seconds after which the fake lets go of any connection."""


@dataclass
class Fake:
    """A running fake: its state, its address, its certificate and what it was asked."""

    state: State
    url: str
    certificate: Path
    asked: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate as `pvenode cert info` shows it."""
        der = ssl.PEM_cert_to_DER_cert(self.certificate.read_text())
        return hashlib.sha256(der).digest().hex(":").upper()

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
def running(state: State, *, name: str = "pve1.lan") -> Iterator[Fake]:
    """The fake on a free port until the block ends."""
    made, key = certificate(name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    fake = Fake(state, f"https://127.0.0.1:{server.server_port}", made)
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
        try:
            super().handle()
        except (OSError, ssl.SSLError):
            # The client went away, or did not like the certificate.
            self.close_connection = True

    def _any(self) -> None:
        fake: Fake = self.server.fake  # type: ignore[attr-defined]
        fake.asked.append((self.command, self.path))
        fake.headers.append(dict(self.headers))
        parts = urlsplit(self.path)
        path = parts.path.removeprefix(BASE)
        fault = fake.state.faults.get(path)
        if fault is not None:
            time.sleep(fault.delay)
            if fault.drop:
                self.close_connection = True
                return
            if fault.status is not None:
                self._send(fault.status, fault.reason, fault.body)
                return
        try:
            data = self._answered(fake.state, path, parts.query)
        except Refusal as refusal:
            self._refuse(refusal)
            return
        # A log has `total` beside its data.
        whole = data if isinstance(data, dict) and "total" in data else {"data": data}
        self._send(200, "OK", json.dumps(whole).encode())

    do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - http.server's names

    def _answered(self, state: State, path: str, query: str) -> Any:
        user, token = self._who(state)
        route, part = self._route(path)
        if self.command in ("GET", "DELETE") and int(self.headers.get("Content-Length") or 0):
            raise Refusal(501, f"Unexpected content for method '{self.command}'")
        params = dict(parse_qsl(query, keep_blank_values=True))
        ask = Ask(state, token, user, part, params)
        route.right(ask)
        if (node := part.get("node")) is not None:
            if node not in state.nodes:
                why = "failed to get address info"
                raise Refusal(500, f"hostname lookup '{node}' failed - {why}")
            if not state.nodes[node]:
                raise Refusal(595, "No route to host")
        checked(route, params)
        return route.answer(ask)

    def _who(self, state: State) -> tuple[str, Token]:
        """401 looks the same for an unknown, a wrong and an expired token, and comes late."""
        given = self.headers.get("Authorization", "")
        name, _, secret = given.removeprefix("PVEAPIToken=").partition("=")
        token = state.tokens.get(name)
        if not given.startswith("PVEAPIToken="):
            time.sleep(state.auth_delay)
            raise Refusal(401, "No ticket")
        if token is None or token.expired or token.secret != secret:
            time.sleep(state.auth_delay)
            raise Refusal(401, "Authentication failed!")
        return name, token

    def _route(self, path: str) -> tuple[Route, dict[str, str]]:
        for route in ROUTES:
            part = route.match(path)
            if part is not None and self.command == "GET":
                return route, {name: unquote(value) for name, value in part.items()}
        raise Refusal(501, f"Method '{self.command} {path}' not implemented")

    def _refuse(self, refusal: Refusal) -> None:
        if refusal.status in (401, 595, 596, 599):
            self._send(refusal.status, refusal.reason, b"")
            return
        body: dict[str, Any] = {"data": None, "message": f"{refusal.reason}\n"}
        if refusal.errors is not None:
            body["errors"] = refusal.errors
        self._send(refusal.status, refusal.reason, json.dumps(body).encode())

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
