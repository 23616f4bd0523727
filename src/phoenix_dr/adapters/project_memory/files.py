"""The memory of a BMAD or Grimoire project: found, read, and changed line by line under a lock.

Ten agents and people edit these files. A change is made on what stands there now, under a lock of
the folder, and replaces the file in one step; a file that somebody else changed meanwhile is read
again. Bytes that are no text stay what they are.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.errors import UsageError

HOMES = ("_bmad", "_grimoire")
MEMORY = "_memory"
CONTEXT = "shared-context.md"
HANDOFFS = "handoff-log.md"
DECISIONS = "decisions-log.md"
LEARNINGS = "agent-learnings/backup-dr.md"
CONTRADICTIONS = "contradiction-log.md"
GRAPH = "dependency-graph.md"
REFERENCES = "oss-references.md"
SESSION = "session-state.md"
SUMMARIES = "session-summaries"
LARGEST = 8 << 20
"""Bytes of a memory file that is still read."""
PATIENCE = 30.0
"""Seconds to wait for others who hold the lock."""
_ENCODING, _ODD = "utf-8", "surrogateescape"


@dataclass(frozen=True, slots=True)
class Memory:
    """The memory folder of one project."""

    root: Path
    folder: Path

    def read(self, name: str) -> str | None:
        """A file of it; None when it is not there. Raises UsageError when it cannot be read."""
        path = self.folder / name
        try:
            if path.stat().st_size > LARGEST:
                raise UsageError("memory-too-large", path=str(path))
            return path.read_bytes().decode(_ENCODING, _ODD)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UsageError("memory-unread", path=str(path), reason=error.strerror or "") from None

    def change(self, name: str, how: Callable[[str], str]) -> bool:
        """Have `how` change a file, made when it is missing; False when nothing is to change.

        `how` may be called more than once. Raises UsageError when the file cannot be written, or
        the lock stays taken.
        """
        with _alone(self.folder):
            while True:
                path = (self.folder / name).resolve()
                before = _state(path)
                text = self.read(name) or ""
                made = how(text)
                if made == text:
                    return False
                if _replaced(path, made, before):
                    return True

    def write(self, name: str, text: str) -> Path:
        """Replace a file that is ours alone. Raises UsageError when it cannot be written."""
        self.change(name, lambda _: text)
        return self.folder / name


def memory(root: Path) -> Memory | None:
    """The memory of a project; None when its root holds none."""
    for home in HOMES:
        folder = root / home / MEMORY
        if folder.is_dir():
            return Memory(root, folder)
    return None


def project_root(start: Path) -> Path | None:
    """The nearest folder at or above `start` that holds a project's memory."""
    for folder in (start, *start.parents):
        if any((folder / home).is_dir() for home in HOMES):
            return folder
    return None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder: a lock file of its own would be one more file for people to wonder about."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise UsageError("memory-locked", path=str(folder)) from None
                time.sleep(0.01)
        yield
    finally:
        os.close(descriptor)


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _replaced(path: Path, text: str, before: tuple[int, int, int] | None) -> bool:
    """Put the text in place; False when somebody else changed the file since it was read."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if before else 0o644
        descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode(_ENCODING, _ODD))
                file.flush()
                os.fsync(file.fileno())
            Path(fresh).chmod(mode)
            if _state(path) != before:
                return False
            Path(fresh).replace(path)
        finally:
            Path(fresh).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError("cannot-write", path=str(path), reason=error.strerror or "") from None
    return True
