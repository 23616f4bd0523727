"""The part of a drill only guests have: what the archive lacks, starting it, and probing it."""

from __future__ import annotations

import time
from typing import Protocol, runtime_checkable

from phoenix_dr.adapters.vzdump.conf import GuestConf
from phoenix_dr.app.context import Context
from phoenix_dr.core.evidence import CheckResult, Level, RecoveryPoint
from phoenix_dr.core.model import Asset, Check, CheckKind
from phoenix_dr.errors import DrillError, EngineError
from phoenix_dr.sandboxes import lxc
from phoenix_dr.sandboxes.base import Isolation, not_run
from phoenix_dr.sandboxes.directory import DirectorySandbox
from phoenix_dr.sandboxes.lxc_config import USUAL_MEMORY, Shape

READY_SECONDS = 120.0
"""How long a service gets to answer for the first time."""
PROBE_SECONDS = 20.0
POLLS = 3
"""How often in a row a probe must succeed, and how often the guest must be seen running."""
PAUSE = 0.5


@runtime_checkable
class GuestSource(Protocol):
    """An engine whose points are guests that can be unpacked on this machine."""

    def guest(self, point: str, *, cancel: object) -> GuestConf:
        """The configuration inside a point."""
        ...


class GuestDrill:
    """A guest in a drill's folder: in a container where one can run, else only its files."""

    def __init__(self, ctx: Context, asset: Asset, sandbox: DirectorySandbox) -> None:
        """Look what this machine can do, and prepare the folder for it."""
        self._ctx = ctx
        self._asset = asset
        self.rung = lxc.available(sandbox.folder.parent)
        self.container = lxc.Container(sandbox, ctx.cancel) if self.rung.ok else None
        self.isolated = False
        self._shape = Shape()

    def absent(self, engine: object, point: RecoveryPoint) -> tuple[CheckResult, ...]:
        """What of the guest lies outside its archive; kept for `start` too."""
        if not isinstance(engine, GuestSource):
            return ()
        conf = engine.guest(point.id, cancel=self._ctx.cancel)
        self._shape = _shape(conf)
        return tuple(
            CheckResult(
                "guest-mount",
                None,
                Level.STARTS,
                (("mount", each.key), ("kind", each.kind.value), ("path", each.path)),
            )
            for each in conf.not_in_archive
        )

    def start(self) -> tuple[CheckResult, ...]:
        """Start the guest. Not starting is KO; having no place to start it only lowers."""
        if self.container is None:
            return (not_run("guest-starts", Level.STARTS, self.rung),)
        try:
            self.container.start(self._shape)
            self.isolated = True
            if self._stays_up():
                return (CheckResult("guest-starts", True, Level.STARTS, (("polls", POLLS),)),)
            facts: dict[str, str | int] = {"detail": "init ended"}
        except DrillError as error:
            seen = Isolation(False, error.code, str(error.parameters.get("detail", "")))
            return (not_run("guest-starts", Level.STARTS, seen),)
        except EngineError as error:
            if error.code != "guest-not-started":
                raise
            facts = dict(error.parameters)
        self._require_room()
        return (CheckResult("guest-starts", False, Level.STARTS, tuple(facts.items())),)

    def probe(self) -> tuple[CheckResult, ...]:
        """Ask the service by the commands named for it, each until it answers several times."""
        if not self.isolated or self.container is None:
            return ()
        service = self._ctx.estate.services.get(self._asset.service)
        wanted = (each for each in (service.checks if service else ()))
        mine = (each for each in wanted if each.asset == self._asset.id)
        return tuple(self._probe(each) for each in mine if each.kind is CheckKind.COMMAND)

    def close(self) -> bool:
        """Destroy the container; False when something of it had to stay."""
        return self.container is None or self.container.stop()

    def _stays_up(self) -> bool:
        for _ in range(POLLS):
            if self.container is None or not self.container.is_running:
                return False
            time.sleep(PAUSE)
        return True

    def _probe(self, check: Check) -> CheckResult:
        until = time.monotonic() + READY_SECONDS
        good, tried, code = 0, 0, 0
        while good < POLLS and self.container is not None:
            code = self._asked(self.container, check)
            tried += 1
            good = good + 1 if code == 0 else 0
            gone = not self.container.is_running
            if gone or (code != 0 and time.monotonic() > until):
                break
            time.sleep(PAUSE)
        facts = (
            ("command", " ".join(check.argv)),
            ("exit", code),
            ("good", good),
            ("polls", tried),
        )
        return CheckResult("guest-probe", good >= POLLS, Level.STARTS, facts)

    def _asked(self, container: lxc.Container, check: Check) -> int:
        try:
            return container.run(check.argv, timeout=PROBE_SECONDS).code
        except EngineError:
            self._require_room()
            raise

    def _require_room(self) -> None:
        if self.container is not None and self.container.lacks_room:
            raise EngineError("no-space", detail=self.container.name)


def _shape(conf: GuestConf) -> Shape:
    return Shape(hostname=conf.hostname or "drill", memory=conf.memory or USUAL_MEMORY)
