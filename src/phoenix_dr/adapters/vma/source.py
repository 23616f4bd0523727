"""Where the bytes of an archive come from: plain or packed, once; never all of it at once."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from phoenix_dr.adapters import _shut_in
from phoenix_dr.adapters._command import Limits, clean_env, pieces
from phoenix_dr.errors import EngineError, EngineUnreachable

PIECE = 1 << 20
DAY = 24 * 3600.0
_WORDS = {
    "zstd": ("--decompress", "--stdout", "--quiet", "--long=27"),
    "lzop": ("--decompress", "--stdout", "--quiet"),
    "bzip2": ("--decompress", "--stdout", "--quiet"),
}


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

    Raises EngineUnreachable (archive-missing, program-missing, program-broken) and EngineError
    (archive-damaged).
    """
    try:
        with path.open("rb") as file:
            start = file.read(_shut_in.MAGIC)
    except OSError as error:
        raise EngineUnreachable("archive-missing", path=str(path)) from error
    with stream(str(path), start, shown=str(path), environ=environ, cancel=cancel) as source:
        yield source


@contextmanager
def stream(
    path: str, start: bytes, *, shown: str, environ: Mapping[str, str], cancel: threading.Event
) -> Iterator[Source]:
    """As `opened`, of a path that can be read only once, whose first bytes are known."""
    program = _shut_in.packing(start)
    if program in _WORDS:
        parts = _packed(program, path, shown=shown, environ=environ, cancel=cancel)
    else:
        parts = _gzip(path, shown, cancel) if program else _plain(path, shown, cancel)
    with closing(parts):
        yield Source(parts)


def _plain(path: str, shown: str, cancel: threading.Event) -> Generator[bytes, None, None]:
    try:
        file: BinaryIO = open(path, "rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise EngineUnreachable("archive-missing", path=shown) from error
    with file:
        while piece := file.read(PIECE):
            if cancel.is_set():
                raise EngineError("cancelled", program="vma")
            yield piece


def _gzip(path: str, shown: str, cancel: threading.Event) -> Generator[bytes, None, None]:
    """Unpacked with little in memory whatever the ratio; several members in a row too."""
    unpack: zlib._Decompress | None = None
    for piece in _plain(path, shown, cancel):
        rest = piece
        while rest:
            unpack = unpack or zlib.decompressobj(wbits=31)
            try:
                yield unpack.decompress(rest, PIECE)
            except zlib.error as error:
                raise EngineError("archive-damaged", path=shown, detail=str(error)) from error
            rest = unpack.unconsumed_tail
            if unpack.eof:
                rest, unpack = unpack.unused_data, None
    if unpack is not None:
        raise EngineError("archive-damaged", path=shown, detail="cut short")


def _packed(
    program: str, path: str, *, shown: str, environ: Mapping[str, str], cancel: threading.Event
) -> Generator[bytes, None, None]:
    """What a program unpacks, shut in: of these archives nobody knows who wrote them."""
    _shut_in.require(program, environ)
    result = yield from pieces(
        _shut_in.reading(path, (program, *_WORDS[program]), environ=environ),
        env=clean_env(environ, {}),
        limits=Limits(seconds=DAY),
        cancel=cancel,
    )
    if result.code:
        said = result.stderr.decode("utf-8", "replace").strip().splitlines()
        _shut_in.require_shut_in(said)
        raise EngineError("archive-damaged", path=shown, detail=(said[-1:] or [""])[0][:200])
