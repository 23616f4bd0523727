"""The estate as read from phoenix.yaml, kept ready as JSON so that most commands skip the parser.

The cache is keyed by the file's bytes and Phoenix's version, so it can never be stale.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from phoenix_dr import __version__, codec, config
from phoenix_dr.config import Settings
from phoenix_dr.core.model import Estate

KEPT = 8
"""Cache files left in place; older ones go."""


def load_estate(settings: Settings, *, keep: bool = True) -> Estate:
    """The estate of the configured file; written to the cache unless `keep` is off.

    Raises ConfigError when unsafe, missing or wrong.
    """
    path = settings.config_path
    config.require_safe(path)
    key = hashlib.sha256(f"{__version__}\0{path}\0{settings.home}\0".encode() + path.read_bytes())
    cached = settings.state_dir / "cache" / f"estate-{key.hexdigest()[:32]}.json"
    if (estate := _read(cached)) is not None:
        return estate
    estate = config.load(path, home=settings.home)
    if keep:
        _write(cached, codec.dumps(estate, ordered=True))
    return estate


def _read(cached: Path) -> Estate | None:
    try:
        return codec.loads(Estate, cached.read_text(encoding="utf-8", errors="surrogateescape"))
    except (OSError, ValueError):
        # Missing or half written: parse the file again.
        return None


def _write(cached: Path, text: str) -> None:
    try:
        # Parents made on the way get the usual mode: the state directory comes first, private.
        cached.parents[1].mkdir(mode=0o700, parents=True, exist_ok=True)
        cached.parent.mkdir(mode=0o700, exist_ok=True)
        fresh = cached.with_suffix(f".{os.getpid()}.tmp")
        fresh.write_text(text, encoding="utf-8", errors="surrogateescape")
        fresh.replace(cached)
        for old in sorted(cached.parent.glob("estate-*.json"), key=_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        # A read-only state directory only costs time.
        pass


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
