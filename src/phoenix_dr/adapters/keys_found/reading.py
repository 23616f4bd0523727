"""Opening a file that may be hostile: no link out of the places given, no FIFO, few bytes."""

from __future__ import annotations

import base64
import binascii
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MOST_OF_A_LINE = 512
HOMES = ("/home/", "/root/", "/Users/")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a look goes: entries of directories in all, files opened, bytes of one, seconds."""

    entries: int = 100_000
    files: int = 20_000
    size: int = 1 << 20
    seconds: float = 10.0
    depth: int = 8


class Outside(Exception):
    """A link leads out of the places that may be looked at."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """The places one may look at, below `root`; nothing else is opened, whatever a link says."""

    root: Path
    places: tuple[str, ...]
    own: tuple[str, ...] = ()
    """The homes and projects asked for: no link leads into anybody else's home."""

    def below(self, path: str) -> str:
        """The path on this machine."""
        return os.path.join(self.root, path.lstrip("/"))

    def resolve(self, path: str) -> str | None:
        """Where a path really leads, as seen from `root`; None when nothing is there.

        Raises Outside when a link leaves the places given.
        """
        try:
            real = os.path.realpath(self.below(path), strict=True)
        except (OSError, ValueError):
            return None
        root = os.path.realpath(self.root)
        inside = os.path.join("/", os.path.relpath(real, root)) if root != "/" else real
        if root != "/" and not real.startswith(root + os.sep):
            raise Outside
        if not _within(inside, self._real(root)):
            raise Outside
        if inside != path and inside.startswith(HOMES) and not _within(inside, self.own):
            raise Outside
        return inside

    def _real(self, root: str) -> Iterator[str]:
        """The places themselves, which an administrator may have put behind a link."""
        for place in self.places:
            if place == "/":
                continue
            real = os.path.realpath(self.below(place))
            if root == "/":
                yield real
            elif real.startswith(root + os.sep):
                yield real[len(root) :]


def _within(path: str, places: Iterable[str]) -> bool:
    return any(path == place or path.startswith(place + "/") for place in places)


@contextmanager
def opened(real: str) -> Iterator[tuple[int, os.stat_result]]:
    """A descriptor of a regular file and its facts. Raises OSError for anything else."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(real, flags)
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise OSError("no regular file")
        yield descriptor, facts
    finally:
        os.close(descriptor)


def start(descriptor: int, limit: int) -> bytes:
    """The first bytes of a file."""
    return os.pread(descriptor, limit, 0)


class Slow:
    """Reads a file a few bytes at a time, so that what comes later is never in memory."""

    def __init__(self, descriptor: int) -> None:
        """From the beginning."""
        self._descriptor = descriptor
        self._at = 0

    def take(self, count: int) -> bytes:
        """So many bytes, fewer at the end."""
        read = os.pread(self._descriptor, count, self._at)
        self._at += len(read)
        return read

    def line(self) -> bytes:
        """One line without its end, at most 512 bytes of it."""
        found = bytearray()
        while len(found) < MOST_OF_A_LINE and (byte := self.take(1)) not in {b"", b"\n"}:
            found += byte
        return bytes(found).rstrip(b"\r")

    def decoded(self, count: int) -> bytes:
        """So many bytes of base64 from here, at most two more are read. ValueError when broken."""
        found = b""
        while len(found) < count:
            quad = b""
            while len(quad) < 4:
                byte = self.take(1)
                if not byte:
                    raise ValueError("the file ends")
                if byte not in b"\r\n":
                    quad += byte
            try:
                found += base64.b64decode(quad, validate=True)
            except binascii.Error:
                raise ValueError("no base64") from None
        return found
