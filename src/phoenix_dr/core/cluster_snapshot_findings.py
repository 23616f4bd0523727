"""Claims that only CSI snapshots were made of: these lie on the storage of the claim itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from phoenix_dr.core.cluster import Claim
from phoenix_dr.core.cluster_view import ClusterView
from phoenix_dr.core.cluster_view import finding as _finding
from phoenix_dr.core.longhorn import COMPLETED, DRIVER
from phoenix_dr.core.report import Finding, Severity


def of_csi_snapshots(view: ClusterView) -> Iterator[Finding]:
    """Each claim with VolumeSnapshots and no finished backup.

    Only information for another driver: some carry snapshots to a store of their own. One of
    Longhorn that went to its backup target is a Backup, and listed as such.
    """
    if view.state.backups is None:
        return
    made = Counter(each.claim for each in view.state.cluster.snapshots if each.ready is not False)
    for claim in view.state.cluster.claims:
        if made[claim.id] and not _is_copied(view, claim) and _is_ours(view, claim):
            held = view.persistent.get(claim.volume)
            on_longhorn = held is not None and held.driver == DRIVER
            yield _finding(
                "claim-only-csi-snapshots",
                Severity.WARNING if on_longhorn else Severity.INFO,
                view.subject(claim.id),
                "helm",
                claim=claim.id,
                count=made[claim.id],
            )


def _is_copied(view: ClusterView, claim: Claim) -> bool:
    held = view.persistent.get(claim.volume)
    backups = view.backups.get(held.handle, ()) if held else ()
    return any(each.state == COMPLETED for each in backups)


def _is_ours(view: ClusterView, claim: Claim) -> bool:
    """Whether no policy sends it to another engine alone, which may hold copies of it."""
    asset = view.assets.get(claim.id)
    sent = view.estate.destinations(asset) if asset is not None else ()
    return not sent or view.engine in {each.partition("/")[0] for each in sent}
