"""Looking at a cluster: every version alike, what may not be read unknown, nothing written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes import homelab
from adapters.kubernetes.fake_api import Fake, running
from adapters.kubernetes.fake_store import Fault, Store, rule
from adapters.kubernetes.homelab import SPACE, VERSIONS, at, cluster
from adapters.kubernetes.lab import NOW
from phoenix_dr.adapters._cluster import objects, values
from phoenix_dr.adapters.base import Reader
from phoenix_dr.adapters.longhorn import Longhorn, parse
from phoenix_dr.core.cluster import Mount
from phoenix_dr.core.evidence import BlindSpot, RecoveryPoint
from phoenix_dr.errors import EngineDenied, EngineUnreachable

LONGHORN = f"/apis/longhorn.io/v1beta2/namespaces/{SPACE}"


@contextmanager
def looking(store: Store, folder: Path, **changes: Any) -> Iterator[tuple[Longhorn, Fake]]:
    """An engine that reads a cluster."""
    with running(store) as fake:
        yield homelab.engine(fake, folder, **changes), fake
        assert {method for method, _ in fake.asked} <= {"GET"}


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_shows_one_point_per_claim_that_assets_name(
    tmp_path: Path, version: str
) -> None:
    with looking(cluster(version), tmp_path) as (engine, _):
        assert isinstance(engine, Reader)
        seen = engine.observe(now=NOW)
        assert engine.foreign(now=NOW) == 1
    assert seen.blind_spots == ()
    assert seen.version == f"v{version}"
    taken = NOW - timedelta(hours=3)
    assert seen.points == (
        RecoveryPoint(
            "backup-1", "media/settings/sonarr", "longhorn", "nfs-4tb", taken, size=314572800
        ),
        RecoveryPoint(
            "backup-2", "media/settings/radarr", "longhorn", "nfs-4tb", taken, size=314572800
        ),
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_tells_the_same_of_volumes_and_targets(tmp_path: Path, version: str) -> None:
    with looking(cluster(version), tmp_path) as (engine, _):
        state = engine.state(now=NOW)
    assert state.blind_spots == state.cluster.blind_spots == ()
    volume = next(each for each in state.volumes or () if each.name == "pvc-1")
    assert (volume.size, volume.claim, volume.target) == (5 << 30, "media/sonarr", "default")
    assert (volume.actual_size, volume.restoring, volume.replicas) == (300, False, 2)
    held = {(each.volume, each.target, each.stored) for each in state.backup_volumes or ()}
    assert held == {(f"pvc-{n}", "default", 314572800) for n in (1, 2, 9)}
    [target] = state.targets or ()
    assert (target.url, target.available, target.polled) == ("nfs://nas/longhorn", True, True)
    assert [job.name for job in state.jobs or () if job.backs_up] == ["nightly"]
    gone = next(each for each in state.backups or () if each.name == "backup-gone")
    assert (gone.claim, gone.job, gone.target) == ("web/forum", "nightly", "default")
    assert [each.state for each in state.system_backups or ()] == ["Ready"]


def test_the_cluster_around_it(tmp_path: Path) -> None:
    with looking(cluster(), tmp_path) as (engine, _):
        found = engine.state(now=NOW).cluster
    assert found.version == "v1.33.4+k3s1"
    assert found.namespaces == (SPACE, "media", "web")
    assert [(each.name, each.ready, each.etcd) for each in found.nodes] == [("k3s-1", True, True)]
    assert {(each.id, each.size) for each in found.claims} == {
        ("media/radarr", 5 << 30), ("media/sonarr", 5 << 30), ("web/cache", 5 << 30),
    }  # fmt: skip
    assert {(each.driver, each.handle, each.path, each.claim) for each in found.volumes} == {
        ("driver.longhorn.io", "pvc-1", "", "media/sonarr"),
        ("driver.longhorn.io", "pvc-2", "", "media/radarr"),
        ("hostPath", "", "/opt/pvc-3", "web/cache"),
    }
    assert found.mounts == (Mount("media/sonarr", "Deployment", "sonarr", pods=1),)
    assert [(each.claim, each.ready) for each in found.snapshots] == [("media/sonarr", True)]
    [etcd] = found.etcd_snapshots or ()
    assert (etcd.ready, etcd.size, etcd.location) == (True, 5 << 20, "s3://bucket/etcd-s3")


def test_a_claim_that_is_gone_is_known_by_what_its_backup_says(tmp_path: Path) -> None:
    archives = {"*/*": "all/claims", "media/sonarr": "media/db"}
    with looking(cluster(), tmp_path, archives=archives) as (engine, _):
        points = engine.observe(now=NOW).points
        assert engine.foreign(now=NOW) == 0
    assert {each.asset for each in points} == {
        "media/db", "all/claims/media/radarr", "all/claims/web/forum",
    }  # fmt: skip


LISTS = {
    "jobs": "recurringjobs",
    "volumes": "volumes",
    "snapshots": "snapshots",
    "backups": "backups",
    "backup_volumes": "backupvolumes",
    "targets": "backuptargets",
    "system_backups": "systembackups",
}


@pytest.mark.parametrize(("name", "plural"), LISTS.items(), ids=LISTS.values())
@pytest.mark.parametrize("code", ["kube-right", "kube-no-kind"])
def test_5_a_list_that_may_not_be_read_or_is_not_there_is_unknown(
    tmp_path: Path, name: str, plural: str, code: str
) -> None:
    store = cluster()
    if code == "kube-no-kind":
        store = homelab.without(store, plural)
    else:
        others = " ".join(kind.plural for kind in store.served if kind.plural != plural)
        store.tokens["audit"] = (rule("get list", "*", others),)
    with looking(store, tmp_path) as (engine, _):
        evidence, state = engine.explore(now=NOW)
    assert getattr(state, name) is None
    assert state.blind_spots == (BlindSpot("longhorn", code, plural),)
    assert all(getattr(state, other) is not None for other in LISTS if other != name)
    assert bool(evidence.blind_spots) is (plural in {"backups", "volumes"})


def test_5_claims_that_may_not_be_read_leave_the_points_and_a_blind_spot(tmp_path: Path) -> None:
    store = cluster()
    others = " ".join(k.plural for k in store.served if k.plural != "persistentvolumeclaims")
    store.tokens["audit"] = (rule("get list", "*", others),)
    with looking(store, tmp_path) as (engine, _):
        evidence, state = engine.explore(now=NOW)
    assert len(evidence.points) == 2
    spot = BlindSpot("longhorn", "kube-right", "persistentvolumeclaims")
    assert evidence.blind_spots == state.cluster.blind_spots == (spot,)


def test_2_a_cluster_with_sqlite_has_no_etcd_snapshots_to_know(tmp_path: Path) -> None:
    with looking(homelab.without(cluster(), "etcdsnapshotfiles"), tmp_path) as (engine, _):
        evidence, state = engine.explore(now=NOW)
    assert state.cluster.etcd_snapshots is None
    assert evidence.blind_spots == ()


def test_1_3_up_to_1_7_a_setting_names_the_target(tmp_path: Path) -> None:
    store = homelab.without(cluster("1.7.3"), "backuptargets")
    store.put("Setting", "backup-target", SPACE, value="nfs://nas/old")
    store.put("Setting", "backupstore-poll-interval", SPACE, value="0")
    with looking(store, tmp_path) as (engine, _):
        [target] = engine.state(now=NOW).targets or ()
    assert (target.name, target.url) == ("default", "nfs://nas/old")
    assert (target.available, target.polled) == (None, False)


def test_1_3_backups_at_a_target_nobody_described_are_no_point_and_not_nothing(
    tmp_path: Path,
) -> None:
    with looking(cluster(), tmp_path, locations={"paris": "far"}) as (engine, _):
        seen = engine.observe(now=NOW)
    assert seen.points == ()
    assert {(each.reason, each.detail, each.asset) for each in seen.blind_spots} == {
        ("longhorn-target-undescribed", "default", "media/settings/sonarr"),
        ("longhorn-target-undescribed", "default", "media/settings/radarr"),
    }


@pytest.mark.parametrize("state", ["", "Pending", "InProgress", "Error", "Unknown", "Deleting"])
def test_1_3_only_a_finished_backup_is_a_point(tmp_path: Path, state: str) -> None:
    store = cluster()
    homelab.backup(store, "1.10.2", "backup-1", "pvc-1", hours=3, state=state, error="no space")
    with looking(store, tmp_path) as (engine, _):
        assert [each.id for each in engine.observe(now=NOW).points] == ["backup-2"]


def test_a_credential_nobody_knows_is_no_empty_cluster(tmp_path: Path) -> None:
    stranger = looking(cluster(), tmp_path, token="stranger")
    with stranger as (engine, _), pytest.raises(EngineDenied) as caught:
        engine.observe(now=NOW)
    assert caught.value.code == "kube-credential"


def test_one_list_that_breaks_leaves_the_others_two_are_a_cluster_that_is_away(
    tmp_path: Path,
) -> None:
    store = cluster()
    store.faults[f"{LONGHORN}/snapshots"] = Fault(drop=True)
    with looking(store, tmp_path) as (engine, _):
        evidence, state = engine.explore(now=NOW)
        assert state.snapshots is None
        assert len(evidence.points) == 2
        store.faults[f"{LONGHORN}/backups"] = Fault(drop=True)
        with pytest.raises(EngineUnreachable):
            engine.observe(now=NOW)


# ---- Objects anybody may have written ---------------------------------------------------------

ODD: list[Any] = [
    None, 7, "x", [], {}, True, {"x": 1}, [1, None, {"type": 7}], "9" * 5000, -1, 1e300,
    "2026-13-45T00:00:00Z", "\x1b[2J", "[" * 5000, '{"namespace": 7, "pvcName": []}',
]  # fmt: skip
PARSERS = [
    parse.volume, parse.snapshot, parse.backup, parse.backup_volume, parse.target, parse.job,
    parse.system_backup, objects.claim, objects.persistent_volume, objects.node,
    objects.storage_class, objects.etcd_snapshot, objects.csi_snapshot,
]  # fmt: skip
FIELDS = (
    "size", "labels", "groups", "conditions", "kubernetesStatus", "snapshotCreatedAt", "state",
    "backupTargetName", "volumeName", "resources", "capacity", "csi", "hostPath", "claimRef",
    "source", "readyToUse", "creationTime", "error", "retain", "numberOfReplicas", "progress",
)  # fmt: skip


@pytest.mark.parametrize("parser", PARSERS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("odd", ODD, ids=lambda each: repr(each)[:20])
def test_an_odd_field_never_fails_and_moves_no_terminal(parser: Any, odd: Any) -> None:
    whole = dict.fromkeys(FIELDS, odd) | {"labels": {"KubernetesStatus": odd, "x": odd}}
    for row in (
        {"metadata": odd, "spec": odd, "status": odd},
        {"metadata": {"name": odd, "labels": odd}, "spec": whole, "status": whole},
        {"metadata": {"labels": {"backup-volume": odd}}, "provisioner": odd, "parameters": odd},
    ):
        made = parser(row)
        assert "\x1b" not in str(getattr(made, "name", ""))


@pytest.mark.parametrize("odd", ODD, ids=lambda each: repr(each)[:20])
def test_an_odd_workload_never_fails(odd: Any) -> None:
    template = {"spec": {"volumes": [{"persistentVolumeClaim": odd}, odd]}}
    sets = {"replicas": odd, "template": template, "volumeClaimTemplates": [odd, {}]}
    rows = [{"metadata": odd, "spec": each} for each in (odd, sets, {"jobTemplate": odd})]
    kinds = ("Deployment", "StatefulSet", "CronJob", "Job")
    objects.mounts([(kind, row) for kind in kinds for row in rows], rows)


@pytest.mark.parametrize(
    ("given", "bytes_"),
    [
        ("5Gi", 5 << 30), ("500M", 500 * 10**6), ("1Ki", 1024), ("7k", 7000), ("1.5Gi", 3 << 29),
        ("1e3", 1000), ("12", 12), (12, 12), ("100m", 0), ("5E", 5 * 10**18), ("0", 0),
        ("", None), ("-5Gi", None), ("5GiB", None), ("9999E", None), ("1e99", None), (True, None),
        ("5 Gi", None), ("NaN", None),
    ],
)  # fmt: skip
def test_quantities(given: object, bytes_: int | None) -> None:
    assert values.quantity({"x": given}, "x") == bytes_


def test_times_without_a_zone_and_of_go_are_none() -> None:
    assert values.moment({"x": "0001-01-01T00:00:00Z"}, "x") is None
    assert values.moment({"x": "2026-11-23T03:00:00"}, "x") is None
    assert values.moment({"x": at(3)}, "x") == NOW - timedelta(hours=3)


def test_claims_of_a_stateful_set_and_of_a_job_of_a_cronjob() -> None:
    space = {"namespace": "media"}
    data = {"name": "d", "persistentVolumeClaim": {"claimName": "dump"}}
    sets = {
        "metadata": {**space, "name": "db"},
        "spec": {"replicas": 2, "volumeClaimTemplates": [{"metadata": {"name": "data"}}]},
    }
    pod = {"template": {"spec": {"volumes": [data]}}}
    cron = {"metadata": {**space, "name": "dump"}, "spec": {"jobTemplate": {"spec": pod}}}
    owned = {**space, "name": "dump-123", "ownerReferences": [{"kind": "CronJob", "name": "dump"}]}
    job = {"metadata": owned, "spec": pod}
    found = objects.mounts([("StatefulSet", sets), ("CronJob", cron), ("Job", job)], [])
    assert found == (
        Mount("media/data-db-0", "StatefulSet", "db"),
        Mount("media/data-db-1", "StatefulSet", "db"),
        Mount("media/dump", "CronJob", "dump"),
    )
