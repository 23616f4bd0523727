"""Runs `phoenix` and kills itself at the n-th write: `killed_run.py N COMMAND…`.

A write is a transaction of the ledger (before it, before its commit, after it) or a file that is
synced to disk (before and after): journals, markers, staged databases. With N = 0 nothing is
killed, and the number of moments there were is the last line of stderr.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection

from phoenix_dr.ledger.store import Store
from phoenix_dr.surfaces.cli.main import main

at = int(sys.argv[1])
passed = 0
transaction, fsync = Store.transaction, os.fsync


def moment() -> None:
    """One more moment at which a run may be killed."""
    global passed
    passed += 1
    if passed == at:
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def watched(store: Store) -> Iterator[Connection]:
    """A transaction with its three moments."""
    moment()
    with transaction(store) as connection:
        yield connection
        moment()
    moment()


def synced(descriptor: int) -> None:
    """A sync with its two moments."""
    moment()
    fsync(descriptor)
    moment()


Store.transaction = watched  # type: ignore[method-assign, assignment]
os.fsync = synced  # type: ignore[assignment]
try:
    main(sys.argv[2:])
finally:
    sys.stderr.write(f"\n{passed}\n")
