"""An archive that comes from elsewhere, as a path a local program reads once, like a file.

What comes through is never taken for the whole before the far side said that it was: a reader
that stumbles over the end of a broken transfer has found nothing out about the archive.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from time import monotonic

from phoenix_dr.errors import EngineError, EngineUnreachable

POLL = 0.1
STALL = 120.0
"""Seconds without a byte after which the far side counts as gone."""


class Stall(threading.Event):
    """An event that is set with `outer`, or when nothing was heard for `patience` seconds."""

    def __init__(self, outer: threading.Event, patience: float = STALL) -> None:
        """Count from now on."""
        super().__init__()
        self._outer = outer
        self._patience = patience
        self._heard = monotonic()
        self.too_long = False

    def beat(self) -> None:
        """Something came, or was waited for by us: count anew."""
        self._heard = monotonic()

    def is_set(self) -> bool:
        """Whether to stop; `too_long` tells why."""
        if self._outer.is_set() or super().is_set():
            return True
        self.too_long = monotonic() - self._heard > self._patience
        return self.too_long


Parts = Callable[[threading.Event], Generator[bytes, None, None]]
"""Bytes from the far side until an event is set. Raises EngineError."""


def whole(
    parts: Parts, *, size: int, shown: str, outer: threading.Event, patience: float = STALL
) -> Generator[bytes, None, None]:
    """Exactly `size` bytes of what comes, with at most `patience` seconds of silence.

    Raises EngineUnreachable `dump-cut` for more, for less, and for silence.
    """
    stall, read = Stall(outer, patience), 0
    try:
        with closing(parts(stall)) as coming:
            for part in coming:
                read += len(part)
                if read > size:
                    break
                yield part
                # The time the reader took is not the far side's.
                stall.beat()
    except EngineError as error:
        if error.code == "cancelled" and stall.too_long:
            raise EngineUnreachable("dump-cut", path=shown, read=read, size=size) from error
        raise
    if read != size:
        raise EngineUnreachable("dump-cut", path=shown, read=read, size=size)


@contextmanager
def poured(begin: Parts, cancel: threading.Event) -> Iterator[str]:
    """A path that reads as what `begin` gives, for one program that opens it once.

    A failure of `begin` replaces what the reader makes of it. A reader that has enough before
    the end is no failure.
    """
    tap = _Tap(begin, cancel)
    try:
        yield tap.path
    except EngineError as error:
        tap.close()
        if tap.failure is not None:
            raise tap.failure from error
        raise
    else:
        tap.close()
        if tap.failure is not None:
            raise tap.failure
    finally:
        tap.close()


class _Tap:
    """A pipe and the thread that fills it; children follow the thread, so it outlives them."""

    def __init__(self, begin: Parts, cancel: threading.Event) -> None:
        self.failure: Exception | None = None
        self._begin = begin
        self._stop = _Both(cancel)
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        self._thread = threading.Thread(target=self._run, name="archive")
        self._thread.start()

    @property
    def path(self) -> str:
        """Opens our end anew, whoever of our user does it: no file has to be taken away later."""
        return f"/proc/{os.getpid()}/fd/{self._read}"

    def close(self) -> None:
        """Stop what still comes; only then is `failure` told for good."""
        self._stop.set()
        self._thread.join()
        if self._read >= 0:
            os.close(self._read)
            self._read = -1

    def _run(self) -> None:
        try:
            with closing(self._begin(self._stop)) as parts:
                for part in parts:
                    self._pour(part)
        except Exception as error:
            # What we stopped ourselves is no failure of theirs.
            if not self._stop.is_set():
                self.failure = error
        finally:
            # Only now the reader sees an end: never before it is known to be one.
            os.close(self._write)

    def _pour(self, part: bytes) -> None:
        view, ready = memoryview(part), select.poll()
        ready.register(self._write, select.POLLOUT)
        while view:
            if self._stop.is_set():
                raise EngineError("cancelled", program="archive")
            try:
                view = view[os.write(self._write, view) :]
            except BlockingIOError:
                ready.poll(POLL * 1000)


class _Both(threading.Event):
    """Set by itself, or with another."""

    def __init__(self, outer: threading.Event) -> None:
        super().__init__()
        self._outer = outer

    def is_set(self) -> bool:
        return super().is_set() or self._outer.is_set()
