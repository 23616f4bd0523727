"""A Velero through the app: its backups are points, its faults are findings, its look is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.kubernetes import velerolab as lab
from adapters.kubernetes.fake_store import Store, rule
from adapters.kubernetes.homelab import at
from adapters.kubernetes.velerolab import LAST, MOVED, SPACE, cluster
from build_cluster import VELERO, house
from phoenix_dr.app.audit import audit
from phoenix_dr.app.velero_seen import KEPT, last
from phoenix_dr.core.report import AuditReport, Severity, State
from phoenix_dr.core.velero import VeleroState

SONARR, RADARR = "media/settings/sonarr", "media/settings/radarr"
USUAL = {"velero-password-unread"}
"""Whose password it is nobody may read; said of every Velero that moves data."""


def looked(root: Path, store: Store) -> AuditReport:
    """One audit of the house with this cluster."""
    with house(root, store, config=VELERO) as made:
        report: AuditReport = made.using(audit)
    return report


def said(report: AuditReport) -> set[str]:
    """Codes about Velero and what it saves."""
    return {
        each.code
        for each in report.findings
        if each.code.startswith(("velero", "blind", "claim")) and each.code not in USUAL
    }


def test_a_velero_that_is_well_covers_its_claims_and_says_nothing(tmp_path: Path) -> None:
    report = looked(tmp_path, cluster())
    states = {each.asset: each.state for each in report.coverages if each.service == "media"}
    # Never drilled, one copy: not green, and not lost.
    assert states == {SONARR: State.WARN, RADARR: State.WARN}
    assert said(report) == set()
    assert {each.code for each in report.findings} >= USUAL


def no_data(made: Store) -> None:
    """The backup says Completed, and nothing was moved."""
    del made.objects["velero.io", "datauploads", SPACE, f"{LAST}-sonarr"]


def partly(made: Store) -> None:
    made.objects["velero.io", "backups", SPACE, LAST]["status"]["phase"] = "PartiallyFailed"


def paused(made: Store) -> None:
    made.objects["velero.io", "schedules", SPACE, "nightly"]["spec"]["paused"] = True


def invalid(made: Store) -> None:
    made.objects["velero.io", "schedules", SPACE, "nightly"]["status"] = {
        "phase": "FailedValidation", "validationErrors": ["invalid schedule"],
    }  # fmt: skip


def stuck(made: Store) -> None:
    lab.backup(made, "nightly-2", hours=30, phase="WaitingForPluginOperations")


def ending(made: Store) -> None:
    made.objects["velero.io", "backups", SPACE, LAST]["status"]["expiration"] = at(-2)


def away(made: Store) -> None:
    place = made.objects["velero.io", "backupstoragelocations", SPACE, "default"]
    place["status"] |= {"phase": "Unavailable", "message": "no route to host"}


def local(made: Store) -> None:
    no_data(made)
    lab.claim(made, MOVED, hostPath={"path": "/opt/local-path/sonarr"})


def unmounted(made: Store) -> None:
    lab.claim(made, "media/lidarr")
    spec = made.objects["velero.io", "backups", SPACE, LAST]["spec"]
    spec |= {"snapshotMoveData": False, "defaultVolumesToFsBackup": True}


FAULTS: dict[str, Callable[[Store], None]] = {
    "velero-claim-not-saved": no_data,
    "velero-backup-partly-failed": partly,
    "velero-schedule-paused": paused,
    "velero-schedule-invalid": invalid,
    "velero-backup-stuck": stuck,
    "velero-newest-ends": ending,
    "velero-location-unavailable": away,
    "velero-claim-on-node": local,
    "velero-claim-no-pod": unmounted,
}


@pytest.mark.parametrize("code", FAULTS)
def test_each_fault_is_told_by_its_own_name(tmp_path: Path, code: str) -> None:
    store = cluster()
    FAULTS[code](store)
    assert said(looked(tmp_path, store)) == {code}


def test_completed_without_data_is_no_backup(tmp_path: Path) -> None:
    store = cluster()
    no_data(store)
    report = looked(tmp_path, store)
    states = {each.asset: each.state for each in report.coverages if each.service == "media"}
    assert states == {SONARR: State.FAIL, RADARR: State.WARN}


@pytest.mark.parametrize("plural", ["backups", "datauploads", "podvolumebackups"])
def test_what_may_not_be_read_is_unknown_and_never_missing(tmp_path: Path, plural: str) -> None:
    store = cluster()
    others = " ".join(kind.plural for kind in store.served if kind.plural != plural)
    store.tokens["audit"] = (rule("get list", "*", others),)
    report = looked(tmp_path, store)
    states = {each.state for each in report.coverages if each.service == "media"}
    assert states == {State.UNKNOWN}
    blind = [each for each in report.findings if each.code == "blind"]
    assert {each.severity for each in blind} == {Severity.UNKNOWN}
    assert not {code for code in said(report) if code.startswith("velero-claim")}


def test_a_cluster_without_velero_is_unknown(tmp_path: Path) -> None:
    store = cluster()
    store.served = tuple(kind for kind in store.served if kind.group != "velero.io")
    report = looked(tmp_path, store)
    assert {e.state for e in report.coverages if e.service == "media"} == {State.UNKNOWN}
    assert "blind" in said(report)


def test_a_look_is_kept_and_does_not_grow_with_old_backups(tmp_path: Path) -> None:
    store = cluster()
    for day in range(1, 90):
        lab.backup(store, f"nightly-{day}", hours=3 + 24 * day)
    with house(tmp_path, store, config=VELERO) as made:
        made.using(audit)
        kept: VeleroState | None = made.using(lambda ctx: last(ctx, "velero"))
        made.now += timedelta(days=2)
        report = made.using(audit)
    assert kept is not None
    assert kept.backups is not None
    assert len(kept.backups) == KEPT
    assert LAST in {each.name for each in kept.backups}
    assert "velero-schedule-late" in said(report)
