"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from phoenix_dr.errors import UsageError


def write_atomically(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace `path` by `text` in one step, on disk before this returns.

    Raises UsageError when the place cannot be written.
    """
    write_bytes_atomically(path, text.encode("utf-8", "surrogateescape"), mode=mode)


def write_bytes_atomically(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """As `write_atomically`, for what is no text."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, fresh = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(fresh).chmod(mode)
            Path(fresh).replace(path)
        except BaseException:
            Path(fresh).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError("cannot-write", path=str(path), reason=error.strerror or "") from error
