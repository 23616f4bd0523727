"""Watches how much of a file system is left while something else writes into it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

LEAST = 1 << 30
"""Bytes that stay free on a big file system, whatever a drill unpacks; a small one keeps 5 %."""
LEAST_FILES = 10_000


class Room(threading.Event):
    """An event that is set with `outer`, or when what is left is not enough; see `why`.

    Whoever runs a program asks `is_set` several times a second anyway (`adapters._command`), so
    nobody has to watch beside. `limit` is how many bytes may be used up from now on; what others
    write meanwhile counts too. `least` replaces what must stay free.
    """

    def __init__(
        self,
        folder: Path,
        outer: threading.Event,
        *,
        limit: int | None = None,
        least: int | None = None,
    ) -> None:
        """Look at the file system of a folder that exists. Raises OSError."""
        super().__init__()
        self.why = ""
        self.free = 0
        self._folder = folder
        self._outer = outer
        self.least = least
        self._limit: int | None = None
        self.is_set()
        self._limit = None if limit is None else self.free - limit

    def is_set(self) -> bool:
        """Whether to stop; `why` is then "" (asked from outside), `space` or `limit`."""
        if self._outer.is_set() or super().is_set():
            return True
        found = os.statvfs(self._folder)
        self.free = found.f_bavail * found.f_frsize
        total = found.f_blocks * found.f_frsize
        least = min(LEAST, total // 20) if self.least is None else self.least
        files = min(LEAST_FILES, found.f_files // 20)
        if self.free < least or found.f_favail < files:
            self.why = "space"
        elif self._limit is not None and self.free < self._limit:
            self.why = "limit"
        if self.why:
            self.set()
        return bool(self.why)
