"""Who may approve: reading and extending the approvers file of the estate."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from phoenix_dr.adapters import ssh_signing
from phoenix_dr.adapters.ssh_signing import NAMESPACE, Entry
from phoenix_dr.app.context import Context
from phoenix_dr.errors import Refused, UsageError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}", re.ASCII)
SYSTEM_CONFIG = Path("/etc/phoenix/phoenix.yaml")


def approvers_path(ctx: Context) -> Path:
    """The approvers file of the estate. Refused no-approvers when none is named."""
    if ctx.estate.approvers is None:
        raise Refused("no-approvers")
    return Path(ctx.estate.approvers)


def approvers_now(ctx: Context) -> bytes:
    """The approvers file as it is now. Refused: no-approvers, approvers-missing and the like."""
    return ssh_signing.read_approvers(approvers_path(ctx))


def approvers(ctx: Context) -> tuple[Entry, ...]:
    """Everyone who may approve now."""
    return ssh_signing.entries(approvers_now(ctx))


def add_approver(ctx: Context, name: str, key_file: Path) -> Entry:
    """Let the holder of a key approve from now on.

    Raises UsageError for a name or key that cannot be used, one that is there already, and for
    anyone but root.
    """
    if not _NAME.fullmatch(name):
        raise UsageError("approver-name", name=name)
    entry = Entry(name, ssh_signing.public_key(key_file))
    path = approvers_path(ctx)
    if os.geteuid() != 0:
        raise UsageError("approvers-root", command=_as_root(ctx, name, key_file))
    try:
        known = approvers(ctx)
    except Refused as error:
        if error.code != "approvers-missing":
            raise
        known = ()
    for each in known:
        if each.key == entry.key:
            raise UsageError("approver-known", name=each.name, fingerprint=each.key.fingerprint)
    ssh_signing.add_line(path, entry.line(NAMESPACE))
    return entry


def _as_root(ctx: Context, name: str, key_file: Path) -> str:
    """The line to type as root, with the configuration where root would not find it."""
    words = ["sudo", "phoenix", "approvers", "add", name, str(key_file.absolute())]
    if ctx.settings.config_path != SYSTEM_CONFIG:
        words += ["--config", str(ctx.settings.config_path)]
    return shlex.join(words)
