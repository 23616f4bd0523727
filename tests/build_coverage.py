"""A small estate at two sites, and facts about its assets, with defaults for all that is usual."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from hypothesis import strategies as st

from phoenix_dr.core.coverage import SCOPES, AssetFacts, scope_masks
from phoenix_dr.core.evidence import DrillRecord, Level, PointState
from phoenix_dr.core.history import Row, fold
from phoenix_dr.core.model import (
    Asset,
    AssetKind,
    Criticality,
    EngineSpec,
    Estate,
    Host,
    Key,
    KeyCopy,
    Location,
    Objectives,
    Policy,
    RetentionRule,
    SecretRef,
    Service,
)

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

PLACES = {
    1: ("restic-home", "usb-disk"),
    2: ("restic-offsite", "s3-paris"),
    3: ("restic-nas", "nas"),
}
HOME, AWAY, NAS = PLACES
ENGINES = frozenset(engine for engine, _ in PLACES.values())

PAGES = Asset("wiki/pages", AssetKind.SQLITE, "/srv/wiki/wiki.db")
UPLOADS = Asset("wiki/uploads", AssetKind.FILES, "/srv/wiki/uploads")


def estate(*assets: Asset, rpo: timedelta = DAY, schedule: str = "0 3,15 * * *") -> Estate:
    """`wiki` on worker1 at home, copied to its second disk, to pve1 beside it, and to aws."""
    spec = SecretRef("file", "/etc/phoenix/home.pw")
    engines = {
        engine: EngineSpec(
            engine, "restic", repository=location, locations={"": location}, password=spec
        )
        for engine, location in PLACES.values()
    }
    copies = (KeyCopy("safe", "parents"), KeyCopy("paper", "home"))
    wiki = Service(
        "wiki",
        Criticality.CRITICAL,
        objectives=Objectives(rpo=rpo),
        assets=assets or (PAGES, UPLOADS),
    )
    return Estate(
        name="homelab",
        here="worker1",
        timezone="Europe/Paris",
        hosts={
            "worker1": Host("worker1", "home", ("nvme", "backup-hdd")),
            "pve1": Host("pve1", "home", ("system", "hdd-4tb")),
            "aws": Host("aws", "eu-west-3"),
        },
        locations={
            "usb-disk": Location("usb-disk", "worker1", disk="backup-hdd"),
            "nas": Location("nas", "pve1", disk="hdd-4tb", deletable_from=()),
            "s3-paris": Location(
                "s3-paris", "aws", medium="object-storage", deletable_from=("worker1",)
            ),
        },
        engines=engines,
        policies={
            "default": Policy(
                "default",
                schedule,
                RetentionRule(daily=7),
                "a mistake is noticed within a week",
                ("restic-home", "restic-offsite"),
            )
        },
        services=MappingProxyType({"wiki": wiki}),
        keys={
            "repositories": Key(
                "repositories",
                secrets=tuple(f"{engine}.password" for engine in engines),
                copies=copies,
            )
        },
    )


def with_location(described: Estate, name: str, location: Location | None) -> Estate:
    """The same estate with one location replaced, or forgotten (None)."""
    others = {key: place for key, place in described.locations.items() if key != name}
    return replace(described, locations=others | ({name: location} if location else {}))


def row(hours: float, place: int = HOME, state: PointState = PointState.USABLE) -> Row:
    """A point taken so many hours ago."""
    return EPOCH - int(hours * 3600), place, int(state), 0


def regular(
    *, every: float = 12, newest: float = 3, days: float = 30, places: Iterable[int] = (HOME, AWAY)
) -> list[Row]:
    """Points made regularly at several places, the newest so many hours ago."""
    count = int(days * 24 / every)
    return [row(newest + every * step, place) for step in range(count) for place in places]


def drill(
    *, ok: bool = True, days: float = 3, level: Level = Level.DATA, taken: int | None = None
) -> DrillRecord:
    """A real drill of the wiki's pages, so many days ago."""
    started = NOW - timedelta(days=days)
    return DrillRecord(
        id="phx-1",
        run="phx-1",
        asset=PAGES.id,
        service="wiki",
        engine="restic-offsite",
        location="s3-paris",
        point="abc",
        taken_at=started - HOUR if taken is None else datetime.fromtimestamp(taken, UTC),
        started_at=started,
        ok=ok,
        level=level,
        ceiling=Level.BUNKER,
    )


def facts(
    rows: Iterable[Row] | None = None,
    *,
    described: Estate | None = None,
    since: datetime = NOW - 20 * DAY,
    escrowed: frozenset[str] = ENGINES,
    immutable: frozenset[str] = frozenset(),
) -> AssetFacts:
    """Facts of a well protected asset, folded from these rows; change the rest by `replace`."""
    made = sorted(regular() if rows is None else rows)
    masks = scope_masks(
        described or estate(), PAGES, PLACES, immutable=immutable, escrowed=escrowed
    )
    folded = fold(made, masks, now=EPOCH, since=int(since.timestamp()), sets=len(SCOPES))
    good = {
        place for at, place, state, _ in made if state <= PointState.SUSPECT and at <= EPOCH + 300
    }
    return AssetFacts(
        histories=dict(zip(SCOPES, folded, strict=True)),
        backups=tuple(sorted(PLACES[place] for place in good)),
        drills=(drill(),),
        immutable=immutable,
        openable=True,
        seen_failing=True,
    )


points = st.tuples(
    st.integers(0, 60 * 24).map(lambda minutes: EPOCH - 30 * minutes),
    st.sampled_from(sorted(PLACES)),
    st.sampled_from(list(PointState)).map(int),
    st.just(0),
)
histories = st.lists(points, max_size=25)
around = st.builds(
    lambda known, blind, openable, drills, failing: replace(
        known, blind=blind, openable=openable, drills=drills, seen_failing=failing
    ),
    st.just(facts()),
    st.booleans(),
    st.sampled_from([True, False, None]),
    st.sampled_from([(), (drill(),), (drill(ok=False),), (drill(), drill(ok=False, days=1))]),
    st.booleans(),
)


def with_rows(known: AssetFacts, rows: list[Row]) -> AssetFacts:
    """The same facts over another history, watched for five days."""
    made = facts(rows, since=NOW - 5 * DAY)
    return replace(known, histories=made.histories, backups=made.backups)
