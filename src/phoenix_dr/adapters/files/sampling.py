"""A seeded sample of an asset's files, hashed at the source while an engine saves them."""

from __future__ import annotations

import math
import os
import random
import stat
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from phoenix_dr.adapters.files.hashing import sha256_of
from phoenix_dr.adapters.files.walking import walk
from phoenix_dr.core.evidence import FileHash

CLOCK_TICK_NS = 10_000_000
"""A file's ctime may lag the clock by a kernel tick: at most 10 ms (HZ=100)."""
CACHE_ENTRIES = 10_000

CacheKey = tuple[str, int, int, int, int]
"""Path, size, mtime_ns, ctime_ns, inode: equal keys mean an unchanged file."""
Cache = Mapping[CacheKey, str]
"""sha256 of whole files hashed by earlier runs."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most a run may read for its sample: files, and bytes in all."""

    files: int = 200
    size: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """What a run sampled: hashes, of how many regular files, what could not be read.

    `size` is the bytes hashed (or known from the cache); `cache` is to be given to the next run.
    """

    hashes: tuple[FileHash, ...]
    files: int
    size: int
    unread: int
    cache: Cache


@dataclass(slots=True)
class Sampler:
    """Draws files while the engine works (`draw`), then says which ones held still (`settle`).

    `started_ns` is the clock just before the engine starts, in ns since the epoch: a file whose
    ctime is not older changed during the run, whether or not the engine had read it yet. On a
    network file system whose clock is ahead every file counts as changed, never as compared.
    """

    seed: str
    started_ns: int
    cache: Cache = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    _drawn: list[tuple[CacheKey, FileHash]] = field(default_factory=list, init=False)
    _files: int = field(default=0, init=False)
    _unread: int = field(default=0, init=False)

    def draw(
        self,
        roots: Iterable[str | os.PathLike[str]],
        exclude: Sequence[str] = (),
        *,
        cancel: threading.Event,
    ) -> None:
        """Choose and hash. Reads at most `limits`; remembers only the files chosen."""
        # Chosen by seed so that a run can be repeated; nothing here is a secret.
        dice = random.Random(self.seed)  # noqa: S311
        found = self._counted(walk(roots, exclude, unread=self._missed), cancel)
        keys = [
            key for path in _reservoir(found, self.limits.files, dice) for key in self._key(path)
        ]
        for key, share in _shares(keys, self.limits.size):
            if cancel.is_set():
                return
            self._hash(key, share, dice)

    def settle(self) -> Sample:
        """The sample, with `changed` set on every file that did not hold still."""
        hashes = tuple(replace(made, changed=self._moved(key)) for key, made in self._drawn)
        fresh = {key: made.sha256 for key, made in self._drawn if made.span is None}
        kept = {key: sha for key, sha in self.cache.items() if key not in fresh}
        room = max(0, CACHE_ENTRIES - len(fresh))
        older = dict(islice(kept.items(), max(0, len(kept) - room), None))
        size = sum(made.span[1] if made.span else made.size for made in hashes)
        return Sample(hashes, self._files, size, self._unread, {**older, **fresh})

    def _counted(self, paths: Iterator[str], cancel: threading.Event) -> Iterator[str]:
        for path in paths:
            if cancel.is_set():
                return
            self._files += 1
            yield path

    def _missed(self, _: str) -> None:
        self._unread += 1

    def _key(self, path: str) -> Iterator[CacheKey]:
        try:
            found = os.lstat(path)
        except OSError:
            self._unread += 1
            return
        if stat.S_ISREG(found.st_mode):
            yield _key_of(path, found)

    def _hash(self, key: CacheKey, share: int, dice: random.Random) -> None:
        path, size, mtime_ns = key[:3]
        span = None if share >= size else (dice.randrange(size - share + 1), share)
        known = self.cache.get(key) if span is None else None
        try:
            sha = known or _hash_at(path, span)
        except OSError:
            self._unread += 1
        else:
            self._drawn.append((key, FileHash(path, size, mtime_ns, sha, span=span)))

    def _moved(self, key: CacheKey) -> bool:
        if key[3] >= self.started_ns - CLOCK_TICK_NS:
            return True
        try:
            return _key_of(key[0], os.lstat(key[0])) != key
        except OSError:
            return True


def _key_of(path: str, found: os.stat_result) -> CacheKey:
    return path, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino


def _hash_at(path: str, span: tuple[int, int] | None) -> str:
    # O_NONBLOCK: a fifo put in the file's place must not hold the run up.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags)
    try:
        return sha256_of(descriptor, span)
    finally:
        os.close(descriptor)


def _reservoir(paths: Iterator[str], most: int, dice: random.Random) -> list[str]:
    """`most` paths, each with the same chance, from a stream (Li's algorithm L)."""
    chosen = list(islice(paths, most))
    if len(chosen) < most or not most:
        return chosen
    weight = 1.0
    while True:
        weight *= math.exp(math.log(1.0 - dice.random()) / most)
        skip = math.floor(math.log(1.0 - dice.random()) / math.log1p(-weight))
        path = next(islice(paths, skip, None), None)
        if path is None:
            return chosen
        chosen[dice.randrange(most)] = path


def _shares(keys: list[CacheKey], budget: int) -> Iterator[tuple[CacheKey, int]]:
    """Bytes to read of each file: small ones whole, the rest shares what is left evenly."""
    left = budget
    for number, key in enumerate(sorted(keys, key=lambda key: (key[1], key[0]))):
        share = min(key[1], left // (len(keys) - number))
        if share or not key[1]:
            left -= share
            yield key, share
