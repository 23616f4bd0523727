"""The life of the demo's wiki: a page and a heartbeat every second, until told to stop."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType

from phoenix_dr.adapters import canary

EVERY = 1.0


class Writer:
    """Writes to the wiki from a thread of its own while the `with` block runs."""

    def __init__(self, wiki: Path, clock: Callable[[], datetime]) -> None:
        """`wiki` is the database; `clock` gives aware UTC."""
        self.wiki = wiki
        self.clock = clock
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._write, name="demo-writer", daemon=True)

    def __enter__(self) -> Writer:
        """Write the first page now, then go on in the background."""
        self._page(0)
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop writing; returns when the last page is down."""
        self.stop.set()
        self.thread.join(timeout=10)

    def _write(self) -> None:
        number = 1
        while not self.stop.wait(EVERY):
            self._page(number)
            number += 1

    def _page(self, number: int) -> None:
        wiki = sqlite3.connect(self.wiki, timeout=5)
        try:
            with wiki:
                wiki.execute(
                    "insert into page (title, body) values (?, ?)",
                    (f"Live page {number}", "written while the backup runs"),
                )
        finally:
            wiki.close()
        canary.beat_sqlite(self.wiki, self.clock())
