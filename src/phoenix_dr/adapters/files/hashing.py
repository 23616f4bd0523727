"""sha256 of a file, or of a stretch of it, in one thread.

Two threads are slower on many small files (the interpreter lock), and hashlib is four times
coreutils: docs/drills.md has the figures.
"""

from __future__ import annotations

import hashlib
import os

BLOCK = 1024 * 1024


def sha256_of(descriptor: int, span: tuple[int, int] | None = None) -> str:
    """Hex digest of an open file from `span` = (offset, length) in bytes; None is all of it.

    Raises OSError when the file ends before the span does.
    """
    digest = hashlib.sha256()
    position, left = span if span else (0, None)
    while left is None or left > 0:
        block = os.pread(descriptor, BLOCK if left is None else min(BLOCK, left), position)
        if not block:
            if left:
                raise OSError("the file ended early")
            break
        digest.update(block)
        position += len(block)
        left = None if left is None else left - len(block)
    return digest.hexdigest()
