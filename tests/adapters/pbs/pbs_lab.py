"""A small PBS in good order: two namespaces, three guests, a job of each kind; and its engine."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from adapters.pbs.fake_pbs import Fake
from adapters.pbs.pbs_state import Datastore, Snapshot, State, Token, upid
from phoenix_dr.adapters._http import Limits
from phoenix_dr.adapters.base import Places
from phoenix_dr.adapters.pbs import Pbs
from phoenix_dr.core.model import EngineSpec, Location, SecretRef

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
TOKEN = "phoenix@pbs!audit"
SECRET = "0f9ad3a2-1111-2222-3333-444455556666"
OWNER = "pve@pbs!pve1"
SEEING = {"/datastore/store1": "DatastoreAudit"}
ASSETS = {"210": "traefik/core", "216": "games/vm"}
PLACES = {"store1": "pbs-disk"}
QUICK = Limits(connect=2, read=2, total=6, size=1 << 20)


def ago(hours: float) -> int:
    """Epoch of so many hours before NOW."""
    return int(NOW.timestamp() - hours * 3600)


def snapshot(name: str, hours: float, kind: str = "ct", **more: object) -> Snapshot:
    """A snapshot so many hours old, verified four hours later unless it is younger."""
    made = Snapshot(kind, name, ago(hours), **more)  # type: ignore[arg-type]
    if made.finished and hours > 5 and made.state is None:
        made.state, made.verified_at = "ok", ago(hours - 4)
    return made


def done(hours: float, state: str = "OK") -> dict[str, object]:
    """The last run of a job."""
    return {
        "last-run-upid": upid("job", ago(hours + 0.1)),
        "last-run-endtime": ago(hours),
        "last-run-state": state,
        "next-run": ago(hours - 24),
    }


def lab(acl: dict[str, str] | None = None) -> State:
    """The server, in good order."""
    return State(
        datastores=[
            Datastore("store1", namespaces=("lab", "lab/old"), gc=done(7)),
            Datastore("tape"),
        ],
        snapshots=[
            *(snapshot("210", hours) for hours in (6, 30, 54)),
            *(snapshot("216", hours, "vm") for hours in (6, 30)),
            snapshot("999", 8),
            snapshot("laptop", 8, "host"),
            snapshot("300", 9, "vm", ns="lab"),
        ],
        verify=[
            {"id": "v-1", "store": "store1", "schedule": "daily", "ignore-verified": True,
             "outdated-after": 30, **done(2)},
        ],
        prune=[
            {"id": "p-1", "store": "store1", "schedule": "daily", "keep-daily": 7, "keep-weekly": 4,
             **done(3)},
        ],
        tokens={TOKEN: Token(SECRET, dict(SEEING if acl is None else acl))},
    )  # fmt: skip


def spec(
    fake: Fake, *, places: dict[str, str] | None = None, assets: dict[str, str] | None = None
) -> EngineSpec:
    """The engine as phoenix.yaml describes it, the certificate pinned."""
    return EngineSpec(
        "pbs1",
        "pbs",
        locations=PLACES if places is None else places,
        password=SecretRef("env", "PBS"),
        archives=ASSETS if assets is None else assets,
        settings={"url": fake.url, "fingerprint": fake.fingerprint, "guests": "pve1"},
    )


def around(root: Path) -> Places:
    """Surroundings with a token and two locations."""
    rack = {name: Location(name, "pbs1") for name in ("pbs-disk", "inside")}
    return Places("here", rack, {"PBS": f"{TOKEN}:{SECRET}"}, root / "cache", lambda: NOW)


def engine(
    fake: Fake,
    root: Path,
    *,
    places: dict[str, str] | None = None,
    assets: dict[str, str] | None = None,
    limits: Limits = QUICK,
) -> Pbs:
    """The engine, with a token in the environment."""
    return Pbs(spec(fake, places=places, assets=assets), around(root), limits=limits)
