"""The steps that bring a service back, each with what its command needs; no Phoenix required."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from phoenix_dr.app.context import Context
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.keys import opening
from phoenix_dr.core.model import Asset, AssetKind, Check, EngineSpec, Key, Service
from phoenix_dr.core.report import Step

TOOLS = "restic sqlite3"
EXCLUDED_SHOWN = 6
RESTORE_INTO = "/var/tmp/restore"  # noqa: S108 - where a person restores by hand, made by restic


def steps_of(ctx: Context, service: Service) -> tuple[Step, ...]:
    """Numbered steps in order: tools, keys, mounts, then each asset, then the service itself."""
    points = {asset.id: _source(ctx, asset) for asset in service.assets}
    used = {point.engine: None for point in points.values() if point}
    engines = [ctx.estate.engines[name] for name in used]
    steps = [_step("install-tools", tools=TOOLS)] if engines else []
    for engine in engines:
        steps += _opening(ctx, engine)
    for asset in service.assets:
        steps += _bringing_back(ctx, asset, points[asset.id])
    steps.append(_step("start-by-hand", service=service.name))
    steps += [step for each in service.checks for step in _checking(service, each)]
    if engines:
        steps.append(_step("resume-backups", service=service.name))
    return tuple(steps)


def _checking(service: Service, check: Check) -> Iterator[Step]:
    asset = next((asset for asset in service.assets if asset.id == check.asset), None)
    if check.statement and asset and asset.kind is AssetKind.SQLITE:
        yield _step("check-sqlite", file=asset.source, sql=check.statement)
    elif what := check.statement or " ".join(check.argv):
        yield _step("check-service", service=service.name, what=what)


def _source(ctx: Context, asset: Asset) -> RecoveryPoint | None:
    """The newest point that is still there when the house is not, else the newest at all."""
    from phoenix_dr.app.drills import is_off_site

    held = ctx.ledger.points(asset.id)
    away = [point for point in held if is_off_site(ctx, point.location)]
    return max(away or held, key=lambda point: point.taken_at, default=None)


def _opening(ctx: Context, spec: EngineSpec) -> Iterator[Step]:
    for key in opening(ctx.estate, spec.id):
        yield from _fetching(ctx, key)
    if spec.password and spec.password.scheme == "file":
        yield _step("protect-key", path=spec.password.name)
    location = ctx.estate.locations.get(spec.location)
    if location and location.mount:
        yield _step("mount", mount=location.mount)
    yield _step("check-repository", location=spec.location, **_access(spec))


def _fetching(ctx: Context, key: Key) -> Iterator[Step]:
    here = ctx.estate.hosts.get(ctx.estate.here)
    away = [copy for copy in key.copies if here is None or copy.site != here.site]
    for copy in (away or list(key.copies))[:1]:
        yield _step("get-key", key=key.name, place=copy.place, site=copy.site)


def _access(spec: EngineSpec) -> dict[str, str]:
    facts = {"engine": spec.id, "repository": spec.repository}
    if spec.password:
        facts["password"] = str(spec.password)
    return facts | {f"env.{name}": str(ref) for name, ref in spec.environment.items()}


def _bringing_back(ctx: Context, asset: Asset, point: RecoveryPoint | None) -> Iterator[Step]:
    if asset.kind is AssetKind.NONE:
        yield _step("nothing-to-restore", asset=asset.id, reason=asset.source)
    elif asset.kind is AssetKind.REGENERABLE and asset.regenerable:
        yield _step("regenerate", asset=asset.id, origin=asset.regenerable.because)
    elif point is None:
        yield _step("no-source", asset=asset.id)
    else:
        yield from _restoring(ctx, asset, point)


def _restoring(ctx: Context, asset: Asset, point: RecoveryPoint) -> Iterator[Step]:
    into = f"{RESTORE_INTO}/{asset.id}"
    saved = point.paths[0] if point.paths else asset.source
    restored = into + str(PurePosixPath("/", saved))
    kind = "restore-sqlite" if asset.kind is AssetKind.SQLITE else "restore-files"
    access = _access(ctx.estate.engines[point.engine])
    yield _step(
        kind,
        asset=asset.id,
        into=into,
        location=point.location,
        tag=f"asset:{asset.id}",
        host=point.host,
        **access,
    )
    if asset.kind is AssetKind.K3S:
        yield from _k3s(asset, restored)
        return
    if asset.kind is AssetKind.SQLITE:
        yield _step("check-sqlite", file=restored)
        yield _step("set-aside", path=asset.source, beside="-wal -shm -journal")
    else:
        yield _step("set-aside", path=asset.source)
    yield _step("put-in-place", **{"from": restored, "to": asset.source})
    if asset.exclude:
        shown = ", ".join(asset.exclude[:EXCLUDED_SHOWN])
        more = len(asset.exclude) - EXCLUDED_SHOWN
        what = f"{shown}, … (+{more})" if more > 0 else shown
        yield _step("mind-excluded", path=asset.source, what=what)


def _k3s(asset: Asset, restored: str) -> Iterator[Step]:
    """The saved layout is not that of one folder: server and configuration go back apart."""
    from phoenix_dr.adapters.k3s.beside import SAVED_CONFIG, SAVED_DATA
    from phoenix_dr.adapters.k3s.datastore import config_of

    server = f"{asset.source.rstrip('/')}/server"
    yield _step("set-aside", path=server)
    yield _step("put-in-place", **{"from": f"{restored}/{SAVED_DATA}/server", "to": server})
    config = str(config_of(Path(asset.source)))
    yield _step("put-in-place", **{"from": f"{restored}/{SAVED_CONFIG}", "to": config})
    yield _step("k3s-start", snapshots=f"{server}/db/snapshots", token=f"{server}/token")


def _step(code: str, **parameters: str | int) -> Step:
    return Step(code, tuple(parameters.items()))
