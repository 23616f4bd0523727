"""Readying the datastore of a K3s: a whole copy of it, and everything it needs beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from phoenix_dr.adapters.files.hashing import sha256_of
from phoenix_dr.adapters.k3s import beside, snapshots
from phoenix_dr.adapters.k3s.datastore import Kind, Server, server
from phoenix_dr.adapters.sqlite.staging import stage
from phoenix_dr.adapters.versions import version_of
from phoenix_dr.app.context import Context
from phoenix_dr.app.staging import Ready
from phoenix_dr.core.evidence import FileHash
from phoenix_dr.core.model import Asset
from phoenix_dr.errors import EngineError


def ready(ctx: Context, asset: Asset, folder: Path) -> Ready:
    """The saved layout in the staging folder; as old as the database or snapshot in it.

    Raises EngineError for a datastore elsewhere, an agent, and an etcd without a whole snapshot.
    """
    found = server(Path(asset.source))
    taken_at, snapshot = _datastore(ctx, found, folder)
    missing = beside.copy_beside(found, folder)
    told = version_of("k3s", environ=ctx.environ) or ""
    note = beside.note_of(found, folder, taken_at=taken_at, snapshot=snapshot, version=told)
    beside.write_note(folder, note)
    return Ready(asset, (str(folder),), tuple(_hashed(folder)), taken_at, missing)


def _datastore(ctx: Context, found: Server, folder: Path) -> tuple[datetime, str]:
    """Copy it; when it was so, and the name of the snapshot."""
    if found.kind is Kind.SQLITE:
        into = folder / beside.saved_datastore(found.kind)
        into.parent.mkdir(mode=0o700, parents=True)
        now = ctx.now()
        stage(found.database, into.parent, cancel=ctx.cancel)
        return now, ""
    newest = snapshots.newest(found.snapshots)
    into = folder / beside.saved_datastore(found.kind, newest.path.name)
    into.parent.mkdir(mode=0o700, parents=True)
    try:
        snapshots.unpacked(newest.path, into.parent, cancel=ctx.cancel)
    except OSError as error:
        detail = error.strerror or str(error)
        raise EngineError("k3s-copy-failed", path=str(newest.path), detail=detail) from error
    return newest.taken_at, newest.path.name


def _hashed(folder: Path) -> Iterator[FileHash]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                found = os.fstat(file.fileno())
                sha = sha256_of(file.fileno())
            yield FileHash(str(path), found.st_size, found.st_mtime_ns, sha)
