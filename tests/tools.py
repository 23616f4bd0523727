"""Real programs for tests: found on PATH or unpacked below .cache/tools by `make test`."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
UNPACKED = ROOT / ".cache" / "tools"
FOLDERS = ("usr/bin", "usr/sbin", "bin", "sbin")


def in_ci() -> bool:
    """True where a missing program is a failure instead of a skip."""
    return os.environ.get("CI") == "true"


def find(name: str) -> str | None:
    """Path of a program on PATH or among the unpacked packages."""
    unpacked = os.pathsep.join(str(UNPACKED / folder) for folder in FOLDERS)
    return shutil.which(name) or shutil.which(name, path=unpacked)


def program(name: str) -> str:
    """Path of a real program; without it the test fails in CI and is skipped elsewhere."""
    found = find(name)
    if found is None and in_ci():
        pytest.fail(f"{name} is missing: `make test` should have fetched it")
    if found is None:
        pytest.skip(f"{name} is not installed; `make test` fetches it")
    return found


def environment() -> dict[str, str]:
    """Environment in which unpacked programs find their own libraries and systemd units."""
    library = UNPACKED / "usr" / "lib"
    folders = [str(folder) for folder in library.glob("*-linux-gnu*")]
    folders += [f"{folder}/systemd" for folder in folders] + [str(UNPACKED / "lib" / "systemd")]
    return {
        **os.environ,
        "LC_ALL": "C.UTF-8",
        "LD_LIBRARY_PATH": os.pathsep.join(folders),
        # The empty last part stands for systemd's own folders.
        "SYSTEMD_UNIT_PATH": f"{UNPACKED}/lib/systemd/system:",
    }
