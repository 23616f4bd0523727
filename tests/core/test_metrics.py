"""Samples for monitoring: what is unknown has none, times stay what they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from build_report import HOUR, NOW, coverage, report
from phoenix_dr.core.evidence import BlindSpot, Scope
from phoenix_dr.core.metrics import NEWEST, Held, Measured, families
from phoenix_dr.core.model import EngineSpec, Estate, Service
from phoenix_dr.core.report import AuditReport, State

ESTATE = Estate(
    "home",
    "house",
    engines={"restic-home": EngineSpec("restic-home", "restic")},
    services={"wiki": Service("wiki")},
)
PAGES = (("service", "wiki"), ("asset", "wiki/pages"))


def measured(told: AuditReport, *held: Held) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Every family as labels → value."""
    every = families(Measured(ESTATE, told, held, {}, "1.0"))
    return {each.name: {s.labels: s.value for s in each.samples} for each in every}


def told(**changes: Any) -> AuditReport:
    """An audit of one asset."""
    return replace(report(), coverages=(coverage(asset="wiki/pages", service="wiki", **changes),))


def test_what_is_measured_of_an_asset_has_its_sample() -> None:
    found = measured(told(newest=NOW - HOUR, rpo=2 * HOUR, worst_gap=HOUR, off_site=True))
    assert found["phoenix_asset_newest_point_timestamp_seconds"] == {
        PAGES: (NOW - HOUR).timestamp()
    }
    assert found["phoenix_asset_rpo_seconds"] == {PAGES: 7200}
    assert found["phoenix_asset_worst_gap_seconds"] == {PAGES: 3600}
    assert found["phoenix_asset_off_site"] == {PAGES: 1}


def test_what_is_unknown_has_no_sample_but_the_asset_is_named() -> None:
    found = measured(told(newest=None, rpo=None, worst_gap=None, off_site=None, rpo_by_scope={}))
    assert found["phoenix_asset_info"] == {PAGES: 1}
    for name in ("newest_point_timestamp_seconds", "rpo_seconds", "worst_gap_seconds", "off_site",
                 "rpo_scope_seconds"):  # fmt: skip
        assert found[f"phoenix_asset_{name}"] == {}
    assert found[NEWEST] == {}


def test_no_copy_elsewhere_is_zero_and_not_nothing() -> None:
    assert measured(told(off_site=False))["phoenix_asset_off_site"] == {PAGES: 0}


def test_an_asset_is_in_one_state() -> None:
    found = measured(told(state=State.UNKNOWN))["phoenix_asset_state"]
    assert {dict(labels)["state"] for labels, value in found.items() if value == 1} == {"unknown"}
    assert len(found) == 4


def test_what_declares_that_nothing_persists_is_not_expected() -> None:
    assert measured(told(has_data=False))["phoenix_asset_info"] == {}


def test_the_newest_copy_counts_for_each_loss_it_survives() -> None:
    young = Held("wiki/pages", "restic-home", NOW, frozenset({Scope.FILE}))
    old = Held(
        "wiki/pages", "restic-home", NOW - timedelta(days=3), frozenset({Scope.FILE, Scope.SITE})
    )
    found = measured(told(), young, old)[NEWEST]
    assert found == {
        (*PAGES, ("engine", "restic-home"), ("scope", "file")): NOW.timestamp(),
        (*PAGES, ("engine", "restic-home"), ("scope", "site")): (NOW - 3 * 24 * HOUR).timestamp(),
    }


def test_an_engine_that_shows_nothing_has_a_count_of_what_was_not_seen() -> None:
    blind = replace(told(), blind_spots=(BlindSpot("restic-home", "network"),))
    assert measured(blind)["phoenix_engine_blind_spots"] == {(("engine", "restic-home"),): 1}
    seen = replace(told(), blind_spots=())
    assert measured(seen)["phoenix_engine_blind_spots"] == {(("engine", "restic-home"),): 0}
