"""The guest a drill restored on its own Proxmox: looked at, started, its service asked."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from phoenix_dr.app import drill_course
from phoenix_dr.app.drill_course import Course
from phoenix_dr.app.drill_polls import POLLS, answers
from phoenix_dr.core.actions import ProbeGuest, StartGuest
from phoenix_dr.core.evidence import CheckResult, Level
from phoenix_dr.core.guest_copy import Archived
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable, PhoenixError, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

SILENT = 255
"""Stands for the exit status of a command whose guest agent did not answer."""


class GuestSeen(Protocol):
    """A guest as its hypervisor shows it."""

    @property
    def status(self) -> str:
        """`running` or `stopped`."""
        ...

    @property
    def config(self) -> Mapping[str, str]:
        """Its configuration."""
        ...


@runtime_checkable
class Hypervisor(Protocol):
    """An engine that can restore a guest beside production."""

    def archived(self, point: str) -> Archived:
        """The guest as a point describes it."""
        ...

    def numbers(self) -> frozenset[int]:
        """Numbers in use."""
        ...

    def guest(self, vmid: int) -> GuestSeen | None:
        """A guest now."""
        ...


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest under the number a drill restored it to; `copy` is what its archive tells of it."""

    course: Course
    engine: Hypervisor
    vmid: int
    copy: Archived

    def look(self) -> None:
        """What came back, and what no archive holds."""
        found = self.course.checks
        with self.course.phase("check"):
            seen = self.engine.guest(self.vmid)
            config = seen.config if seen else {}
            mounts = [each.key for each in self.copy.mounts if each.included]
            here = [(key, key in config) for key in mounts or self.copy.disks]
            for key, ok in here:
                found.append(_about("guest-disk-here", ok, key))
            for key in self.copy.emptied:
                found.append(_about("guest-disk-empty", False, key))
            for each in self.copy.absent:
                facts = (("mount", each.key), ("kind", each.kind), ("path", each.path))
                found.append(CheckResult("guest-mount", None, Level.STARTS, facts))

    def start(self, *, has_line: bool) -> None:
        """Start it and ask its service, unless something of it is missing.

        With its line cut it proves that it boots, not that its service could be used.
        """
        course = self.course
        if course.has_failed:
            return
        with course.phase("start"):
            started = self._started()
        course.checks.append(started)
        if not started.ok:
            return
        if not has_line:
            course.checks.append(CheckResult("guest-network", None, Level.STARTS))
        for argv in drill_course.commands(course):
            with course.phase("check"):
                course.checks.append(self._probed(argv))

    def _started(self) -> CheckResult:
        point, asset = self.course.point, self.course.asset
        error = self.course.do(StartGuest(point.engine, asset.id, self.vmid, self.course.id)).error
        if error is not None and error.code != "start-failed":
            raise error
        if error is None and self._stays_up():
            return CheckResult("guest-starts", True, Level.STARTS, (("polls", POLLS),))
        detail = str(error.parameters.get("detail", "")) if error else "stopped"
        return CheckResult("guest-starts", False, Level.STARTS, (("detail", detail),))

    def _stays_up(self) -> bool:
        for _ in range(POLLS):
            self.course.ctx.cancel.wait(self.course.request.pace.pause)
            seen = self.engine.guest(self.vmid)
            if seen is None or seen.status != "running":
                return False
        return True

    def _probed(self, argv: tuple[str, ...]) -> CheckResult:
        """Whether its service answers; whom nobody can ask only lowers the level.

        Raises what says nothing of the copy: a right that is missing, a server out of reach.
        """
        if not self.copy.has_agent:
            return CheckResult("guest-agent", None, Level.STARTS, (("kind", self.copy.kind),))
        course, pace = self.course, self.course.request.pace
        until = time.monotonic() + pace.ready
        probe = ProbeGuest(course.point.engine, course.asset.id, self.vmid, course.id, argv)

        def ask() -> tuple[int, bool]:
            one = course.do(probe)
            if one.error is not None and _is_ours(one.error, late=time.monotonic() > until):
                raise one.error
            return int(one.done.note) if one.done else SILENT, False

        def rest() -> None:
            if course.ctx.cancel.wait(pace.pause):
                raise EngineError("cancelled", program=argv[0])

        return answers(argv, ask, until=until, rest=rest)


def _about(code: str, ok: bool, disk: str) -> CheckResult:
    return CheckResult(code, ok, Level.RESTORES, (("disk", disk),))


def _is_ours(error: PhoenixError, *, late: bool) -> bool:
    """Whether a question failed on our side; a server may be away for a while, until it is late."""
    if isinstance(error, EngineUnreachable):
        return late
    return isinstance(error, EngineDenied | Refused) or error.code == "cancelled"
