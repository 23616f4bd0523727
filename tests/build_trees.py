"""Trees for tests: ordinary, odd-named and hostile ones, and an engine's list of them."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from phoenix_dr.adapters.base import Entry

ODD_NAMES = ("a\nb", "\udcff\udcfe", "-rf", "é ☃", " ", "a" * 255)
"""File names a Unix file system allows and a careless tool does not."""


def write(path: Path, content: bytes = b"content\n") -> Path:
    """A file with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def ordinary(root: Path, *, files: int = 12) -> Path:
    """A small tree: folders three deep, files of different sizes, a link, odd names."""
    for number in range(files):
        write(root / f"d{number % 3}" / "inner" / f"f{number}", bytes([number]) * (number * 997))
    for name in ODD_NAMES:
        write(root / "odd" / name, os.fsencode(name))
    (root / "link").symlink_to("d0/inner/f0")
    return root


def listed(root: Path) -> Iterator[Entry]:
    """What an engine that saved `root` would list, paths as on the source."""
    for folder, _, names in os.walk(root):
        yield Entry(folder, "dir")
        for name in names:
            path = os.path.join(folder, name)
            found = os.lstat(path)
            kind = "symlink" if stat.S_ISLNK(found.st_mode) else "file"
            yield Entry(path, kind, found.st_size, found.st_mtime_ns)


def restored(source: Path, into: Path) -> Path:
    """A faithful restore of `source` below `into`, as an engine that keeps full paths makes it."""
    shutil.copytree(source, into / str(source).lstrip("/"), symlinks=True)
    return into
