"""The configuration of a drill's container, written from nothing: no file is included.

Of the archive's own configuration only a host name and an amount of memory come in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.adapters._idmap import BASE, COUNT

CGROUPS = Path("/sys/fs/cgroup")
SECCOMP = Path("/usr/share/lxc/config/common.seccomp")
APPARMOR = Path("/sys/kernel/security/apparmor/profiles")
PROFILE = "lxc-container-default-cgns"
LEAST_MEMORY, USUAL_MEMORY = 64, 512
"""MiB: what a container gets at least, and where its configuration says nothing."""
PROCESSES = 512
_DROPPED = "mac_admin mac_override sys_time sys_module sys_rawio sys_boot audit_control"


@dataclass(frozen=True, slots=True)
class Shape:
    """What of the guest's own configuration its container has; `memory` in MiB."""

    hostname: str = "drill"
    memory: int = USUAL_MEMORY


def config(rootfs: Path, shape: Shape, *, unified: bool, apparmor: str) -> str:
    """The text of the configuration file; `unified` where cgroups are of version 2 alone."""
    lines = [
        f"lxc.rootfs.path = dir:{rootfs}",
        f"lxc.uts.name = {shape.hostname}",
        f"lxc.idmap = u 0 {BASE} {COUNT}",
        f"lxc.idmap = g 0 {BASE} {COUNT}",
        # Nothing but lo, which an init without network scripts would leave down.
        "lxc.net.0.type = empty",
        "lxc.net.0.flags = up",
        "lxc.mount.auto = proc:mixed sys:mixed cgroup:mixed",
        "lxc.autodev = 1",
        "lxc.tty.max = 4",
        "lxc.pty.max = 256",
        "lxc.console.path = none",
        "lxc.prlimit.core = 0",
        f"lxc.cap.drop = {_DROPPED}",
        f"lxc.apparmor.profile = {apparmor}",
    ]
    if SECCOMP.is_file():
        lines.append(f"lxc.seccomp.profile = {SECCOMP}")
    return "\n".join((*lines, *_limits(shape, unified))) + "\n"


def _limits(shape: Shape, unified: bool) -> tuple[str, ...]:
    memory = max(LEAST_MEMORY, shape.memory) << 20
    if unified:
        return (f"lxc.cgroup2.memory.max = {memory}", f"lxc.cgroup2.pids.max = {PROCESSES}")
    return (
        f"lxc.cgroup.memory.limit_in_bytes = {memory}",
        f"lxc.cgroup.pids.max = {PROCESSES}",
    )


def is_unified() -> bool:
    """Whether this machine has cgroups of version 2 alone, as Proxmox has."""
    return (CGROUPS / "cgroup.controllers").exists()


def apparmor() -> str:
    """LXC's own AppArmor profile where the kernel has it loaded."""
    try:
        loaded = APPARMOR.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "unconfined"
    return PROFILE if f"{PROFILE} " in loaded else "unconfined"
