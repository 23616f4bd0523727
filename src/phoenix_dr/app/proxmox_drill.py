"""A drill of a guest on its own Proxmox: restored beside production, started, asked, destroyed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from phoenix_dr.app.apply import Performed, apply
from phoenix_dr.app.context import Context
from phoenix_dr.app.drill_record import judged
from phoenix_dr.app.drills import is_off_site
from phoenix_dr.core import drill
from phoenix_dr.core.actions import (
    Action,
    DestroyGuest,
    ProbeGuest,
    RestoreGuest,
    StartGuest,
)
from phoenix_dr.core.evidence import CheckResult, DrillRecord, Level, Phase, RecoveryPoint
from phoenix_dr.core.guest_copy import Archived
from phoenix_dr.core.guest_settings import GuestPlace
from phoenix_dr.core.model import Asset, CheckKind
from phoenix_dr.core.plan import make_plan
from phoenix_dr.errors import (
    DrillError,
    EngineDenied,
    EngineError,
    EngineUnreachable,
    PhoenixError,
    Refused,
)
from phoenix_dr.sandboxes.journal import TAKEN, Journal, Resource, new_id, open_journal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from phoenix_dr.app.drills import DrillRequest
    from phoenix_dr.sandboxes.collecting import Destroy

GONE = "gone"
"""What destroying a guest says that is not there."""
SILENT = 255
"""Stands for the exit status of a command whose guest agent did not answer."""
POLLS = 3
"""How often in a row a guest must be seen running, and its service must answer."""
RESTORE_FAILED = frozenset({"restore-failed", "archive-no-conf"})
"""Errors of a restore that say something about the copy; any other tells of this moment only."""

OF_THE_MOMENT = re.compile(
    r"no space|not enough|out of (?:space|memory)|quota|storage '|thin pool|\block|tim(?:ed? ?out)"
    r"|interrupted|unexpected status|connection|not online",
    re.IGNORECASE,
)
"""Words of a task that failed for want of room, a lock or a storage: no verdict on the copy."""


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


class ProxmoxDrill:
    """Restores one point as a guest of its own and judges it; always cleaned up."""

    def __init__(
        self, ctx: Context, run: str, asset: Asset, point: RecoveryPoint, request: DrillRequest
    ) -> None:
        """Nothing is made before `run`."""
        self.ctx = ctx
        self.id = new_id()
        self.run_id = run
        self.asset = asset
        self.point = point
        self.request = request
        self.phases: list[Phase] = []
        self.checks: list[CheckResult] = []
        self.kept: list[str] = []
        self._vmid = 0
        self._unsure = False

    def run(self) -> DrillRecord:
        """The drill's record. Raises DrillError or EngineError when it says nothing of the copy."""
        started = self.ctx.now()
        place = self.ctx.estate.engines[self.point.engine].drills
        engine = self.ctx.engine(self.point.engine)
        clean = True
        if place is None or not isinstance(engine, Hypervisor):
            raise EngineError("drill-no-place", engine=self.point.engine)
        with open_journal(self.ctx.settings.state_dir, self.id) as journal:
            try:
                with self._phase("provision"):
                    guest = self._described(engine)
                    free = self._free(engine, place) if guest else []
                vmid = self._restored(journal, free, guest) if guest else 0
                if guest and vmid:
                    self._look(engine, vmid, guest)
                    self._started(engine, vmid, guest, place)
            finally:
                clean = self._gone(journal)
        return self._judged(started, clean=clean)

    def _described(self, engine: Hypervisor) -> Archived | None:
        """The guest as its archive tells; None when the archive cannot."""
        try:
            return engine.archived(self.point.id)
        except EngineError as error:
            if error.code not in RESTORE_FAILED or _of_the_moment(error):
                raise
            self._not_restored(error)
            return None

    def _free(self, engine: Hypervisor, place: GuestPlace) -> list[int]:
        used = engine.numbers()
        free = [n for n in range(place.first, place.last + 1) if n not in used]
        if not free:
            raise DrillError("drill-numbers-used", engine=self.point.engine)
        return free

    def _restored(self, journal: Journal, free: list[int], guest: Archived) -> int:
        """The number it was restored under; 0 when the copy could not be."""
        for vmid in free:
            # Written down first: whatever a kill leaves, gc knows where to look for it.
            journal.note(Resource("guest", path=f"{self.point.engine}/{vmid}"))
            self._vmid, self._unsure = vmid, True
            action = RestoreGuest(self.point.engine, self.asset.id, self.point.id, vmid, self.id)
            with self._phase("fetch"):
                error = self._done(action).error
            # Only an answer of the server itself says that nothing more will come of it.
            self._unsure = error is not None and _is_unsure(error)
            if error is None:
                facts = (("guest", f"{guest.kind}/{vmid}"),)
                self.checks.append(CheckResult("guest-restored", True, Level.RESTORES, facts))
                return vmid
            if error.code == "drill-number-taken":
                # Somebody else's: gc has no business there.
                journal.note(Resource(TAKEN, path=f"{self.point.engine}/{vmid}"))
                self._vmid = 0
                continue
            if error.code not in RESTORE_FAILED or _of_the_moment(error):
                raise error
            self._not_restored(error)
            return 0
        raise DrillError("drill-numbers-used", engine=self.point.engine)

    def _not_restored(self, error: PhoenixError) -> None:
        named = (("error", error.code), *sorted(error.parameters.items()))
        self.checks.append(CheckResult("restore", False, Level.RESTORES, named))

    def _look(self, engine: Hypervisor, vmid: int, guest: Archived) -> None:
        """What came back, and what no archive holds."""
        with self._phase("check"):
            seen = engine.guest(vmid)
            config = seen.config if seen else {}
            saved = [each.key for each in guest.mounts if each.included] or [*guest.disks]
            for key in saved:
                facts = (("disk", key),)
                found = key in config
                self.checks.append(CheckResult("guest-disk-here", found, Level.RESTORES, facts))
            for key in guest.emptied:
                facts = (("disk", key),)
                self.checks.append(CheckResult("guest-disk-empty", False, Level.RESTORES, facts))
            for each in guest.absent:
                named = (("mount", each.key), ("kind", each.kind), ("path", each.path))
                self.checks.append(CheckResult("guest-mount", None, Level.STARTS, named))

    def _started(self, engine: Hypervisor, vmid: int, guest: Archived, place: GuestPlace) -> None:
        if any(check.ok is False for check in self.checks):
            return
        with self._phase("start"):
            error = self._done(StartGuest(self.point.engine, self.asset.id, vmid, self.id)).error
            if error is not None and error.code != "start-failed":
                raise error
            up = error is None and self._stays_up(engine, vmid)
        detail = "" if up else str(error.parameters.get("detail", "")) if error else "stopped"
        facts: tuple[tuple[str, str | int], ...] = (("polls", POLLS),)
        facts = facts if up else (("detail", detail),)
        # With its line cut it proves that it boots, not that its service could be used.
        self.checks.append(CheckResult("guest-starts", up, Level.STARTS, facts))
        if not up:
            return
        if place.bridge is None:
            self.checks.append(CheckResult("guest-network", None, Level.STARTS))
        for argv in self._commands():
            with self._phase("check"):
                self.checks.append(self._probed(vmid, guest, argv))

    def _stays_up(self, engine: Hypervisor, vmid: int) -> bool:
        for _ in range(POLLS):
            self.ctx.cancel.wait(self.request.pace.pause)
            seen = engine.guest(vmid)
            if seen is None or seen.status != "running":
                return False
        return True

    def _commands(self) -> list[tuple[str, ...]]:
        service = self.ctx.estate.services.get(self.asset.service)
        checks = service.checks if service else ()
        mine = (each for each in checks if each.asset in (self.asset.id, self.asset.name))
        return [each.argv for each in mine if each.kind is CheckKind.COMMAND]

    def _probed(self, vmid: int, guest: Archived, argv: tuple[str, ...]) -> CheckResult:
        """Ask until it answers several times in a row; whom nobody can ask only lowers the level.

        Raises what says nothing of the copy: a right that is missing, a server out of reach.
        """
        facts: tuple[tuple[str, str | int], ...] = (("command", " ".join(argv)),)
        if not guest.has_agent:
            return CheckResult("guest-agent", None, Level.STARTS, (("kind", guest.kind),))
        until, good, asked, code = time.monotonic() + self.request.pace.ready, 0, 0, 0
        while good < POLLS:
            one = self._done(ProbeGuest(self.point.engine, self.asset.id, vmid, self.id, argv))
            asked += 1
            code = int(one.done.note) if one.done else SILENT
            good = good + 1 if code == 0 else 0
            late = time.monotonic() > until
            if one.error is not None and _is_ours(one.error, late=late):
                raise one.error
            if code != 0 and late:
                break
            if self.ctx.cancel.wait(self.request.pace.pause) and good < POLLS:
                raise EngineError("cancelled", program=argv[0])
        facts = (*facts, ("exit", code), ("good", good), ("polls", asked))
        return CheckResult("guest-probe", good >= POLLS, Level.STARTS, facts)

    def _gone(self, journal: Journal) -> bool:
        """Destroy it; what could not be destroyed stays in the journal, for gc.

        After a restore that nobody saw the end of, a guest that is not there may still come.
        """
        if not self._vmid:
            return True
        one = self._done(DestroyGuest(self.point.engine, self.asset.id, self._vmid, self.id))
        absent = one.done is not None and one.done.note == GONE
        journal.stuck = one.error is not None or (absent and self._unsure)
        return not journal.stuck

    def _done(self, action: Action) -> Performed:
        return apply(self.ctx, make_plan([action]))[0]

    def _judged(self, started: datetime, *, clean: bool) -> DrillRecord:
        service = self.ctx.estate.services.get(self.asset.service)
        location = self.ctx.estate.locations.get(self.point.location)
        record = DrillRecord(
            id=self.id,
            run=self.run_id,
            asset=self.asset.id,
            service=self.asset.service,
            engine=self.point.engine,
            location=self.point.location,
            point=self.point.id,
            taken_at=self.point.taken_at,
            started_at=started,
            ok=False,
            level=Level.UNKNOWN,
            ceiling=drill.ceiling(self.asset, service.checks if service else ()),
            phases=tuple(self.phases),
            checks=tuple(self.checks),
            off_site=is_off_site(self.ctx, self.point.location),
            simulated=location is not None and location.simulated,
            mutated=False,
            dirty=not clean,
            # A cut line and a closed bridge both shut it in; what cannot be asked then lowers.
            isolated=bool(self.checks),
            point_choice=self.request.choice,
        )
        return judged(self.ctx, self.asset, record)

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            spent = time.monotonic() - began
            if self.phases and self.phases[-1].name == name:
                spent += self.phases.pop().seconds
            self.phases.append(Phase(name, round(spent, 3)))


def _is_unsure(error: PhoenixError) -> bool:
    return isinstance(error, EngineUnreachable) or error.code in {"cancelled", "proxmox-task-late"}


def _is_ours(error: PhoenixError, *, late: bool) -> bool:
    """Whether a question failed on our side; a server may be away for a while, until it is late."""
    if isinstance(error, EngineUnreachable):
        return late
    return isinstance(error, EngineDenied | Refused) or error.code == "cancelled"


def _of_the_moment(error: PhoenixError) -> bool:
    return OF_THE_MOMENT.search(str(error.parameters.get("detail", ""))) is not None


def destroyer(ctx: Context) -> Destroy:
    """Destroys guests that killed drills left on a Proxmox, each by its drill's mark."""

    def destroy(path: str, drill_id: str) -> bool:
        engine, _, number = path.partition("/")
        if engine not in ctx.estate.engines or not number.isdecimal():
            return False
        action = DestroyGuest(engine, f"{engine}/{number}", int(number), drill_id)
        try:
            return apply(ctx, make_plan([action]))[0].error is None
        except PhoenixError:
            return False

    return destroy
