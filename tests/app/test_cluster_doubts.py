"""What cannot be told of one copy in a cluster leaves that claim in doubt, and no other one."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.kubernetes import homelab
from adapters.kubernetes.fake_api import running
from adapters.kubernetes.fake_store import Store
from adapters.kubernetes.homelab import SPACE, engine
from adapters.kubernetes.lab import NOW
from app.test_cluster_seen import RADARR, SONARR, after, codes, states
from build_cluster import house
from phoenix_dr.adapters.longhorn import api
from phoenix_dr.app.audit import audit
from phoenix_dr.core.report import State

BACKUPS = ("longhorn.io", "backups", SPACE)


def undated(store: Store) -> None:
    """A finished backup that does not say when its snapshot was taken."""
    homelab.backup(store, "1.10.2", "odd", "pvc-1", hours=1, snapshotCreatedAt="")


def elsewhere(store: Store) -> None:
    """A finished backup at a target nobody described."""
    homelab.backup(store, "1.10.2", "odd", "pvc-1", hours=1)
    store.objects[(*BACKUPS, "odd")]["status"]["backupTargetName"] = "attic"


ODD = {"longhorn-backup-untold": undated, "longhorn-target-undescribed": elsewhere}


@pytest.mark.parametrize("reason", ODD)
def test_one_odd_copy_leaves_the_other_claims_as_they_were(tmp_path: Path, reason: str) -> None:
    store = homelab.cluster()
    with house(tmp_path, store) as made:
        assert states(made.using(audit)) == {SONARR: State.WARN, RADARR: State.WARN}
        ODD[reason](store)
        report = after(made, 1)
        assert states(report) == {SONARR: State.UNKNOWN, RADARR: State.WARN}
        [spot] = report.blind_spots
        assert (spot.reason, spot.asset) == (reason, SONARR)
        assert "blind" in codes(report, "longhorn")
        del store.objects[(*BACKUPS, "odd")]
        assert states(after(made, 1)) == {SONARR: State.WARN, RADARR: State.WARN}


def test_a_copy_that_went_is_seen_although_another_claim_is_in_doubt(tmp_path: Path) -> None:
    store = homelab.cluster()
    with house(tmp_path, store) as made:
        made.using(audit)
        undated(store)
        del store.objects[(*BACKUPS, "backup-1")]
        del store.objects[(*BACKUPS, "backup-2")]
        report = after(made, 1)
        held = made.using(lambda ctx: {each.asset for each in ctx.ledger.points(engine="longhorn")})
    # What went of the claim in doubt may only be hidden; the other one has lost its copy.
    assert states(report) == {SONARR: State.UNKNOWN, RADARR: State.FAIL}
    assert held == {SONARR}


def test_too_many_in_doubt_are_said_once_of_all(tmp_path: Path) -> None:
    store = homelab.cluster()
    for number in range(api.MOST_DOUBTS + 1):
        claim = f"media/app{number}"
        homelab.backup(
            store, "1.10.2", f"odd-{number}", f"gone-{number}", hours=1, claim=claim,
            snapshotCreatedAt="",
        )  # fmt: skip
    with running(store) as fake:
        found = engine(fake, tmp_path).observe(now=NOW)
    [spot] = found.blind_spots
    assert (spot.reason, spot.asset) == ("longhorn-backup-untold", "")
