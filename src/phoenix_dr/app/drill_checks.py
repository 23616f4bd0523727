"""The checks of a drill: full list and hashes for every asset, then what its kind can show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from phoenix_dr.adapters import canary
from phoenix_dr.adapters.base import Lister
from phoenix_dr.adapters.files.comparing import compare
from phoenix_dr.adapters.sqlite import checking
from phoenix_dr.app.context import Context
from phoenix_dr.app.drill_course import checks_of
from phoenix_dr.core import drill
from phoenix_dr.core.evidence import CheckResult, Level, Manifest, RecoveryPoint
from phoenix_dr.core.model import Asset, AssetKind, Check, CheckKind
from phoenix_dr.sandboxes.base import RESTORED, command_verdict, not_run
from phoenix_dr.sandboxes.directory import DirectorySandbox

COMMAND_SECONDS = 600.0
QUERY_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Checked:
    """Results of all checks, and the age of the newest canary found (how much data is lost)."""

    results: tuple[CheckResult, ...]
    data_age: timedelta | None = None


def check(ctx: Context, asset: Asset, point: RecoveryPoint, sandbox: DirectorySandbox) -> Checked:
    """Everything that can be asked of the restored tree, cheapest first."""
    found = list(_whole(ctx, point, sandbox))
    if any(result.ok is False for result in found):
        # What did not come back whole is not worth opening.
        return Checked(tuple(found))
    readings = []
    for each in _of_kind(ctx, asset, point, sandbox):
        if isinstance(each, canary.Reading):
            readings.append(each)
            found.append(each.result)
        else:
            found.append(each)
    moments = [reading.moment for reading in readings if reading.moment]
    age = drill.data_age(max(moments), point.taken_at, ctx.now()) if moments else None
    return Checked(tuple(found), age)


def _whole(ctx: Context, point: RecoveryPoint, sandbox: DirectorySandbox) -> Iterator[CheckResult]:
    engine = ctx.engine(point.engine)
    manifest = ctx.ledger.manifest(point.engine, point.id) or Manifest(None, None)
    if isinstance(engine, Lister):
        listed = engine.contents(point.id, cancel=ctx.cancel)
        yield from compare(sandbox.path, listed, manifest.sample)


def _of_kind(
    ctx: Context, asset: Asset, point: RecoveryPoint, sandbox: DirectorySandbox
) -> Iterator[CheckResult | canary.Reading]:
    wanted = [each for each in checks_of(ctx, asset) if each.asset == asset.id]
    if asset.kind is AssetKind.SQLITE:
        yield from _sqlite(ctx, wanted, point, sandbox)
    if asset.kind is AssetKind.K3S:
        from phoenix_dr.app import k3s_checks

        yield from k3s_checks.checks(ctx, point, sandbox)
    if asset.kind is AssetKind.FILES:
        for each in wanted:
            if each.kind is CheckKind.CANARY and each.within:
                text = canary.read_file(sandbox.path, asset.source)
                yield canary.judge(text, taken_at=point.taken_at, within=each.within)
    for each in wanted:
        # A guest's commands run inside it, once it runs.
        if each.kind is CheckKind.COMMAND and asset.kind is not AssetKind.GUEST:
            yield _command(ctx, each, sandbox, asset)


def _sqlite(
    ctx: Context, wanted: list[Check], point: RecoveryPoint, sandbox: DirectorySandbox
) -> Iterator[CheckResult | canary.Reading]:
    database = RESTORED + point.paths[0]
    if not sandbox.isolation.ok:
        yield not_run("sqlite-opens", Level.STARTS, sandbox.isolation)
        return
    for probe in checking.sql_checks(database, wanted):
        answer = sandbox.run(probe.argv, timeout=QUERY_SECONDS, cancel=ctx.cancel)
        yield checking.verdict(probe, answer.code, answer.stdout)
    for each in wanted:
        if each.kind is CheckKind.CANARY and each.within:
            asked = checking.query(database, canary.NEWEST)
            answer = sandbox.run(asked, timeout=QUERY_SECONDS, cancel=ctx.cancel)
            text = checking.first_line(answer.stdout) if answer.code == 0 else None
            yield canary.judge(text, taken_at=point.taken_at, within=each.within)


def _command(ctx: Context, each: Check, sandbox: DirectorySandbox, asset: Asset) -> CheckResult:
    if not sandbox.isolation.ok:
        return not_run("command", Level.DATA, sandbox.isolation)
    inside = asset.source if asset.kind is AssetKind.FILES else ""
    answer = sandbox.run(each.argv, timeout=COMMAND_SECONDS, cwd=inside, cancel=ctx.cancel)
    return command_verdict(each.argv, answer)
