"""Before a change: a yes only for a copy that is there, sound, young and proved enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from build_report import HOUR, NOW, coverage
from phoenix_dr.core.before_change import Demand, Known, leave, named, names
from phoenix_dr.core.evidence import Level, PointState, RecoveryPoint
from phoenix_dr.core.model import Asset, AssetKind, Estate, Service, Waiver

PAGES = Asset("wiki/pages", AssetKind.SQLITE, "/srv/wiki.db")
DNS = Asset("dns/adguard", AssetKind.GUEST, "pve1/215")
JELLYFIN = Asset("media/settings/jellyfin", AssetKind.VOLUMES, "longhorn/media/jellyfin")
ESTATE = Estate(
    "home",
    "house",
    services={
        "wiki": Service("wiki", assets=(PAGES,)),
        "dns": Service("dns", assets=(DNS,)),
        "media": Service("media", assets=(JELLYFIN,)),
    },
)
YOUNG = RecoveryPoint("p1", PAGES.id, "home", "usb", NOW - HOUR, size=10)


def judged(
    asset: Asset = PAGES,
    point: RecoveryPoint | None = YOUNG,
    state: PointState = PointState.USABLE,
    demand: Demand = Demand(),  # noqa: B008 - a frozen value
    **covered: Any,
) -> tuple[bool | None, str]:
    """The verdict on one asset and its reason."""
    known = Known(
        asset,
        coverage(asset=asset.id, **({"blind": False, "rpo_objective": 24 * HOUR} | covered)),
        (point, state) if point else None,
    )
    made = leave(ESTATE, known, demand, now=NOW)
    return made.ok, made.why


def test_a_young_copy_that_passed_its_drill_is_a_yes() -> None:
    assert judged(level=Level.DATA, last_drill_ok=True) == (True, "covered")


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"point": None}, "no-point"),
        ({"point": replace(YOUNG, taken_at=NOW - timedelta(days=1))}, "too-old"),
        ({"state": PointState.SUSPECT}, "suspect"),
        ({"state": PointState.UNUSABLE}, "unusable"),
        ({"last_drill_ok": False}, "drill-failed"),
        ({"level": Level.EXISTS, "demand": Demand(Level.RESTORES)}, "not-proven"),
        ({"demand": Demand(within=HOUR)}, "too-old"),
    ],
)
def test_each_of_these_is_a_no(told: dict[str, Any], why: str) -> None:
    assert judged(**told) == (False, why)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"point": None, "blind": True}, "no-point"),
        ({"blind": True}, "not-seen"),
        ({"state": PointState.UNKNOWN}, "unjudged"),
        ({"point": replace(YOUNG, taken_at=NOW + HOUR)}, "in-the-future"),
    ],
)
def test_unknown_is_no_yes(told: dict[str, Any], why: str) -> None:
    assert judged(**told) == (None, why)


def test_what_needs_no_copy_may_be_changed() -> None:
    nothing = replace(PAGES, kind=AssetKind.NONE)
    assert judged(nothing, None) == (True, "needs-none")
    accepted = replace(PAGES, accepted_loss=Waiver("can be bought again", date(2027, 1, 1)))
    assert judged(accepted, None) == (True, "loss-accepted")
    expired = replace(PAGES, accepted_loss=Waiver("can be bought again", date(2026, 11, 22)))
    assert judged(expired, None) == (False, "no-point")


@pytest.mark.parametrize(
    ("name", "asset"),
    [
        ("wiki", PAGES), ("wiki/pages", PAGES), ("215", DNS), ("pve1/215", DNS),
        ("media/jellyfin", JELLYFIN), ("longhorn/media/jellyfin", JELLYFIN),
    ],
)  # fmt: skip
def test_names_as_people_say_them(name: str, asset: Asset) -> None:
    assert named(ESTATE, name) == (asset,)
    assert name in names(ESTATE)


def test_a_name_of_nothing_is_nothing() -> None:
    assert named(ESTATE, "21") == named(ESTATE, "/srv/wiki.db") == ()
