"""A recovery kit as one tar that stock tar opens: same members, same bytes."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Mapping

LIMIT = 64 << 20
"""Bytes a kit may have; it holds a few pages of text and some secrets."""
MEMBERS = 4000
"""Most members that are read."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@+-]*(?:/[A-Za-z0-9_][A-Za-z0-9._@+-]*)*")


def pack(members: Mapping[str, bytes]) -> bytes:
    """The tar of these members, by name; without owners, dates or anything of this machine.

    Raises ValueError for a name that could leave the folder it is unpacked in.
    """
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in sorted(members.items()):
            if not _NAME.fullmatch(name):
                raise ValueError("a name does not fit")
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600
            tar.addfile(entry, io.BytesIO(content))
    return held.getvalue()


def unpack(packed: bytes) -> dict[str, bytes]:
    """Members by name. ValueError for what no kit of ours is: links, odd names, too much, torn."""
    if len(packed) > LIMIT:
        raise ValueError("too large")
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(packed), mode="r:") as tar:
            while (entry := tar.next()) is not None:
                if not entry.isreg() or entry.sparse or not _NAME.fullmatch(entry.name):
                    raise ValueError("no plain file")
                if entry.name in found or len(found) >= MEMBERS:
                    raise ValueError("twice, or too many")
                content = tar.extractfile(entry)
                found[entry.name] = content.read() if content else b""
                if len(found[entry.name]) != entry.size:
                    raise ValueError("torn")
    except (tarfile.TarError, EOFError, OSError, OverflowError) as error:
        raise ValueError("no tar") from error
    return found
