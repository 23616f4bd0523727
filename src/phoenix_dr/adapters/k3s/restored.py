"""What a restored copy of a datastore holds; it may be hostile, so no link of it is followed."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.adapters import _tree
from phoenix_dr.adapters.k3s.beside import NOTE, SAVED_CONFIG, SAVED_DATA
from phoenix_dr.adapters.k3s.datastore import ENCRYPTION, LARGEST_CONFIG, TOKEN, Kind, told, truth
from phoenix_dr.adapters.k3s.snapshots import has_own_hash
from phoenix_dr.adapters.k3s.token import LARGEST_TOKEN

DATABASE = f"{SAVED_DATA}/server/db/state.db"
SNAPSHOTS = f"{SAVED_DATA}/server/db/snapshots"


@dataclass(frozen=True, slots=True)
class Restored:
    """A restored copy: its kind (None: it has no datastore), where that lies, and what is beside.

    `token` is None when the file is absent or empty; `encrypts` when the copy itself says that
    secrets are encrypted, `has_keys` when the file with their keys is there.
    """

    kind: Kind | None
    datastore: str = ""
    token: str | None = None
    encrypts: bool = False
    has_keys: bool = False


def look(root: Path, saved: str) -> Restored:
    """What lies at `saved` (as the engine lists it) below `root`."""
    with _tree.opened(root) as top:
        copy = _Copy(top, saved.strip("/"))
        kind, datastore = copy.datastore()
        token = copy.text(f"{SAVED_DATA}/{TOKEN}", LARGEST_TOKEN).strip()
        return Restored(
            kind,
            f"{copy.at}/{datastore}" if datastore else "",
            token or None,
            copy.encrypts(),
            bool(copy.text(f"{SAVED_DATA}/{ENCRYPTION}", LARGEST_CONFIG).strip()),
        )


def is_whole_snapshot(root: Path, datastore: str) -> bool:
    """Whether the hash at the end of a restored snapshot is that of what it holds."""
    above, _, name = datastore.rpartition("/")
    try:
        with (
            _tree.opened(root) as top,
            _tree.beneath(top, above) as folder,
            os.fdopen(_opened(name, folder), "rb") as file,
        ):
            return has_own_hash(file)
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class _Copy:
    """The copy at `at` below an open folder."""

    top: int
    at: str

    def text(self, path: str, limit: int) -> str:
        """The beginning of a file; "" when there is none."""
        above, _, name = f"{self.at}/{path}".rpartition("/")
        try:
            with (
                _tree.beneath(self.top, above) as folder,
                os.fdopen(_opened(name, folder), "rb") as file,
            ):
                return file.read(limit).decode("utf-8", "replace")
        except OSError:
            return ""

    def names(self, path: str) -> list[str]:
        """Names of the regular files in a folder."""
        try:
            with _tree.beneath(self.top, f"{self.at}/{path}") as folder, os.scandir(folder) as held:
                return sorted(each.name for each in held if each.is_file(follow_symlinks=False))
        except OSError:
            return []

    def datastore(self) -> tuple[Kind | None, str]:
        """Its kind and path; a copy of ours has one database or one snapshot."""
        snapshots = self.names(SNAPSHOTS)
        if len(snapshots) == 1 and _tree.is_name(snapshots[0]):
            return Kind.ETCD, f"{SNAPSHOTS}/{snapshots[0]}"
        if not snapshots and "state.db" in self.names(f"{SAVED_DATA}/server/db"):
            return Kind.SQLITE, DATABASE
        return None, ""

    def encrypts(self) -> bool:
        """Whether our note or the saved configuration says that secrets are encrypted."""
        try:
            note = json.loads(self.text(NOTE, LARGEST_CONFIG))
            noted = note.get("secrets_encryption") is True
        except (ValueError, AttributeError, RecursionError):
            noted = False
        files = [f"{SAVED_CONFIG}/config.yaml"]
        folder = f"{SAVED_CONFIG}/config.yaml.d"
        files += [f"{folder}/{name}" for name in self.names(folder) if name.endswith(".yaml")]
        found: dict[str, str] = {}
        for path in files:
            found |= told(self.text(path, LARGEST_CONFIG))
        return noted or truth(found.get("secrets-encryption", ""))


def _opened(name: str, folder: int) -> int:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(name, flags, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a regular file")
    return descriptor
