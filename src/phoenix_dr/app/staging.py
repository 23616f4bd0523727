"""Readying assets for the engines: databases are copied once for all destinations."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from phoenix_dr.adapters.sqlite.staging import stage
from phoenix_dr.app.context import Context
from phoenix_dr.core.evidence import FileHash
from phoenix_dr.core.model import Asset, AssetKind


@dataclass(frozen=True, slots=True)
class Ready:
    """What an engine is to save for an asset, and the hashes of what was staged whole."""

    asset: Asset
    paths: tuple[str, ...]
    staged: tuple[FileHash, ...] = ()
    taken_at: datetime | None = None
    """When staged data was as it is; None for live files."""
    missing: tuple[str, ...] = ()
    """What had to be there to be saved and was not: the point is incomplete without it."""

    @property
    def is_live(self) -> bool:
        """True when the engine reads production files, which may change during the run."""
        return self.asset.kind is AssetKind.FILES


@contextmanager
def staging(ctx: Context, asset: Asset) -> Iterator[Path]:
    """A private folder for one asset, at the same path in every run; emptied before and after.

    To be entered under the asset's lease: other runs stage other assets beside it.
    """
    folder = ctx.settings.state_dir / "staging" / asset.id
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ready(ctx: Context, asset: Asset, folder: Path) -> Ready:
    """Make an asset ready in its staging folder. Raises EngineError when its source is not."""
    match asset.kind:
        case AssetKind.SQLITE:
            now = ctx.now()
            staged = stage(Path(asset.source), folder, cancel=ctx.cancel)
            return Ready(asset, (str(staged.path),), (staged.file_hash,), taken_at=now)
        case AssetKind.K3S:
            from phoenix_dr.app import k3s_staging

            return k3s_staging.ready(ctx, asset, folder)
        case AssetKind.STATE:
            return _own_state(ctx, asset, folder)
        case _:
            return Ready(asset, (asset.source,))


def _own_state(ctx: Context, asset: Asset, folder: Path) -> Ready:
    """Ledger, configuration and documents: what Phoenix needs to begin again elsewhere."""
    ctx.ledger.backup_to(folder / "ledger.db")
    shutil.copyfile(ctx.settings.config_path, folder / "phoenix.yaml")
    hashes = tuple(_hashed(path) for path in sorted(folder.iterdir()))
    documents = Path(ctx.estate.documents)
    paths = (str(folder), str(documents)) if documents.is_dir() else (str(folder),)
    return Ready(asset, paths, hashes)


def _hashed(path: Path) -> FileHash:
    with path.open("rb") as file:
        sha = hashlib.file_digest(file, "sha256").hexdigest()
        found = os.fstat(file.fileno())
    return FileHash(str(path), found.st_size, found.st_mtime_ns, sha)
