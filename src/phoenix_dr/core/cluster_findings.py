"""What a look at a cluster shows to be wrong with its claims, volumes, targets and datastore."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from phoenix_dr.core.cluster_chain_findings import of_claims, of_gone
from phoenix_dr.core.cluster_place_findings import (
    of_default_group,
    of_etcd,
    of_orphans,
    of_own_places,
    of_targets,
)
from phoenix_dr.core.cluster_plain_findings import KIND, of_uncopied
from phoenix_dr.core.cluster_snapshot_findings import of_csi_snapshots
from phoenix_dr.core.cluster_view import ClusterView, cluster_view
from phoenix_dr.core.cluster_view import finding as _finding
from phoenix_dr.core.coverage import is_excused, local_day
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.longhorn import LonghornState
from phoenix_dr.core.model import DAY, Estate
from phoenix_dr.core.report import Finding, Severity

Family = Callable[[ClusterView], Iterator[Finding]]
NOT_INSTALLED = frozenset({"volumesnapshots"})
"""Kinds of parts that many clusters do without."""
ETCD = "etcdsnapshotfiles"


def find_in_cluster(estate: Estate, state: LonghornState, *, now: datetime) -> tuple[Finding, ...]:
    """Every finding of one look; claims a person left out until a date stay silent till then.

    What is wrong with data whose loss was accepted is only INFO.
    """
    view = cluster_view(estate, state, now=now)
    spec = estate.engines.get(state.engine)
    families = PLAIN if spec is not None and spec.kind == KIND else FAMILIES
    return tuple(silenced(view, (each for family in families for each in family(view))))


def of_blind_spots(view: ClusterView) -> Iterator[Finding]:
    """What this look could not see, and a look that was long ago."""
    for spot in (*view.state.cluster.blind_spots, *view.state.blind_spots):
        if not _is_usual(view, spot):
            facts = {"reason": spot.reason, "detail": spot.detail}
            yield _finding("blind", Severity.UNKNOWN, spot.engine, "phoenix", **facts)
    age = view.now - view.state.observed_at
    if age >= DAY:
        seconds = int(age.total_seconds())
        yield _finding(
            "cluster-seen-long-ago", Severity.UNKNOWN, view.engine, "phoenix", age=seconds
        )


FAMILIES: tuple[Family, ...] = (
    of_blind_spots,
    of_claims,
    of_csi_snapshots,
    of_gone,
    of_targets,
    of_default_group,
    of_own_places,
    of_orphans,
    of_etcd,
)


PLAIN: tuple[Family, ...] = (of_blind_spots, of_uncopied, of_etcd)
"""Of a cluster whose copies no engine here makes."""


def _is_usual(view: ClusterView, spot: BlindSpot) -> bool:
    """Whether a kind is not served since the cluster does without that part."""
    if spot.reason != "kube-no-kind":
        return False
    if spot.detail in NOT_INSTALLED:
        return True
    nodes = view.state.cluster.nodes
    return spot.detail == ETCD and bool(nodes) and not any(each.etcd for each in nodes)


def silenced(view: ClusterView, found: Iterator[Finding]) -> Iterator[Finding]:
    """Findings without those of claims left out for now; those of accepted losses as INFO."""
    today = local_day(view.estate, view.now)
    silent: set[str] = set()
    quiet: set[str] = set()
    for claim, asset in view.assets.items():
        if is_excused(asset.regenerable, today) or view.is_ignored(f"{view.engine}/{claim}"):
            silent.add(asset.id)
        elif is_excused(asset.accepted_loss, today):
            quiet.add(asset.id)
    for each in found:
        if each.subject in silent or view.is_ignored(each.subject):
            continue
        yield replace(each, severity=Severity.INFO) if each.subject in quiet else each
