"""The SFTP protocol, version 3, as far as a folder is read (draft-ietf-secsh-filexfer-02).

Spoken over the pipes of `ssh -s … sftp`. Names travel as bytes with their length: nothing of a
name reaches a shell or an option, here or there, and the account may be one that has no shell.
Every answer is bounded; one that does not fit is `dump-odd`.
"""

from __future__ import annotations

import os
import stat
import struct
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from phoenix_dr.adapters._command import Result
from phoenix_dr.adapters.vzdump.folder import Facts
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

INIT, VERSION, OPEN, CLOSE, READ, LSTAT, OPENDIR, READDIR = 1, 2, 3, 4, 5, 7, 11, 12
STATUS, HANDLE, DATA, NAME, ATTRS = 101, 102, 103, 104, 105
END, NO_SUCH_FILE, DENIED = 1, 2, 3
PACKET = 1 << 20
"""Bytes of the longest answer; servers send 256 KiB at most."""
PIECE = 32 << 10
"""Bytes asked for at once: what every server gives."""
WINDOW = 64
"""Questions under way at once while a file is read."""
ROWS = 200_000
"""Files of the largest folder that is listed."""
Pieces = Generator[bytes, None, Result]


class Odd(Exception):
    """The server said something that fits nothing; what it is, is of no use."""


class Ended(Exception):
    """The other side ended before it had answered; `result` tells how."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result


@dataclass(slots=True)
class Field:
    """Reads the parts of one answer one after another. Raises Odd when it is too short."""

    data: bytes
    at: int = 0

    def number(self, size: int = 4) -> int:
        """An unsigned number of 4 or 8 bytes."""
        return int.from_bytes(self.take(size), "big")

    def text(self) -> bytes:
        """Bytes with their length before them."""
        return self.take(self.number())

    def take(self, size: int) -> bytes:
        """So many bytes."""
        if size > len(self.data) - self.at:
            raise Odd
        self.at += size
        return self.data[self.at - size : self.at]

    def attributes(self) -> tuple[Facts, int]:
        """Size and time of a file, and its mode (0 when the server does not tell)."""
        flags, size, mode, modified = self.number(), -1, 0, 0
        if flags & 1:
            size = self.number(8)
        if flags & 2:
            self.take(8)
        if flags & 4:
            mode = self.number()
        if flags & 8:
            self.take(4)
            modified = self.number()
        if flags & 0x80000000:
            for _ in range(self.number()):
                self.text()
                self.text()
        return Facts(size, modified * 10**9), mode


class Session:
    """One conversation. `pieces` is what the server says, `ask` where questions are written."""

    def __init__(self, pieces: Pieces, ask: int, *, engine: str) -> None:
        """Greet. Raises Odd, Ended, and what `pieces` raises."""
        self._pieces, self._ask, self._engine = pieces, ask, engine
        self._held = bytearray()
        self._last = 0
        os.write(ask, struct.pack(">IBI", 5, INIT, 3))
        if self._packet()[0] != VERSION:
            raise Odd

    def files(self, path: str) -> dict[str, Facts]:
        """Every regular file of a folder. Raises EngineUnreachable `dump-missing`, EngineDenied."""
        handle = self._open(OPENDIR, _text(os.fsencode(path)), path)
        found: dict[str, Facts] = {}
        for _ in range(ROWS):
            kind, field = self._asked(READDIR, _text(handle))
            if kind == STATUS:
                self._require(field.number(), path, fine=END)
                return found
            if kind != NAME:
                raise Odd
            for _ in range(field.number()):
                name = os.fsdecode(field.text())
                field.text()  # The line `ls -l` would show.
                facts, mode = field.attributes()
                if stat.S_ISREG(mode) and facts.size >= 0:
                    found[name] = facts
            if len(found) > ROWS:
                break
        raise EngineUnreachable("dump-many", engine=self._engine, path=path, most=ROWS)

    def facts(self, path: str) -> Facts | None:
        """A regular file's size and time; None when there is no such file, or it is a link."""
        kind, field = self._asked(LSTAT, _text(os.fsencode(path)))
        if kind == STATUS:
            code = field.number()
            if code != NO_SUCH_FILE:
                self._require(code, path, fine=-1)
            return None
        facts, mode = field.attributes()
        return facts if kind == ATTRS and stat.S_ISREG(mode) and facts.size >= 0 else None

    def read(self, path: str, *, offset: int, count: int) -> Iterator[bytes]:
        """`count` bytes of a file from `offset`, less only where it ends before."""
        opened = _text(os.fsencode(path)) + struct.pack(">II", 1, 0)
        handle = self._open(OPEN, opened, path)
        waiting: deque[tuple[int, int, int]] = deque()
        early: dict[int, tuple[int, Field]] = {}
        asked, last = offset, offset + count
        while True:
            while asked < last and len(waiting) < WINDOW:
                size = min(PIECE, last - asked)
                waiting.append(self._read_at(handle, asked, size))
                asked += size
            if not waiting:
                break
            number, at, size = waiting.popleft()
            kind, field = self._awaited(number, early, {each[0] for each in waiting})
            if kind == STATUS:
                self._require(field.number(), path, fine=END)
                return
            data = field.text() if kind == DATA else b""
            if not 0 < len(data) <= size:
                raise Odd
            yield data
            if len(data) < size:
                waiting.appendleft(self._read_at(handle, at + len(data), size - len(data)))
        self._asked(CLOSE, _text(handle))

    def _read_at(self, handle: bytes, offset: int, size: int) -> tuple[int, int, int]:
        return self._send(READ, _text(handle) + struct.pack(">QI", offset, size)), offset, size

    def _awaited(
        self, number: int, early: dict[int, tuple[int, Field]], others: set[int]
    ) -> tuple[int, Field]:
        """The answer to one of several questions; answers may come in any order."""
        while number not in early:
            kind, field = self._packet()
            came = field.number()
            if came in early or (came != number and came not in others):
                raise Odd
            early[came] = kind, field
        return early.pop(number)

    def _open(self, kind: int, asked: bytes, path: str) -> bytes:
        answered, field = self._asked(kind, asked)
        if answered == STATUS:
            self._require(field.number(), path, fine=-1)
        if answered != HANDLE:
            raise Odd
        return field.text()

    def _require(self, code: int, path: str, *, fine: int) -> None:
        if code == fine:
            return
        if code == NO_SUCH_FILE:
            raise EngineUnreachable("dump-missing", engine=self._engine, path=path)
        if code == DENIED:
            raise EngineDenied("no-right", engine=self._engine, detail=path)
        raise EngineError("dump-said", engine=self._engine, path=path, detail=f"sftp {code}")

    def _asked(self, kind: int, rest: bytes) -> tuple[int, Field]:
        number = self._send(kind, rest)
        answered, field = self._packet()
        if field.number() != number:
            raise Odd
        return answered, field

    def _send(self, kind: int, rest: bytes) -> int:
        self._last += 1
        os.write(self._ask, struct.pack(">IBI", 5 + len(rest), kind, self._last) + rest)
        return self._last

    def _packet(self) -> tuple[int, Field]:
        size = int.from_bytes(self._taken(4), "big")
        if not 5 <= size <= PACKET:
            raise Odd
        body = self._taken(size)
        return body[0], Field(body, 1)

    def _taken(self, size: int) -> bytes:
        while len(self._held) < size:
            try:
                self._held += next(self._pieces)
            except StopIteration as stop:
                raise Ended(stop.value) from None
        taken = bytes(memoryview(self._held)[:size])
        del self._held[:size]
        return taken


def _text(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data
