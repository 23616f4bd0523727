"""A restored virtual machine, started for real in QEMU and stopped again; its disks stay as are.

No monitor and no QMP: the serial line tells what a drill must know, and a guest that breaks QEMU
finds no socket. QEMU is our child: it ends with us, and the overlays have no name by then.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from phoenix_dr.adapters import _command
from phoenix_dr.adapters._command import Limits, Result
from phoenix_dr.adapters._room import Room
from phoenix_dr.core.evidence import CheckResult, Level
from phoenix_dr.errors import EngineError
from phoenix_dr.sandboxes import qemu_line
from phoenix_dr.sandboxes.base import Isolation
from phoenix_dr.sandboxes.bubblewrap import PATH
from phoenix_dr.sandboxes.directory import DirectorySandbox
from phoenix_dr.sandboxes.qemu_conf import Bios, Machine
from phoenix_dr.sandboxes.qemu_console import Console, Wanted
from phoenix_dr.sandboxes.qemu_line import EFI_DISK, Accelerator, Start
from phoenix_dr.sandboxes.sanitize import NOBODY

ENV = {"PATH": PATH}


@dataclass(frozen=True, slots=True)
class Booted:
    """How a machine started. `ok` None: it could not be tried, or nothing can be known of it.

    `seconds` are real ones, on the accelerator named (tcg computes everything: production is
    faster). `said` is the end of its console, `reason` a code where `ok` is not True.
    """

    ok: bool | None
    accelerator: str = ""
    seconds: float = 0.0
    said: str = ""
    reason: str = ""


def available() -> Isolation:
    """Whether the programs are here. Reason: `program-missing`."""
    for program in ("bwrap", "prlimit", "setpriv", qemu_line.PROGRAM):
        if shutil.which(program, path=PATH) is None:
            return Isolation(False, "program-missing", program)
    return Isolation(True)


def boot(
    machine: Machine,
    disks: Mapping[str, Path],
    place: DirectorySandbox,
    *,
    wanted: Wanted,
    cancel: threading.Event,
) -> Booted:
    """Start a machine from raw disks (by key, `scsi0`) and look whether it comes up.

    The files become nobody's; not a byte of them changes. Raises EngineError (no-space,
    cancelled).
    """
    unable = _unable(machine, disks, place)
    if unable is not None:
        return unable
    small = machine.small_efi
    firmware = qemu_line.firmware(small=small) if machine.bios is Bios.OVMF else None
    for path in disks.values():
        _give(path, 0o400)
    booted = Booted(None)
    for accelerator in qemu_line.accelerators():
        with_all = Start(
            machine,
            disks,
            _overlay(place.folder),
            accelerator,
            wanted.seconds,
            firmware,
            filtered=_has_filter(),
        )
        booted = _attempt(with_all, wanted, Room(place.folder, cancel))
        # A firmware that found no disk to start from has run: no other accelerator finds one.
        if booted.ok or booted.reason == "no-bootable-device":
            break
    return booted


def check(booted: Booted, machine: Machine) -> CheckResult:
    """The check `vm-starts`: how, how fast, and which settings were not taken over."""
    facts = (
        ("accelerator", booted.accelerator),
        ("seconds", round(booted.seconds)),
        ("reason", booted.reason),
        ("said", booted.said.rpartition("\n")[2][-200:]),
        ("ignored", ", ".join(machine.ignored)),
    )
    return CheckResult("vm-starts", booted.ok, Level.STARTS, facts)


def _unable(machine: Machine, disks: Mapping[str, Path], place: DirectorySandbox) -> Booted | None:
    if machine.unsupported:
        return Booted(None, reason="unsupported", said=", ".join(machine.unsupported))
    if not machine.order:
        return Booted(None, reason="starts-elsewhere")
    if not any(key in disks for key in machine.order):
        # Left out on purpose is a gap to be named; what should be here and is not is damage.
        known = all(key in machine.left_out for key in machine.order)
        return Booted(None if known else False, reason="boot-disk-absent")
    for isolation in (available(), place.isolation):
        if not isolation.ok:
            return Booted(None, reason=isolation.reason, said=isolation.detail)
    if machine.bios is Bios.OVMF and qemu_line.firmware(small=machine.small_efi) is None:
        return Booted(None, reason="no-firmware")
    return None


class _Enough(threading.Event):
    """Set when there is nothing left to wait for, or no room left."""

    def __init__(self, console: Console, room: Room) -> None:
        super().__init__()
        self._console = console
        self._room = room

    def is_set(self) -> bool:
        return self._console.is_decided or self._room.is_set()


def _attempt(start: Start, wanted: Wanted, room: Room) -> Booted:
    console = Console(wanted)
    how = start.accelerator
    try:
        ended = _listen(start, console, _Enough(console, room))
    except EngineError as error:
        if room.why:
            raise EngineError("no-space", detail=str(start.overlay)) from error
        if error.code == "cancelled" and console.is_decided:
            return _verdict(console, how, console.reason)
        if error.code != "command-timeout":
            raise
        return _silent(console, how, start.machine, wanted)
    if ended.code:
        said = ended.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return Booted(None, how.name, console.seconds, said[-200:], "qemu-failed")
    return _verdict(console, how, console.reason or "powered-off")


def _listen(start: Start, console: Console, enough: threading.Event) -> Result:
    limits = Limits(seconds=start.seconds, stop=signal.SIGKILL, grace=1.0, errors=4096)
    line = qemu_line.command_line(start)
    with closing(_command.pieces(line, env=ENV, limits=limits, cancel=enough)) as said:
        while True:
            try:
                console.hear(next(said))
            except StopIteration as end:
                result: Result = end.value
                return result


def _verdict(console: Console, how: Accelerator, reason: str) -> Booted:
    return Booted(not reason, how.name, console.seconds, console.said, reason)


def _silent(console: Console, how: Accelerator, machine: Machine, wanted: Wanted) -> Booted:
    """Not up in time. Without a console of its own, a healthy guest would be as silent."""
    is_heard = bool(wanted.text) or machine.serial
    reason = "not-up-in-time" if is_heard else "no-console"
    return Booted(False if is_heard else None, how.name, console.seconds, console.said, reason)


def _overlay(folder: Path) -> Path:
    overlay = folder / "overlay"
    overlay.mkdir(mode=0o700, exist_ok=True)
    _give(overlay, 0o700)
    return overlay


def _give(path: Path, mode: int) -> None:
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


@cache
def _has_filter() -> bool:
    """Whether this QEMU was built with its system call filter."""
    said = _command.run((qemu_line.PROGRAM, "-help"), env=ENV, limits=Limits(seconds=20))
    return b"-sandbox on" in said.stdout


__all__ = ["EFI_DISK", "Booted", "Wanted", "available", "boot", "check"]
