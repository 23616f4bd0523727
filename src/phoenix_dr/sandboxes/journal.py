"""What a drill is about to make, written down before it exists.

`STATE/drills/phx-ID.json` holds one JSON object a line, synced before the next step, and is
locked for as long as its drill lives. Lines are appended, never rewritten, so that the lock
stays on one inode; a torn last line names something that was never made.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from phoenix_dr.adapters import _tree
from phoenix_dr.errors import DrillError
from phoenix_dr.sandboxes import marker

FOLDER = "drills"
"""Where journals lie, below the state directory."""
TAKEN = "taken"
"""Kind of a line that takes back the line of a guest: somebody else was there first."""
_ID = re.compile(r"phx-[a-z0-9][a-z0-9-]{3,60}")
_LIMIT = 1024 * 1024
"""Bytes of a journal; drills write a few hundred."""


def new_id() -> str:
    """A drill's id, which is also the name of everything it makes: `phx-` and 80 random bits."""
    return marker.PREFIX + secrets.token_hex(10)


@dataclass(frozen=True, slots=True)
class Resource:
    """One line of a journal: a folder or container (absolute path), or the drill with its pid.

    A `guest` on a server is `ENGINE/NUMBER`, and so is one that was `taken` by somebody else. All
    a drill has in a cluster is one `claim`, `ENGINE/NAMESPACE`.

    Children need no line: they get a death signal with the drill (see `adapters._command`).
    """

    kind: str
    path: str = ""
    pid: int = 0


@dataclass(slots=True)
class Journal:
    """The journal of a live drill; a context manager that removes what the drill made."""

    drill: str
    path: Path
    _descriptor: int
    _folders: list[Path] = field(default_factory=list)
    _locks: list[int] = field(default_factory=list)
    stuck: bool = False
    """Set when something the journal names could not be taken away: it stays for `gc`."""

    def __enter__(self) -> Journal:
        """Use as a context manager so that nothing stays behind."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove everything; what cannot be removed stays journalled for `gc`."""
        self.close()

    def folder(self, path: Path) -> Path:
        """Make a 0700 folder of this drill, written down first, then marked and locked.

        Raises DrillError when its name is not `phx-…` or something is there already.
        """
        if not path.name.startswith(marker.PREFIX) or not path.is_absolute():
            raise DrillError("drill-name", path=str(path))
        if path.is_symlink() or path.exists():
            raise DrillError("drill-folder-exists", path=str(path))
        self.note(Resource("folder", path=str(path)))
        try:
            path.mkdir(mode=0o700)
        except OSError as error:
            raise DrillError("drill-folder-exists", path=str(path)) from error
        self._folders.append(path)
        with _tree.opened(path) as opened:
            self._locks.append(marker.put(opened, self.drill))
        return path

    def remove(self, path: Path) -> bool:
        """Remove a folder of this drill now; False when something of it stays."""
        done = _remove(path)
        if done:
            self._folders.remove(path)
        return done

    def close(self, *, keep: Path | None = None) -> bool:
        """Remove the drill's folders and its journal; False when something had to stay.

        The folder `keep` is left to a person, unmarked, so that no `gc` takes it.
        """
        done = [path == keep or _remove(path) for path in reversed(self._folders)]
        if keep is not None:
            (keep / marker.MARKER).unlink(missing_ok=True)
        done.append(not self.stuck)
        if all(done):
            self.path.unlink(missing_ok=True)
        for descriptor in (*self._locks, self._descriptor):
            os.close(descriptor)
        self._folders.clear()
        self._locks.clear()
        return all(done)

    def note(self, resource: Resource) -> None:
        """Write down something that is about to exist."""
        append(self._descriptor, resource)


def open_journal(state: Path, drill: str) -> Journal:
    """Begin the journal of a drill below the state directory; it must not exist yet."""
    if not _ID.fullmatch(drill):
        raise DrillError("drill-name", path=drill)
    folder = state / FOLDER
    path = folder / f"{drill}.json"
    descriptor = _create(folder, path)
    # A gc that looked in between holds the lock for an instant and removes the empty file.
    if not marker.try_lock(descriptor) or not same_file(descriptor, path):
        os.close(descriptor)
        return open_journal(state, drill)
    append(descriptor, Resource("drill", pid=os.getpid()))
    with _tree.opened(folder) as opened:
        os.fsync(opened)
    return Journal(drill, path, descriptor)


def _create(folder: Path, path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, flags, 0o600)
    except FileExistsError:
        raise DrillError("drill-running", drill=path.stem) from None
    except OSError as error:
        raise DrillError("drill-journal-failed", detail=str(error)) from error


def append(descriptor: int, resource: Resource) -> None:
    """Write one line and wait until it is on disk."""
    fields = {"tag": marker.TAG, "kind": resource.kind, "path": resource.path, "pid": resource.pid}
    text = json.dumps({name: value for name, value in fields.items() if value})
    try:
        os.write(descriptor, text.encode() + b"\n")
        os.fsync(descriptor)
    except OSError as error:
        raise DrillError("drill-journal-failed", detail=str(error)) from error


def read(descriptor: int) -> tuple[Resource, ...]:
    """The resources a journal names; torn, foreign or odd lines name nothing."""
    found = []
    for line in os.pread(descriptor, _LIMIT, 0).split(b"\n"):
        try:
            fields = json.loads(line)
        except ValueError:
            continue
        if isinstance(fields, dict) and fields.pop("tag", None) == marker.TAG:
            found.append(_resource(fields))
    return tuple(found)


def _resource(fields: dict[str, object]) -> Resource:
    pid = fields.get("pid")
    kind, path = str(fields.get("kind", "")), str(fields.get("path", ""))
    return Resource(kind, path, pid if isinstance(pid, int) else 0)


def same_file(descriptor: int, path: Path) -> bool:
    """Whether `path` still is the file that was opened."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _remove(path: Path) -> bool:
    try:
        with _tree.opened(path.parent) as parent:
            _tree.remove(parent, path.name, last=marker.MARKER)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
