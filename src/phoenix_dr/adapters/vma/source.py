"""Where the bytes of an archive come from: a file, plain, gzip or zstd; never all of it at once."""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from phoenix_dr.adapters._command import Limits, clean_env, pieces
from phoenix_dr.errors import EngineError, EngineUnreachable

PIECE = 1 << 20
DAY = 24 * 3600.0
_ZSTD, _GZIP, _LZO = b"\x28\xb5\x2f\xfd", b"\x1f\x8b", b"\x89LZO"


class Source:
    """A stream that hands out exactly as many bytes as asked for, until its end."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._held = memoryview(b"")

    def read(self, size: int) -> bytes | memoryview:
        """`size` bytes; fewer only at the end."""
        if len(self._held) >= size:
            found, self._held = self._held[:size], self._held[size:]
            return found
        kept = bytearray(self._held)
        self._held = memoryview(b"")
        for part in self._parts:
            missing = size - len(kept)
            kept += memoryview(part)[:missing]
            if len(kept) == size:
                self._held = memoryview(part)[missing:]
                break
        return bytes(kept)


@contextmanager
def opened(path: Path, *, environ: Mapping[str, str], cancel: threading.Event) -> Iterator[Source]:
    """The archive at `path`, unpacked on the fly, by what it is and not by its name.

    Raises EngineUnreachable (archive-missing, program-missing) and EngineError (archive-damaged,
    archive-packed-unknown).
    """
    try:
        file = open(path, "rb")  # noqa: SIM115 - closed below, also when unpacking fails
    except OSError as error:
        raise EngineUnreachable("archive-missing", path=str(path)) from error
    with file:
        start = file.read(4)
        file.seek(0)
        if start == _ZSTD:
            file.close()
            parts = _zstd(path, environ, cancel)
        elif start[:2] == _GZIP:
            parts = _gzip(file, path, cancel)
        elif start == _LZO:
            raise EngineError("archive-packed-unknown", path=str(path), packing="lzo")
        else:
            parts = _plain(file, cancel)
        try:
            yield Source(parts)
        finally:
            parts.close()  # type: ignore[attr-defined]


def _plain(file: BinaryIO, cancel: threading.Event) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        if cancel.is_set():
            raise EngineError("cancelled", program="vma")
        yield piece


def _gzip(file: BinaryIO, path: Path, cancel: threading.Event) -> Iterator[bytes]:
    """Unpacked with little in memory whatever the ratio; several members in a row too."""
    unpack: zlib._Decompress | None = None
    for piece in _plain(file, cancel):
        rest = piece
        while rest:
            unpack = unpack or zlib.decompressobj(wbits=31)
            try:
                yield unpack.decompress(rest, PIECE)
            except zlib.error as error:
                raise EngineError("archive-damaged", path=str(path), detail=str(error)) from error
            rest = unpack.unconsumed_tail
            if unpack.eof:
                rest, unpack = unpack.unused_data, None
    if unpack is not None:
        raise EngineError("archive-damaged", path=str(path), detail="cut short")


def _zstd(path: Path, environ: Mapping[str, str], cancel: threading.Event) -> Iterator[bytes]:
    argv = ["zstd", "--decompress", "--stdout", "--quiet", "--long=27", os.fspath(path)]
    result = yield from pieces(
        argv, env=clean_env(environ, {}), limits=Limits(seconds=DAY), cancel=cancel
    )
    if result.code:
        detail = result.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [""]
        raise EngineError("archive-damaged", path=str(path), detail=detail[0][:200])
