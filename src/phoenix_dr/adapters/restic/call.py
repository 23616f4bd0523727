"""One call of restic: mount checked, secrets in the environment, foreign locks waited for."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from phoenix_dr.adapters import _command
from phoenix_dr.adapters._command import Limits, Result
from phoenix_dr.adapters._secrets import private_file, resolve
from phoenix_dr.adapters.base import Places
from phoenix_dr.adapters.restic.failures import explain
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

REMOTE = ("sftp", "rest", "s3", "b2", "azure", "gs", "swift", "rclone")
PROGRESS_PER_SECOND = "2"
MOST_ANSWER = 256 << 20
"""Bytes of an answer kept in memory: about 300,000 snapshots."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds restic gets: for a foreign lock to go (asked every `retry`), for a short question,
    for a long action, and without a sign of life while it backs up.

    restic itself retries an unreachable store for about a quarter of an hour.
    """

    lock: float = 120.0
    retry: float = 5.0
    question: float = 120.0
    action: float = 24 * 3600.0
    silence: float = 600.0


class Call:
    """Runs restic for one engine of the estate."""

    def __init__(self, spec: EngineSpec, places: Places, patience: Patience) -> None:
        self.spec = spec
        self.places = places
        self.patience = patience

    @property
    def local(self) -> Path | None:
        """The repository's directory, None when it is reached over a network."""
        scheme, colon, rest = self.spec.repository.partition(":")
        if colon and scheme in REMOTE:
            return None
        return Path(rest if colon and scheme == "local" else self.spec.repository)

    def require_mounted(self) -> None:
        """Raise EngineUnreachable (not-mounted) while the location's mount is only a folder."""
        location = self.places.locations.get(self.spec.location)
        mount = location.mount if location else None
        if mount and self.local is not None and not os.path.ismount(mount):
            raise EngineUnreachable("not-mounted", engine=self.spec.id, mount=mount)

    def question(self, *arguments: str, cancel: threading.Event | None = None) -> Result:
        """The answer to a short question that takes no lock."""
        limits = Limits(seconds=self.patience.question, output=MOST_ANSWER)
        return self.run("--no-lock", *arguments, limits=limits, cancel=cancel)

    def run(
        self,
        *arguments: str,
        limits: Limits,
        cancel: threading.Event | None = None,
        on_line: Callable[[bytes], None] | None = None,
        fine: frozenset[int] = frozenset({0}),
    ) -> Result:
        """Run restic to an exit code in `fine`, else raise the EngineError it stands for.

        While someone else holds a lock it is started again, until patience ends; a lock is never
        removed. A failed attempt has written nothing.
        """
        self.require_mounted()
        cancel = cancel or threading.Event()
        until = monotonic() + self.patience.lock
        while True:
            result = self._once(arguments, limits, cancel, on_line=on_line)
            if result.code in fine:
                return result
            error = self._explained(result)
            if error.code != "repository-locked" or monotonic() >= until:
                raise error
            if cancel.wait(self.patience.retry):
                raise EngineError("cancelled", program="restic")

    def _once(
        self,
        arguments: tuple[str, ...],
        limits: Limits,
        cancel: threading.Event,
        *,
        on_line: Callable[[bytes], None] | None,
    ) -> Result:
        try:
            return _command.run(
                self._argv(arguments),
                env=self._env(),
                limits=_polite(limits),
                on_line=on_line,
                cancel=cancel,
            )
        except _command.TooSlow as late:
            # What restic was retrying says more than how long it did.
            error = explain(0, late.stderr, engine=self.spec.id, now=self.places.clock())
            raise (late if error.code == "engine-failed" else error) from late

    def lines(self, *arguments: str, cancel: threading.Event) -> Generator[bytes, None, None]:
        """Lines of a long answer as they come; raises at the end when restic failed."""
        self.require_mounted()
        result = yield from _command.lines(
            self._argv(("--no-lock", *arguments)),
            env=self._env(),
            limits=_polite(Limits(seconds=self.patience.action, silence=self.patience.silence)),
            cancel=cancel,
        )
        if result.code:
            raise self._explained(result)

    def lock_flags(self) -> tuple[str, ...]:
        """`--no-lock` for a local repository where no lock can be written (read-only medium)."""
        return () if self._is_writable() else ("--no-lock",)

    def require_writable(self) -> None:
        """Raise EngineDenied (read-only) at once: restic would retry for a quarter of an hour."""
        if not self._is_writable():
            raise EngineDenied("read-only", engine=self.spec.id, path=str(self.local))

    def _is_writable(self) -> bool:
        local = self.local
        # Without a config there is no repository, which restic says itself.
        return (
            local is None or not (local / "config").exists() or os.access(local / "locks", os.W_OK)
        )

    def _explained(self, result: Result) -> EngineError:
        now = self.places.clock()
        return explain(result.code, result.stderr, engine=self.spec.id, now=now)

    def _argv(self, arguments: tuple[str, ...]) -> list[str]:
        cached = () if self._cache() else ("--no-cache",)
        return [self.spec.program or "restic", *cached, *arguments]

    def _cache(self) -> Path | None:
        """Where restic may keep metadata; None when it cannot be written (0.19 would give up)."""
        cache = self.places.cache_dir / "restic"
        try:
            cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            return None
        return cache if os.access(cache, os.W_OK) else None

    def _env(self) -> dict[str, str]:
        """Repository and secrets travel in the environment: argument lists are public."""
        cache = self._cache()
        named = {
            name: resolve(ref, environ=self.places.environ)
            for name, ref in self.spec.environment.items()
        }
        extra = {
            **named,
            **self._password(),
            "RESTIC_REPOSITORY": self.spec.repository,
            "RESTIC_PROGRESS_FPS": PROGRESS_PER_SECOND,
            **({"RESTIC_CACHE_DIR": str(cache)} if cache else {}),
        }
        return _command.clean_env(self.places.environ, extra)

    def _password(self) -> dict[str, str]:
        match self.spec.password:
            case None:
                raise EngineDenied("password-not-named", engine=self.spec.id)
            case ref if ref.scheme == "file":
                return {"RESTIC_PASSWORD_FILE": str(private_file(ref))}
            case ref:
                return {"RESTIC_PASSWORD": resolve(ref, environ=self.places.environ)}


def _polite(limits: Limits) -> Limits:
    # 0.14 leaves its lock behind on TERM and removes it on INT; later versions on both.
    return replace(limits, stop=signal.SIGINT, cleans_up=True)
