"""Drills in a cluster that changes what is asked for, or whose people use what a drill restored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes import homelab
from adapters.kubernetes.fake_store import Store
from adapters.kubernetes.test_claim_restores import DRILL, REMOVE, RESTORE, step
from app.test_claim_drill import WAYS, failure, nothing_left, record
from app.test_velero_drill import MOVED, drilled
from app.test_velero_drill import house as velero_house
from build_claims import DRILLS, OWN, claims, house, objects
from phoenix_dr.app.cluster_protect import protection
from phoenix_dr.core.recurring_jobs import named

Change = Callable[[dict[str, Any]], object]
GROUP = "recurring-job-group.longhorn.io/"


def webhook(store: Store, kind: str, change: Change) -> None:
    """An admission that changes every object of a kind before it is stored."""
    checked = store.checked

    def changed(of: Any, made: Any, *, strict: bool) -> Any:
        kept = checked(of, made, strict=strict)
        if kept["kind"] == kind:
            change(kept)
        return kept

    store.checked = changed  # type: ignore[assignment,method-assign]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("policy", ["none", "None", "default", "phx"])
def test_no_policy_s_job_ever_takes_the_volume_of_a_drill(
    tmp_path: Path, way: str, policy: str
) -> None:
    made = claims(tmp_path)
    group = named(policy)
    spec = {"name": group, "task": "backup", "cron": "0 3 * * *", "retain": 1, "concurrency": 1,
            "groups": [group, "default"]}  # fmt: skip
    made.store.put("RecurringJob", group, OWN, spec=spec)
    with house(tmp_path, made, way=way) as found:
        assert record(found).ok is True
    [volume] = made.longhorn.asked
    jobs = [each["spec"] for each in objects(made.store, "recurringjobs")]
    groups = {f"{GROUP}{each}" for job in jobs for each in job["groups"]}
    marks = [each for each in volume["metadata"]["labels"] if each.startswith("recurring-job")]
    assert marks
    assert not groups.intersection(marks)


CHANGES: dict[str, tuple[str, str, Change]] = {
    "no label": ("class", "StorageClass", lambda row: row["metadata"].pop("labels")),
    "no label on the claim": (
        "class", "PersistentVolumeClaim", lambda row: row["metadata"].pop("labels"),
    ),
    "another class": (
        "class", "PersistentVolumeClaim", lambda row: row["spec"].update(storageClassName="ssd"),
    ),
    "kept volumes": ("class", "StorageClass", lambda row: row.update(reclaimPolicy="Retain")),
    "other parameters": (
        "class", "StorageClass", lambda row: row["parameters"].update(fromBackup="nfs://else"),
    ),
    "a way out": (
        "class", "NetworkPolicy", lambda row: row["spec"].update(egress=[{}]),
    ),
    "some pods alone": (
        "volume", "NetworkPolicy",
        lambda row: row["spec"].update(podSelector={"matchLabels": {"a": "b"}}),
    ),
    "jobs back": (
        "volume", "Volume", lambda row: row["spec"].update(restoreVolumeRecurringJob="enabled"),
    ),
    "another claim": (
        "volume", "PersistentVolume",
        lambda row: row["spec"].update(claimRef={"namespace": "media", "name": "sonarr"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_what_an_admission_changed_is_no_drill_and_goes_at_once(tmp_path: Path, what: str) -> None:
    way, kind, change = CHANGES[what]
    made = claims(tmp_path)
    made.store.put(
        "StorageClass", "ssd", provisioner="x", parameters={"fromBackup": "x"},
        reclaimPolicy="Delete",
    )  # fmt: skip
    webhook(made.store, kind, change)
    with house(tmp_path, made, way=way) as found:
        assert failure(found) == "drill-altered"
        nothing_left(found, made)


def test_what_an_admission_adds_or_writes_another_way_is_no_harm(tmp_path: Path) -> None:
    made = claims(tmp_path)
    webhook(made.store, "Job", lambda row: row["metadata"].update(annotations={"by": "kyverno"}))
    size = {"storage": "5Gi"}
    webhook(
        made.store,
        "PersistentVolumeClaim",
        lambda row: row["spec"].update(resources={"requests": size}, volumeMode="Filesystem"),
    )
    with house(tmp_path, made) as found:
        assert record(found).ok is True
        nothing_left(found, made)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("label", [f"{GROUP}default", "recurring-job.longhorn.io/nightly"])
def test_a_volume_that_jobs_would_take_is_taken_away_at_once(
    tmp_path: Path, way: str, label: str
) -> None:
    made = claims(tmp_path)

    def joins(store: Store, verb: str, row: dict[str, Any]) -> None:
        for each in objects(store, "volumes"):
            if each["spec"].get("fromBackup"):
                each["metadata"].setdefault("labels", {})[label] = "enabled"

    made.store.hooks.append(joins)
    with house(tmp_path, made, way=way) as found:
        assert failure(found) == "claim-joins-jobs"
        nothing_left(found, made)


@pytest.mark.parametrize("value", ["true", "True", '{"v1":"true"}', "?"])
def test_jobs_that_may_come_back_are_not_risked(tmp_path: Path, value: str) -> None:
    made = claims(tmp_path)
    made.store.put("Setting", "restore-volume-recurring-jobs", OWN, value=value)
    with house(tmp_path, made) as found:
        assert failure(found) == "claim-jobs-back"
    made.store.put("Setting", "restore-volume-recurring-jobs", OWN, value="false")
    with house(tmp_path, made) as found:
        assert record(found).ok is True


@pytest.mark.parametrize("way", WAYS)
def test_what_a_person_took_for_production_is_never_removed(tmp_path: Path, way: str) -> None:
    made = claims(tmp_path)
    assert step(tmp_path, made, RESTORE, way=way) == [DRILL]
    [volume] = [each for each in objects(made.store, "volumes") if each["spec"].get("fromBackup")]
    name = volume["metadata"]["name"]
    made.store.put(
        "PersistentVolume", "rescued",
        spec={"csi": {"driver": "driver.longhorn.io", "volumeHandle": name},
              "claimRef": {"namespace": "media", "name": "sonarr"}},
    )  # fmt: skip
    if way == "class":
        # The driver would remove it with its claim: the person takes that away first.
        del made.store.objects["", "persistentvolumes", "", name]
    assert step(tmp_path, made, REMOVE, way=way) == ["drill-adopted"]
    assert volume in made.store.objects.values()
    if way == "volume":
        del made.store.objects["", "persistentvolumes", "", "rescued"]
        assert step(tmp_path, made, REMOVE, way=way) == [""]
        assert volume not in made.store.objects.values()


def test_a_persistent_volume_turned_to_production_stays(tmp_path: Path) -> None:
    made = claims(tmp_path)
    assert step(tmp_path, made, RESTORE, way="volume") == [DRILL]
    row = made.store.objects["", "persistentvolumes", "", DRILL]
    row["spec"]["claimRef"] = {"namespace": "media", "name": "sonarr"}
    assert step(tmp_path, made, REMOVE, way="volume") == ["drill-adopted"]
    assert ("", "persistentvolumes", "", DRILL) in made.store.objects
    assert ("longhorn.io", "volumes", OWN, DRILL) in made.store.objects


def test_a_volume_its_driver_is_removing_needs_no_right_to_remove_it(tmp_path: Path) -> None:
    made = claims(tmp_path)
    made.store.tokens["class"] = tuple(
        each
        for each in made.store.tokens["class"]
        if not ("delete" in each.verbs and "volumes" in each.resources)
    )
    assert step(tmp_path, made, RESTORE, way="class") == [DRILL]
    [volume] = [each for each in objects(made.store, "volumes") if each["spec"].get("fromBackup")]
    turns = iter(range(1000))

    def slow(store: Store) -> None:
        key = ("longhorn.io", "volumes", OWN, volume["metadata"]["name"])
        if ("", "persistentvolumeclaims", DRILLS, DRILL) in store.objects:
            return
        volume["metadata"]["deletionTimestamp"] = "2026-11-23T06:00:00Z"
        if next(turns) < 12:
            store.objects[key] = volume
        else:
            store.objects.pop(key, None)

    made.store.steps.append(slow)
    assert step(tmp_path, made, REMOVE, way="class") == [""]
    assert volume not in made.store.objects.values()


def test_a_pattern_over_every_namespace_never_saves_what_a_drill_made(tmp_path: Path) -> None:
    made = claims(tmp_path)
    assert step(tmp_path, made, RESTORE, way="class") == [DRILL]
    theirs = {"labels": {"phoenix.io/drill": DRILL}}
    homelab.claim(made.store, DRILLS, "theirs", volume="pvc-7")
    made.store.objects["", "persistentvolumeclaims", DRILLS, "theirs"]["metadata"] |= theirs
    with house(tmp_path, made, volumes='"longhorn/*/*"', token="admin") as found:
        told = found.using(lambda ctx: protection(ctx, "longhorn"))
        assets = found.using(lambda ctx: [each.source for each in ctx.estate.assets()])
    claims_of = {claim.id for wish in told.wishes for claim in wish.claims}
    # What only looks like a drill's is somebody's data.
    assert claims_of == {"media/sonarr", "media/radarr", "web/cache", f"{DRILLS}/theirs"}
    assert f"longhorn/{DRILLS}/{DRILL}" not in assets
    marked = [each["metadata"]["labels"] for each in objects(made.store, "persistentvolumeclaims")
              if each["metadata"]["name"] == DRILL]  # fmt: skip
    assert [each["velero.io/exclude-from-backup"] for each in marked] == ["true"]


def test_a_restore_an_admission_would_turn_to_production_is_never_made(tmp_path: Path) -> None:
    with velero_house(tmp_path, MOVED) as (found, velero, _):
        store = found.fake.store  # type: ignore[attr-defined]
        webhook(store, "Restore", lambda row: row["spec"].update(namespaceMapping={}))
        [(_, error)] = drilled(found).failed
        assert error.code == "drill-altered"
        assert velero.asked == []
