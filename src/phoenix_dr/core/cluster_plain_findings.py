"""Claims of a cluster that is only looked at: which of them nothing here copies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePath

from phoenix_dr.core.cluster import PersistentVolume
from phoenix_dr.core.cluster_view import ClusterView
from phoenix_dr.core.cluster_view import finding as _finding
from phoenix_dr.core.model import AssetKind
from phoenix_dr.core.report import Finding, Severity

KIND = "kubernetes"
"""Engines of this kind hold no copies."""
NAMED = 3
"""Workloads named for a claim."""


def of_uncopied(view: ClusterView) -> Iterator[Finding]:
    """Each claim that no asset of phoenix.yaml names, by itself or by the folder it lies in.

    One that nothing mounts is only information; one whose volume could not be seen is unknown.
    """
    used = _users(view)
    named = _named(view)
    folders = _folders(view)
    for claim in view.state.cluster.claims:
        held = view.persistent.get(claim.volume)
        if any(fnmatchcase(claim.id, each) for each in named) or _lies_in(held, folders):
            continue
        subject = f"{view.engine}/{claim.id}"
        if claim.phase != "Bound":
            yield _finding("claim-not-bound", Severity.WARNING, subject, "helm",
                           claim=claim.id, phase=claim.phase)  # fmt: skip
            continue
        users = _few(used.get(claim.id, []))
        yield _finding(
            "claim-uncopied",
            Severity.UNKNOWN if held is None else Severity.WARNING if users else Severity.INFO,
            subject,
            "you",
            claim=claim.id,
            driver=held.driver if held else "?",
            path=(held.path if held else "") or "?",
            users=users or "–",
        )


def _users(view: ClusterView) -> dict[str, list[str]]:
    """Claim → the workloads that mount it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for mount in view.state.cluster.mounts:
        found[mount.claim].append(f"{mount.kind} {mount.workload}")
    return dict(found)


def _named(view: ClusterView) -> set[str]:
    """Claims, and patterns of them, that assets name at any engine of a cluster."""
    return {
        each.source.partition("/")[2]
        for each in view.estate.assets()
        if each.kind is AssetKind.VOLUMES
    }


def _folders(view: ClusterView) -> tuple[PurePath, ...]:
    """Folders that assets save whole."""
    return tuple(
        PurePath(each.source) for each in view.estate.assets() if each.kind is AssetKind.FILES
    )


def _lies_in(held: PersistentVolume | None, folders: tuple[PurePath, ...]) -> bool:
    if held is None or not held.path.startswith("/"):
        return False
    return any(PurePath(held.path).is_relative_to(each) for each in folders)


def _few(names: list[str]) -> str:
    shown = ", ".join(sorted(names)[:NAMED])
    return shown + (f" +{len(names) - NAMED}" if len(names) > NAMED else "")
