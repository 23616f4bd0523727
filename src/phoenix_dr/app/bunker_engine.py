"""What lists and restores in a bunker drill: stock restic, shut in with the kit."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from phoenix_dr.adapters import _command
from phoenix_dr.adapters.base import Done, ProgressSink
from phoenix_dr.adapters.restic import failures, parse
from phoenix_dr.app.context import Context
from phoenix_dr.core.evidence import Phase, RecoveryPoint
from phoenix_dr.core.guard import Permit
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.core.plan import Action, RestorePoint
from phoenix_dr.errors import EngineError, Refused
from phoenix_dr.sandboxes import bunker
from phoenix_dr.sandboxes.bunker import RESTORED, Brought, Bunker

_ERRORS = re.compile(rb"^Fatal: There were (\d+) errors$", re.MULTILINE)
_OWNER = re.compile(rb": lchown [^\0]*?: invalid argument$", re.MULTILINE)
QUESTION = _command.Limits(seconds=300, output=64 << 20)
RESTORE = _command.Limits(seconds=24 * 3600, output=64 << 20, errors=64 << 20)


class BunkerEngine:
    """An engine that reaches a location and a kit, and nothing else. It can only restore."""

    def __init__(self, ctx: Context, spec: EngineSpec, place: Bunker, brought: Brought) -> None:
        """`spec` is of the kit's estate; only its id and location are used."""
        self._ctx, self._spec, self._place, self._brought = ctx, spec, place, brought

    def points(self) -> tuple[RecoveryPoint, ...]:
        """What the location holds, listed from inside. Raises EngineError."""
        result = self._run(("snapshots", "--json", "--tag", parse.TAG), QUESTION, self._place)
        listed = parse.snapshots(result.stdout, engine=self._spec.id, location=self._spec.location)
        return listed.points

    def perform(
        self, action: Action, permit: Permit, *, progress: ProgressSink, cancel: threading.Event
    ) -> Done:
        """Restore one point into its empty folder. Raises Refused for anything else."""
        if not isinstance(action, RestorePoint):
            raise Refused("engine-cannot", engine=self._spec.id, verb=type(action).__name__)
        permit.require(action)
        place = replace(self._place, restored=Path(action.into))
        words = ("restore", action.point, "--target", RESTORED)
        result = self._run(words, RESTORE, place, cancel=cancel)
        return Done(phases=(Phase("engine", result.seconds),))

    def _run(
        self,
        words: Sequence[str],
        limits: _command.Limits,
        place: Bunker,
        *,
        cancel: threading.Event | None = None,
    ) -> _command.Result:
        locked = "locked" if self._spec.password else "open"
        given = (self._spec.id, locked, *words)
        result = bunker.run(given, place, self._brought, limits=limits, cancel=cancel)
        if result.code and not only_owners(result.stderr, root=os.geteuid() == 0):
            raise self._explained(result)
        return result

    def _explained(self, result: _command.Result) -> EngineError:
        now = self._ctx.now()
        return failures.explain(result.code, result.stderr, engine=self._spec.id, now=now)


def only_owners(stderr: bytes, *, root: bool) -> bool:
    """Whether a restore failed at nothing but giving files to owners unknown inside.

    Without root only one's own id exists in there, which restic takes for an error (0.14: EINVAL,
    where EPERM outside is ignored). Every file is compared afterwards.
    """
    told = _ERRORS.search(stderr)
    return not root and told is not None and int(told[1]) == len(_OWNER.findall(stderr))
