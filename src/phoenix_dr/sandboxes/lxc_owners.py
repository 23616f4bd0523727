"""Whose the files of a restored guest became: root's things must be the guest's root's.

Restored with a wrong shift of ids (or with the owners of whoever unpacked and packed them again)
a guest may well start, and then no service can read what is its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from phoenix_dr.adapters import _tree
from phoenix_dr.adapters._idmap import BASE
from phoenix_dr.core.evidence import CheckResult, Level

ROOTS = ("etc", "usr", "bin", "sbin", "lib")
"""Folders (or links) that belong to root in every Linux, besides `/` and `/etc/passwd`."""


def check(tree: Path) -> CheckResult:
    """The check `guest-owners` over a tree that was unpacked for a container."""
    wrong = [(path, owner - BASE) for path, owner in _owners(tree) if owner != BASE]
    facts = (("path", wrong[0][0]), ("owner", wrong[0][1])) if wrong else ()
    return CheckResult("guest-owners", not wrong, Level.RESTORES, facts)


def _owners(tree: Path) -> Iterator[tuple[str, int]]:
    """(path, id on this machine); what is not there tells nothing, no link is followed."""
    with _tree.opened(tree) as root:
        yield "/", os.fstat(root).st_uid
        for name in ROOTS:
            with suppress(FileNotFoundError):
                yield f"/{name}", os.stat(name, dir_fd=root, follow_symlinks=False).st_uid
        with suppress(OSError), _tree.beneath(root, "etc") as etc:
            yield "/etc/passwd", os.stat("passwd", dir_fd=etc, follow_symlinks=False).st_uid
