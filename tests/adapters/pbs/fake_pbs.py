"""A Proxmox Backup Server that speaks real HTTPS on loopback, from proxmox.md 10; none of ours.

Every fault while answering is 400 in plain text, whatever the Content-Type says; a refused token
is 401 after a while, a refused right 403 sooner.
"""

from __future__ import annotations

import hashlib
import json
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from adapters.pbs.pbs_answers import ROUTES, Ask, Refusal
from adapters.pbs.pbs_state import State, Token
from adapters.proxmox.fake_pve import certificate

BASE = "/api2/json"
LONGEST = 10.0
"""Seconds after which the fake lets go of any connection."""
Answer = Callable[[Ask], Any]


@dataclass
class Fake:
    """A running fake: its state, its address, its certificate and what it was asked."""

    state: State
    url: str
    certificate: Path
    asked: list[tuple[str, str]] = field(default_factory=list)
    connections: int = 0

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate as `proxmox-backup-manager cert info` shows it."""
        der = ssl.PEM_cert_to_DER_cert(self.certificate.read_text())
        return hashlib.sha256(der).digest().hex(":")

    def paths(self) -> list[str]:
        """Paths asked, in order, with their parameters."""
        return [path.removeprefix(BASE) for _, path in self.asked]


@contextmanager
def running(state: State) -> Iterator[Fake]:
    """The fake on a free port until the block ends."""
    made, key = certificate("pbs.lan")
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
        self.server.fake.connections += 1  # type: ignore[attr-defined]
        try:
            super().handle()
        except (OSError, ssl.SSLError):
            # The client went away, or did not like the certificate.
            self.close_connection = True

    def _any(self) -> None:
        fake: Fake = self.server.fake  # type: ignore[attr-defined]
        fake.asked.append((self.command, self.path))
        parts = urlsplit(self.path)
        path = parts.path.removeprefix(BASE)
        fault = fake.state.faults.get(path)
        if fault is not None:
            time.sleep(fault.delay)
            if fault.drop:
                self.close_connection = True
                return
            if fault.status is not None:
                self._send(fault.status, fault.body)
                return
        try:
            data = self._answered(fake.state, path, parts.query)
        except Refusal as refusal:
            if refusal.status == 403:
                time.sleep(fake.state.deny_delay)
            self._send(refusal.status, str(refusal).encode())
            return
        self._send(200, json.dumps({"data": data}).encode())

    do_GET = do_POST = do_PUT = do_DELETE = _any  # noqa: N815 - http.server's names

    def _answered(self, state: State, path: str, query: str) -> Any:
        user, token = self._who(state)
        answer, part = self._route(path)
        params = dict(parse_qsl(query, keep_blank_values=True))
        return answer(Ask(state, token, user, part, params))

    def _who(self, state: State) -> tuple[str, Token]:
        given = self.headers.get("Authorization", "")
        name, _, secret = given.removeprefix("PBSAPIToken=").partition(":")
        token = state.tokens.get(name)
        known = given.startswith("PBSAPIToken=") and token is not None and not token.expired
        if not known or token is None or token.secret != secret:
            time.sleep(state.auth_delay)
            raise Refusal(401, "authentication failed - invalid credentials.")
        return name, token

    def _route(self, path: str) -> tuple[Answer, dict[str, str]]:
        for form, answer in ROUTES.items():
            found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", form), path)
            if found is not None and self.command == "GET":
                return answer, {k: unquote(v) for k, v in found.groupdict().items()}
        raise Refusal(404, f"Path '{BASE}{path}' not found.")

    def _send(self, status: int, body: bytes) -> None:
        # Plain text of an error bears the Content-Type of an answer all the same.
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""
