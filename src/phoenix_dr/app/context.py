"""The composition root: configuration, ledger, engines, the clock and the thread pools."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cached_property
from types import TracebackType

from phoenix_dr import config
from phoenix_dr.adapters import build
from phoenix_dr.adapters.base import Places
from phoenix_dr.adapters.base import Progress as Progress
from phoenix_dr.app.cluster_claims import with_claims
from phoenix_dr.app.estate_cache import load_estate
from phoenix_dr.config import Settings
from phoenix_dr.core.model import EngineSpec, Estate
from phoenix_dr.core.plan import Action
from phoenix_dr.errors import UsageError
from phoenix_dr.ledger import Ledger, open_ledger

Watcher = Callable[[Action, Progress], None]
WAITING_SLOTS = 16
"""Threads for what mostly waits (hashing beside an engine, probes); engines get one per core."""


def utc_now() -> datetime:
    """The one reading of the clock: aware UTC."""
    return datetime.now(UTC)


class Context:
    """What a use case needs; parts are made when first asked for and closed at the end."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        *,
        clock: Callable[[], datetime] = utc_now,
        watch: Watcher | None = None,
        keeps: bool = True,
    ) -> None:
        """`watch` is told the progress of every action, from worker threads.

        With `keeps` off reading the estate leaves nothing behind, not even a cache.
        """
        self.settings = settings
        self.environ = environ
        self.now = clock
        self.keeps = keeps
        self.watch: Watcher = watch or (lambda action, progress: None)
        self.cancel = threading.Event()
        self._closing = ExitStack()

    def __enter__(self) -> Context:
        """Use as a context manager so that pools and ledger are always closed."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop what runs when leaving by an error, then close everything."""
        if kind is not None:
            self.cancel.set()
        self._closing.close()

    @cached_property
    def estate(self) -> Estate:
        """The estate of phoenix.yaml, patterns of claims replaced by the claims last seen.

        Raises ConfigError with every fault at once.
        """
        return with_claims(load_estate(self.settings, keep=self.keeps), self.settings.state_dir)

    def reread_estate(self) -> bool:
        """Read it again after a look at a cluster; True when it holds other claims now."""
        before: Estate | None = self.__dict__.pop("estate", None)
        changed: bool = self.estate != before
        return changed

    @cached_property
    def language(self) -> str:
        """The language a person asked for, else the estate's."""
        return self.settings.language or self.estate.language

    @cached_property
    def ledger(self) -> Ledger:
        """The history, opened (and made) in the state directory."""
        ledger = open_ledger(self.settings.state_dir / "ledger.db")
        self._closing.callback(ledger.close)
        return ledger

    @cached_property
    def engine_pool(self) -> ThreadPoolExecutor:
        """One slot per core: engines are bound by processors and disks."""
        return self._pool(os.cpu_count() or 1, "engine")

    @cached_property
    def waiting_pool(self) -> ThreadPoolExecutor:
        """Many slots for what waits."""
        return self._pool(WAITING_SLOTS, "waiting")

    def _pool(self, size: int, name: str) -> ThreadPoolExecutor:
        pool = ThreadPoolExecutor(max_workers=size, thread_name_prefix=name)
        self._closing.callback(pool.shutdown, cancel_futures=True)
        return pool

    @cached_property
    def places(self) -> Places:
        """What engines need to know of this machine."""
        return Places(
            here=self.estate.here,
            locations=self.estate.locations,
            environ=self.environ,
            cache_dir=self.settings.state_dir / "cache",
            clock=self.now,
        )

    def engine(self, engine_id: str) -> object:
        """The configured engine of this id. Raises UsageError for an unknown one."""
        spec = self.estate.engines.get(engine_id)
        if spec is None:
            known = ", ".join(self.estate.engines)
            raise UsageError("engine-unknown", engine=engine_id, known=known)
        return self.build(spec)

    def build(self, spec: EngineSpec) -> object:
        """An engine for a spec of our making (a twin, a key copy under proof)."""
        return build(spec, self.places)


def open_context(
    environ: Mapping[str, str],
    *,
    config_file: str | None = None,
    state: str | None = None,
    language: str | None = None,
    watch: Watcher | None = None,
    keeps: bool = True,
) -> Context:
    """A context from the command line's options and the environment."""
    settings = config.settings(environ, config=config_file, state=state, language=language)
    return Context(settings, environ, watch=watch, keeps=keeps)
