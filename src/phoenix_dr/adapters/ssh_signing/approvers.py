"""The approvers file: read and written only where nobody but root can change it.

Every folder on the way is opened below the one before and looked at through its descriptor, so
that nothing can be exchanged between the look and the use. Links are not followed.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from phoenix_dr.errors import Refused, UsageError

LIMIT = 64 * 1024
"""Bytes an approvers file may have."""
_ROOT = 0
_FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK opening a pipe in its place would wait for ever.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def read_approvers(path: Path) -> bytes:
    """The approvers file as it is now.

    Raises Refused: approvers-missing (there is none), approvers-unsafe (`path`: what someone other
    than root could change), approvers-unreadable, approvers-too-long.
    """
    with _refusing(path), _folder(path.parent) as folder:
        return _content(folder, path)


def add_line(path: Path, line: str) -> None:
    """Append one line, as root; file (0644) and folders (0755) are made when missing.

    Raises as `read_approvers` does, and UsageError when the place cannot be written.
    """
    with _refusing(path), _folder(path.parent, make=True) as folder:
        try:
            before = _content(folder, path)
        except FileNotFoundError:
            before = b""
        if before and not before.endswith(b"\n"):
            before += b"\n"
        content = before + line.encode() + b"\n"
        if len(content) > LIMIT:
            raise Refused("approvers-too-long", path=str(path), limit=LIMIT)
        try:
            _replace(folder, path.name, content)
        except OSError as error:
            reason = error.strerror or ""
            raise UsageError("cannot-write", path=str(path), reason=reason) from error


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise Refused("approvers-missing", path=str(path)) from None
    except OSError as error:
        reason = error.strerror or ""
        raise Refused("approvers-unreadable", path=str(path), reason=reason) from error


@contextmanager
def _folder(path: Path, *, make: bool = False) -> Iterator[int]:
    """The folder of the file, reached through folders that only root can change."""
    done = Path("/")
    current = os.open("/", _FOLDER)
    try:
        _require_roots(current, done)
        for name in path.parts[1:]:
            done = done / name
            below = _step(current, name, done, make=make)
            os.close(current)
            current = below
            _require_roots(current, done)
        yield current
    finally:
        os.close(current)


def _step(above: int, name: str, path: Path, *, make: bool) -> int:
    if make:
        try:
            os.mkdir(name, 0o755, dir_fd=above)
        except FileExistsError:
            pass
    try:
        return os.open(name, _FOLDER, dir_fd=above)
    except NotADirectoryError:
        # A link is one too, when it is not to be followed.
        raise Refused("approvers-unsafe", path=str(path)) from None


def _content(folder: int, path: Path) -> bytes:
    def opened(name: str, _: int) -> int:
        return os.open(name, _FILE, dir_fd=folder)

    try:
        with open(path.name, "rb", opener=opened) as source:
            if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
                raise Refused("approvers-unsafe", path=str(path))
            _require_roots(source.fileno(), path)
            content = source.read(LIMIT + 1)
    except OSError as error:
        if isinstance(error, IsADirectoryError) or _is_link(folder, path.name):
            raise Refused("approvers-unsafe", path=str(path)) from None
        raise
    if len(content) > LIMIT:
        raise Refused("approvers-too-long", path=str(path), limit=LIMIT)
    return content


def _is_link(folder: int, name: str) -> bool:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISLNK(found.st_mode)


def _require_roots(descriptor: int, path: Path) -> None:
    """Refuse what is not root's alone to change; an access list shows in the group's bits."""
    found = os.fstat(descriptor)
    if found.st_uid != _ROOT or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Refused("approvers-unsafe", path=str(path))


def _replace(folder: int, name: str, content: bytes) -> None:
    fresh = f".{name}.{secrets.token_hex(6)}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(fresh, flags, 0o600, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
            out.flush()
            os.fchmod(descriptor, 0o644)
            os.fsync(descriptor)
        os.rename(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(fresh, dir_fd=folder)
        raise
