"""The clock beside a question over HTTP: ends it in time, and knows whether it was sent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from time import monotonic
from typing import Any


class Watch:
    """Cuts the connection at the end of the total time: httpx2 only limits each single wait.

    `over` is whether it did, `sent` whether anything of a request may have reached the server.
    """

    def __init__(self, until: float) -> None:
        """`until` is by `time.monotonic`; nothing is watched before the block begins."""
        self.over = self.sent = False
        self._until = until
        self._sockets: list[Any] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(max(0.0, until - monotonic()), self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Watch:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()

    def guard(self, sockets: list[Any]) -> None:
        """Cut these from now on, of a connection kept; the list is kept up to date."""
        with self._lock:
            self._sockets = sockets

    def is_over(self, pause: float) -> bool:
        """Whether the time is up after so many seconds more."""
        return monotonic() + pause >= self._until

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remember the sockets httpx2 opens; a TLS stream stands for the one below it."""
        if event.endswith(".send_request_headers.started"):
            self.sent = True
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            with self._lock:
                if event.startswith("connection.connect_tcp"):
                    # One connection at a time: whatever was there before is closed.
                    self._sockets.clear()
                self._sockets.append(info["return_value"].get_extra_info("socket"))
            if self.over:
                self._cut()

    def _cut(self) -> None:
        self.over = True
        with self._lock:
            for each in self._sockets:
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except (OSError, AttributeError):
                    # Already closed.
                    pass
