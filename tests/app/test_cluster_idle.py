"""An old backup of a claim nobody wrote to: as good as new when that is proved, else unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes import homelab
from adapters.kubernetes.fake_store import Store
from adapters.kubernetes.homelab import SPACE
from app.test_cluster_seen import RADARR, SONARR, after, codes
from build_cluster import house
from phoenix_dr.app.audit import audit
from phoenix_dr.core.report import AuditReport, Coverage, State

AGES = {"too-old", "backup-too-old"}


def row(store: Store, kind: str, name: str) -> dict[str, Any]:
    """An object of Longhorn."""
    return store.objects["longhorn.io", kind, SPACE, name]


def written(store: Store) -> None:
    """A later snapshot that holds data."""
    store.put(
        "Snapshot", "later", SPACE, spec={"volume": "pvc-1", "createSnapshot": True},
        status={"readyToUse": True, "creationTime": homelab.at(1), "size": 4096},
    )  # fmt: skip


def grown(store: Store) -> None:
    """More is used than the snapshots hold: nobody knows when it was written."""
    row(store, "volumes", "pvc-1")["status"]["actualSize"] = 900


def untold(store: Store) -> None:
    """A snapshot without a size."""
    del row(store, "snapshots", "snap-1")["status"]["size"]


def skipped(store: Store) -> None:
    """Detached, so that jobs pass it over: that explains the age, not idleness."""
    row(store, "volumes", "pvc-1")["status"]["state"] = "detached"


def nothing(store: Store) -> None:
    """Nothing was written."""


CASES = {
    "proved": (nothing, State.WARN, set()),
    "written to": (written, State.FAIL, AGES),
    "nobody knows": (grown, State.UNKNOWN, AGES),
    "a size is missing": (untold, State.UNKNOWN, AGES),
    "skipped": (skipped, State.FAIL, {"too-old", "volume-skipped-detached"}),
}


def of(report: AuditReport, asset: str) -> Coverage:
    """How an asset is covered."""
    return next(each for each in report.coverages if each.asset == asset)


@pytest.mark.parametrize("case", CASES)
def test_1_1_an_idle_claim(tmp_path: Path, case: str) -> None:
    change, state, told = CASES[case]
    store = homelab.cluster()
    with house(tmp_path, store) as made:
        assert of(made.using(audit), SONARR).state is State.WARN
        change(store)
        # The other claim goes on being saved.
        homelab.backup(store, "1.10.2", "tonight", "pvc-2", hours=-24)
        report = after(made, 26)
    assert of(report, SONARR).state is state
    assert of(report, RADARR).state is State.WARN
    assert codes(report, SONARR) & {*AGES, "volume-skipped-detached"} == told
    assert not codes(report, RADARR) & AGES
    proved = of(report, SONARR).unchanged_until
    assert (proved is not None) is (case == "proved")
    if proved is not None:
        age = of(report, SONARR).rpo
        assert age is not None
        assert age < of(report, SONARR).rpo_objective


def test_a_proof_grows_old_with_the_look_that_gave_it(tmp_path: Path) -> None:
    store = homelab.cluster()
    with house(tmp_path, store) as made:
        made.using(audit)
        assert of(after(made, 26), SONARR).state is State.WARN
        # The cluster is away: what was proved says nothing of the day after.
        store.tokens.clear()
        assert of(after(made, 26), SONARR).state is State.UNKNOWN
