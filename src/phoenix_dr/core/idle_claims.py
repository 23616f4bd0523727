"""Claims nobody wrote to, perhaps: Longhorn makes no backup of them, and the newest grows old."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from phoenix_dr.core.cluster_view import ClusterView, cluster_view
from phoenix_dr.core.evidence import Idle
from phoenix_dr.core.longhorn import COMPLETED, LonghornState
from phoenix_dr.core.model import Estate
from phoenix_dr.core.volume_chain import Chain, chain

OLD = "backup-too-old"
SAME = "backup-unchanged"


def idle_claims(estate: Estate, state: LonghornState, *, now: datetime) -> Mapping[str, Idle]:
    """Assets with an old newest backup that idleness explains, or may explain.

    Only where every other link holds: a volume that is skipped, or in no job, has no backup for
    another reason.
    """
    view = cluster_view(estate, state, now=now)
    found: dict[str, Idle] = {}
    for claim in state.cluster.claims:
        asset = view.assets.get(claim.id)
        if asset is None or not _is_old(view, claim.volume, claim.id):
            continue
        seen = chain(claim, view.around(claim), objective=view.objective(claim.id), now=now)
        codes = {link.code for link in seen.broken}
        if codes == {OLD} and seen.ok is None:
            found[asset.id] = Idle(None)
        elif _is_proved(seen):
            found[asset.id] = Idle(state.observed_at)
    return found


def _is_proved(seen: Chain) -> bool:
    return seen.ok is True and any(link.code == SAME for link in seen.links)


def _is_old(view: ClusterView, volume: str, claim: str) -> bool:
    """Whether its newest backup is worth a look: most claims were backed up in time."""
    held = view.persistent.get(volume)
    backups = view.backups.get(held.handle, ()) if held else ()
    taken = [each.taken_at for each in backups if each.state == COMPLETED and each.taken_at]
    return bool(taken) and view.now - max(taken) >= view.objective(claim)
