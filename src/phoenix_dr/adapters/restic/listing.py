"""The list of one point with its real names.

restic's JSON cannot say a name that is not UTF-8, its plain list says names as raw bytes but
nothing else, and a newline in a name looks like its end there. Both come in the same order: the
JSON tells how many lines a name takes, the plain list, asked only when needed, what it is.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import islice

from phoenix_dr.adapters.base import Entry
from phoenix_dr.adapters.restic import parse
from phoenix_dr.adapters.restic.call import Call
from phoenix_dr.errors import EngineError

UNSAYABLE = rb"\ufffd"
"""How Go's JSON writes a byte that is not UTF-8; a real U+FFFD is never escaped."""


def contents(call: Call, point: str, *, cancel: threading.Event) -> Iterator[Entry]:
    """Every entry of a point: one process, and a second one when a name is not UTF-8.

    Raises EngineError (point-missing), which 0.14 only says by saying nothing, with exit 0.
    """
    with ExitStack() as stack:
        json = stack.enter_context(closing(call.lines("ls", "--json", "--", point, cancel=cancel)))
        plain: _Plain | None = None
        before, found = 0, False
        for line in json:
            found = True
            entry = parse.entry(line)
            if entry is None:
                continue
            rows = 1 + entry.path.count("\n")
            if UNSAYABLE in line:
                plain = plain or _Plain(call, point, stack, cancel)
                entry = replace(entry, path=plain.name(entry.path, after=before, rows=rows))
            before += rows
            yield entry
        if not found:
            raise EngineError("point-missing", engine=call.spec.id, detail=point)


class _Plain:
    """The plain list beside the JSON one, read only as far as asked."""

    def __init__(self, call: Call, point: str, stack: ExitStack, cancel: threading.Event) -> None:
        stream = call.lines("--quiet", "ls", "--", point, cancel=cancel)
        self._lines = stack.enter_context(closing(stream))
        self._read = 0
        self._engine = call.spec.id

    def name(self, said: str, *, after: int, rows: int) -> str:
        """The real name of `rows` lines that stands after the first `after` lines."""
        for _ in islice(self._lines, after - self._read):
            pass
        name = os.fsdecode(b"\n".join(islice(self._lines, rows)))
        self._read = after + rows
        if parse.listed(name) != said:
            raise EngineError("answer-confused", engine=self._engine)
        return name
