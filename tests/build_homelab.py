"""The homelab of examples/: its recorded evidence, told to a real ledger day by day."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from phoenix_dr.app.context import Context
from phoenix_dr.app.known import remember_assets
from phoenix_dr.app.observe import Seen
from phoenix_dr.app.plan_state import remember_plan
from phoenix_dr.config import settings
from phoenix_dr.core.evidence import (
    BlindSpot,
    CheckResult,
    DataRead,
    DrillRecord,
    Evidence,
    KeyProof,
    Level,
    Phase,
    RecoveryPoint,
)
from phoenix_dr.core.model import STATE_ASSET
from phoenix_dr.ledger import Ledger

HOMELAB = Path(__file__).parent.parent / "examples" / "homelab"
DAY = timedelta(days=1)
PARIS = ZoneInfo("Europe/Paris")
PHASES = ("provision", "fetch", "start", "check")
FAILURES = {
    "restore": CheckResult("restore", False, Level.RESTORES),
    "sql": CheckResult(
        "sql",
        False,
        Level.DATA,
        (("statement", "select count(*) from dashboard"), ("answer", "3"), ("at_least", 5)),
    ),
}


@contextmanager
def homelab(folder: Path) -> Iterator[tuple[Context, tuple[Seen, ...]]]:
    """A context on a copy of the example that lived the recorded month; and what stayed dark."""
    said = json.loads((HOMELAB / "evidence.json").read_text(encoding="utf-8"))
    config = folder / "phoenix.yaml"
    shutil.copy(HOMELAB / "phoenix.yaml", config)
    config.chmod(0o600)
    clock = {"now": moment(said["first"])}
    asked = settings({"HOME": str(folder)}, config=str(config), state=str(folder / "state"))
    with Context(asked, {}, clock=lambda: clock["now"]) as ctx:
        remember_assets(ctx)
        clock["now"] = moment(said["now"])
        live(ctx, said)
        spots = (
            BlindSpot(each["engine"], each["reason"], each["detail"]) for each in said["blind"]
        )
        yield ctx, tuple(Seen(spot.engine, blind=spot) for spot in spots)


def moment(text: str) -> datetime:
    """A moment of the recording."""
    return datetime.fromisoformat(text)


def live(ctx: Context, said: Mapping[str, Any]) -> None:
    """Tell the ledger everything that was recorded, in the order it happened."""
    with ctx.ledger.batch():
        for at in days(moment(said["first"]), ctx.now()):
            for evidence in looks(ctx, said, at):
                ctx.ledger.record(evidence)
        for read in said["reads"]:
            found = DataRead(read["engine"], moment(read["at"]), read["subset"], ok=True)
            ctx.ledger.append("data-read", found.engine, found, at=found.read_at)
        for proof in proofs(ctx, said):
            ctx.ledger.append("key-proof", proof.key, proof, at=proof.proved_at)
        for drill in said["drills"]:
            drilled(ctx.ledger, drill)
        remember_plan(ctx, at=moment(said["planned"]))


def days(first: datetime, last: datetime) -> Iterator[datetime]:
    """One look a day, the last one now."""
    at = first
    while at <= last:
        yield at
        at += DAY


def looks(ctx: Context, said: Mapping[str, Any], at: datetime) -> Iterator[Evidence]:
    """What every engine showed at a moment, or that it stayed dark."""
    dark = {each["engine"]: each for each in said["blind"] if at >= moment(each["since"])}
    for name, engine in ctx.estate.engines.items():
        if spot := dark.get(name):
            yield Evidence(name, at, blind_spots=(BlindSpot(name, spot["reason"], spot["detail"]),))
        else:
            points = tuple(
                point
                for series in said["points"]
                if name in series["to"]
                for point in held(ctx, series, (name, engine.location), at)
            )
            yield Evidence(name, at, points, fingerprint=f"{at:%j}", version=said["version"])


def held(
    ctx: Context, series: Mapping[str, Any], place: tuple[str, str], at: datetime
) -> Iterator[RecoveryPoint]:
    """The points of a series that retention left: two a day for a week, Sundays before."""
    since = max(moment(series.get("since", "2000-01-01T00:00:00Z")), at - 30 * DAY)
    until = min(moment(series.get("until", "9999-01-01T00:00:00Z")), at)
    for day in days(since - DAY, until + DAY):
        for hour in (3, 15):
            local = day.astimezone(PARIS).replace(hour=hour, minute=0, second=0)
            taken = local.astimezone(UTC) + timedelta(seconds=14)
            kept = at - taken < 7 * DAY or (local.weekday() == 6 and hour == 15)
            missed = f"{local:%Y-%m-%d}" in series.get("missed", ())
            if since <= taken <= until and kept and not missed:
                for asset, (size, files) in series["assets"].items():
                    yield point(ctx, asset, place, taken, (size, files))


def point(
    ctx: Context, asset: str, place: tuple[str, str], taken: datetime, amount: tuple[int, int]
) -> RecoveryPoint:
    """One point; its id follows from what it is."""
    engine, location = place
    own = sha256(f"{asset} {engine} {taken}".encode()).hexdigest()
    size, files = amount
    source = "" if asset == STATE_ASSET else ctx.estate.asset(asset).source
    return RecoveryPoint(
        own, asset, engine, location, taken, size, files, complete=True,
        duration=timedelta(seconds=2), host=ctx.estate.here, paths=(source,),
    )  # fmt: skip


def proofs(ctx: Context, said: Mapping[str, Any]) -> Iterator[KeyProof]:
    """Every copy of a key that was seen opening something."""
    for each in said["proofs"]:
        copies = ctx.estate.keys[each["key"]].copies
        [site] = [copy.site for copy in copies if copy.place == each["place"]]
        for opened in each["opened"]:
            yield KeyProof(
                each["key"], each["place"], site, moment(each["at"]), ok=True, opened=opened
            )


def drilled(ledger: Ledger, each: Mapping[str, Any]) -> None:
    """Keep one drill from the off-site copies."""
    at = moment(each["at"])
    failed = FAILURES.get(each.get("failed", ""))
    record = DrillRecord(
        id=f"phx-{at:%Y%m%d%H%M}",
        run=f"{at:%Y%m%d}",
        asset=each["asset"],
        service=each["asset"].split("/")[0],
        engine="restic-paris",
        location="s3-paris",
        point=sha256(each["at"].encode()).hexdigest(),
        taken_at=at - timedelta(hours=5),
        started_at=at,
        ok=failed is None,
        level=Level(each["level"]),
        ceiling=Level.DATA,
        phases=tuple(map(Phase, PHASES, each["seconds"])),
        checks=(failed,) if failed else (),
        off_site=True,
        mutated=each.get("mutated", False),
        isolated=True,
    )
    ledger.append("drill", record.asset, record, at=at)
