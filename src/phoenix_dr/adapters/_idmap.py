"""The ids a restored guest gets here: root of the guest is nobody in particular of this machine.

Its ids 0 to 65535 become BASE to BASE + 65535, above what shadow and systemd hand out, so that
the container of a drill shares no id with a person or with a container that is in use.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

BASE = 0x7000_0000
"""First id on this machine; systemd-nspawn hands out up to 0x6FFFFFFF."""
COUNT = 1 << 16
"""How many ids a guest has, as Proxmox gives its unprivileged containers."""
NO_HELPERS = "PATH=/nonexistent"
"""Root writes the map itself: the helpers newuidmap and newgidmap would ask for a line in
/etc/subuid, which is not ours to write, and LXC uses them where it finds them on the PATH."""


def taken(files: Sequence[Path] = (Path("/etc/subuid"), Path("/etc/subgid"))) -> bool:
    """Whether an administrator handed our ids to someone else."""
    return any(_overlaps(line) for file in files for line in _lines(file))


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _overlaps(line: str) -> bool:
    _, *numbers = line.split(":")
    if len(numbers) != 2 or not all(number.isascii() and number.isdigit() for number in numbers):
        return False
    first, count = (int(number) for number in numbers)
    return first < BASE + COUNT and first + count > BASE


def is_mapped(folder: Path) -> bool:
    """Whether a folder belongs to the guest's root, and so is to be filled from inside the map."""
    return os.geteuid() == 0 and os.stat(folder).st_uid == BASE


def mapped(argv: Sequence[str], *, environ: Mapping[str, str]) -> tuple[str, ...]:
    """A command line that runs `argv` (an absolute program) as root of the guest, here nobody.

    It keeps the open stdin; nothing else than ids changes.
    """
    program = found("lxc-usernsexec", environ) or "lxc-usernsexec"
    spans = (word for kind in "ug" for word in ("-m", f"{kind}:0:{BASE}:{COUNT}"))
    return ("env", NO_HELPERS, program, *spans, "--", *argv)


def found(program: str, environ: Mapping[str, str]) -> str | None:
    """Absolute path of a program, also one of the system's administrator; None when missing."""
    path = os.pathsep.join((environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
    return shutil.which(program, path=path)
