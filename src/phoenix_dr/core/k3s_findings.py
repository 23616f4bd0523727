"""Findings about datastores of K3s: copies that do not start, clusters whose datastore is no asset.

K3s makes snapshots of its etcd by itself, and no backup of its SQLite.
"""

from __future__ import annotations

from collections.abc import Iterator

from phoenix_dr.core.cluster import Cluster
from phoenix_dr.core.finding_facts import View
from phoenix_dr.core.model import AssetKind
from phoenix_dr.core.report import Finding, Severity

K3S = "+k3s"
"""What the version of every K3s has."""


def of_datastores(view: View) -> Iterator[Finding]:
    """What the newest point of one lacks, and clusters seen to be K3s that nobody declared."""
    for asset, missing in view.facts.lacking.items():
        yield _finding(
            "k3s-without-token", Severity.CRITICAL, asset, "vault", missing=", ".join(missing)
        )
    if not any(asset.kind is AssetKind.K3S for asset in view.estate.assets()):
        yield from _undeclared(view)


def _undeclared(view: View) -> Iterator[Finding]:
    looks = {**view.facts.clusters, **view.facts.veleros}
    told: set[tuple[str, ...]] = set()
    for engine, look in looks.items():
        subject = f"{engine}/datastore"
        if look is None or not _is_k3s(look.cluster) or _is_ignored(view, subject):
            continue
        # A Longhorn and a Velero may be in the same cluster.
        nodes = tuple(sorted(node.name for node in look.cluster.nodes))
        if nodes not in told:
            told.add(nodes)
            yield from _one(subject, look.cluster)


def _one(subject: str, cluster: Cluster) -> Iterator[Finding]:
    if any(node.etcd for node in cluster.nodes):
        yield _finding("k3s-etcd-undeclared", Severity.INFO, subject, "you")
    else:
        yield _finding("k3s-sqlite-undeclared", Severity.WARNING, subject, "you")


def _is_k3s(cluster: Cluster) -> bool:
    return any(K3S in node.version for node in cluster.nodes)


def _is_ignored(view: View, subject: str) -> bool:
    return any(each.found == subject and view.today <= each.until for each in view.estate.ignore)


def _finding(
    code: str, severity: Severity, subject: str, owner: str, **parameters: str | int
) -> Finding:
    return Finding(code, severity, subject, owner, tuple(parameters.items()))
