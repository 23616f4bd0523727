"""The regular files of an asset, one after the other."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence

from phoenix_dr.adapters import _tree
from phoenix_dr.adapters.files.patterns import matcher


def walk(
    roots: Iterable[str | os.PathLike[str]],
    exclude: Sequence[str] = (),
    *,
    unread: Callable[[str], None] = lambda _: None,
) -> Iterator[str]:
    """Absolute paths of the regular files below `roots`, in directory order.

    No link is followed and no other file system entered, so this may be less than an engine
    saves (never more, see `patterns`): it serves for sampling, not as a list of contents.
    `unread` is told of each folder that could not be read.
    """
    left_out = matcher(exclude)
    for root in roots:
        yield from _below(os.path.abspath(root), left_out, unread)


def _below(
    root: str, left_out: Callable[[str], bool], unread: Callable[[str], None]
) -> Iterator[str]:
    try:
        mode = os.lstat(root).st_mode
    except OSError:
        unread(root)
        return
    if left_out(root):
        return
    if stat.S_ISREG(mode):
        yield root
    elif stat.S_ISDIR(mode):
        yield from _folder(root, left_out, unread)


def _folder(
    root: str, left_out: Callable[[str], bool], unread: Callable[[str], None]
) -> Iterator[str]:
    above = root.rstrip("/") + "/"
    try:
        with _tree.opened(root) as descriptor:
            entries = _tree.walk(
                descriptor,
                enter=lambda folder: not left_out(above + folder),
                unread=lambda folder: unread(above + folder),
            )
            for folder, _, entry in entries:
                if entry.is_file(follow_symlinks=False):
                    path = above + _tree.joined(folder, entry.name)
                    if not left_out(path):
                        yield path
    except OSError:
        unread(root)
