"""The part of a drill only virtual machines have: their disks, starting them, what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from phoenix_dr.app.context import Context
from phoenix_dr.app.drill_course import checks_of
from phoenix_dr.core.evidence import CheckResult, Level, RecoveryPoint
from phoenix_dr.core.model import Asset, CheckKind
from phoenix_dr.errors import EngineError
from phoenix_dr.sandboxes import qemu
from phoenix_dr.sandboxes.directory import DirectorySandbox
from phoenix_dr.sandboxes.qemu import Booted, Wanted
from phoenix_dr.sandboxes.qemu_conf import Machine, parse_conf

CONF = "qemu-server.conf"
_DEVICE = "drive-"
HEARD_SECONDS = 600.0
"""How long a machine gets that is known to speak: without KVM everything is computed."""
DUMB_SECONDS = 180.0
"""How long one gets whose silence means nothing."""


class MachineDrill:
    """A machine's disks and configuration in a drill's folder, started in QEMU."""

    keeps_owners = True
    """What lies in the folder are files of ours: nothing in them has to be made harmless."""

    def __init__(self, ctx: Context, asset: Asset, sandbox: DirectorySandbox) -> None:
        """Start nothing."""
        self._ctx = ctx
        self._sandbox = sandbox
        mine = [each for each in checks_of(ctx, asset) if each.asset == asset.id]
        self._mark = next((each.text for each in mine if each.kind is CheckKind.CONSOLE), "")
        self._asks = any(each.kind is CheckKind.COMMAND for each in mine)
        self._machine = Machine()
        self._disks: dict[str, Path] = {}
        self._booted: Booted | None = None

    @property
    def isolated(self) -> bool:
        """Whether it was run, and so shut in: there is no other way to run it."""
        return self._booted is not None and bool(self._booted.accelerator)

    def absent(self, engine: object, point: RecoveryPoint) -> tuple[CheckResult, ...]:
        """The disks that came out, and those that did not."""
        try:
            self._machine = parse_conf((self._sandbox.path / CONF).read_bytes())
        except EngineError as error:
            return (CheckResult("restore", False, Level.RESTORES, (("error", error.code),)),)
        wanted = (*self._machine.disks, qemu.EFI_DISK)
        files = {key: self._sandbox.path / f"{_DEVICE}{key}.raw" for key in wanted}
        self._disks = {key: path for key, path in files.items() if path.is_file()}
        return tuple(_disk_checks(self._machine, self._disks))

    def start(self) -> tuple[CheckResult, ...]:
        """Start the machine. Not coming up is KO; what cannot be tried here only lowers."""
        heard = bool(self._mark) or self._machine.serial
        self._booted = qemu.boot(
            self._machine,
            self._disks,
            self._sandbox,
            wanted=Wanted(self._mark, HEARD_SECONDS if heard else DUMB_SECONDS),
            cancel=self._ctx.cancel,
        )
        return (qemu.check(self._booted, self._machine),)

    def probe(self) -> tuple[CheckResult, ...]:
        """What was heard of the service. Without an agent no command can be asked in a machine."""
        if self._booted is None or self._booted.ok is not True:
            return ()
        found = []
        if self._mark:
            facts = (("mark", self._mark),)
            found.append(CheckResult("vm-service", True, Level.STARTS, facts))
        if self._asks or not self._mark:
            reason = (("reason", "no-agent" if self._asks else "no-text"),)
            found.append(CheckResult("vm-service", None, Level.STARTS, reason))
        return tuple(found)

    def close(self) -> bool:
        """A machine is gone as soon as it is decided what it does."""
        return True


def _disk_checks(machine: Machine, disks: Mapping[str, Path]) -> Iterator[CheckResult]:
    """Whole disks were taken out; what the archive lacks by choice only lowers the level."""
    count = sum(key in machine.disks for key in disks)
    size = sum(path.stat().st_size for path in disks.values())
    if count:
        yield CheckResult("vm-disks", True, Level.RESTORES, (("disks", count), ("size", size)))
    lacking = [key for key in machine.disks if key not in disks]
    for key in lacking:
        yield CheckResult("vm-disk-here", False, Level.RESTORES, (("disk", key),))
    for key in machine.left_out:
        yield CheckResult("vm-disk-here", None, Level.STARTS, (("disk", key),))
