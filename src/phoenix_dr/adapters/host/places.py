"""Compose files and repositories, in the places people keep them; never the whole disk."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from phoenix_dr.adapters.host._root import below, names, read
from phoenix_dr.core.discovery import Repository, Unseen

COMPOSE = frozenset({"compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"})
RESTIC = frozenset({"data", "index", "keys", "locks", "snapshots"})
BORG_CONFIG = b"[repository]"
FIXED = ("/srv", "/opt", "/etc", "/backup", "/backups", "/var/backups")
NOTHING_OF_OURS = frozenset({
    ".git", ".cache", ".local", ".cargo", ".rustup", ".npm", ".pyenv", ".venv", "node_modules",
    "__pycache__", "lost+found", "site-packages",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """How far discovery looks: directory entries in all and in one directory, depth, seconds."""

    entries: int = 200_000
    per_directory: int = 20_000
    depth: int = 3
    seconds: float = 8.0


@dataclass(slots=True)
class _Search:
    root: Path
    limits: Limits
    slow: frozenset[str]
    started: float = field(default_factory=time.monotonic)
    entries: int = 0
    queue: deque[tuple[str, int]] = field(default_factory=deque)
    compose: list[str] = field(default_factory=list)
    repositories: list[Repository] = field(default_factory=list)
    unseen: list[Unseen] = field(default_factory=list)

    def exhausted(self) -> bool:
        """Whether the bound on entries or time is reached."""
        late = time.monotonic() - self.started > self.limits.seconds
        return late or self.entries >= self.limits.entries

    def run(self) -> None:
        """Breadth first over all places at once, so that one huge place starves no other."""
        while self.queue:
            if self.exhausted():
                left = {path for path, _ in self.queue}
                self.unseen.append(Unseen("search-stopped", min(left), count=len(left)))
                return
            path, depth = self.queue.popleft()
            self._look(path, depth)

    def _look(self, path: str, depth: int) -> None:
        if path in self.slow:
            self.unseen.append(Unseen("network-place", path))
            return
        files, folders, complete = self._list(path)
        if not complete:
            self.unseen.append(Unseen("directory-too-large", path))
        kind = self._repository(path, files, folders)
        if kind:
            self.repositories.append(Repository(kind, path))
            return
        self.compose += [os.path.join(path, name) for name in sorted(COMPOSE & files)]
        if depth < self.limits.depth:
            wanted = sorted(folders - NOTHING_OF_OURS)
            self.queue.extend((os.path.join(path, name), depth + 1) for name in wanted)

    def _list(self, path: str) -> tuple[set[str], set[str], bool]:
        files: set[str] = set()
        folders: set[str] = set()
        try:
            with os.scandir(below(self.root, path)) as found:
                for number, entry in enumerate(found):
                    if number >= self.limits.per_directory or self.exhausted():
                        return files, folders, False
                    self.entries += 1
                    (folders if entry.is_dir(follow_symlinks=False) else files).add(entry.name)
        except FileNotFoundError:
            pass  # it went away meanwhile
        except OSError:
            self.unseen.append(Unseen("directory-hidden", path))
        return files, folders, True

    def _repository(self, path: str, files: set[str], folders: set[str]) -> str | None:
        if "config" in files and folders >= RESTIC:
            return "restic"
        if files >= {"README", "config"} and "data" in folders:
            start = read(below(self.root, os.path.join(path, "config")), len(BORG_CONFIG))
            return "borg" if start == BORG_CONFIG else None
        return None


def find(
    root: Path, homes: tuple[str, ...], *, limits: Limits, slow: frozenset[str]
) -> tuple[tuple[str, ...], tuple[Repository, ...], tuple[Unseen, ...]]:
    """Compose files, repositories, and what was left unseen. `slow` mounts are not listed."""
    search = _Search(root, limits, slow)
    for place in starts(root, homes, slow=slow):
        if place in slow:
            search.queue.append((place, 0))
        elif os.path.islink(below(root, place)):
            search.unseen.append(Unseen("place-is-a-link", place))
        elif os.path.isdir(below(root, place)):
            search.queue.append((place, 0))
    search.run()
    repositories = sorted(search.repositories, key=lambda each: each.path)
    return tuple(sorted(search.compose)), tuple(repositories), tuple(search.unseen)


def starts(root: Path, homes: tuple[str, ...], *, slow: frozenset[str]) -> Iterator[str]:
    """Where the search begins: fixed places, and what is mounted below /mnt and /media."""
    yield from FIXED
    yield from homes
    for folder in ("/mnt", *(f"/media/{name}" for name in names(below(root, "media")))):
        if folder in slow:
            yield folder
        else:
            yield from (f"{folder}/{name}" for name in names(below(root, folder)))
