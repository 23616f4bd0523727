"""Secrets are resolved here, at the moment of use; errors name the reference, never the value."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from phoenix_dr.core.model import SecretRef
from phoenix_dr.errors import EngineDenied, UsageError

LIMIT = 64 * 1024
"""Bytes a secret may have."""


def resolve(ref: SecretRef, *, environ: Mapping[str, str]) -> str:
    """The secret's value, without one final newline.

    Raises EngineDenied: secret-missing, secret-readable (by everyone), secret-foreign (through
    someone else's link), secret-too-long.
    """
    match ref.scheme:
        case "file":
            return _content(private_file(ref))
        case "env":
            if not (value := environ.get(ref.name)):
                raise EngineDenied("secret-missing", secret=str(ref))
            return value
        case _:
            raise UsageError("secret-scheme", secret=str(ref))


def private_file(ref: SecretRef) -> Path:
    """The path of a `file:` secret that nobody else may read. Raises as `resolve` does."""
    path = Path(ref.name)
    try:
        link, found = path.lstat(), path.stat()
    except OSError:
        raise EngineDenied("secret-missing", secret=str(ref)) from None
    if not stat.S_ISREG(found.st_mode):
        raise EngineDenied("secret-missing", secret=str(ref))
    if found.st_mode & stat.S_IRWXO:
        raise EngineDenied("secret-readable", secret=str(ref))
    if link.st_uid not in {0, os.geteuid(), found.st_uid}:
        # Someone else's link would make us read a file they cannot read themselves.
        raise EngineDenied("secret-foreign", secret=str(ref))
    return path


def _content(path: Path) -> str:
    try:
        with path.open("rb") as source:
            content = source.read(LIMIT + 1)
    except OSError:
        raise EngineDenied("secret-missing", secret=f"file:{path}") from None
    if len(content) > LIMIT:
        raise EngineDenied("secret-too-long", secret=f"file:{path}", limit=LIMIT)
    return os.fsdecode(content.removesuffix(b"\n"))
