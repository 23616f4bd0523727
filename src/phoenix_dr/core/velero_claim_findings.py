"""Claims whose data no backup has, though Velero says Completed; and those in no schedule.

Velero saves objects, and the data of a volume only when something handles it: a running pod that
mounts it, or a CSI snapshot that is moved. Why data is missing is worked out from the cluster as
it is now, which may have been another one when the backup ran.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from phoenix_dr.core.cluster import Claim
from phoenix_dr.core.cluster_view import finding as _finding
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.velero import LOST, VeleroBackup, VolumeData
from phoenix_dr.core.velero_view import BY_HAND, VeleroView, begun

BOUND = "Bound"
HOST_PATH = "hostPath"
"""Velero reads no such volume; local-path makes them."""
Facts = dict[str, str | int]
Made = Callable[[str, bool, Facts], Finding]
"""A finding about a subject; the second argument says that it matters less."""
REASONS: dict[str, Made] = {
    "velero-claim-failed": lambda at, light, facts: _finding(
        "velero-claim-failed", Severity.INFO if light else Severity.WARNING, at, "helm", **facts
    ),
    "velero-claim-opted-out": lambda at, light, facts: _finding(
        "velero-claim-opted-out", Severity.INFO if light else Severity.WARNING, at, "helm", **facts
    ),
    "velero-claim-on-node": lambda at, light, facts: _finding(
        "velero-claim-on-node", Severity.INFO if light else Severity.WARNING, at, "helm", **facts
    ),
    "velero-claim-not-asked": lambda at, light, facts: _finding(
        "velero-claim-not-asked", Severity.INFO if light else Severity.WARNING, at, "helm", **facts
    ),
    "velero-claim-snapshot-only": lambda at, light, facts: _finding(
        "velero-claim-snapshot-only",
        Severity.INFO if light else Severity.WARNING,
        at,
        "helm",
        **facts,
    ),
    "velero-claim-no-pod": lambda at, light, facts: _finding(
        "velero-claim-no-pod", Severity.INFO if light else Severity.WARNING, at, "helm", **facts
    ),
    "velero-claim-not-saved": lambda at, light, facts: _finding(
        "velero-claim-not-saved", Severity.INFO if light else Severity.WARNING, at, "helm", **facts
    ),
}


def of_claims(view: VeleroView) -> Iterator[Finding]:
    """Each bound claim that the newest backups name, and whose data none of them has."""
    state = view.state
    if state.backups is None or state.pod_volumes is None or state.uploads is None:
        # A list that was not read is a blind spot; nothing is missing for sure.
        return
    for claim in state.cluster.claims:
        held = list(_newest(view, claim)) if claim.phase == BOUND else []
        if not held or any(_has(view, each, claim) for each in held):
            continue
        accused = [each for each in held if not each.choice.selective]
        if accused and not any(each.name in view.untold for each in accused):
            yield _missing(view, claim, accused[0])


def of_namespaces(view: VeleroView) -> Iterator[Finding]:
    """Namespaces with claims that Velero is to save, and no schedule takes."""
    if not view.state.schedules:
        return
    count: dict[str, int] = {}
    for claim in view.state.cluster.claims:
        if claim.phase == BOUND and view.asked(claim):
            count[claim.namespace] = count.get(claim.namespace, 0) + 1
    for name, claims in sorted(count.items()):
        meant = name in view.state.left_out
        if meant or not any(view.scheduled(name)):
            yield _finding(
                "velero-namespace-left-out" if meant else "velero-namespace-unscheduled",
                Severity.INFO if meant else Severity.WARNING,
                view.subject(name),
                "helm",
                namespace=name,
                claims=claims,
            )


def _newest(view: VeleroView, claim: Claim) -> Iterator[VeleroBackup]:
    """The newest backup of each schedule that takes it; of those made by hand without one."""
    if claim.namespace in view.state.left_out:
        return
    names = [each.name for each in view.scheduled(claim.namespace)] or [BY_HAND]
    for name in names:
        for each in view.backups.get(name, ()):
            if each.ended and each.choice.takes(claim.namespace):
                if not _is_younger(view, claim, each):
                    yield each
                break


def _is_younger(view: VeleroView, claim: Claim, backup: VeleroBackup) -> bool:
    """Whether the claim was made after the backup: the next one takes it."""
    use, at = view.uses.get(claim.id), begun(backup)
    return bool(use and use.created_at and at and use.created_at >= at)


def _has(view: VeleroView, backup: VeleroBackup, claim: Claim) -> bool:
    return any(each.done for each in view.data.get((backup.name, claim.id), ()))


def _missing(view: VeleroView, claim: Claim, backup: VeleroBackup) -> Finding:
    code, more = _reason(view, claim, backup)
    asset, asked = claim.id in view.around.assets, view.asked(claim)
    # Of data that somebody sends elsewhere, or that nobody described and a person left out.
    light = not asked or (code == "velero-claim-opted-out" and not asset)
    facts: Facts = {"claim": claim.id, "backup": backup.name, **more}
    return REASONS[code](view.around.subject(claim.id), light, facts)


def _reason(view: VeleroView, claim: Claim, backup: VeleroBackup) -> tuple[str, dict[str, str]]:
    """The code of why its data is missing, and its further facts."""
    if failed := _failed(view, claim, backup):
        return "velero-claim-failed", {"detail": failed.message or failed.phase}
    use, volume = view.uses.get(claim.id), view.volume(claim)
    driver = volume.driver if volume else ""
    choice = backup.choice
    by_files = choice.to_files is True or bool(use and use.asked)
    if use and (use.left_out or use.refused):
        return "velero-claim-opted-out", {}
    if volume and driver == HOST_PATH:
        return "velero-claim-on-node", {"path": volume.path or "?"}
    if not choice.claims or not (by_files or choice.moves or backup.snapshots):
        return "velero-claim-not-asked", {}
    if not by_files and not choice.moves:
        return "velero-claim-snapshot-only", {}
    if by_files and use and use.running is False:
        return "velero-claim-no-pod", {}
    return "velero-claim-not-saved", {"driver": driver or "?"}


def _failed(view: VeleroView, claim: Claim, backup: VeleroBackup) -> VolumeData | None:
    held = view.data.get((backup.name, claim.id), ())
    return next((each for each in held if each.phase in LOST), None)
