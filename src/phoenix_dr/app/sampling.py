"""Hashing a sample of live files at the source, beside the engine that saves them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future

from phoenix_dr.adapters.files.sampling import CacheKey, Sampler
from phoenix_dr.app.context import Context
from phoenix_dr.app.staging import Ready
from phoenix_dr.core.evidence import FileHash
from phoenix_dr.ledger import CachedHash


class Sampling:
    """Samples of all live assets of one backup run, drawn in the background."""

    def __init__(self, ctx: Context) -> None:
        """Nothing is read before `start`."""
        self.ctx = ctx
        self.cache: dict[CacheKey, str] = {}
        self.samplers: dict[str, tuple[Sampler, Future[None]]] = {}

    def start(self, chosen: Sequence[Ready]) -> None:
        """Draw from every live asset; databases staged whole need no sample."""
        live = [each for each in chosen if each.is_live]
        if not live:
            return
        self._load()
        started = int(self.ctx.now().timestamp() * 1_000_000_000)
        for each in live:
            seed = f"{each.asset.id}\0{started}"
            sampler = Sampler(seed, started, self.cache)
            future = self.ctx.waiting_pool.submit(
                sampler.draw, each.paths, each.asset.exclude, cancel=self.ctx.cancel
            )
            self.samplers[each.asset.id] = (sampler, future)

    def _load(self) -> None:
        """The hashes earlier runs already know."""
        for path, known in self.ctx.ledger.hash_cache().items():
            key = (path, known.size, known.mtime_ns, known.ctime_ns, known.inode)
            self.cache[key] = known.sha256

    def settle(self) -> dict[str, tuple[FileHash, ...]]:
        """The samples by asset, after the engines are done; files that moved are marked."""
        found = {}
        for asset, (sampler, future) in self.samplers.items():
            future.result()
            sample = sampler.settle()
            for key, sha in sample.cache.items():
                # Moved to the end: the ledger keeps the last ones.
                self.cache.pop(key, None)
                self.cache[key] = sha
            found[asset] = sample.hashes
        if self.samplers:
            self.ctx.ledger.save_hash_cache(
                {key[0]: CachedHash(*key[1:], sha256=sha) for key, sha in self.cache.items()}
            )
        return found
