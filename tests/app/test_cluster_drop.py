"""Copies in a cluster over several looks: a sudden drop is critical, expiry by a rule is silent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adapters.kubernetes import homelab
from adapters.kubernetes.fake_store import Key, Store
from adapters.kubernetes.homelab import SPACE
from app.test_cluster_seen import RADARR, SONARR, after, codes, states
from build_cluster import house
from phoenix_dr.app.audit import audit
from phoenix_dr.app.cluster_seen import look
from phoenix_dr.core.report import AuditReport, Severity, State

LOST = {"points-dropped", "expired-too-much"}


def backups(store: Store) -> list[Key]:
    """Keys of all Backups."""
    return [key for key in store.objects if key[1] == "backups"]


def remove(store: Store, *names: str) -> None:
    """These Backups go."""
    for name in names:
        del store.objects["longhorn.io", "backups", SPACE, name]


def empty(store: Store) -> None:
    """All of them go, as after a share that came back without its files."""
    remove(store, *(key[3] for key in backups(store)))


def save(store: Store, day: int) -> None:
    """A nightly run: one more backup of each volume, and the oldest beyond seven go."""
    for number in (1, 2):
        name = f"n{number}-{day + 100}"
        homelab.backup(store, "1.10.2", name, f"pvc-{number}", hours=4 - 24 * day)
        mine = [
            key
            for key in backups(store)
            if store.objects[key]["status"]["volumeName"] == f"pvc-{number}"
        ]
        mine.sort(key=lambda key: str(store.objects[key]["status"]["snapshotCreatedAt"]))
        remove(store, *(key[3] for key in mine[:-7]))


def begin(store: Store, name: str, hours: float) -> dict[str, Any]:
    """When its object was made."""
    row = store.objects["longhorn.io", "backups", SPACE, name]
    row["metadata"]["creationTimestamp"] = homelab.at(hours)
    return row


def lost(report: AuditReport) -> set[tuple[str, str, Severity]]:
    """Findings about points that went."""
    return {(it.code, it.subject, it.severity) for it in report.findings if it.code in LOST}


def test_4_5_a_target_that_came_back_empty_is_critical(tmp_path: Path) -> None:
    store = homelab.cluster()
    for day in range(-4, 0):
        save(store, day)
    with house(tmp_path, store) as made:
        assert lost(made.using(audit)) == set()
        empty(store)
        report = after(made, 1)
        assert states(report) == {SONARR: State.FAIL, RADARR: State.FAIL}
        again = after(made, 24)
    critical = ("points-dropped", "longhorn", Severity.CRITICAL)
    assert critical in lost(report)
    assert critical in lost(again)
    [told] = [each for each in report.findings if each.code == "points-dropped"]
    assert {("points", 10), ("of", 10)} <= set(told.parameters)


def test_4_5_a_look_in_between_hides_no_drop(tmp_path: Path) -> None:
    store = homelab.cluster()
    save(store, -1)
    with house(tmp_path, store) as made:
        made.using(audit)
        empty(store)
        # Another command looks, and tells the ledger nothing.
        made.using(lambda ctx: look(ctx, "longhorn"))
        assert {each[0] for each in lost(after(made, 1))} == LOST


def test_4_5_expiry_by_retain_is_silent_day_after_day(tmp_path: Path) -> None:
    store = homelab.cluster()
    gone = 0
    with house(tmp_path, store) as made:
        made.using(audit)
        for day in range(1, 12):
            before = len(backups(store))
            save(store, day)
            gone += before + 2 - len(backups(store))
            assert lost(after(made, 24)) == set()
    assert gone == 10, "the rule removed some"


def test_4_5_one_that_a_person_removed_is_told_and_is_no_drop(tmp_path: Path) -> None:
    store = homelab.cluster()
    for day in range(-5, 0):
        save(store, day)
    with house(tmp_path, store) as made:
        made.using(audit)
        remove(store, "n1-98")
        assert lost(after(made, 1)) == {("expired-too-much", SONARR, Severity.WARNING)}


def test_1_3_a_failure_longhorn_forgot_is_told_until_a_backup_works(tmp_path: Path) -> None:
    store = homelab.cluster()
    homelab.backup(store, "1.10.2", "bad", "pvc-1", hours=1, state="Error", error="full")
    begin(store, "bad", 1)
    with house(tmp_path, store) as made:
        assert "backup-failed" in codes(made.using(audit), SONARR)
        remove(store, "bad")
        assert "backup-failed" in codes(after(made, 6), SONARR)
        homelab.backup(store, "1.10.2", "good", "pvc-1", hours=-6)
        assert "backup-failed" not in codes(after(made, 6), SONARR)


def test_4_4_an_upload_that_gets_on_is_not_stuck_and_one_that_stands_still_is(
    tmp_path: Path,
) -> None:
    store = homelab.cluster()
    homelab.backup(store, "1.10.2", "slow", "pvc-1", hours=0, state="InProgress", progress=10)
    row = begin(store, "slow", 0)
    with house(tmp_path, store) as made:
        made.using(audit)
        for turn in range(3):
            row["status"]["progress"] = 20 + turn
            assert "backup-stuck" not in codes(after(made, 5), SONARR)
        assert "backup-stuck" not in codes(after(made, 5), SONARR)
        assert "backup-stuck" in codes(after(made, 5), SONARR)
