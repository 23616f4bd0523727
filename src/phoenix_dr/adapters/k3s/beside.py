"""What is saved beside the datastore: token, keys, certificates, manifests, configuration.

Everything goes into a folder of ours, mode 0700, whose layout is that of the server: restored, it
is put back as it lies. Of the token only a fingerprint is ever told.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from phoenix_dr.adapters import _tree
from phoenix_dr.adapters.k3s.datastore import ENCRYPTION, TOKEN, Kind, Server
from phoenix_dr.adapters.k3s.token import LARGEST_TOKEN, fingerprint
from phoenix_dr.errors import EngineDenied, EngineError

NOTE = "phoenix-k3s.json"
"""Our own manifest, at the top of the saved folder."""
SAVED_DATA = "data"
"""Folder of the copy that stands for the data directory."""
SAVED_CONFIG = "config"
"""Folder of the copy that stands for /etc/rancher/k3s."""
FILES = (TOKEN, "server/agent-token")
FOLDERS = ("server/tls", "server/cred", "server/manifests")
REMADE = frozenset({"k3s.yaml"})
"""What K3s writes anew at each start: an administrator's key that has no business in a copy."""


@dataclass(frozen=True, slots=True)
class Note:
    """What our manifest says of a copy; `token` is a fingerprint, "" without a token."""

    kind: str
    taken_at: str = ""
    snapshot: str = ""
    token: str = ""
    secrets_encryption: bool = False
    version: str = ""


def copy_beside(server: Server, into: Path) -> tuple[str, ...]:
    """Copy all of it; the names of what has to be there and is not (the token, its keys).

    Raises EngineDenied `asset-unreadable`, EngineError `k3s-copy-failed`.
    """
    try:
        for name in FILES:
            _file(server.data / name, into / SAVED_DATA / name)
        for name in FOLDERS:
            _folder(server.data / name, into / SAVED_DATA / name)
        _folder(server.config, into / SAVED_CONFIG)
    except PermissionError as error:
        raise EngineDenied("asset-unreadable", path=str(error.filename)) from None
    except OSError as error:
        raise EngineError("k3s-copy-failed", path=str(server.data), detail=str(error)) from error
    wanted = (TOKEN, ENCRYPTION) if server.encrypts else (TOKEN,)
    return tuple(name for name in wanted if not _has_content(into / SAVED_DATA / name))


def write_note(into: Path, note: Note) -> None:
    """Write our manifest beside the copy."""
    path = into / NOTE
    text = json.dumps({name: getattr(note, name) for name in Note.__slots__}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")
    path.chmod(0o600)


def note_of(server: Server, into: Path, *, taken_at: datetime, snapshot: str, version: str) -> Note:
    """What to say of a copy just made."""
    try:
        mark = fingerprint((into / SAVED_DATA / TOKEN).read_text("utf-8")[:LARGEST_TOKEN])
    except (OSError, ValueError):
        mark = ""
    return Note(
        kind=server.kind.value,
        taken_at=taken_at.isoformat(),
        snapshot=snapshot,
        token=mark,
        secrets_encryption=server.encrypts,
        version=version,
    )


def saved_datastore(kind: Kind, snapshot: str = "") -> str:
    """Where in a copy the datastore lies: the database, or the snapshot of that name."""
    if kind is Kind.SQLITE:
        return f"{SAVED_DATA}/server/db/state.db"
    return f"{SAVED_DATA}/server/db/snapshots/{snapshot}"


def _folder(source: Path, into: Path) -> None:
    if not source.is_dir():
        return
    _made(into)
    refused: list[str] = []
    with _tree.opened(source.resolve()) as root:
        for folder, _, entry in _tree.walk(root, unread=refused.append):
            name = _tree.joined(folder, entry.name)
            if entry.is_dir(follow_symlinks=False):
                _made(into / name)
            elif entry.is_file(follow_symlinks=True) and name not in REMADE:
                _file(source / name, into / name)
    if refused:
        raise PermissionError(13, "unread", str(source / refused[0]))


def _file(source: Path, into: Path) -> None:
    """A private copy with the times of the source; links are followed: they lead to K3s' own."""
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return
        for parent in _above(into):
            _made(parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(into, flags, 0o600), "wb") as copy:
            shutil.copyfileobj(file, copy)
        found = os.fstat(file.fileno())
        os.utime(into, ns=(found.st_atime_ns, found.st_mtime_ns), follow_symlinks=False)


def _above(path: Path) -> Iterator[Path]:
    missing = []
    parent = path.parent
    while not parent.exists():
        missing.append(parent)
        parent = parent.parent
    return reversed(missing)


def _made(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
