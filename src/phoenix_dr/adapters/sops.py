"""Files that SOPS encrypted: told apart by their form, opened by the user's own `sops`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from phoenix_dr.adapters._command import Limits, clean_env, run
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

LOOKED_AT = 1 << 20
"""Bytes of a file that are looked at; SOPS writes its own part at the end."""
_MARK = re.compile(
    rb"""^\s*["']?(?:sops["']?\s*[:=]|\[sops\]|sops_(?:version|mac|lastmodified))""", re.M
)
_MAC = re.compile(rb"(?i)mac mismatch")
_LIMITS = Limits(seconds=60, output=64 << 20)


def is_encrypted(path: Path) -> bool:
    """Whether a file carries SOPS's own part (YAML, JSON, dotenv, INI). False when unreadable."""
    try:
        with path.open("rb") as source:
            size = source.seek(0, 2)
            source.seek(max(0, size - LOOKED_AT))
            return _MARK.search(source.read(LOOKED_AT)) is not None
    except OSError:
        return False


def require_opens(path: Path, identity: str, *, environ: Mapping[str, str]) -> None:
    """Decrypt a file with this identity alone, keeping nothing.

    Raises EngineDenied sops-cannot-open, EngineError sops-changed (its MAC is wrong),
    EngineUnreachable without the program or the file. sops also tries keys it finds by itself:
    it gets an empty home.
    """
    if not path.is_file():
        raise EngineUnreachable("age-file-missing", path=str(path))
    alone = {"SOPS_AGE_KEY": identity, "HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent"}
    result = run(
        ["sops", "decrypt", str(path.absolute())],
        env=clean_env({"PATH": environ.get("PATH", "")}, alone),
        limits=_LIMITS,
        on_line=_forget,
    )
    if result.code == 0:
        return
    if _MAC.search(result.stderr):
        raise EngineError("sops-changed", path=str(path))
    raise EngineDenied("sops-cannot-open", path=str(path))


def _forget(line: bytes) -> None:
    """The plain text is only seen to come."""
