"""A drill of one VMA archive, without Proxmox: disks taken out, machine started, all removed."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.adapters import vma
from phoenix_dr.adapters._room import Room
from phoenix_dr.core import drill
from phoenix_dr.core.evidence import CheckResult, Level, Phase
from phoenix_dr.core.model import AssetKind
from phoenix_dr.errors import EngineError, EngineUnreachable, Refused
from phoenix_dr.sandboxes import qemu
from phoenix_dr.sandboxes.directory import DirectorySandbox, Spec, open_sandbox
from phoenix_dr.sandboxes.journal import new_id
from phoenix_dr.sandboxes.qemu import Booted, Wanted
from phoenix_dr.sandboxes.qemu_conf import Machine, parse_conf

CONF = "qemu-server.conf"
MOST = 8 << 40
"""Bytes the disks of an archive may claim; what they really take is watched while they come."""
_DEVICE = "drive-"
_SAYS_NOTHING = frozenset({"cancelled", "no-space", "vma-too-big"})


@dataclass(frozen=True, slots=True)
class MachineDrill:
    """What the drill of an archive proved; `clean` False: something had to stay for `gc`."""

    ok: bool
    level: Level
    checks: tuple[CheckResult, ...]
    phases: tuple[Phase, ...]
    booted: Booted | None
    clean: bool


def drill_archive(
    archive: Path,
    folder: Path,
    *,
    state: Path,
    environ: Mapping[str, str],
    cancel: threading.Event,
    wanted: Wanted | None = None,
) -> MachineDrill:
    """Restore and start the machine of an archive below `folder`, journalled in `state`.

    Raises DrillError (no-space-for-drill, drill-dir-unsafe), EngineUnreachable
    (archive-missing), EngineError (cancelled, no-space, archive-packed-unknown) and Refused
    (vma-too-big): they say nothing about the archive.
    """
    try:
        size = archive.stat().st_size
    except OSError as error:
        raise EngineUnreachable("archive-missing", path=str(archive)) from error
    place = open_sandbox(Spec(state, folder, new_id(), size, avoid=()))
    run = _Run(place, environ, cancel)
    try:
        run.run(archive, wanted or Wanted())
    finally:
        clean = place.close()
    conditions = drill.Circumstances(isolated=run.booted is not None and run.booted.ok is True)
    ok, level = drill.judge(run.checks, conditions, kind=AssetKind.GUEST, ceiling=Level.STARTS)
    return MachineDrill(ok, level, tuple(run.checks), tuple(run.phases), run.booted, clean)


class _Run:
    """One drill under way."""

    def __init__(
        self, place: DirectorySandbox, environ: Mapping[str, str], cancel: threading.Event
    ) -> None:
        self._place = place
        self._environ = environ
        self._cancel = cancel
        self.checks: list[CheckResult] = []
        self.phases: list[Phase] = []
        self.booted: Booted | None = None

    def run(self, archive: Path, wanted: Wanted) -> None:
        began = time.monotonic()
        try:
            machine, disks = self._restored(archive)
        except (EngineError, Refused) as error:
            if isinstance(error, EngineUnreachable) or error.code in _SAYS_NOTHING:
                raise
            facts = (("error", error.code), *sorted(error.parameters.items()))
            self.checks.append(CheckResult("restore", False, Level.RESTORES, facts))
            return
        finally:
            self.phases.append(Phase("fetch", round(time.monotonic() - began, 3)))
        self.checks += _disk_checks(machine, disks)
        if any(result.ok is False for result in self.checks):
            return
        began = time.monotonic()
        self.booted = qemu.boot(machine, disks, self._place, wanted=wanted, cancel=self._cancel)
        self.phases.append(Phase("start", round(time.monotonic() - began, 3)))
        self.checks.append(qemu.check(self.booted, machine))

    def _restored(self, archive: Path) -> tuple[Machine, dict[str, Path]]:
        into, room = self._place.path, Room(self._place.folder, self._cancel)
        try:
            with vma.opened(archive, environ=self._environ, cancel=room) as source:
                found = vma.extract(source, into, most=MOST, cancel=room)
        except OSError as error:
            raise EngineError("no-space", detail=str(error)) from error
        except EngineError as error:
            if room.why:
                raise EngineError("no-space", detail=str(into)) from error
            raise
        if all(config.name != CONF for config in found.header.configs):
            raise EngineError("vm-conf-missing", path=str(archive))
        machine = parse_conf((into / CONF).read_bytes())
        files = {path.stem.removeprefix(_DEVICE): path for path in found.files}
        wanted = (*machine.disks, qemu.EFI_DISK)
        return machine, {key: files[key] for key in wanted if key in files}


def _disk_checks(machine: Machine, disks: Mapping[str, Path]) -> list[CheckResult]:
    """Whole disks were taken out; what the archive lacks by choice only lowers the level."""
    count = sum(key in machine.disks for key in disks)
    size = sum(path.stat().st_size for path in disks.values())
    facts = (("disks", count), ("size", size))
    found = [CheckResult("vm-disks", True, Level.RESTORES, facts)] if count else []
    lacking = [key for key in machine.disks if key not in disks]
    gaps = (*((key, False) for key in lacking), *((key, None) for key in machine.left_out))
    for key, ok in gaps:
        proves = Level.STARTS if ok is None else Level.RESTORES
        found.append(CheckResult("vm-disk-here", ok, proves, (("disk", key),)))
    return found
