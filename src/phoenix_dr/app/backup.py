"""Backup: ready the assets, make a point on each destination, remember what each must contain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from phoenix_dr.adapters.base import Preparer
from phoenix_dr.app.apply import Performed, apply
from phoenix_dr.app.context import Context
from phoenix_dr.app.failures import remember_failure
from phoenix_dr.app.interrupted import close_interrupted
from phoenix_dr.app.known import remember_assets
from phoenix_dr.app.sampling import Sampling
from phoenix_dr.app.selection import Skipped, destinations, state_asset, to_save
from phoenix_dr.app.staging import Ready, ready, staging
from phoenix_dr.core.actions import subject_of
from phoenix_dr.core.evidence import FileHash, Manifest, RecoveryPoint
from phoenix_dr.core.model import STATE_ASSET, Asset
from phoenix_dr.core.plan import TakePoint, make_plan
from phoenix_dr.errors import EngineError, LedgerError, PhoenixError


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of an asset that was tried: seconds it took, its point, or the error."""

    asset: str
    engine: str
    location: str
    seconds: float
    point: RecoveryPoint | None = None
    unread: tuple[str, ...] = ()
    error: PhoenixError | None = None


@dataclass(frozen=True, slots=True)
class BackupReport:
    """All copies of a run, and what was left out with the reason."""

    copies: tuple[Copy, ...]
    skipped: tuple[Skipped, ...]

    @property
    def is_whole(self) -> bool:
        """True when every copy was made and nothing was unreadable."""
        return all(copy.point is not None and not copy.unread for copy in self.copies)


def backup(ctx: Context, names: Sequence[str] = ()) -> BackupReport:
    """Make a point of each asset of these services on each of its destinations, then of the state.

    Raises LedgerError `busy` when another run has one of the assets.
    """
    assets, skipped = to_save(ctx.estate, names)
    close_interrupted(ctx)
    remember_assets(ctx)
    own = [asset for asset in assets if asset.id != STATE_ASSET]
    copies = _save(ctx, own) if own else []
    # The state comes last so that it holds what this run just recorded.
    try:
        copies += _save(ctx, [state_asset(ctx.estate)])
    except LedgerError as error:
        if error.code != "busy" or not own:
            raise
        skipped = (*skipped, Skipped(STATE_ASSET, "state-busy"))
    for copy in copies:
        if copy.error is not None:
            remember_failure(ctx, copy.asset, copy.engine, error=copy.error)
    return BackupReport(tuple(copies), skipped)


def _save(ctx: Context, assets: Sequence[Asset]) -> list[Copy]:
    with ExitStack() as held:
        folders = {}
        for asset in assets:
            held.enter_context(ctx.ledger.lease(f"asset {asset.id}"))
            folders[asset.id] = held.enter_context(staging(ctx, asset))
        chosen, failed = _ready(ctx, assets, folders)
        return [*failed, *_take(ctx, chosen)]


def _take(ctx: Context, chosen: Sequence[Ready]) -> list[Copy]:
    wanted = [(e, each) for each in chosen for e in destinations(ctx.estate, each.asset)]
    broken = {engine: _prepare(ctx, engine) for engine in dict.fromkeys(e for e, _ in wanted)}
    failed = [
        Copy(each.asset.id, engine, ctx.estate.engines[engine].location, 0.0, error=error)
        for engine, each in wanted
        if (error := broken[engine])
    ]
    actions = [
        TakePoint(engine, each.asset.id, each.paths, each.asset.exclude, each.taken_at)
        for engine, each in wanted
        if broken[engine] is None
    ]
    sampling = Sampling(ctx)
    sampling.start(chosen)
    performed = apply(ctx, make_plan(actions))
    samples = sampling.settle()
    by_id = {each.asset.id: each for each in chosen}
    return [*failed, *(_copy(ctx, one, by_id[_asset(one)], samples) for one in performed)]


def _ready(
    ctx: Context, assets: Sequence[Asset], folders: Mapping[str, Path]
) -> tuple[list[Ready], list[Copy]]:
    chosen, failed = [], []
    for asset in assets:
        try:
            chosen.append(ready(ctx, asset, folders[asset.id]))
        except EngineError as error:
            failed += list(_failures(ctx, asset, error))
    return chosen, failed


def _failures(ctx: Context, asset: Asset, error: EngineError) -> Iterator[Copy]:
    for engine in destinations(ctx.estate, asset):
        yield Copy(asset.id, engine, ctx.estate.engines[engine].location, 0.0, error=error)


def _prepare(ctx: Context, engine_id: str) -> EngineError | None:
    """Make a local repository on its first use; why that failed, else None.

    A remote one is made by hand: asking it whether it exists costs a process in every run. One
    that held points and is gone is a loss or an absent disk, and never begun anew.
    """
    engine = ctx.engine(engine_id)
    is_local = ctx.estate.engines[engine_id].repository.startswith("/")
    held = any(engine_id == name for name, _ in ctx.ledger.places().values())
    if is_local and not held and isinstance(engine, Preparer):
        try:
            engine.prepare(cancel=ctx.cancel)
        except EngineError as error:
            return error
    return None


def _copy(
    ctx: Context, one: Performed, source: Ready, samples: dict[str, tuple[FileHash, ...]]
) -> Copy:
    action = one.outcome.action
    location = ctx.estate.engines[action.engine].location
    seconds = (one.outcome.ended_at - one.outcome.started_at).total_seconds()
    if one.done is None:
        return Copy(source.asset.id, action.engine, location, seconds, error=one.error)
    point = one.done.made[0]
    unread = (*one.done.unread, *source.missing)
    if source.missing:
        point = replace(point, complete=False)
    sample = source.staged or samples.get(source.asset.id, ())
    manifest = Manifest(
        point.files,
        point.size,
        sample,
        unread=unread,
        restored_path=source.paths[0],
    )
    ctx.ledger.record_made(point, manifest, at=one.outcome.ended_at)
    return Copy(source.asset.id, action.engine, location, seconds, point, unread)


def _asset(one: Performed) -> str:
    return subject_of(one.outcome.action)
