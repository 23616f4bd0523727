"""Runs one command on a restored tree, shut in by bubblewrap.

Inside there are the system's programs and the restored tree, both read-only, a small private
/tmp, its own /proc and /dev, no other interface than lo, no home, no /var, /run, /srv or /mnt
(so no socket of a live service and no live data), and the user nobody without capabilities.
It is not a virtual machine: the kernel is shared (docs/drills.md says what that leaves open).
"""

from __future__ import annotations

import os
import pwd
import shutil
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.adapters import _command
from phoenix_dr.errors import EngineError, EngineUnreachable
from phoenix_dr.sandboxes.base import RESTORED, TIMED_OUT, TOO_MUCH, Isolation
from phoenix_dr.sandboxes.sanitize import NOBODY

PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
SYSTEM = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "etc", "opt", "nix")
"""Top-level folders a program may need; every other one does not exist inside."""
HIDDEN = (
    "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/ssh", "/etc/ssl/private",
    "/etc/phoenix", "/etc/rancher",
)  # fmt: skip
"""Secrets below SYSTEM that a Phoenix without root could read, and so could its checks."""
_INNER = {"PATH": PATH, "HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8", "TZ": "UTC"}  # noqa: S108


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most a command may take, per process: bytes of memory and file, files, processes."""

    memory: int = 2 << 30
    file_size: int = 1 << 30
    open_files: int = 1024
    processes: int = 256
    output: int = 1 << 20
    scratch: int = 64 << 20


DEFAULT = Bounds()
SERVER = Bounds(memory=64 << 30, file_size=16 << 30, output=8 << 20)
"""For a database server: its memory is mostly address space (etcd maps 10 GiB at its start)."""
PROGRAMS = "/programs"
"""Where a command sees programs that were named to it."""


@dataclass(frozen=True, slots=True)
class View:
    """What a command sees: the tree at /restore, folders to hide, an optional second one."""

    restored: Path
    writable: bool = False
    hide: tuple[Path, ...] = ()
    also: Path | None = None
    """A writable folder at /copy, used to copy the tree."""
    programs: tuple[Path, ...] = ()
    """Programs seen below /programs, wherever they are installed."""


def command_line(
    argv: Sequence[str], view: View, *, cwd: str = "", seconds: float, bounds: Bounds = DEFAULT
) -> tuple[str, ...]:
    """The whole command line that shuts `argv` in; pure but for looking at what exists."""
    limits = (
        f"--as={bounds.memory}", f"--fsize={bounds.file_size}", f"--nofile={bounds.open_files}",
        f"--nproc={bounds.processes}", f"--cpu={max(1, int(seconds) + 1)}", "--core=0",
    )  # fmt: skip
    return (
        "bwrap",
        *_root(bounds),
        *_hiding((*map(Path, HIDDEN), *view.hide)),
        *("--bind" if view.writable else "--ro-bind", str(view.restored), RESTORED),
        *(("--bind", str(view.also), "/copy") if view.also else ()),
        *_bound(view.programs),
        *("--remount-ro", "/", "--chdir", os.path.join(RESTORED, cwd.strip("/")).rstrip("/")),
        *("--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts"),
        *("--unshare-cgroup-try", "--hostname", "drill", "--new-session", "--die-with-parent"),
        *("--clearenv", *(part for pair in _INNER.items() for part in ("--setenv", *pair))),
        *_as_nobody(("prlimit", *limits, "--", *argv)),
    )


def _root(bounds: Bounds) -> Iterable[str]:
    for name in SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            yield from ("--symlink", os.readlink(path), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    yield from ("--dev", "/dev", "--proc", "/proc", "--dir", "/run", "--dir", "/var")
    for scratch in ("/dev/shm", "/tmp"):  # noqa: S108
        yield from ("--perms", "1777", "--size", str(bounds.scratch), "--tmpfs", scratch)
    yield from ("--remount-ro", "/dev", "--symlink", "../tmp", "/var/tmp")  # noqa: S108


def _bound(programs: Sequence[Path]) -> Iterable[str]:
    if programs:
        yield from ("--perms", "0755", "--dir", PROGRAMS)
    for each in programs:
        yield from ("--ro-bind", str(each.resolve()), f"{PROGRAMS}/{each.name}")


def _hiding(paths: Iterable[Path]) -> Iterable[str]:
    for path in _hideable(paths):
        folder = ("--perms", "0000", "--size", "4096", "--tmpfs")
        yield from (*(folder if path.is_dir() else ("--ro-bind", "/dev/null")), str(path))


def _hideable(paths: Iterable[Path]) -> list[Path]:
    """What of these is visible inside at all; /etc or /usr themselves must stay, outer first."""
    real = {path.resolve() for path in paths}
    return sorted(
        path for path in real if len(path.parts) > 2 and path.parts[1] in SYSTEM and path.exists()
    )


def _as_nobody(argv: tuple[str, ...]) -> Iterable[str]:
    if os.geteuid() != 0:
        return ("--unshare-user", "--uid", str(NOBODY), "--gid", str(NOBODY), "--", *argv)
    # Root needs no user namespace: it enters as root and leaves everything behind inside,
    # where the 0700 drill folder above the tree is no longer in the way.
    nobody = ("setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups")
    powerless = ("--no-new-privs", "--inh-caps=-all", "--bounding-set=-all")
    return ("--", *nobody, *powerless, *argv)


def run(
    argv: Sequence[str],
    view: View,
    *,
    timeout: float,
    cwd: str = "",
    bounds: Bounds = DEFAULT,
    cancel: threading.Event | None = None,
) -> _command.Result:
    """Run a command shut in. One that is too slow or too loud ends with code 124 or 125.

    Raises EngineUnreachable `program-missing` for a bare name no system folder has: a missing
    tool says nothing about a backup.
    """
    if "/" not in argv[0] and shutil.which(argv[0], path=PATH) is None:
        raise EngineUnreachable("program-missing", program=argv[0])
    line = command_line(argv, view, cwd=cwd, seconds=timeout, bounds=bounds)
    limits = _command.Limits(seconds=timeout, output=bounds.output, grace=1.0)
    try:
        return _command.run(line, env={"PATH": PATH}, limits=limits, cancel=cancel)
    except EngineError as error:
        stopped = {"command-timeout": TIMED_OUT, "answer-too-long": TOO_MUCH}
        if error.code not in stopped:
            raise
        return _command.Result(stopped[error.code], b"", error.code.encode(), timeout)


PROBE = """
echo "uid $(id -u)"
while read -r name rest; do
  case $name in *:*) echo "interface ${name%%:*}" ;; esac
