"""Facts to score: an estate where everything is perfect, the seed's estate, and random ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from phoenix_dr.core.evidence import Level
from phoenix_dr.core.model import Criticality
from phoenix_dr.core.score_facts import (
    Proof,
    ScoredAsset,
    ScoredKey,
    ScoredService,
    ScoreFacts,
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

PERFECT = ScoredAsset(
    id="wiki/pages",
    usable=True,
    rpo=12 * HOUR,
    rpo_objective=DAY,
    copies=3,
    media=2,
    off_site=True,
    immutable=True,
    proofs=(Proof(Level.BUNKER, DAY),),
    last_drill_ok=True,
    rto=HOUR,
    rto_estimate=None,
    rto_objective=2 * HOUR,
    procedure_current=True,
    dependencies_known=True,
    keys_proven=True,
    openable=True,
)
"""An asset that loses nothing."""

AS_FOUND = replace(
    PERFECT,
    copies=2,
    off_site=False,
    immutable=False,
    proofs=(Proof(Level.EXISTS, timedelta(0)),),
    last_drill_ok=None,
    rto=None,
    procedure_current=False,
    keys_proven=False,
)
"""Daily archives on another disk of the same site, nothing tested, nothing written down."""

KEY = ScoredKey("age", copies=2, off_site=True, proven=True)

CRITICALITIES = (
    *(("dns", Criticality.CRITICAL), ("traefik", Criticality.CRITICAL)),
    *(("recipes", Criticality.CRITICAL), ("cluster", Criticality.CRITICAL)),
    *(("grafana", Criticality.IMPORTANT), ("media", Criticality.IMPORTANT)),
    ("gaming", Criticality.NICE),
)
"""Seven services as in the seed."""


def service(
    name: str, asset: ScoredAsset = PERFECT, criticality: Criticality = Criticality.CRITICAL
) -> ScoredService:
    """A service with one asset."""
    return ScoredService(name, criticality, (replace(asset, id=f"{name}/data"),))


def estate(*services: ScoredService, keys: tuple[ScoredKey, ...] = (KEY,)) -> ScoreFacts:
    """An estate without any fault of its own."""
    return ScoreFacts(
        services,
        keys=keys,
        plan_off_site=True,
        plan_age=DAY,
        plan_current=True,
        state_restorable=True,
    )


def seven(asset: ScoredAsset) -> ScoreFacts:
    """The seven services, all with this asset."""
    return estate(*(service(name, asset, tier) for name, tier in CRITICALITIES))


def with_asset(facts: ScoreFacts, asset: ScoredAsset, index: int = 0) -> ScoreFacts:
    """The facts with the first asset of one service replaced."""
    services = list(facts.services)
    old = services[index]
    services[index] = replace(old, assets=(asset, *old.assets[1:]))
    return replace(facts, services=tuple(services))


def _spans(most: timedelta) -> st.SearchStrategy[timedelta]:
    return st.integers(0, int(most.total_seconds())).map(lambda s: timedelta(seconds=s))


_MAYBE = st.sampled_from((True, False, None))

ASSETS = st.builds(
    ScoredAsset,
    id=st.just("x/data"),
    usable=st.sampled_from((True, True, True, False, None)),
    rpo=st.none() | _spans(4 * DAY),
    rpo_objective=_spans(2 * DAY),
    copies=st.integers(1, 4),
    media=st.integers(1, 3),
    off_site=_MAYBE,
    immutable=_MAYBE,
    proofs=st.lists(st.builds(Proof, st.sampled_from(Level), _spans(200 * DAY)), max_size=3).map(
        tuple
    ),
    last_drill_ok=_MAYBE,
    rto=st.none() | _spans(5 * HOUR),
    rto_estimate=st.none() | _spans(5 * HOUR),
    rto_objective=_spans(3 * HOUR),
    procedure_current=st.booleans(),
    dependencies_known=st.booleans(),
    keys_proven=_MAYBE,
    openable=st.sampled_from((True, True, False, None)),
)

_KEYS = st.lists(
    st.builds(
        ScoredKey,
        name=st.sampled_from("abc"),
        copies=st.integers(0, 3),
        off_site=st.booleans(),
        proven=st.booleans(),
    ),
    max_size=2,
    unique_by=lambda key: key.name,
)


def _named(parts: list[tuple[Criticality, list[ScoredAsset]]]) -> tuple[ScoredService, ...]:
    return tuple(
        ScoredService(
            f"s{i}", tier, tuple(replace(a, id=f"s{i}/{j}") for j, a in enumerate(assets))
        )
        for i, (tier, assets) in enumerate(parts)
    )


ESTATES = st.builds(
    ScoreFacts,
    services=st.lists(
        st.tuples(st.sampled_from(Criticality), st.lists(ASSETS, min_size=1, max_size=2)),
        min_size=1,
        max_size=4,
    ).map(_named),
    keys=_KEYS.map(tuple),
    discovery_complete=st.booleans(),
    plan_off_site=st.booleans(),
    plan_age=st.none() | _spans(120 * DAY),
    plan_current=st.booleans(),
    state_restorable=st.booleans(),
)
"""Random estates, some facts good, some bad, some unknown."""

AssetChange = Callable[[ScoredAsset], ScoredAsset]
FactsChange = Callable[[ScoreFacts], ScoreFacts]

BETTER: dict[str, AssetChange] = {
    "usable": lambda a: replace(a, usable=True),
    "rpo": lambda a: replace(a, rpo=(a.rpo or timedelta(0)) / 2),
    "copy": lambda a: replace(a, copies=a.copies + 1),
    "medium": lambda a: replace(a, media=a.media + 1),
    "off-site": lambda a: replace(a, off_site=True),
    "immutable": lambda a: replace(a, immutable=True),
    "proof": lambda a: replace(a, proofs=(*a.proofs, Proof(Level.STARTS, 20 * DAY))),
    "fresher": lambda a: replace(a, proofs=tuple(replace(p, age=p.age / 2) for p in a.proofs)),
    "passed": lambda a: replace(a, last_drill_ok=True),
    "rto": lambda a: replace(a, rto=(a.rto or timedelta(0)) / 2),
    "estimate": lambda a: replace(a, rto_estimate=(a.rto_estimate or timedelta(0)) / 2),
    "procedure": lambda a: replace(a, procedure_current=True),
    "dependencies": lambda a: replace(a, dependencies_known=True),
    "keys": lambda a: replace(a, keys_proven=True),
    "openable": lambda a: replace(a, openable=True),
}
"""Good facts about one asset."""

UNKNOWN: dict[str, AssetChange] = {
    **{
        name: (lambda a, name=name: replace(a, **{name: None}))  # type: ignore[misc]
        for name in (
            *("usable", "rpo", "off_site", "immutable"),
            *("rto", "rto_estimate", "keys_proven", "openable"),
        )
    },
    "proofs": lambda a: replace(a, proofs=()),
    "passed drill": lambda a: replace(a, last_drill_ok=a.last_drill_ok and None),
}
"""Facts forgotten. A failed drill cannot be: the ledger keeps it, and None means never drilled."""

BETTER_ESTATE: dict[str, FactsChange] = {
    "discovery": lambda f: replace(f, discovery_complete=True),
    "plan off-site": lambda f: replace(f, plan_off_site=True),
    "plan age": lambda f: replace(f, plan_age=timedelta(0)),
    "plan current": lambda f: replace(f, plan_current=True),
    "state": lambda f: replace(f, state_restorable=True),
    "keys": lambda f: replace(
        f, keys=tuple(ScoredKey(k.name, k.copies + 1, True, True) for k in f.keys)
    ),
}
"""Good facts about the estate."""
