"""A server that answers as a cluster in trouble, or one that means ill, would."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from adapters.kubernetes.lab import NOW
from phoenix_dr.adapters._kube import Kube, Limits
from phoenix_dr.adapters._kube_access import Access


@dataclass
class Answer:
    """A status, its body in pieces, and headers; `length` None says the body's own."""

    code: int = 200
    pieces: Callable[[], Iterator[bytes]] = lambda: iter((b"{}",))
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None


@dataclass
class Hostile:
    """What it was asked, and how to reach it."""

    url: str
    asked: list[tuple[str, str]] = field(default_factory=list)


def said(value: object, code: int = 200, **headers: str) -> Answer:
    """A whole answer in JSON."""
    body = json.dumps(value).encode()
    return Answer(code, lambda: iter((body,)), {k.replace("_", "-"): v for k, v in headers.items()},
                  len(body))  # fmt: skip


@contextmanager
def hostile(answer: Callable[[str, str], Answer]) -> Iterator[Hostile]:
    """Such a server until the block ends; `answer` gets method and path."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def _any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            there.asked.append((self.command, self.path))
            made = answer(self.command, self.path)
            self.send_response(made.code)
            for name, value in made.headers.items():
                self.send_header(name, value)
            if made.length is not None:
                self.send_header("Content-Length", str(made.length))
            self.send_header("Connection", "close")
            self.end_headers()
            try:
                for piece in made.pieces():
                    self.wfile.write(piece)
                    self.wfile.flush()
            except OSError:
                pass
            self.close_connection = True

        do_GET = do_POST = do_PATCH = do_DELETE = _any  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    there = Hostile(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def kube(there: Hostile, folder: Path, limits: Limits) -> Kube:
    """That server as a kubeconfig sees it."""
    path = folder / "hostile"
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1", "kind": "Config", "current-context": "a",
                "clusters": [{"name": "a", "cluster": {"server": there.url}}],
                "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
                "users": [{"name": "a", "user": {"token": "canary-token"}}],
            }
        )
    )  # fmt: skip
    path.chmod(0o600)
    return Kube(Access("k3s", str(path), "", {"PATH": "/usr/bin:/bin"}, lambda: NOW), limits)
