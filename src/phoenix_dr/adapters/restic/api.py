"""The restic engine: what it shows, what it does, and how it is put in place."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from phoenix_dr.adapters._command import Limits
from phoenix_dr.adapters.base import Done, Entry, Places, ProgressSink
from phoenix_dr.adapters.restic import actions, forget, listing, parse, twin
from phoenix_dr.adapters.restic.call import Call, Patience
from phoenix_dr.core.evidence import BlindSpot, Evidence
from phoenix_dr.core.guard import Permit
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.core.plan import (
    Action,
    CompactData,
    ForgetPoints,
    ReadData,
    RestorePoint,
    TakePoint,
)
from phoenix_dr.errors import EngineError, EngineUnreachable, Refused

PATIENT = Patience()


class Restic:
    """A restic repository. Safe to use from several threads; keeps nothing between calls."""

    def __init__(self, spec: EngineSpec, places: Places, *, patience: Patience = PATIENT) -> None:
        """Start nothing and read no secret yet."""
        self.spec = spec
        self._call = Call(spec, places, patience)

    def observe(self, *, now: datetime) -> Evidence:
        """The points Phoenix made, with one process; snapshots of others are left out.

        `complete` is unknown here: restic does not store that a run ended with exit 3. A damaged
        snapshot, which restic leaves out with exit 0, is a blind spot.
        """
        fingerprint = self.fingerprint()
        listed, hidden = forget.listed(self._call)
        blind = (BlindSpot(self.spec.id, "snapshot-unreadable", str(hidden)),) if hidden else ()
        return Evidence(self.spec.id, now, listed.points, blind, fingerprint=fingerprint)

    def foreign(self) -> int:
        """How many snapshots in the repository Phoenix did not make; one process."""
        return forget.listed(self._call)[0].foreign

    def fingerprint(self) -> str | None:
        """Hash of the names in `snapshots/`; None for a repository over a network.

        Snapshot files never change and are named by their content, so equal names mean an equal
        list; they say nothing about the data. Raises EngineUnreachable (not-mounted).
        """
        self._call.require_mounted()
        if self._call.local is None:
            return None
        try:
            names = sorted(os.listdir(self._call.local / "snapshots"))
        except OSError:
            # Missing or not ours to read: restic itself says which, in words.
            return None
        return hashlib.sha256("\n".join(names).encode("utf-8", "surrogateescape")).hexdigest()

    def contents(self, point: str, *, cancel: threading.Event) -> Iterator[Entry]:
        """Every entry of a point, the parents of its paths included, with real names."""
        return listing.contents(self._call, point, cancel=cancel)

    @staticmethod
    def listed_as(path: str) -> str:
        """How `Done.unread` spells a real path: bytes that are not UTF-8 become U+FFFD."""
        return parse.listed(path)

    def perform(
        self,
        action: Action,
        permit: Permit,
        *,
        progress: ProgressSink,
        cancel: threading.Event,
    ) -> Done:
        """Do one permitted action, with one process (more while a foreign lock stands, and to
        read the list right before and after points are removed).
        """
        permit.require(action)
        if action.engine != self.spec.id:
            raise Refused("wrong-engine", engine=self.spec.id, asked=action.engine)
        match action:
            case TakePoint():
                return actions.take(self._call, action, progress=progress, cancel=cancel)
            case ReadData():
                return actions.read(self._call, action, cancel=cancel)
            case RestorePoint():
                return actions.restore(self._call, action, progress=progress, cancel=cancel)
            case ForgetPoints():
                return forget.forget(self._call, action, cancel=cancel)
            case CompactData():
                return forget.prune(self._call, cancel=cancel)
            case _:
                raise EngineError("not-yet", engine=self.spec.id, verb=type(action).__name__)

    def prepare(self, *, cancel: threading.Event | None = None) -> bool:
        """Make the repository where there is none; False when a local one is there already.

        Never makes its parent directory: an absent one is an absent disk. Raises EngineUnreachable
        (not-mounted, parent-missing) and EngineError (directory-in-use).
        """
        self._call.require_mounted()
        if self._call.local is not None and not _is_free(self._call.local, self.spec.id):
            return False
        limits = Limits(seconds=self._call.patience.question)
        self._call.run("init", limits=limits, cancel=cancel)
        return True

    def mutate(
        self, point: str, paths: Sequence[str], *, into: Path, cancel: threading.Event
    ) -> twin.Twin:
        """A copy of the repository in `into` with one bit flipped in data this point needs."""
        self._call.require_mounted()
        return twin.make(self._call, point, paths, into=into, cancel=cancel)

    def version(self) -> str:
        """What `restic version` prints, without opening the repository."""
        answer = self._call.question("version").stdout
        return answer.decode("utf-8", "replace").strip()


def _is_free(local: Path, engine: str) -> bool:
    """True when a repository may be made here, False when one is."""
    if (local / "config").exists():
        return False
    if not local.parent.is_dir():
        raise EngineUnreachable("parent-missing", engine=engine, path=str(local.parent))
    if local.exists() and (not local.is_dir() or any(local.iterdir())):
        raise EngineError("directory-in-use", engine=engine, path=str(local))
    return True
