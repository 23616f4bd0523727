"""Programs that read an archive nobody vouches for: shut in, and started on it by us.

bubblewrap leaves them the system's programs, at most one folder they may write to, no network
and no other process. As root they run as nobody, or as root of the guest's own ids (`_idmap`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from phoenix_dr.adapters import _idmap
from phoenix_dr.errors import EngineUnreachable

NOBODY = 65534
MEMORY = 1 << 30
"""Bytes of memory of each unpacking process; zstd's largest window is 128 MiB."""
STDIN = 'exec "$@" <"$0"'
"""Opens the archive with our rights, so that whoever unpacks it needs none on its folder."""
MAGIC = 21
"""Bytes at the beginning of an archive that tell its packing, and whether it has checksums."""
PACKINGS = {
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\x89LZO": "lzop",
}
"""The program of each packing, by the bytes a file begins with: names lie."""
_OURS = ("bwrap: ", "setpriv: ", "prlimit: ", "lxc-usernsexec: ", "sh: ")


def packing(start: bytes) -> str | None:
    """The program that unpacks a file that begins so; None: it is not packed."""
    return next((name for magic, name in PACKINGS.items() if start.startswith(magic)), None)


def has_checksum(start: bytes) -> bool:
    """Whether unpacking a file that begins so finds a flipped bit in its content.

    gzip and bzip2 always do; zstd and lzop say it in a flag (zstd: RFC 8878, 3.1.1.1.1; lzop:
    F_ADLER32_D and F_CRC32_D of its header).
    """
    program = packing(start)
    if program == "zstd":
        return bool(start[4:5]) and bool(start[4] & 0x04)
    if program == "lzop":
        return bool(int.from_bytes(start[17:21], "big") & 0x101)
    return program is not None


def require(program: str, environ: Mapping[str, str]) -> str:
    """Absolute path of a program. Raises EngineUnreachable `program-missing`."""
    if (path := _idmap.found(program, environ)) is None:
        raise EngineUnreachable("program-missing", program=program)
    return path


def require_shut_in(said: Sequence[str]) -> None:
    """Raise EngineUnreachable `program-broken` when the jail itself failed, and not who is in it.

    Where a machine forbids user namespaces that says nothing about any archive.
    """
    for line in said:
        if line.startswith(_OURS):
            raise EngineUnreachable(
                "program-broken", program=line.partition(":")[0], reason=line[:200]
            )


def reading(
    path: str, wanted: Sequence[str], *, environ: Mapping[str, str], into: Path | None = None
) -> tuple[str, ...]:
    """A command line that runs `wanted` shut in, with the file `path` as its stdin.

    `into` is seen as /into, the one folder that can be written to; it decides the ids.
    """
    shut_in = tuple(_shut_in(wanted, into, environ))
    if into is not None and _idmap.is_mapped(into):
        shut_in = _idmap.mapped(shut_in, environ=environ)
    return ("sh", "-c", STDIN, path, *shut_in)


def _shut_in(wanted: Sequence[str], into: Path | None, environ: Mapping[str, str]) -> Iterable[str]:
    yield require("bwrap", environ)
    for name in ("usr", "bin", "lib", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            yield from ("--symlink", os.readlink(path), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    yield from ("--proc", "/proc", "--dev", "/dev")
    if into is not None:
        yield from ("--bind", str(into), "/into")
    yield from ("--remount-ro", "/", "--unshare-net", "--unshare-pid", "--unshare-ipc")
    yield from ("--unshare-uts", "--new-session", "--die-with-parent", "--clearenv")
    for name, value in (("PATH", "/usr/bin:/bin"), ("LC_ALL", "C.UTF-8"), ("TZ", "UTC")):
        yield from ("--setenv", name, value)
    limits = ("prlimit", f"--as={MEMORY}", "--core=0", "--")
    if into is not None and _idmap.is_mapped(into):
        yield from ("--", *limits, *wanted)
    elif os.geteuid() == 0:
        # Not even a user namespace is needed: whoever unpacks is nobody.
        nobody = ("setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups")
        powers = ("--no-new-privs", "--inh-caps=-all", "--bounding-set=-all")
        yield from ("--", *nobody, *powers, *limits, *wanted)
    else:
        yield from ("--unshare-user", "--", *limits, *wanted)
