"""One archive behind ssh or rclone: read as it comes, never kept here unless it is asked for."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Protocol

from phoenix_dr.adapters._room import Room
from phoenix_dr.adapters.vzdump.flow import poured, whole
from phoenix_dr.adapters.vzdump.folder import MAGIC
from phoenix_dr.errors import EngineError


class FarFolder(Protocol):
    """What another machine or store is asked about one archive."""

    def size(self, name: str) -> int:
        """Bytes of it now. Raises EngineError (point-missing), EngineUnreachable."""

    def parts(
        self, name: str, *, offset: int, count: int, cancel: threading.Event
    ) -> Generator[bytes, None, None]:
        """So many bytes of it, as they come. Raises EngineUnreachable, EngineDenied."""

    def shown(self, name: str) -> str:
        """Its address, without any secret."""


class FarArchive:
    """An archive elsewhere; its size and first bytes are asked once."""

    def __init__(self, folder: FarFolder, name: str) -> None:
        """Ask for its size. Raises EngineError (point-missing), EngineUnreachable."""
        self._folder, self._name = folder, name
        self._size = folder.size(name)
        self._start: bytes | None = None

    @property
    def shown(self) -> str:
        """Its address."""
        return self._folder.shown(self._name)

    def start(self) -> bytes:
        """Its first bytes."""
        if self._start is None:
            self._start = b"".join(self._read(threading.Event(), min(MAGIC, self._size)))
        return self._start

    def opened(self, cancel: threading.Event) -> AbstractContextManager[str]:
        """A path that reads as the archive, once."""
        return poured(lambda stop: self._read(stop, self._size), cancel)

    def copy(self, into: Path, *, cancel: threading.Event) -> None:
        """Write it to a new file; what was written is taken away when it does not come whole."""
        room = Room(into.parent, cancel)
        try:
            with into.open("xb") as file, closing(self._read(room, self._size)) as parts:
                for part in parts:
                    file.write(part)
        except (EngineError, OSError) as error:
            into.unlink(missing_ok=True)
            if room.why or isinstance(error, OSError):
                raise EngineError("no-space", detail=str(into.parent)) from error
            raise

    def _read(self, cancel: threading.Event, count: int) -> Generator[bytes, None, None]:
        def parts(stop: threading.Event) -> Generator[bytes, None, None]:
            return self._folder.parts(self._name, offset=0, count=count, cancel=stop)

        return whole(parts, size=count, shown=self.shown, outer=cancel)
