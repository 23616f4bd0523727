"""Connections kept between questions, each of them in use by one question at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar


class Closes(Protocol):
    """What a line keeps open."""

    def close(self) -> None:
        """Let go of it."""
        ...


C = TypeVar("C", bound=Closes)


@dataclass(slots=True)
class Line(Generic[C]):
    """One client with at most one connection; `sockets` are those of that connection."""

    client: C
    sockets: list[Any] = field(default_factory=list)


class Lines(Generic[C]):
    """As many lines as there were questions at once; `close` ends them. Safe between threads."""

    def __init__(self) -> None:
        """Nothing is opened before the first question."""
        self._idle: list[Line[C]] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def lent(self, make: Callable[[], C]) -> Iterator[Line[C]]:
        """A line nobody else uses meanwhile, the one used last if there is one."""
        with self._lock:
            line = self._idle.pop() if self._idle else None
        if line is None:
            line = Line(make())
        try:
            yield line
        finally:
            with self._lock:
                if not self._closed:
                    self._idle.append(line)
                    line = None
            if line is not None:
                line.client.close()

    def close(self) -> None:
        """Close what is idle now, and what is lent out as soon as it comes back."""
        with self._lock:
            self._closed, idle, self._idle = True, self._idle, []
        for line in idle:
            line.client.close()
