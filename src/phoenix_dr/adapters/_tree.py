"""Steps through trees that others may have written: one name at a time, never through a link.

Every name is resolved relative to an open directory with O_NOFOLLOW, so that neither a
symlink in a restored tree nor one swapped in meanwhile leads outside. Names are bytes
decoded with surrogateescape. Depth is unlimited: nothing recurses, few descriptors are open.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

Item = tuple[str, int, "os.DirEntry[str]"]
"""Folder relative to the root (`""` or `a/b`), its descriptor, and one entry of it."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
ROUNDS = 3
"""How often a removal starts again when something still wrote into the tree."""


@contextmanager
def opened(path: Path | str) -> Iterator[int]:
    """Descriptor of a directory that is itself no symlink. Raises OSError."""
    descriptor = os.open(path, _FOLDER)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def beneath(root: int, folder: str) -> Iterator[int]:
    """Descriptor of `folder` (`a/b`) below `root`; a link or `..` on the way is an OSError."""
    with closing(_Chain(root)) as chain:
        yield chain.open(folder)


class _Chain:
    """The folder last opened below a root and those above it, so that near ones open fast."""

    LONGEST = 32
    """Descriptors held; folders further up are opened again from the root."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._held: list[tuple[str, int]] = []

    def open(self, folder: str) -> int:
        """Descriptor of a folder, valid until the next one is opened."""
        while self._held and not f"{folder}/".startswith(self._held[-1][0] + "/"):
            os.close(self._held.pop()[1])
        path = self._held[-1][0] if self._held else ""
        for part in folder[len(path) :].lstrip("/").split("/") if folder != path else ():
            path = joined(path, part)
            self._held.append((path, self._step(part)))
            if len(self._held) > self.LONGEST:
                os.close(self._held.pop(0)[1])
        return self._held[-1][1] if self._held else self._root

    def _step(self, part: str) -> int:
        if part in {"", ".", ".."} or not is_name(part):
            raise NotADirectoryError(f"not a plain name: {part!r}")
        above = self._held[-1][1] if self._held else self._root
        return os.open(part, _FOLDER, dir_fd=above)

    def close(self) -> None:
        """Let go of every folder."""
        while self._held:
            os.close(self._held.pop()[1])


def is_name(text: str) -> bool:
    """Whether a text can be a file name (or path) at all; an engine's list may say anything."""
    try:
        return bool(text) and b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def joined(folder: str, name: str) -> str:
    """`name` inside `folder`, both relative to the root."""
    return f"{folder}/{name}" if folder else name


def walk(
    root: int,
    *,
    enter: Callable[[str], bool] = lambda _: True,
    unread: Callable[[str], None] = lambda _: None,
) -> Iterator[Item]:
    """Every entry below `root`, folders before their contents, one file system only.

    `enter` may leave a folder out; `unread` is told of each folder that could not be read.
    An entry may be removed while it is being looked at. Memory: the folders still to visit.
    """
    device = os.fstat(root).st_dev
    pending = [""]
    with closing(_Chain(root)) as chain:
        while pending:
            folder = pending.pop()
            try:
                descriptor = chain.open(folder)
                if os.fstat(descriptor).st_dev != device:
                    continue
                for item in _entries(folder, descriptor):
                    yield item
                    path = joined(folder, item[2].name)
                    if item[2].is_dir(follow_symlinks=False) and enter(path):
                        pending.append(path)
            except OSError:
                unread(folder)


def _entries(folder: str, descriptor: int) -> Iterator[Item]:
    with os.scandir(descriptor) as entries:
        for entry in entries:
            yield folder, descriptor, entry


def change_mode(parent: int, name: str, mode: int) -> None:
    """chmod of exactly the thing now called `name`; a symlink is left as it is."""
    # Linux has no fchmodat that refuses links: pin the inode, then go through its descriptor.
    pinned = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    try:
        if not stat.S_ISLNK(os.fstat(pinned).st_mode):
            os.chmod(f"/proc/self/fd/{pinned}", mode)
    finally:
        os.close(pinned)


def remove(parent: int, name: str, *, last: str = "") -> None:
    """Remove the directory `name` of `parent` with everything below it, following no link.

    The entry called `last` goes after all others, so that an interrupted removal still shows
    it. Raises OSError when something cannot be removed (a mount, a read-only file system).
    """
    change_mode(parent, name, 0o700)
    for attempt in range(ROUNDS):
        root = os.open(name, _FOLDER, dir_fd=parent)
        try:
            _empty(root, last)
        finally:
            os.close(root)
        try:
            os.rmdir(name, dir_fd=parent)
        except OSError:
            if attempt == ROUNDS - 1:
                raise
        else:
            return


def _empty(root: int, last: str) -> None:
    folders: list[str] = []
    for folder, descriptor, entry in walk(root):
        if not folder and entry.name == last:
            continue
        if entry.is_dir(follow_symlinks=False):
            if entry.stat(follow_symlinks=False).st_mode & 0o700 != 0o700:
                change_mode(descriptor, entry.name, 0o700)
            folders.append(joined(folder, entry.name))
        else:
            _unlink(descriptor, entry.name)
    with closing(_Chain(root)) as chain:
        for folder in reversed(folders):
            above, _, name = folder.rpartition("/")
            try:
                os.rmdir(name, dir_fd=chain.open(above))
            except OSError:
                continue  # whatever is left makes the last rmdir fail, and that is what counts
    with os.scandir(root) as entries:
        if [entry.name for entry in entries] == [last]:
            _unlink(root, last)


def _unlink(folder: int, name: str) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return  # someone else clears up too
