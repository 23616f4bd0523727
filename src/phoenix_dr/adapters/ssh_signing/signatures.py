"""Signing and checking with `ssh-keygen -Y`, always in one namespace.

The program is looked for in the system's own folders: a PATH someone set must not decide who
vouches. What it reads is handed over in sealed memory that nobody can change any more.
"""

from __future__ import annotations

import fcntl
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from phoenix_dr.adapters._command import Limits, clean_env, run, talk
from phoenix_dr.errors import UsageError

NAMESPACE = "phoenix-approval"
"""A signature made for anything else (git, files) approves nothing."""
LONGEST = 16 * 1024
"""Characters a signature may have; one of the largest RSA key has 6 000."""
MOST_NAMES = 16
SYSTEM_PATH = "/usr/bin:/bin:/usr/local/bin:/run/current-system/sw/bin"
_TYPING = Limits(seconds=120, output=64 * 1024)
"""How long a person has to type a passphrase or touch a device."""
_ARMOURED = re.compile(
    r"-----BEGIN SSH SIGNATURE-----\n[A-Za-z0-9+/=\n]+-----END SSH SIGNATURE-----\n"
)
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
_LIMITS = Limits(seconds=20, output=64 * 1024)


def sign(
    message: str,
    key: Path,
    *,
    environ: Mapping[str, str],
    cancel: threading.Event,
) -> str:
    """A signature over `message`; the person may be asked for a passphrase or a touch.

    `key` is a private key, or a public one whose private part an agent or device holds. Raises
    UsageError: signing-key-missing, signing-failed; EngineUnreachable: program-missing,
    command-timeout.
    """
    if not key.is_file():
        raise UsageError("signing-key-missing", path=str(key))
    argv = ["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(key.absolute())]
    done = talk(argv, env=_env(environ), limits=_TYPING, stdin=message.encode(), cancel=cancel)
    signature = done.stdout.decode("ascii", "replace")
    if done.code != 0 or not _looks_signed(signature):
        raise UsageError("signing-failed", path=str(key))
    return signature


def signer(
    message: str, signature: str, *, approvers: bytes, environ: Mapping[str, str]
) -> str | None:
    """The approver whose key signed exactly this message; None when nobody of them did.

    Raises EngineUnreachable when `ssh-keygen` is missing or hangs.
    """
    if not _looks_signed(signature):
        return None
    env = _env(environ)
    with _sealed(approvers) as allowed, _sealed(signature.encode("ascii")) as signed:
        asked = ["ssh-keygen", "-Y", "find-principals", "-s", signed, "-f", allowed]
        names = _names(run(asked, env=env, limits=_LIMITS).stdout)
        for name in names:
            argv = [
                "ssh-keygen", "-Y", "verify", "-n", NAMESPACE, "-f", allowed, "-I", name,
                "-s", signed,
            ]  # fmt: skip
            if run(argv, env=env, limits=_LIMITS, stdin=message.encode()).code == 0:
                return name
    return None


def _looks_signed(signature: str) -> bool:
    """Whether it is worth asking about: one armoured block and nothing else, of bounded size."""
    return len(signature) <= LONGEST and _ARMOURED.fullmatch(signature) is not None


def _names(answer: bytes) -> tuple[str, ...]:
    """Principals; a line may hold several. One that begins with `-` is never an argument."""
    text = answer.decode("utf-8", "surrogateescape")
    names = [name for line in text.splitlines() for name in line.split(",")]
    return tuple(name for name in names if name and name[0] not in "-!")[:MOST_NAMES]


def _env(environ: Mapping[str, str]) -> dict[str, str]:
    return clean_env(environ, {"PATH": SYSTEM_PATH})


@contextmanager
def _sealed(content: bytes) -> Iterator[str]:
    """A path to unchangeable content that ends with us, for a program that wants a file."""
    descriptor = os.memfd_create("given", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with os.fdopen(os.dup(descriptor), "wb") as out:
            out.write(content)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
        yield f"/proc/{os.getpid()}/fd/{descriptor}"
    finally:
        os.close(descriptor)
