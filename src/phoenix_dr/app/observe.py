"""Ask every engine what it holds, side by side, and keep only what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from phoenix_dr import codec
from phoenix_dr.adapters.base import (
    Examiner,
    Explorer,
    Fingerprinted,
    Inspector,
    Reader,
    Surveyor,
)
from phoenix_dr.app.context import Context
from phoenix_dr.core.evidence import BlindSpot, Evidence
from phoenix_dr.core.longhorn import LonghornState
from phoenix_dr.core.pbs import PbsInventory
from phoenix_dr.core.proxmox import Inventory
from phoenix_dr.core.velero import VeleroState
from phoenix_dr.errors import EngineError, PhoenixError
from phoenix_dr.ledger import Kind

Look = Inventory | PbsInventory | LonghornState | VeleroState
Looked = tuple[Evidence, Look | None]
KEYED_OPEN_EVERY = timedelta(hours=24)
"""An unchanged list is taken as read for this long; then the repository is opened again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What observing one engine brought: changes counted, or the reason it stayed dark."""

    engine: str
    appeared: int = 0
    gone: int = 0
    unchanged: bool = False
    blind: BlindSpot | None = None
    doubts: tuple[BlindSpot, ...] = ()
    """What is in doubt of single assets of an engine that was seen otherwise."""

    @property
    def spots(self) -> tuple[BlindSpot, ...]:
        """Everything that could not be seen."""
        return (*((self.blind,) if self.blind else ()), *self.doubts)


def observe(
    ctx: Context, engine_ids: Iterable[str] | None = None, *, force: bool = False
) -> tuple[Seen, ...]:
    """Observe the named engines (all by default) and record what changed.

    An engine whose fingerprint did not move since a keyed open less than a day ago is not
    started again, unless `force`. A failing engine becomes a blind spot, never an empty list.
    """
    now = ctx.now()
    asked = list(ctx.estate.engines if engine_ids is None else engine_ids)
    pending = {name: ctx.engine_pool.submit(_look, ctx, name, now) for name in asked if force}
    seen = []
    for name in asked:
        if name not in pending and _is_unchanged(ctx, name, now):
            ctx.ledger.confirm(name, at=now)
            seen.append(Seen(name, unchanged=True))
        elif name not in pending:
            pending[name] = ctx.engine_pool.submit(_look, ctx, name, now)
    return (*seen, *(_keep(ctx, name, future) for name, future in pending.items()))


def _is_unchanged(ctx: Context, name: str, now: datetime) -> bool:
    state = ctx.ledger.engine_state(name)
    if state is None or state.opened_at is None or state.fingerprint is None:
        return False
    if not timedelta(0) <= now - state.opened_at < KEYED_OPEN_EVERY:
        return False
    engine = ctx.engine(name)
    try:
        return isinstance(engine, Fingerprinted) and engine.fingerprint() == state.fingerprint
    except EngineError:
        return False


def _look(ctx: Context, name: str, now: datetime) -> Looked:
    try:
        engine = ctx.engine(name)
        if isinstance(engine, Surveyor):
            return engine.survey(now=now)
        if isinstance(engine, Inspector):
            return engine.inspect(now=now)
        if isinstance(engine, Explorer):
            return engine.explore(now=now)
        if isinstance(engine, Examiner):
            return engine.examine(now=now)
        if not isinstance(engine, Reader):
            return _dark(name, now, "engine-cannot"), None
        return engine.observe(now=now), None
    except EngineError as error:
        return _dark(name, now, error.code, detail_of(error)), None


def detail_of(error: PhoenixError) -> str:
    """The one fact of an error that tells a person most."""
    known = ("detail", "mount", "path", "program", "secret", "kind")
    return next((str(error.parameters[key]) for key in known if error.parameters.get(key)), "")


def _is_new(ctx: Context, name: str, reason: str) -> bool:
    """A local repository that nobody made yet: its disk is there, and it never held a point."""
    if reason != "repository-missing":
        return False
    repository = Path(ctx.estate.engines[name].repository)
    return (
        repository.is_absolute()
        and repository.parent.is_dir()
        and not ctx.ledger.points(engine=name, present=False)
    )


def _dark(name: str, now: datetime, reason: str, detail: str = "") -> Evidence:
    return Evidence(name, now, blind_spots=(BlindSpot(name, reason, detail),))


def _keep(ctx: Context, name: str, future: Future[Looked]) -> Seen:
    try:
        evidence, inventory = future.result()
    except PhoenixError as error:
        evidence, inventory = _dark(name, ctx.now(), error.code, detail_of(error)), None
    doubts = tuple(spot for spot in evidence.blind_spots if spot.asset)
    blind = next((spot for spot in evidence.blind_spots if not spot.asset), None)
    if blind is not None and _is_new(ctx, name, blind.reason):
        evidence, blind = Evidence(name, evidence.observed_at), None
    changes = ctx.ledger.record(evidence)
    _keep_spans(ctx, evidence)
    missed = _keep_look(ctx, inventory)
    if changes.gone:
        from phoenix_dr.app.vanished import remember_vanished

        remember_vanished(ctx, name, changes.gone, at=evidence.observed_at, missed=missed)
    return Seen(name, len(changes.appeared), len(changes.gone), blind=blind, doubts=doubts)


def _keep_look(ctx: Context, inventory: Look | None) -> Mapping[str, int] | None:
    """Keep it; of an engine that removes by itself, how many points it would not have removed."""
    from phoenix_dr.app import cluster_seen, guests_seen, pbs_seen, velero_seen

    if isinstance(inventory, PbsInventory):
        pbs_seen.keep(ctx, inventory)
    elif isinstance(inventory, LonghornState):
        return cluster_seen.keep(ctx, inventory, compared=True)
    elif isinstance(inventory, VeleroState):
        velero_seen.keep(ctx, inventory)
    elif inventory is not None:
        guests_seen.keep(ctx, inventory)
    return None


def _keep_spans(ctx: Context, evidence: Evidence) -> None:
    """Keep what a metric or log store holds, when its rules or its oldest day changed."""
    if evidence.in_force is None and not evidence.spans:
        return
    said = {
        "spans": codec.encode(evidence.spans),
        "in_force": codec.encode(evidence.in_force),
        "written": codec.encode(evidence.written),
    }
    rows = ctx.ledger.rows(kinds=(Kind.SPANS,), subject=evidence.engine, limit=1, newest_first=True)
    last = next(rows, None)
    if last is None or _days_of(last.value) != _days_of(said):
        ctx.ledger.append(Kind.SPANS, evidence.engine, said, at=evidence.observed_at)


def _days_of(said: Mapping[str, Any]) -> object:
    """What of a look at spans is worth a row: rules, and the days of the samples, not seconds."""
    days = [[span["stream"], span["since"][:10], span["until"][:10]] for span in said["spans"]]
    return [days, said["in_force"], said["written"]]
