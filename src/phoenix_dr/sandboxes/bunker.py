"""The bunker: an empty place that reaches the off-site location and nothing of the house.

Inside there are the system's programs, the kit, one folder of the location (read-only), an empty
folder to restore into, and memory for what the kit holds. No home, no state, no configuration,
no interface but lo. The kit is opened in there by stock age and tar, the repository by stock
restic: what the kit's README says, typed by nobody. The identity comes by stdin.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.adapters import _command
from phoenix_dr.errors import EngineDenied, EngineError

PATH = "/usr/local/bin:/usr/bin:/bin"
PROGRAMS = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32")
NEEDED = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "ssl/certs")
"""What programs need of /etc; the rest of it is the house."""
RESTORED = "/restore"
CLOSED, LACKS, TORN = 65, 66, 67
"""Exit codes of the script: the kit does not open, lacks an element, is no tar."""
SCRATCH = 512 << 20
"""Bytes of memory for the opened kit and what restic holds aside."""

SCRIPT = r"""
set -u
umask 077
mkdir /tmp/kit
if [ "$1" = identity ]; then
  age --decrypt --identity - /kit/kit.age >/tmp/kit.tar || exit 65
else
  cat >/tmp/kit.tar
fi
tar --extract --file /tmp/kit.tar --directory /tmp/kit --no-same-owner || exit 67
here=/tmp/kit/repositories/$2
need() { [ -f "$here/$1" ] || { echo "kit-lacks repositories/$2/$1" >&2; exit 66; }; }
need address "$2"
[ "$3" = open ] || need password "$2"
RESTIC_REPOSITORY=$(cat "$here/address")
RESTIC_PASSWORD_FILE=$here/password
export RESTIC_REPOSITORY RESTIC_PASSWORD_FILE
for held in "$here"/environment/*; do
  if [ -f "$held" ]; then export "${held##*/}=$(cat "$held")"; fi
done
shift 3
exec restic --no-lock --no-cache "$@"
"""
"""Its arguments: how the kit comes, the engine, `open` where it has no password, restic's own."""
_INNER = {"PATH": PATH, "HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8", "TZ": "UTC"}  # noqa: S108


@dataclass(frozen=True, slots=True)
class Bunker:
    """What may be reached: the kit, the location's folder, and where restored data goes."""

    kit: Path
    location: Path
    restored: Path | None = None


@dataclass(frozen=True, slots=True)
class Brought:
    """What comes by stdin: an `identity`, or the kit already opened by a passphrase (`tar`)."""

    kind: str
    content: bytes

    def __repr__(self) -> str:
        """Never the content."""
        return f"Brought({self.kind})"


def command_line(arguments: Sequence[str], bunker: Bunker, *, root: bool) -> tuple[str, ...]:
    """The whole command line, for root or a user; pure but for looking at what exists."""
    return (
        "bwrap",
        *_root(),
        *("--ro-bind", str(bunker.kit), "/kit/kit.age"),
        *("--ro-bind", str(bunker.location), str(bunker.location)),
        *(("--bind", str(bunker.restored), RESTORED) if bunker.restored else ()),
        *("--remount-ro", "/", "--chdir", "/tmp"),  # noqa: S108
        *("--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts"),
        *("--unshare-cgroup-try", "--hostname", "bunker", "--new-session", "--die-with-parent"),
        *("--clearenv", *(part for pair in _INNER.items() for part in ("--setenv", *pair))),
        *_rights(root),
        *("--", "sh", "-c", SCRIPT, "sh", *arguments),
    )


def _root() -> Iterable[str]:
    for name in PROGRAMS:
        path = Path("/", name)
        if path.is_symlink():
            yield from ("--symlink", os.readlink(path), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    for name in NEEDED:
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    yield from ("--dev", "/dev", "--proc", "/proc", "--dir", "/run", "--dir", "/var")
    yield from ("--perms", "0700", "--size", str(SCRATCH), "--tmpfs", "/tmp")  # noqa: S108


def _rights(root: bool) -> Iterable[str]:
    """Root keeps what reading a private repository and giving files their owner takes."""
    if not root:
        return ("--unshare-user",)
    kept = ("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID")
    return ("--cap-drop", "ALL", *(part for name in kept for part in ("--cap-add", name)))


def run(
    arguments: Sequence[str],
    bunker: Bunker,
    brought: Brought,
    *,
    limits: _command.Limits,
    cancel: threading.Event | None = None,
) -> _command.Result:
    """restic's own end, whatever its code. `arguments` are engine, `open` or `locked`, restic's.

    Raises EngineDenied kit-cannot-open, EngineError kit-element-missing (which one), kit-not-ours.
    """
    line = command_line((brought.kind, *arguments), bunker, root=os.geteuid() == 0)
    result = _command.run(
        line, env={"PATH": PATH}, limits=limits, stdin=brought.content, cancel=cancel
    )
    said = result.stderr.decode("utf-8", "replace")
    if result.code == CLOSED:
        raise EngineDenied("kit-cannot-open")
    if result.code == LACKS and "kit-lacks " in said:
        raise EngineError("kit-element-missing", element=said.rsplit("kit-lacks ", 1)[1].strip())
    if result.code == TORN:
        raise EngineError("kit-not-ours", path=str(bunker.kit))
    return result
