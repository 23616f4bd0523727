"""One call of borg: mount checked, secrets in the environment, foreign locks waited for."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.adapters import _command
from phoenix_dr.adapters._command import Limits, Result
from phoenix_dr.adapters._secrets import resolve
from phoenix_dr.adapters.base import Places
from phoenix_dr.adapters.borg.failures import explain, lock_of
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineError, EngineUnreachable

MOST_ANSWER = 256 << 20
"""Bytes of an answer kept in memory: about 800,000 archives."""
NEVER = {
    "BORG_CHECK_I_KNOW_WHAT_I_AM_DOING": "NO",
    "BORG_DELETE_I_KNOW_WHAT_I_AM_DOING": "NO",
    "BORG_RELOCATED_REPO_ACCESS_IS_OK": "no",
    "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "no",
}
"""What borg would ask a person; Phoenix is none."""
FINE = frozenset({0})
LEAST_WAIT = 1
MOST_ROSTER = 64 << 10


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds borg gets: for a foreign lock to go, for a question, and for a long action."""

    lock: float = 120.0
    question: float = 120.0
    action: float = 24 * 3600.0


class Call:
    """Runs borg for one engine of the estate."""

    def __init__(self, spec: EngineSpec, places: Places, patience: Patience) -> None:
        self.spec = spec
        self.places = places
        self.patience = patience

    @property
    def local(self) -> Path | None:
        """The repository's directory, None when it is reached over a network."""
        address = self.spec.repository.removeprefix("file://")
        head, colon, _ = address.partition(":")
        return None if colon and "/" not in head else Path(address)

    def require_mounted(self) -> None:
        """Raise EngineUnreachable (not-mounted) while the location's mount is only a folder."""
        location = self.places.locations.get(self.spec.location)
        mount = location.mount if location else None
        if mount and self.local is not None and not os.path.ismount(mount):
            raise EngineUnreachable("not-mounted", engine=self.spec.id, mount=mount)

    def question(self, *arguments: str, cancel: threading.Event | None = None) -> Result:
        """The answer to a question, which may have to wait for a lock first."""
        return self._run(arguments, self.patience.question, cancel, fine=FINE)

    def change(self, *arguments: str, cancel: threading.Event | None = None) -> Result:
        """A run that changes the repository; a warning (exit 1) is no failure."""
        return self._run(arguments, self.patience.action, cancel, fine=FINE | {1})

    def _run(
        self,
        arguments: tuple[str, ...],
        seconds: float,
        cancel: threading.Event | None,
        *,
        fine: frozenset[int],
    ) -> Result:
        self.require_mounted()
        result = self._once(arguments, seconds, cancel)
        if result.code in fine:
            return result
        if result.code < 0:
            self._tidy(cancel)
        error = explain(result.code, result.stderr, engine=self.spec.id)
        raise self._locked(result.stderr) if error.code == "repository-locked" else error

    def _tidy(self, cancel: threading.Event | None) -> None:
        """Free the lock of a borg of ours that was killed, which nobody else's borg removes.

        The next borg under our id does it by itself, since its holder is gone; run now, so that
        no backup has to wait for Phoenix to look again.
        """
        with suppress(EngineError):
            self._once(("list", "--short", "--last", "1"), self.patience.question, cancel)

    def _once(
        self, arguments: tuple[str, ...], seconds: float, cancel: threading.Event | None
    ) -> Result:
        # A dead lock of ours is removed at the first look and free at the second.
        wait = max(LEAST_WAIT, int(self.patience.lock))
        waiting = ("--log-json", "--lock-wait", str(wait))
        verb, *rest = arguments
        # Asked with TERM, borg rolls back and removes its locks.
        limits = Limits(seconds=seconds + self.patience.lock, output=MOST_ANSWER, cleans_up=True)
        return _command.run(
            [self.spec.program or "borg", verb, *waiting, *rest],
            env=self._env(),
            limits=limits,
            cancel=cancel,
        )

    def _env(self) -> dict[str, str]:
        """Repository and passphrase travel in the environment: argument lists are public.

        Keys, cache and what borg remembers of repositories stay where this account's own borg
        keeps them. The id of our own tells borg that no lock but ours is one to tidy away.
        """
        named = {
            name: resolve(ref, environ=self.places.environ)
            for name, ref in self.spec.environment.items()
        }
        extra = {
            "BORG_RSH": "ssh -oBatchMode=yes",
            **named,
            **self._password(),
            **NEVER,
            "BORG_REPO": self.spec.repository,
            "BORG_HOST_ID": f"phoenix@{self.places.here}",
            "BORG_SHOW_SYSINFO": "no",
        }
        return _command.clean_env(self.places.environ, extra)

    def _password(self) -> dict[str, str]:
        ref = self.spec.password
        return {"BORG_PASSPHRASE": resolve(ref, environ=self.places.environ)} if ref else {}

    def _locked(self, stderr: bytes) -> EngineError:
        """The lock's holder and age, where the lock can be looked at."""
        path = lock_of(stderr) if self.local is not None else None
        holder, since = next(_holders(Path(path)), ("?", None)) if path else ("?", None)
        age = self.places.clock().timestamp() - since if since is not None else 0
        minutes = max(0, int(age // 60))
        return EngineError("repository-locked", engine=self.spec.id, holder=holder, minutes=minutes)


def _holders(lock: Path) -> Iterator[tuple[str, float]]:
    """Who holds a lock and since when (epoch seconds): `HOST.PID-THREAD` files, then readers."""
    base = str(lock).removesuffix(".exclusive")
    folder, roster = Path(base + ".exclusive"), Path(base + ".roster")
    try:
        yield from ((name, folder.stat().st_mtime) for name in sorted(os.listdir(folder)))
    except OSError:
        # Nobody holds it alone, or it went in this moment.
        pass
    try:
        with roster.open("rb") as file:
            readers = json.loads(file.read(MOST_ROSTER))["shared"]
        since = roster.stat().st_mtime
        yield from ((f"{host}.{pid:d}-{thread:x}", since) for host, pid, thread in readers)
    except (OSError, KeyError, TypeError, ValueError, RecursionError):
        return
