"""The names of claims seen in each cluster: what patterns in phoenix.yaml stand for.

A claim that is gone keeps its name for a month: else the loss of a whole namespace would make the
audit greener.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from phoenix_dr.app.files import write_atomically
from phoenix_dr.core.claim_assets import expanded, is_pattern
from phoenix_dr.core.model import Estate

FOLDER = "seen"
KINDS = frozenset({"longhorn", "velero"})
ENDURES = timedelta(days=30)
LARGEST = 32 << 20
"""Bytes of a file that is still read."""


def with_claims(estate: Estate, state_dir: Path) -> Estate:
    """The estate with its patterns replaced by the claims that were seen."""
    if not any(is_pattern(asset) for asset in estate.assets()):
        return estate
    kinds = {name for name, each in estate.engines.items() if each.kind in KINDS}
    return expanded(estate, {name: tuple(_read(state_dir, name)) for name in kinds})


def remember(state_dir: Path, engine: str, claims: Iterable[str], *, now: datetime) -> None:
    """Note the claims of a look, beside those gone for less than a month."""
    kept = {
        name: at
        for name, at in _read(state_dir, engine).items()
        if now - datetime.fromisoformat(at) < ENDURES
    }
    kept |= dict.fromkeys(claims, now.isoformat())
    write_atomically(_path(state_dir, engine), json.dumps(kept, sort_keys=True))


def _read(state_dir: Path, engine: str) -> dict[str, str]:
    """Claim → when it was seen last."""
    path = _path(state_dir, engine)
    try:
        text = path.read_text(encoding="utf-8") if path.stat().st_size <= LARGEST else "{}"
        found = json.loads(text)
        return {str(name): datetime.fromisoformat(at).isoformat() for name, at in found.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        # Missing or cut: the next look makes it anew.
        return {}


def _path(state_dir: Path, engine: str) -> Path:
    return state_dir / FOLDER / f"{quote(engine, safe='')}.claims.json"
