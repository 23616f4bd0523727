"""The command line that starts a machine in QEMU: shut in, no network, no device of the host.

QEMU itself runs in bubblewrap as nobody, with its own system call filter: a guest that breaks
out of it finds the system's programs, its own disks and nothing else. Disks are mounted
read-only below an overlay that ends with the machine.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.sandboxes.bubblewrap import PATH
from phoenix_dr.sandboxes.qemu_conf import Bios, Machine, bus_of
from phoenix_dr.sandboxes.sanitize import NOBODY

PROGRAM = "qemu-system-x86_64"
KVM = Path("/dev/kvm")
OVERLAY = 8 << 30
"""Bytes a machine may write to one disk in a drill."""
OWN_MEMORY = 2048
"""MiB of address space QEMU gets beside the guest's memory; most of it is never touched."""
SECCOMP = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"
EFI_DISK = "efidisk0"
_SYSTEM = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "opt", "nix")
_FIRMWARE = {
    False: (
        ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
        ("/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),
    ),
    True: (
        ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
        ("/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
    ),
}


@dataclass(frozen=True, slots=True)
class Firmware:
    """OVMF as two files: its code, and a fresh store of its variables."""

    code: Path
    variables: Path


@dataclass(frozen=True, slots=True)
class Accelerator:
    """How QEMU computes: `name` is kvm or tcg; `group` must be joined to open the device."""

    name: str
    group: int | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Everything one start needs; `disks` are files by key, `overlay` a folder of nobody's."""

    machine: Machine
    disks: Mapping[str, Path]
    overlay: Path
    accelerator: Accelerator
    seconds: float
    firmware: Firmware | None = None
    filtered: bool = True


def firmware(*, small: bool) -> Firmware | None:
    """OVMF of the wanted size as this machine has it; None without."""
    for code, variables in _FIRMWARE[small]:
        if Path(code).is_file() and Path(variables).is_file():
            return Firmware(Path(code), Path(variables))
    return None


def accelerators(device: Path = KVM) -> tuple[Accelerator, ...]:
    """What may be tried, in order. That the device opens proves nothing: the guest itself does."""
    tcg = Accelerator("tcg")
    try:
        found = device.stat()
    except OSError:
        return (tcg,)
    if os.geteuid() != 0:
        return (Accelerator("kvm"), tcg) if os.access(device, os.R_OK | os.W_OK) else (tcg,)
    # Root gives itself up before QEMU starts; what counts is what nobody may open.
    if stat.S_IMODE(found.st_mode) & 0o006 == 0o006:
        return (Accelerator("kvm"), tcg)
    if stat.S_IMODE(found.st_mode) & 0o060 == 0o060 and found.st_gid != 0:
        return (Accelerator("kvm", found.st_gid), tcg)
    return (tcg,)


def command_line(start: Start) -> tuple[str, ...]:
    """The whole command line; its stdin is not read, its stdout is the serial console."""
    return (
        "bwrap",
        *_root(start),
        *("--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts"),
        *("--unshare-cgroup-try", "--hostname", "drill", "--new-session", "--die-with-parent"),
        *("--clearenv", "--setenv", "PATH", PATH, "--setenv", "TMPDIR", "/overlay"),
        *_as_nobody(start.accelerator),
        *_limits(start),
        *qemu(start),
    )


def _root(start: Start) -> Iterator[str]:
    for name in _SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            yield from ("--symlink", os.readlink(path), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    yield from ("--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache")
    yield from ("--dev", "/dev", "--proc", "/proc")
    if start.accelerator.name == "kvm":
        yield from ("--dev-bind", str(KVM), str(KVM))
    # Made by root, these would be closed to nobody.
    yield from ("--perms", "0755", "--dir", "/disks")
    for key, path in start.disks.items():
        yield from ("--ro-bind", str(path), f"/disks/{key}")
    yield from ("--bind", str(start.overlay), "/overlay", "--remount-ro", "/", "--chdir", "/")


def _as_nobody(accelerator: Accelerator) -> tuple[str, ...]:
    if os.geteuid() != 0:
        return ("--unshare-user", "--uid", str(NOBODY), "--gid", str(NOBODY), "--")
    group = accelerator.group
    groups = ("--clear-groups",) if group is None else ("--groups", str(group))
    who = ("setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), *groups)
    return ("--", *who, "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all")


def _limits(start: Start) -> tuple[str, ...]:
    memory = start.machine.memory + OWN_MEMORY << 20
    seconds = int(start.seconds) * (start.machine.cores + 1) + 1
    return (
        "prlimit", f"--as={memory}", f"--fsize={OVERLAY}", "--nofile=256", "--nproc=1024",
        f"--cpu={seconds}", "--core=0", "--",
    )  # fmt: skip


def qemu(start: Start) -> tuple[str, ...]:
    """QEMU's own part: made of our words only, with nothing it would add by itself."""
    machine, accelerator = start.machine, start.accelerator
    # Without graphics SeaBIOS and boot loaders talk to the serial line too.
    chip = f"{machine.chipset},graphics=off"
    how = "tcg,thread=multi,tb-size=64" if accelerator.name == "tcg" else "kvm"
    return (
        PROGRAM, "-nodefaults", "-no-user-config", "-machine", chip, "-accel", how, "-cpu", "max",
        "-smp", str(machine.cores), "-m", str(machine.memory), "-display", "none", "-vga", "std",
        "-nic", "none", "-monitor", "none", "-serial", "stdio", "-boot", "strict=on",
        *(("-sandbox", SECCOMP) if start.filtered else ()),
        *_firmware(start),
        *_controllers(machine, start.disks),
        *(word for number, key in enumerate(_ordered(start)) for word in _disk(start, key, number)),
    )  # fmt: skip


def _firmware(start: Start) -> Iterator[str]:
    if start.firmware is None or start.machine.bios is not Bios.OVMF:
        return
    code, variables = start.firmware.code, start.firmware.variables
    size = variables.stat().st_size
    kept = start.disks.get(EFI_DISK)
    # A volume is often larger than the variables in it, and QEMU takes only the exact size.
    is_usable = kept is not None and kept.stat().st_size >= size
    store = f"/disks/{EFI_DISK}" if is_usable else str(variables)
    yield from ("-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={code}")
    yield from ("-drive", f"if=pflash,unit=1,format=raw,snapshot=on,size={size},file={store}")


def _ordered(start: Start) -> list[str]:
    """Disks in the order the machine starts from, then the others."""
    order = [key for key in start.machine.order if key in start.disks]
    return [*order, *(key for key in start.disks if key not in (*order, EFI_DISK))]


def _controllers(machine: Machine, disks: Mapping[str, Path]) -> Iterator[str]:
    used = sorted(_place(machine, key)[0] for key in disks if key.startswith("scsi"))
    for name in dict.fromkeys(used):
        yield from ("-device", f"{machine.controller},id={name}")
    if any(key.startswith("sata") for key in disks):
        yield from ("-device", "ahci,id=sata")


def _disk(start: Start, key: str, number: int) -> Iterator[str]:
    drive = f"file=/disks/{key},format=raw,if=none,id={key},snapshot=on,cache=unsafe"
    boots = f",bootindex={number + 1}" if key in start.machine.order else ""
    yield from ("-drive", drive, "-device", f"{_device(start.machine, key)},drive={key}{boots}")


def _device(machine: Machine, key: str) -> str:
    bus, unit = bus_of(key)
    if bus == "virtio":
        return "virtio-blk-pci"
    if bus == "sata":
        return f"ide-hd,bus=sata.{unit}"
    if bus == "ide":
        is_old = machine.chipset == "pc"
        return f"ide-hd,bus=ide.{unit // 2},unit={unit % 2}" if is_old else f"ide-hd,bus=ide.{unit}"
    controller, unit = _place(machine, key)
    place = "channel=0,scsi-id=0,lun" if machine.controller == "virtio-scsi-pci" else "scsi-id"
    return f"scsi-hd,bus={controller}.0,{place}={unit}"


def _place(machine: Machine, key: str) -> tuple[str, int]:
    """Controller and number on it: the old ones hold seven disks each."""
    unit = bus_of(key)[1]
    if machine.controller.startswith("lsi"):
        return f"hba{unit // 7}", unit % 7
    return "hba0", unit
