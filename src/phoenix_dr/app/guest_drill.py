"""The part of a drill only guests have: what the archive lacks, starting it, and probing it."""

from __future__ import annotations

import time
from typing import Protocol, runtime_checkable

from phoenix_dr.adapters.vzdump.conf import GuestConf
from phoenix_dr.app.context import Context
from phoenix_dr.app.drill_course import checks_of
from phoenix_dr.app.drill_polls import POLLS, answers
from phoenix_dr.core.evidence import CheckResult, Level, RecoveryPoint
from phoenix_dr.core.model import Asset, Check, CheckKind
from phoenix_dr.errors import DrillError, EngineError
from phoenix_dr.sandboxes import lxc, lxc_owners, rooted
from phoenix_dr.sandboxes.base import Isolation, not_run
from phoenix_dr.sandboxes.directory import DirectorySandbox
from phoenix_dr.sandboxes.lxc_config import USUAL_MEMORY, Shape

READY_SECONDS = 120.0
"""How long a service gets to answer for the first time."""
PROBE_SECONDS = 20.0
PAUSE = 0.5


@runtime_checkable
class GuestSource(Protocol):
    """An engine whose points are guests that can be unpacked on this machine."""

    def is_machine(self, point: str) -> bool:
        """Whether a point is of a virtual machine, and not of a container."""
        ...

    def has_checksum(self, point: str) -> bool:
        """Whether unpacking a point finds a flipped bit in what it holds."""
        ...

    def guest(self, point: str, *, cancel: object) -> GuestConf:
        """The configuration inside a point that is of a container."""
        ...


def content(engine: object, point: RecoveryPoint) -> tuple[CheckResult, ...]:
    """Whether the content of a guest's archive was checked by unpacking it, or by nobody."""
    if not isinstance(engine, GuestSource):
        return ()
    if engine.has_checksum(point.id):
        return (CheckResult("archive-content", True, Level.INTEGRITY),)
    return (CheckResult("archive-content", None, Level.DATA),)


class GuestDrill:
    """A guest in a drill's folder: in a container where one can run, else only its files."""

    def __init__(self, ctx: Context, asset: Asset, sandbox: DirectorySandbox) -> None:
        """Look what this machine can do, and prepare the folder for it."""
        self._ctx = ctx
        self._asset = asset
        self.rung = lxc.available(sandbox.folder.parent)
        self.container = lxc.Container(sandbox, ctx.cancel) if self.rung.ok else None
        self.isolated = False
        self._sandbox = sandbox
        self._shape = Shape()
        self._was_privileged = False

    @property
    def keeps_owners(self) -> bool:
        """Whether the tree stays as the guest knows it, since the guest itself will run in it."""
        return self.container is not None

    def absent(self, engine: object, point: RecoveryPoint) -> tuple[CheckResult, ...]:
        """What of the guest lies outside its archive, and whose its files became."""
        if not isinstance(engine, GuestSource):
            return ()
        conf = engine.guest(point.id, cancel=self._ctx.cancel)
        self._shape = _shape(conf)
        self._was_privileged = not conf.unprivileged
        owners = CheckResult("guest-owners", None, Level.STARTS)
        if self.container is not None:
            owners = lxc_owners.check(self._sandbox.path)
        mounts = tuple(
            CheckResult(
                "guest-mount",
                None,
                Level.STARTS,
                (("mount", each.key), ("kind", each.kind.value), ("path", each.path)),
            )
            for each in conf.not_in_archive
        )
        return (owners, *mounts)

    def start(self) -> tuple[CheckResult, ...]:
        """Start the guest. Not starting is KO; having no place to start it only lowers."""
        if self.container is None:
            return (not_run("guest-starts", Level.STARTS, self.rung), *self._programs())
        privileged = self._privileged()
        try:
            self.container.start(self._shape)
            self.isolated = True
            if self._stays_up():
                good = CheckResult("guest-starts", True, Level.STARTS, (("polls", POLLS),))
                return (good, *privileged)
            if self._was_privileged:
                return (self._unproven("guest-starts"), *privileged)
            facts: dict[str, str | int] = {"detail": "init ended"}
        except DrillError as error:
            seen = Isolation(False, error.code, str(error.parameters.get("detail", "")))
            return (not_run("guest-starts", Level.STARTS, seen),)
        except EngineError as error:
            if error.code != "guest-not-started":
                raise
            facts = dict(error.parameters)
        self._require_room()
        failed = CheckResult("guest-starts", False, Level.STARTS, tuple(facts.items()))
        return (failed, *privileged)

    def _privileged(self) -> tuple[CheckResult, ...]:
        """Said of an archive whose guest has more rights at home than it ever gets here."""
        if not self._was_privileged:
            return ()
        return (CheckResult("guest-privileged", True, Level.EXISTS, (("run", "unprivileged"),)),)

    def _unproven(self, check: str) -> CheckResult:
        """What fails with fewer rights than at home need not be the copy's fault."""
        return not_run(check, Level.STARTS, Isolation(False, "run-unprivileged"))

    def _programs(self) -> tuple[CheckResult, ...]:
        """The next lower rung: the guest's shell in the guest's tree, its service not started."""
        if not self._sandbox.isolation.ok:
            return (not_run("guest-programs", Level.STARTS, self._sandbox.isolation),)
        ran = rooted.shell_runs(self._sandbox, cancel=self._ctx.cancel)
        self.isolated = True
        proves = Level.STARTS if ran.ok is None else Level.RESTORES
        facts = (("reason", ran.reason), ("detail", ran.detail))
        return (CheckResult("guest-programs", ran.ok, proves, facts),)

    def probe(self) -> tuple[CheckResult, ...]:
        """Ask the service by the commands named for it, each until it answers several times."""
        if self.container is None or not self.isolated:
            return ()
        written = checks_of(self._ctx, self._asset)
        mine = (each for each in written if each.asset == self._asset.id)
        return tuple(self._asked_of(self.container, each) for each in mine)

    def close(self) -> bool:
        """Destroy the container; False when something of it had to stay."""
        return self.container is None or self.container.stop()

    def _stays_up(self) -> bool:
        for _ in range(POLLS):
            if self.container is None or not self.container.is_running:
                return False
            time.sleep(PAUSE)
        return True

    def _asked_of(self, container: lxc.Container, check: Check) -> CheckResult:
        if check.kind is not CheckKind.COMMAND:
            # What a container says goes to no serial line.
            return not_run("guest-probe", Level.STARTS, Isolation(False, "no-console"))
        found = self._probe(container, check)
        if found.ok is False and self._was_privileged:
            return self._unproven("guest-probe")
        return found

    def _probe(self, container: lxc.Container, check: Check) -> CheckResult:
        def ask() -> tuple[int, bool]:
            code = self._asked(container, check)
            return code, not container.is_running

        until = time.monotonic() + READY_SECONDS
        return answers(check.argv, ask, until=until, rest=lambda: time.sleep(PAUSE))

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
