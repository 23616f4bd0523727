"""The ledger in one SQLite file."""

from __future__ import annotations

import os
import sqlite3
from contextlib import AbstractContextManager, closing
from pathlib import Path

from phoenix_dr.ledger.acts import Acts
from phoenix_dr.ledger.lease import lease
from phoenix_dr.ledger.observing import Observing
from phoenix_dr.ledger.points import Points
from phoenix_dr.ledger.proof import Proofs


class SqliteLedger(Observing, Points, Acts, Proofs):
    """Everything a Ledger does, on SQLite."""

    def batch(self) -> AbstractContextManager[object]:
        """Many writes as one: all of them stay, or none."""
        return self.transaction()

    def lease(self, name: str) -> AbstractContextManager[None]:
        """Hold `name` alone among all processes. LedgerError `busy` with `what` and `pid`."""
        return lease(self.path.parent / "leases", name)

    def backup_to(self, path: Path) -> None:
        """Write a consistent copy as one new file, 0600. FileExistsError when there is one."""
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        with self.stream() as source, closing(sqlite3.connect(path)) as copy:
            # Not flushed to the disk: an engine reads it at once, and it is made anew each time.
            copy.execute("PRAGMA synchronous = OFF")
            source.backup(copy)
            # A copy in WAL mode could not be opened where it may not be written.
            copy.execute("PRAGMA journal_mode = DELETE")
