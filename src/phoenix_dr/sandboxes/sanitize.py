"""Takes the teeth out of a restored tree before anything runs on it.

Gone afterwards: device nodes, fifos, sockets, setuid and setgid bits, file capabilities (the
kernel drops them on chown) and every owner but nobody. No link is followed at any step.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.adapters import _tree

NOBODY = 65534
_SPECIAL = (stat.S_ISCHR, stat.S_ISBLK, stat.S_ISFIFO, stat.S_ISSOCK)
_SET_ID = stat.S_ISUID | stat.S_ISGID


@dataclass(slots=True)
class Sanitized:
    """What was removed or changed; `unread` counts folders that could not be entered."""

    entries: int = 0
    devices: int = 0
    fifos: int = 0
    sockets: int = 0
    set_id: int = 0
    owned: int = 0
    unread: int = 0


def sanitize(root: Path) -> Sanitized:
    """Make the tree at `root` harmless and readable to nobody. Raises OSError when it cannot.

    Owners change only when run as root. Modes gain what their owner needs to read them, since
    checks run as that owner; contents and names are never touched.
    """
    done = Sanitized()
    with _tree.opened(root) as top:
        _own_root(top)

        def unread(_: str) -> None:
            done.unread += 1

        for _, folder, entry in _tree.walk(top, unread=unread):
            done.entries += 1
            _entry(folder, entry, done)
    return done


def _own_root(top: int) -> None:
    if os.geteuid() == 0:
        os.chown(top, NOBODY, NOBODY)
    os.fchmod(top, 0o700)


def _entry(folder: int, entry: os.DirEntry[str], done: Sanitized) -> None:
    found = entry.stat(follow_symlinks=False)
    if any(is_special(found.st_mode) for is_special in _SPECIAL):
        os.unlink(entry.name, dir_fd=folder)
        _count(found.st_mode, done)
        return
    if os.geteuid() == 0:
        os.chown(entry.name, NOBODY, NOBODY, dir_fd=folder, follow_symlinks=False)
        done.owned += 1
    if stat.S_ISLNK(found.st_mode):
        return
    mode = stat.S_IMODE(found.st_mode)
    done.set_id += bool(mode & _SET_ID)
    needed = 0o700 if stat.S_ISDIR(found.st_mode) else 0o400
    if mode & _SET_ID or mode & needed != needed:
        _tree.change_mode(folder, entry.name, mode & ~_SET_ID | needed)


def _count(mode: int, done: Sanitized) -> None:
    if stat.S_ISFIFO(mode):
        done.fifos += 1
    elif stat.S_ISSOCK(mode):
        done.sockets += 1
    else:
        done.devices += 1
