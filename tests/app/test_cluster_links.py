"""Each link of the chain, end to end: one fault in a cluster that is well, one audit, its finding.

The healthy twin is the same cluster without the fault, or with what looks like it and is none.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes import homelab
from adapters.kubernetes.fake_store import Store
from adapters.kubernetes.homelab import SPACE
from build_cluster import CONFIG, house
from phoenix_dr.app.audit import audit

Change = Callable[[Store], None]
JOB, GROUP = "recurring-job.longhorn.io/", "recurring-job-group.longhorn.io/"
SOURCE = {"recurring-job.longhorn.io/source": "enabled"}
SNAPS = {"name": "snaps", "task": "snapshot", "cron": "0 * * * *", "retain": 9, "concurrency": 1,
         "groups": ["snaps"]}  # fmt: skip


def row(store: Store, plural: str, name: str, space: str = SPACE) -> dict[str, Any]:
    """An object of the cluster."""
    return next(each for key, each in store.objects.items() if key[1:] == (plural, space, name))


def volume(**status: Any) -> Change:
    """The first volume says this of itself."""
    return lambda store: row(store, "volumes", "pvc-1")["status"].update(status)


def labels(*names: str, value: str = "enabled") -> Change:
    """The first volume has these labels, and there is a job of snapshots in a group of its own."""

    def change(store: Store) -> None:
        store.put("RecurringJob", "snaps", SPACE, spec=SNAPS)
        row(store, "volumes", "pvc-1")["metadata"]["labels"] = dict.fromkeys(names, value)

    return change


def wish(*names: str, source: bool = True) -> Change:
    """Its claim has these labels, and says that they count; its volume has snapshots alone."""

    def change(store: Store) -> None:
        labels(f"{GROUP}snaps")(store)
        marks = dict.fromkeys(names, "enabled") | (SOURCE if source else {})
        row(store, "persistentvolumeclaims", "sonarr", "media")["metadata"]["labels"] = marks

    return change


def job(**spec: Any) -> Change:
    """The nightly job is another one."""
    return lambda store: row(store, "recurringjobs", "nightly")["spec"].update(spec)


def target(url: str = "nfs://nas/longhorn", poll: str = "5m0s", **status: Any) -> Change:
    """The target is another one."""

    def change(store: Store) -> None:
        found = row(store, "backuptargets", "default")
        found["spec"] = {"backupTargetURL": url, "pollInterval": poll}
        found["status"].update(status)

    return change


def backup(hours: float, **status: Any) -> Change:
    """One more backup of the first volume, begun so many hours ago."""

    def change(store: Store) -> None:
        homelab.backup(store, "1.10.2", "more", "pvc-1", hours=hours, **status)
        row(store, "backups", "more")["metadata"]["creationTimestamp"] = homelab.at(hours)

    return change


def older(hours: float) -> Change:
    """Its backup is older than that, and something was written since."""

    def change(store: Store) -> None:
        row(store, "backups", "backup-1")["status"]["snapshotCreatedAt"] = homelab.at(hours)
        row(store, "snapshots", "snap-1")["status"]["creationTime"] = homelab.at(1)

    return change


def without(plural: str, name: str, space: str = SPACE) -> Change:
    """An object is not there."""

    def change(store: Store) -> None:
        [key] = [key for key in store.objects if key[1:] == (plural, space, name)]
        del store.objects[key]

    return change


def pending(store: Store) -> None:
    """The first claim waits for a volume."""
    found = row(store, "persistentvolumeclaims", "sonarr", "media")
    found["status"]["phase"] = "Pending"
    del found["spec"]["volumeName"]


def on_node(store: Store) -> None:
    """The first claim is a folder of one node."""
    found = row(store, "persistentvolumes", "pvc-1", "")
    del found["spec"]["csi"]
    found["spec"]["hostPath"] = {"path": "/opt/sonarr"}


def detached_allowed(store: Store) -> None:
    """Detached, and jobs may attach it."""
    volume(state="detached", robustness="unknown")(store)
    row(store, "settings", "allow-recurring-job-while-volume-detached")["value"] = "true"


def nothing(store: Store) -> None:
    """The cluster as it is, which is well."""


def etcd(location: str = "s3://b/x", **status: Any) -> Change:
    """The only snapshot of the datastore."""

    def change(store: Store) -> None:
        without("etcdsnapshotfiles", "etcd-s3", "")(store)
        homelab.etcd_file(store, "own", location, hours=status.pop("hours", 6), **status)

    return change


LINKS: dict[str, tuple[Change, Change]] = {
    "claim-not-bound": (pending, nothing),
    "claim-not-longhorn": (on_node, nothing),
    "volume-unseen": (without("volumes", "pvc-1"), nothing),
    "volume-label-dangling": (
        labels(f"{JOB}gone", f"{GROUP}default"), labels(f"{JOB}nightly", f"{GROUP}default"),
    ),
    "volume-label-idle": (
        wish(f"{JOB}nightly", source=False), wish(f"{JOB}nightly", source=True),
    ),
    "volume-in-no-job": (job(groups=["other"]), labels(f"{JOB}nightly")),
    "volume-left-default": (labels(f"{GROUP}snaps"), labels(f"{GROUP}snaps", f"{GROUP}default")),
    "volume-only-snapshots": (job(task="snapshot"), job(task="backup-force-create")),
    "volume-restoring": (volume(restoreRequired=True), volume(restoreRequired=False)),
    "volume-faulted": (volume(robustness="faulted"), volume(robustness="degraded")),
    "volume-skipped-detached": (
        volume(state="detached", robustness="unknown"), detached_allowed,
    ),
    "target-missing": (without("backuptargets", "default"), nothing),
    "target-empty": (target(""), nothing),
    "target-unavailable": (target(available=False), target(available=True)),
    "target-not-polled": (target(poll="0s"), target(poll="300s")),
    "copies-in-cluster": (
        target("nfs://minio.storage.svc.cluster.local/x"), target("nfs://nas.lan/x"),
    ),
    "default-group-without-backup": (job(task="snapshot"), nothing),
    "backup-stuck": (
        backup(9, state="InProgress", progress=0), backup(2, state="InProgress", progress=0),
    ),
    "backup-failed": (backup(1, state="Error", error="no space"), backup(20, state="Error")),
    "volume-never-backed-up": (without("backups", "backup-1"), nothing),
    "backup-too-old": (older(25), older(23)),
    "backup-in-the-future": (backup(-5), backup(1)),
    "backup-orphan": (nothing, without("backupvolumes", "pvc-9-deadbeef")),
    "etcd-only-on-node": (etcd("file:///var/lib/x"), etcd()),
    "etcd-no-snapshots": (without("etcdsnapshotfiles", "etcd-s3", ""), nothing),
    "etcd-snapshot-old": (etcd(hours=30), etcd(hours=20)),
}  # fmt: skip


def told(root: Path, change: Change, config: str = CONFIG) -> set[str]:
    """Codes of one audit about the first claim and what it shares with others."""
    store = homelab.cluster()
    # Of the third claim, which lies on a node, nothing is asked here.
    without("persistentvolumeclaims", "cache", "web")(store)
    change(store)
    with house(root, store, config=config) as made:
        return {each.code for each in made.using(audit).findings}


@pytest.mark.parametrize("code", LINKS)
def test_each_link_is_told_by_an_audit_and_not_of_its_healthy_twin(
    tmp_path: Path, code: str
) -> None:
    broken, healthy = LINKS[code]
    for name, change, expected in (("broken", broken, True), ("healthy", healthy, False)):
        (tmp_path / name).mkdir()
        assert (code in told(tmp_path / name, change)) is expected, name


OWN_HOST = CONFIG.replace("{{nas: {{host: nas}}}}", "{{nas: {{host: k3s-1}}}}").replace(
    "hosts: {{nas:", "hosts: {{k3s-1: {{site: home}}, nas:"
)


def test_a_target_on_the_only_machine_of_the_cluster_is_told(tmp_path: Path) -> None:
    def two(store: Store) -> None:
        store.put("Node", "k3s-2", status=homelab._ready())

    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    assert "copies-on-cluster-host" in told(tmp_path / "one", nothing, OWN_HOST)
    assert "copies-on-cluster-host" not in told(tmp_path / "two", two, OWN_HOST)


def test_a_claim_that_is_its_source_replaces_the_labels_of_its_volume(tmp_path: Path) -> None:
    for name in ("heard", "empty"):
        (tmp_path / name).mkdir()
    jobs = {"volume-left-default", "volume-only-snapshots", "volume-in-no-job", "volume-label-idle"}
    assert not jobs & told(tmp_path / "heard", wish(f"{JOB}nightly"))
    assert "volume-left-default" in told(tmp_path / "empty", wish(f"{JOB}snaps"))
