"""What questions of one look share: their connections, and one login."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

from phoenix_dr.adapters._http import Kept
from phoenix_dr.adapters.proxmox.login import LIFE, RENEWED, Ticket
from phoenix_dr.errors import EngineDenied, EngineError

AT_ONCE = 4
"""Questions asked side by side; pveproxy has three workers."""
T = TypeVar("T")


class Session:
    """Opened by the first look, closed by the last one that ends. Safe between threads."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """Keep nothing yet; tickets age by `clock`, in seconds."""
        self.clock = clock
        self._ticket: Ticket | None = None
        self._login = threading.Lock()
        self._lock = threading.Lock()
        self._looks = 0
        self._lines: Kept | None = None

    @property
    def lines(self) -> Kept | None:
        """Connections to reuse; None outside of every look."""
        return self._lines

    def ticket(self, log_in: Callable[[Ticket | None], Ticket]) -> Ticket:
        """The ticket of this look: one login, renewed before it ends.

        `log_in` is given a ticket that can still be renewed, or None. Raises as it does.
        """
        with self._login:
            held, now = self._ticket, self.clock()
            if held is not None and now - held.made < RENEWED:
                return held
            still_good = held is not None and now - held.made < LIFE
            try:
                made = log_in(held if still_good else None)
            except EngineDenied:
                if not still_good:
                    raise
                made = log_in(None)
            with self._lock:
                self._ticket = made if self._looks else None
            return made

    def drop(self) -> None:
        """Log in again at the next question: the ticket was refused."""
        with self._login:
            self._ticket = None

    @contextmanager
    def opened(self) -> Iterator[None]:
        """A look; looks within it, or beside it in other threads, share what it keeps."""
        with self._lock:
            self._looks += 1
            if self._lines is None:
                self._lines = Kept()
        try:
            yield
        finally:
            ended = None
            with self._lock:
                self._looks -= 1
                if not self._looks:
                    ended, self._lines, self._ticket = self._lines, None, None
            if ended is not None:
                ended.close()


def side_by_side(asks: Iterable[Callable[[], T]]) -> list[T | EngineError]:
    """What each brings, or how it failed, in their order; no more than AT_ONCE run at once."""
    from concurrent.futures import ThreadPoolExecutor

    wanted = list(asks)
    if len(wanted) < 2:
        return [_tried(ask) for ask in wanted]
    with ThreadPoolExecutor(min(AT_ONCE, len(wanted)), "proxmox") as pool:
        return list(pool.map(_tried, wanted))


def _tried(ask: Callable[[], T]) -> T | EngineError:
    try:
        return ask()
    except EngineError as error:
        return error
