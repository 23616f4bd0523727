"""What a container leaves: processes and cgroups that carry its name, and a lock file of LXC.

Nothing of LXC is needed: whatever is in a cgroup of this name was started for this drill.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from phoenix_dr.sandboxes.lxc_config import CGROUPS

SECONDS = 5.0
"""How long killed processes get to go."""
PAUSE = 0.05
LOCKS = Path("/run/lxc/lock")


def home(drill: Path) -> Path:
    """Where the container of a drill's folder has its configuration."""
    return drill / "lxc" / drill.name


def destroy(folder: Path) -> bool:
    """Kill and remove what the container whose configuration lies in `folder` left outside it.

    The folder is called as the container is. False when something stays.
    """
    return _clear(folder.name) and _unlock(folder)


def _unlock(folder: Path) -> bool:
    """LXC never removes its lock files, nor the folders it makes for them, even at a normal end.

    Those above the drill's own stay: another container may be about to lock there.
    """
    lock = Path(LOCKS, *folder.parts[1:-1], f".{folder.name}")
    try:
        lock.unlink(missing_ok=True)
        for own in (lock.parent, lock.parent.parent):
            own.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _clear(name: str, *, seconds: float = SECONDS) -> bool:
    until = time.monotonic() + seconds
    while found := cgroups(name):
        for group in found:
            for folder in _below(group):
                _kill(folder)
                with suppress(OSError):
                    folder.rmdir()
        if time.monotonic() > until:
            return not cgroups(name)
        if any(group.exists() for group in found):
            time.sleep(PAUSE)
    return True


def cgroups(name: str) -> list[Path]:
    """The cgroups of a container in every hierarchy: its own, and its monitor's."""
    wanted = re.compile(rf"lxc\.(?:payload|monitor|pivot)\.{re.escape(name)}(?:-[0-9]+)?")
    found = []
    for folder, below, _ in os.walk(CGROUPS):
        mine = [each for each in below if wanted.fullmatch(each)]
        found += [Path(folder, each) for each in mine]
        below[:] = [each for each in below if each not in mine]
    return found


def _below(group: Path) -> Iterator[Path]:
    """A cgroup and those a guest's init made in it, innermost first."""
    for folder, _, _ in os.walk(group, topdown=False):
        yield Path(folder)


def _kill(folder: Path) -> None:
    for pid in _members(folder):
        try:
            handle = os.pidfd_open(pid)
        except OSError:
            continue
        try:
            # Looked at again, since the number may have gone to a stranger in between.
            if pid in _members(folder):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        except OSError:
            pass
        finally:
            os.close(handle)


def _members(folder: Path) -> set[int]:
    try:
        words = (folder / "cgroup.procs").read_text().split()
    except OSError:
        return set()
    return {int(word) for word in words} - {0}
