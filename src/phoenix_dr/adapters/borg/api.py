"""The borg engine: what it shows, and how points and space are let go."""

from __future__ import annotations

import hashlib
import os
import threading
from datetime import datetime

from phoenix_dr.adapters.base import Done, Places, ProgressSink
from phoenix_dr.adapters.borg import actions
from phoenix_dr.adapters.borg.call import Call, Patience
from phoenix_dr.core.evidence import Evidence
from phoenix_dr.core.guard import Permit
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.core.plan import Action, CompactData, ForgetPoints
from phoenix_dr.errors import EngineError, Refused

PATIENT = Patience()


class Borg:
    """A borg repository. Safe to use from several threads; keeps nothing between calls."""

    def __init__(self, spec: EngineSpec, places: Places, *, patience: Patience = PATIENT) -> None:
        """Start nothing and read no secret yet."""
        self.spec = spec
        self._call = Call(spec, places, patience)

    def observe(self, *, now: datetime) -> Evidence:
        """The archives that belong to assets, with one process; others are left out.

        `size` is unknown: borg 1.2 tells it only by reading every file entry of an archive again.
        `complete` is False for a checkpoint, else unknown: borg does not store its warnings.
        """
        fingerprint = self.fingerprint()
        points = actions.listed(self._call).points
        return Evidence(self.spec.id, now, points, fingerprint=fingerprint)

    def foreign(self) -> int:
        """How many archives in the repository belong to no asset; one process."""
        return actions.listed(self._call).foreign

    def fingerprint(self) -> str | None:
        """Hash of the repository's id and transaction; None for a repository over a network.

        Every change to the list is a transaction, which renames `index.N`. It says nothing about
        the data. Raises EngineUnreachable (not-mounted).
        """
        self._call.require_mounted()
        local = self._call.local
        if local is None:
            return None
        try:
            names = sorted(name for name in os.listdir(local) if name.startswith("index."))
            # It holds the repository's random id, so that another one is not taken for it.
            config = (local / "config").read_bytes()
        except OSError:
            # Missing or not ours to read: borg itself says which, in words.
            return None
        return hashlib.sha256("\n".join(names).encode() + b"\n" + config).hexdigest()

    def perform(
        self,
        action: Action,
        permit: Permit,
        *,
        progress: ProgressSink,
        cancel: threading.Event,
    ) -> Done:
        """Do one permitted action; borg tells no progress of these."""
        permit.require(action)
        if action.engine != self.spec.id:
            raise Refused("wrong-engine", engine=self.spec.id, asked=action.engine)
        match action:
            case ForgetPoints():
                return actions.forget(self._call, action, cancel=cancel)
            case CompactData():
                return actions.compact(self._call, cancel=cancel)
            case _:
                raise EngineError("not-yet", engine=self.spec.id, verb=type(action).__name__)

    def key(self) -> str:
        """The repository's key as `borg key export` writes it, "" for one that is not encrypted.

        It is itself locked with the passphrase. In keyfile mode it comes from this account's own
        key folder: EngineDenied (borg-key-missing) where it is not there.
        """
        try:
            return self._call.question("key", "export", "::").stdout.decode("ascii", "replace")
        except EngineError as error:
            if error.code != "borg-unencrypted":
                raise
            return ""

    def version(self) -> str:
        """What `borg --version` prints, without opening the repository."""
        answer = self._call.question("--version").stdout
        return answer.decode("utf-8", "replace").strip()
