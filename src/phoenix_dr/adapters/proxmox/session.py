"""What questions of one look share: their connections."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from phoenix_dr.adapters._lines import Lines
from phoenix_dr.errors import EngineError

if TYPE_CHECKING:
    import httpx2

AT_ONCE = 4
"""Questions asked side by side; pveproxy has three workers."""
T = TypeVar("T")


class Session:
    """Opened by the first look, closed by the last one that ends. Safe between threads."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._lock = threading.Lock()
        self._looks = 0
        self._lines: Lines[httpx2.Client] | None = None

    @property
    def lines(self) -> Lines[httpx2.Client] | None:
        """Connections to reuse; None outside of every look."""
        return self._lines

    @contextmanager
    def opened(self) -> Iterator[None]:
        """A look; looks within it, or beside it in other threads, share what it keeps."""
        with self._lock:
            self._looks += 1
            if self._lines is None:
                self._lines = Lines()
        try:
            yield
        finally:
            ended = None
            with self._lock:
                self._looks -= 1
                if not self._looks:
                    ended, self._lines = self._lines, None
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
