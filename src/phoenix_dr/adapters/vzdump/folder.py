"""Where archives lie: a folder of this machine, or one behind ssh or rclone, asked the same way."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from phoenix_dr.adapters._shut_in import MAGIC as MAGIC
from phoenix_dr.adapters.base import Places
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

LOG_END = 64 << 10
"""Bytes of the end of a log that are looked at."""


@dataclass(frozen=True, slots=True)
class Facts:
    """A file as it is listed: bytes, and when it was last written (nanoseconds since 1970)."""

    size: int
    modified_ns: int

    @property
    def modified(self) -> float:
        """When it was last written, in seconds since 1970."""
        return self.modified_ns / 1e9


class Held(Protocol):
    """One archive in a folder; `shown` names it for people."""

    @property
    def shown(self) -> str:
        """Its address, without any secret."""

    def start(self) -> bytes:
        """Its first bytes (`MAGIC`). Raises EngineUnreachable."""

    def opened(self, cancel: threading.Event) -> AbstractContextManager[str]:
        """A path that reads as the archive from its beginning, to be opened once.

        When the far side failed, that is raised instead of what a reader
        of the shortened archive says: EngineUnreachable, EngineDenied.
        """

    def copy(self, into: Path, *, cancel: threading.Event) -> None:
        """Write all of it to a new file. Raises EngineError (no-space), EngineUnreachable."""


class Folder(Protocol):
    """A folder of archives."""

    def files(self) -> Mapping[str, Facts]:
        """Every regular file in it. Raises EngineUnreachable, EngineDenied; never empty instead."""

    def tails(self, names: Mapping[str, int]) -> Mapping[str, bytes]:
        """The ends (`LOG_END`) of small files by name, of those given with their sizes.

        What cannot be read is left out.
        """

    def held(self, name: str) -> Held:
        """One archive. Raises EngineError (point-missing), EngineUnreachable."""


def folder_of(spec: EngineSpec, places: Places) -> Folder:
    """The folder of an engine; starts nothing."""
    if spec.repository.startswith("rclone:"):
        from phoenix_dr.adapters.vzdump.rclone import Rclone

        return Rclone(spec, places)
    if spec.repository.startswith("ssh://"):
        from phoenix_dr.adapters.vzdump.ssh import Ssh

        return Ssh(spec, places)
    return Local(spec.id, Path(spec.repository))


@dataclass(frozen=True, slots=True)
class Local:
    """A folder of this machine, mounted shares too."""

    engine: str
    path: Path

    def files(self) -> dict[str, Facts]:
        """Every regular file of the folder; a link may lead anywhere and is none."""
        try:
            with os.scandir(self.path) as entries:
                return {
                    entry.name: _facts(entry.stat(follow_symlinks=False))
                    for entry in entries
                    if entry.is_file(follow_symlinks=False)
                }
        except PermissionError as error:
            raise EngineDenied("no-right", engine=self.engine, detail=str(self.path)) from error
        except OSError as error:
            raise EngineUnreachable(
                "dump-missing", engine=self.engine, path=str(self.path)
            ) from error

    def tails(self, names: Mapping[str, int]) -> dict[str, bytes]:
        """The ends of these files."""
        found = {}
        for name in names:
            try:
                with (self.path / name).open("rb") as file:
                    file.seek(max(0, os.fstat(file.fileno()).st_size - LOG_END))
                    found[name] = file.read(LOG_END)
            except OSError:
                continue
        return found

    def held(self, name: str) -> LocalArchive:
        """One archive that is a file and no link."""
        path = self.path / name
        if path.is_symlink() or not path.is_file():
            raise EngineError("point-missing", engine=self.engine, detail=name)
        return LocalArchive(path)


@dataclass(frozen=True, slots=True)
class LocalArchive:
    """An archive that is a file of this machine."""

    path: Path

    @property
    def shown(self) -> str:
        """Its path."""
        return str(self.path)

    def start(self) -> bytes:
        """Its first bytes. Raises EngineUnreachable `archive-missing`."""
        try:
            with self.path.open("rb") as file:
                return file.read(MAGIC)
        except OSError as error:
            raise EngineUnreachable("archive-missing", path=self.shown) from error

    @contextmanager
    def opened(self, cancel: threading.Event) -> Iterator[str]:
        """Its path."""
        yield str(self.path)

    def copy(self, into: Path, *, cancel: threading.Event) -> None:
        """Copy it, as the file system does best."""
        shutil.copyfile(self.path, into)


def _facts(found: os.stat_result) -> Facts:
    return Facts(found.st_size, found.st_mtime_ns)
