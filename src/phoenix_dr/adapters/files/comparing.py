"""A restored tree against the engine's own list and the hashes taken at the source.

One pass over the list, one count of the tree; nothing is remembered per file, so a million
files need no more memory than ten.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from phoenix_dr.adapters import _tree
from phoenix_dr.adapters.base import Entry
from phoenix_dr.adapters.files.hashing import sha256_of
from phoenix_dr.core.evidence import CheckResult, FileHash, Level

COMPARED = {"file", "symlink"}
NAME_LIMIT = 200


def compare(
    restored_root: Path,
    expected: Iterable[Entry],
    sample: Sequence[FileHash],
    *,
    restored_path: str = "",
) -> tuple[CheckResult, ...]:
    """Whether the tree holds exactly what the list says, and the sample's content.

    A file listed as `/a/b` must lie at `restored_root/a/b` with its size; `restored_path` limits
    both sides to what lies under it. Sampled paths are paths of the list; one that changed
    since the engine read it (flag, or another size or mtime in the list) is not compared.
    Results: `empty` alone when the list has no file; else `files-present`, `hashes-equal`.
    """
    with ExitStack() as stack:
        root = stack.enter_context(_tree.opened(restored_root))
        pass_ = _Pass(root, {_inside(made.path): made for made in sample})
        below = _inside(restored_path)
        for entry in expected:
            path = _inside(entry.path)
            if entry.kind in COMPARED and _within(path, below):
                pass_.entry(path, entry)
        pass_.close()
        if not pass_.files:
            return (CheckResult("empty", False, Level.RESTORES),)
        return pass_.presence(_count(root, below)), pass_.content(len(sample))


def _inside(path: str) -> str:
    return path.strip("/")


def _other_size(found: os.stat_result, entry: Entry) -> bool:
    # A list that does not repeat the size of a hard link says -1.
    return entry.size >= 0 and found.st_size != entry.size


def _within(path: str, below: str) -> bool:
    return not below or path == below or path.startswith(below + "/")


@dataclass(slots=True)
class _Pass:
    """Counters of one comparison, and the folder last looked at (lists come folder by folder)."""

    root: int
    sample: dict[str, FileHash]
    files: int = 0
    links: int = 0
    size: int = 0
    missing: int = 0
    wrong: int = 0
    compared: int = 0
    bytes_compared: int = 0
    differing: int = 0
    changed: int = 0
    first: dict[str, str] = field(default_factory=dict)
    folder: str | None = None
    _held: ExitStack = field(default_factory=ExitStack)
    _descriptor: int | None = None

    def entry(self, path: str, entry: Entry) -> None:
        """Look one listed file or link up in the tree."""
        above, _, name = path.rpartition("/")
        is_link = entry.kind == "symlink"
        self.links += is_link
        self.files += not is_link
        self.size += 0 if is_link else max(entry.size, 0)
        found = self._stat(above, name)
        if found is None or stat.S_ISLNK(found.st_mode) != is_link:
            self._note("missing", path)
        elif not is_link and (not stat.S_ISREG(found.st_mode) or _other_size(found, entry)):
            self._note("wrong", path)
        made = self.sample.pop(path, None)
        if made is not None:
            self._content(path, made, entry)

    def _stat(self, above: str, name: str) -> os.stat_result | None:
        if above != self.folder:
            self._enter(above)
        if self._descriptor is None or name in {".", ".."} or not _tree.is_name(name):
            return None
        try:
            return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except OSError:
            return None

    def _enter(self, folder: str) -> None:
        self._held.close()
        self.folder, self._descriptor = folder, None
        try:
            self._descriptor = self._held.enter_context(_tree.beneath(self.root, folder))
        except OSError:
            return  # a missing folder: every file listed in it is missing

    def _note(self, what: str, path: str) -> None:
        setattr(self, what, getattr(self, what) + 1)
        self.first.setdefault("presence", path)

    def _content(self, path: str, made: FileHash, entry: Entry) -> None:
        if made.changed or (made.size, made.mtime_ns) != (entry.size, entry.mtime_ns):
            self.changed += 1
            return
        self.compared += 1
        self.bytes_compared += made.span[1] if made.span else made.size
        if self._hash(path.rpartition("/")[2], made) != made.sha256:
            self.differing += 1
            self.first.setdefault("content", path)

    def _hash(self, name: str, made: FileHash) -> str | None:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        if self._descriptor is None:
            return None
        try:
            descriptor = os.open(name, flags, dir_fd=self._descriptor)
        except OSError:
            return None
        try:
            return sha256_of(descriptor, made.span)
        except OSError:
            return None
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Let the folder last looked at go."""
        self._held.close()

    def presence(self, restored: int) -> CheckResult:
        """Every listed file is there with its size, and nothing else (`restored` counted)."""
        listed = self.files + self.links
        extra = restored - (listed - self.missing)
        good = not (self.missing or self.wrong or extra)
        parameters: tuple[tuple[str, str | int], ...] = (
            ("present", self.files + self.links - self.missing - self.wrong),
            ("total", listed),
            ("missing", self.missing),
            ("wrong", self.wrong),
            ("extra", extra),
            ("bytes", self.size),
            ("first", printable(self.first.get("presence", ""))),
        )
        return CheckResult("files-present", good, Level.RESTORES, parameters)

    def content(self, sampled: int) -> CheckResult:
        """Every file compared is the one hashed at the source; None when none could be compared.

        `absent` counts files that held still at the source and yet are not in the list.
        """
        absent = [path for path, made in self.sample.items() if not made.changed]
        moved = self.changed + len(self.sample) - len(absent)
        good = None if not self.compared else not self.differing
        first = self.first.get("content", min(absent, default=""))
        parameters: tuple[tuple[str, str | int], ...] = (
            ("compared", self.compared),
            ("sampled", sampled),
            ("total", self.files),
            ("bytes", self.bytes_compared),
            ("wrong", self.differing),
            ("absent", len(absent)),
            ("changed", moved),
            ("first", printable(first)),
        )
        return CheckResult("hashes-equal", False if absent else good, Level.RESTORES, parameters)


def printable(path: str) -> str:
    """A path as valid, bounded text: undecodable bytes and control characters are escaped."""
    shown = "".join(c if c.isprintable() else _escaped(c) for c in path[:NAME_LIMIT])
    return shown if len(path) <= NAME_LIMIT else shown + "…"


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


def _count(root: int, below: str) -> int:
    """Files and links in the restored tree at or below this path."""
    above, _, name = below.rpartition("/")
    try:
        with _tree.beneath(root, above) as parent:
            if name and not stat.S_ISDIR(
                os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
            ):
                return 1
        with _tree.beneath(root, below) as folder:
            return sum(
                entry.is_symlink() or entry.is_file(follow_symlinks=False)
                for _, _, entry in _tree.walk(folder)
            )
    except OSError:
        return 0
