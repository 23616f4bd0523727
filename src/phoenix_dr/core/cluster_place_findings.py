"""Where the copies of a cluster lie: targets, orphans, its own house, and its datastore."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from phoenix_dr.core.cluster import EtcdSnapshot
from phoenix_dr.core.cluster_view import ClusterView
from phoenix_dr.core.cluster_view import finding as _finding
from phoenix_dr.core.longhorn import DEFAULT_GROUP, DRIVER, BackupTarget
from phoenix_dr.core.model import AssetKind, Objectives
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.volume_labels import attachment

IN_CLUSTER = (".svc", ".cluster.local")
AWAY = "s3://"
_ADDRESS = re.compile(r"(nfs|cifs)://(?P<host>[^/:?@\s]{1,253})", re.ASCII)


def of_targets(view: ClusterView) -> Iterator[Finding]:
    """Backup targets that volumes go to and that are not well, each once."""
    if view.state.targets is None:
        return
    there = {each.name: each for each in view.state.targets}
    for name, volumes in sorted(_used(view).items()):
        subject = f"{view.engine}/{name}"
        facts: dict[str, str | int] = {"target": name, "volumes": volumes}
        found = there.get(name)
        if found is None:
            yield _finding("target-missing", Severity.CRITICAL, subject, "helm", **facts)
        elif not found.url:
            yield _finding("target-empty", Severity.CRITICAL, subject, "helm", **facts)
        elif found.available is False:
            facts["detail"] = found.message or "?"
            yield _finding("target-unavailable", Severity.CRITICAL, subject, "helm", **facts)
        elif found.available is None:
            yield _finding("target-unreadable", Severity.UNKNOWN, subject, "helm", **facts)
        elif not found.polled:
            yield _finding("target-not-polled", Severity.UNKNOWN, subject, "helm", **facts)


def of_default_group(view: ClusterView) -> Iterator[Finding]:
    """Volumes Longhorn puts into group default by itself, while no job of it backs up."""
    jobs = view.state.jobs
    if jobs is None or any(job.backs_up and DEFAULT_GROUP in job.groups for job in jobs):
        return
    claims = {claim.volume: claim for claim in view.state.cluster.claims}
    count = 0
    for held in view.state.cluster.volumes:
        volume = view.volumes.get(held.handle) if held.driver == DRIVER else None
        if volume is not None and held.name in claims:
            count += attachment(volume, claims[held.name], jobs).by_default
    if count:
        yield _finding(
            "default-group-without-backup", Severity.WARNING, view.engine, "helm", volumes=count
        )


def of_own_places(view: ClusterView) -> Iterator[Finding]:
    """Targets that die with the cluster: a service inside it, or the machine its nodes are."""
    used = _used(view)
    for target in view.state.targets or ():
        if target.name not in used or not target.url:
            continue
        host = _host_of(target)
        facts: dict[str, str | int] = {"target": target.name, "volumes": used[target.name]}
        subject = f"{view.engine}/{target.name}"
        nodes = {each.name for each in view.state.cluster.nodes}
        if host.endswith(IN_CLUSTER) or host in nodes:
            facts["host"] = host
            yield _finding("copies-in-cluster", Severity.WARNING, subject, "you", **facts)
        elif place := _shared_host(view, target, nodes):
            facts["host"] = place
            yield _finding("copies-on-cluster-host", Severity.WARNING, subject, "you", **facts)


def of_orphans(view: ClusterView) -> Iterator[Finding]:
    """What the backup store holds of volumes that are gone: it stays there until somebody acts."""
    if view.state.volumes is None:
        return
    for each in view.state.backup_volumes or ():
        if each.volume in view.volumes:
            continue
        told = (one.claim for one in view.backups.get(each.volume, ()) if one.claim)
        yield _finding(
            "backup-orphan",
            Severity.INFO,
            f"{view.engine}/{each.volume}",
            "you",
            volume=each.volume,
            claim=each.claim or next(told, "?"),
            stored=each.stored or 0,
        )


def of_etcd(view: ClusterView) -> Iterator[Finding]:
    """Snapshots of the datastore of a K3s with etcd: made, whole, young, and not only beside it."""
    held = view.state.cluster.etcd_snapshots
    if held is None or not (held or any(each.etcd for each in view.state.cluster.nodes)):
        # Not readable is a blind spot; a cluster without etcd keeps its objects in SQLite.
        return
    subject = f"{view.engine}/etcd"
    good = [each for each in held if each.ready and each.created_at is not None]
    if not good:
        yield _finding("etcd-no-snapshots", Severity.CRITICAL, subject, "helm")
    newest = max(good, key=_made, default=None)
    for failed in _failed(held, newest):
        detail = failed.error or "?"
        yield _finding(
            "etcd-snapshot-failed",
            Severity.WARNING,
            subject,
            "helm",
            snapshot=failed.name,
            detail=detail,
        )
    away = [each for each in good if each.location.startswith(AWAY)]
    if good and not away:
        yield _finding(
            "etcd-only-on-node", Severity.WARNING, subject, "helm", node=good[0].node or "?"
        )
    if newest is not None:
        yield from _old(view, subject, max(away or good, key=_made))


def _old(view: ClusterView, subject: str, newest: EtcdSnapshot) -> Iterator[Finding]:
    objective = _objective(view)
    age = int(view.now.timestamp() - _made(newest))
    if age >= objective.total_seconds():
        yield _finding(
            "etcd-snapshot-old",
            Severity.WARNING,
            subject,
            "helm",
            age=age,
            objective=int(objective.total_seconds()),
        )


def _failed(held: tuple[EtcdSnapshot, ...], newest: EtcdSnapshot | None) -> list[EtcdSnapshot]:
    """The last one that failed, when nothing good came after it."""
    bad = [each for each in held if not each.ready]
    last = max(bad, key=_made, default=None)
    if last is None or (newest is not None and last.created_at and _made(last) < _made(newest)):
        return []
    return [last]


def _made(each: EtcdSnapshot) -> float:
    return each.created_at.timestamp() if each.created_at else 0.0


def _objective(view: ClusterView) -> timedelta:
    """The shortest RPO of the services that have a datastore of K3s."""
    rpos = [
        service.objectives.rpo
        for service in view.estate.services.values()
        for asset in service.assets
        if asset.kind is AssetKind.K3S
    ]
    return min(rpos, default=Objectives().rpo)


def _used(view: ClusterView) -> Counter[str]:
    """Targets of volumes that a claim has, with how many go there."""
    bound = {claim.volume for claim in view.state.cluster.claims if claim.volume}
    held = (each.handle for each in view.state.cluster.volumes if each.name in bound)
    volumes = (view.volumes[handle] for handle in held if handle in view.volumes)
    return Counter(volume.target for volume in volumes)


def _host_of(target: BackupTarget) -> str:
    """The machine of an address; that of a bucket stands in a secret nobody may read."""
    found = _ADDRESS.match(target.url)
    return found["host"].lower() if found else ""


def _shared_host(view: ClusterView, target: BackupTarget, nodes: set[str]) -> str:
    """The host of a target's location, when every node of the cluster is that very machine."""
    spec = view.estate.engines.get(view.engine)
    name = spec.locations.get(target.name, "") if spec else ""
    place = view.estate.locations.get(name)
    return place.host if place is not None and nodes == {place.host} else ""
