"""VMA archives for people: what is in one, and its disks as files."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event

from phoenix_dr.adapters import vma
from phoenix_dr.adapters.vma import Extracted as Extracted
from phoenix_dr.errors import UsageError

SPARE = 1 << 30
"""Bytes of a disk that extracting never fills."""


def read(path: Path, environ: Mapping[str, str], *, whole: bool) -> Extracted:
    """What an archive says of itself; `whole` reads it to its end and checks every cluster.

    Raises EngineError and EngineUnreachable as `adapters.vma` does.
    """
    cancel = Event()
    with vma.opened(path, environ=environ, cancel=cancel) as source:
        if whole:
            return vma.verify(source, cancel=cancel)
        return Extracted(vma.read_header(source), (), 0)


def extract(
    path: Path, into: Path, environ: Mapping[str, str], *, only: Sequence[str] = ()
) -> Extracted:
    """Write disks and configuration into an empty or new folder.

    Raises UsageError (folder-not-empty), Refused (vma-too-big) and as `read` does.
    """
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(into.iterdir()):
        raise UsageError("folder-not-empty", path=str(into))
    most = max(0, shutil.disk_usage(into).free - SPARE)
    cancel = Event()
    with vma.opened(path, environ=environ, cancel=cancel) as source:
        return vma.extract(source, into, only=frozenset(only), most=most, cancel=cancel)
