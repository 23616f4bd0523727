"""One look at this machine, bounded in entries and time, changing nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from phoenix_dr.adapters.host import keyfiles, mounts, places, processes, schedules
from phoenix_dr.adapters.host._root import below, text
from phoenix_dr.adapters.host._root import homes as home_directories
from phoenix_dr.adapters.host.places import Limits
from phoenix_dr.core.discovery import Discovered, Unseen

__all__ = ["Limits", "discover"]

ZONE = re.compile(r"zoneinfo/(?:posix/|right/)?([A-Za-z0-9_+/-]+)$")


def discover(root: Path = Path("/"), *, limits: Limits | None = None) -> Discovered:
    """Everything found below `root`, and what could not be seen. Raises nothing."""
    slow = mounts.slow(root)
    homes = tuple(home_directories(root, slow))
    servers, databases, hidden = processes.find(root, slow)
    compose, repositories, unsearched = places.find(
        root, homes, limits=limits or Limits(), slow=slow
    )
    return Discovered(
        host=_host(root),
        timezone=_timezone(root),
        servers=servers,
        databases=databases,
        compose=compose,
        repositories=repositories,
        mounts=mounts.find(root),
        schedules=schedules.find(root, homes),
        keys=keyfiles.find(root, homes),
        unseen=(*hidden, *unsearched, *_closed(root, homes)),
    )


def _closed(root: Path, homes: tuple[str, ...]) -> Iterator[Unseen]:
    """Folders of keys and crontabs that exist and may not be read by this user."""
    for path in ("/var/spool/cron/crontabs", *(f"{home}/.ssh" for home in homes)):
        real = below(root, path)
        if os.path.isdir(real) and not os.access(real, os.R_OK | os.X_OK):
            yield Unseen("directory-hidden", path)


def _host(root: Path) -> str:
    name = text(below(root, "proc/sys/kernel/hostname")) or text(below(root, "etc/hostname"))
    return name.strip().split(".", 1)[0]


def _timezone(root: Path) -> str:
    named = text(below(root, "etc/timezone")).strip()
    if named:
        return named
    try:
        link = os.readlink(below(root, "etc/localtime"))
    except OSError:
        return "UTC"
    match = ZONE.search(link)
    return match[1] if match else "UTC"