done </proc/net/dev
for path in /etc/shadow "$@"; do
  if (: <"$path") 2>/dev/null && [ ! -d "$path" ]; then echo "reads $path"; fi
  if [ -n "$(ls -A "$path" 2>/dev/null)" ] && [ -d "$path" ]; then echo "lists $path"; fi
done
for folder in / /usr /etc /restore; do
  if (: >"$folder/phoenix-probe") 2>/dev/null; then echo "writes $folder"; fi
done
echo end
"""
"""Tells what it can see and do; its arguments are paths that must not be readable."""
_EXPECTED = [f"uid {NOBODY}", "interface lo", "end"]


def probe(restored: Path = Path("/usr"), *, hide: tuple[Path, ...] = ()) -> Isolation:
    """Whether this machine lets commands be shut in: tried for real, and looked at from inside.

    Reasons: `program-missing`, `refused` (no user namespaces, a container without the right),
    `leaky` (it ran, yet saw an interface, secret, home or writable root).
    """
    argv = ("sh", "-c", PROBE, "sh", *_homes(), *map(str, _hideable(hide)))
    try:
        result = run(argv, View(restored, hide=hide), timeout=20)
    except EngineError as error:
        return Isolation(False, error.code, str(error.parameters.get("program", "")))
    return seen_from_inside(result)


def seen_from_inside(result: _command.Result) -> Isolation:
    """What the probe's own report of its surroundings means."""
    lines = result.stdout.decode("utf-8", "replace").splitlines()
    if "end" not in lines:
        said = result.stderr.decode("utf-8", "replace").strip().splitlines()
        return Isolation(False, "refused", said[-1][:200] if said else f"exit {result.code}")
    odd = sorted(set(lines) ^ set(_EXPECTED))
    return Isolation(False, "leaky", "; ".join(odd)[:200]) if odd else Isolation(True)


def _homes() -> tuple[str, ...]:
    try:
        own = Path(pwd.getpwuid(os.geteuid()).pw_dir)
    except KeyError:  # a container's user without a name
        own = Path("/")
    # A system user's home may be a system folder, which everyone may read.
    is_system = own.parts[1:2] == () or own.parts[1] in SYSTEM
    return ("/root", "/home") if is_system else ("/root", "/home", str(own))
