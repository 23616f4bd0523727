"""Another tool's configuration file, edited in one step: the old text or the new one, whole."""

from __future__ import annotations

import fcntl
import glob
import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp

from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable, PlanStale

LARGEST = 1 << 20
"""Bytes of a configuration file."""


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A configuration file of an engine."""

    engine: str
    path: Path

    def content(self) -> bytes:
        """Its bytes. Raises EngineUnreachable (settings-missing), EngineDenied, EngineError."""
        try:
            with self._real().open("rb") as source:
                if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                    raise EngineUnreachable("settings-missing", **self._named())
                content = source.read(LARGEST + 1)
        except PermissionError:
            raise EngineDenied("no-right", engine=self.engine, detail=str(self.path)) from None
        except OSError:
            raise EngineUnreachable("settings-missing", **self._named()) from None
        if len(content) > LARGEST:
            raise EngineError("settings-too-large", **self._named())
        return content

    def text(self) -> str:
        """Its text; bytes that are not UTF-8 stay what they are (surrogateescape)."""
        return self.content().decode("utf-8", "surrogateescape")

    def seen(self) -> str:
        """SHA-256 of what stands in it now."""
        return digest(self.content())

    def require(self, seen: str) -> str:
        """Its text, while it still reads as when it was `seen`. Raises PlanStale."""
        content = self.content()
        if digest(content) != seen:
            raise PlanStale("settings-changed", **self._named())
        return content.decode("utf-8", "surrogateescape")

    def replace(self, text: str, *, seen: str, check: Callable[[Path], None]) -> None:
        """Put a new text in its place, with the owner, mode and attributes of the old one.

        `check` gets the new file under a name beside the real one and raises when it is unfit.
        Raises PlanStale when the file changed meanwhile, EngineError (settings-linked, read-only).
        """
        real = self._real()
        try:
            if real.stat().st_nlink > 1:
                # Renaming would part it from its other names.
                raise EngineError("settings-linked", **self._named())
            _sweep(real)
            self._put(real, text.encode("utf-8", "surrogateescape"), seen, check)
            _sync(real.parent)
        except OSError:
            raise EngineError("read-only", engine=self.engine, path=str(self.path)) from None

    def _put(self, real: Path, content: bytes, seen: str, check: Callable[[Path], None]) -> None:
        handle, name = mkstemp(prefix=_prefix(real), suffix=real.suffix, dir=real.parent)
        fresh = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                file.write(content)
                file.flush()
                _like(real, file.fileno())
                os.fsync(file.fileno())
                check(fresh)
                self.require(seen)
                fresh.replace(real)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise

    def _real(self) -> Path:
        """Where the file is when its name is a symbolic link."""
        return self.path.resolve()

    def _named(self) -> dict[str, str]:
        return {"engine": self.engine, "path": str(self.path)}


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _prefix(real: Path) -> str:
    return f".{real.name}.phoenix-"


def _like(real: Path, descriptor: int) -> None:
    """Give the open file the owner, mode and extended attributes (ACLs, labels) of another."""
    found = real.stat()
    if (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
        os.fchown(descriptor, found.st_uid, found.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(found.st_mode))
    for name in os.listxattr(real):
        os.setxattr(descriptor, name, os.getxattr(real, name))


def _sweep(real: Path) -> None:
    """Remove what killed edits left: new files that nobody holds any more."""
    for left in real.parent.glob(f"{glob.escape(_prefix(real))}*"):
        try:
            with left.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink()
        except OSError:
            # Held by a running edit, or gone already.
            continue


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
