"""Each broken or unknown link between a claim and its newest backup, as a finding of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from phoenix_dr.core.cluster_view import ClusterView
from phoenix_dr.core.cluster_view import finding as _finding
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.volume_chain import Link, chain

ON_NODE = frozenset({"hostPath", "local"})
Facts = dict[str, str | int]
Made = Callable[[str, bool, Facts], Finding]
"""A finding about a subject; the second argument says that nobody is sure."""
LINKS: dict[str, Made] = {
    "claim-not-bound": lambda at, _, facts: _finding(
        "claim-not-bound", Severity.WARNING, at, "helm", **facts
    ),
    "claim-not-longhorn": lambda at, unsure, facts: _finding(
        "claim-not-longhorn", Severity.INFO if unsure else Severity.WARNING, at, "helm", **facts
    ),
    "volume-unseen": lambda at, _, facts: _finding(
        "volume-unseen", Severity.UNKNOWN, at, "helm", **facts
    ),
    "volume-label-dangling": lambda at, _, facts: _finding(
        "volume-label-dangling", Severity.WARNING, at, "helm", **facts
    ),
    "volume-label-idle": lambda at, _, facts: _finding(
        "volume-label-idle", Severity.WARNING, at, "helm", **facts
    ),
    "volume-in-no-job": lambda at, _, facts: _finding(
        "volume-in-no-job", Severity.WARNING, at, "helm", **facts
    ),
    "volume-left-default": lambda at, _, facts: _finding(
        "volume-left-default", Severity.WARNING, at, "helm", **facts
    ),
    "volume-only-snapshots": lambda at, _, facts: _finding(
        "volume-only-snapshots", Severity.WARNING, at, "helm", **facts
    ),
    "volume-restoring": lambda at, _, facts: _finding(
        "volume-restoring", Severity.WARNING, at, "helm", **facts
    ),
    "volume-faulted": lambda at, _, facts: _finding(
        "volume-faulted", Severity.CRITICAL, at, "helm", **facts
    ),
    "volume-skipped-detached": lambda at, unsure, facts: _finding(
        "volume-skipped-detached",
        Severity.UNKNOWN if unsure else Severity.WARNING,
        at,
        "helm",
        **facts,
    ),
    "backup-stuck": lambda at, unsure, facts: _finding(
        "backup-stuck", Severity.UNKNOWN if unsure else Severity.WARNING, at, "helm", **facts
    ),
    "backup-failed": lambda at, _, facts: _finding(
        "backup-failed", Severity.WARNING, at, "helm", **facts
    ),
    "volume-never-backed-up": lambda at, _, facts: _finding(
        "volume-never-backed-up", Severity.WARNING, at, "helm", **facts
    ),
    "backup-in-the-future": lambda at, _, facts: _finding(
        "backup-in-the-future", Severity.UNKNOWN, at, "helm", **facts
    ),
    "backup-too-old": lambda at, unsure, facts: _finding(
        "backup-too-old", Severity.UNKNOWN if unsure else Severity.WARNING, at, "helm", **facts
    ),
}
"""The links that are a claim's own; targets and lists are told once, not for each claim."""
HEALTH = frozenset({"claim-not-bound", "volume-unseen", "volume-faulted", "volume-restoring"})
"""Links about the volume itself, whoever copies it."""


def of_claims(view: ClusterView) -> Iterator[Finding]:
    """Each broken or unknown link of each claim."""
    for claim in view.state.cluster.claims:
        found = chain(claim, view.around(claim), objective=view.objective(claim.id), now=view.now)
        for link in found.broken:
            if link.code in LINKS and _is_news(view, link) and _is_asked(view, claim.id, link):
                yield _of_link(view, claim.id, link)


def of_gone(view: ClusterView) -> Iterator[Finding]:
    """Claims that were there at an earlier look and are not any more."""
    if not view.state.cluster.sees("persistentvolumeclaims"):
        return
    there = {claim.id for claim in view.state.cluster.claims}
    for claim, asset in view.assets.items():
        if claim not in there:
            yield _finding("claim-gone", Severity.WARNING, asset.id, "you", claim=claim)


def _is_news(view: ClusterView, link: Link) -> bool:
    """A list that was not read is a blind spot already; it is no matter of each claim."""
    if link.code != "volume-unseen":
        return True
    seen = view.state.cluster.sees("persistentvolumes")
    return seen and view.state.volumes is not None


def _is_asked(view: ClusterView, claim: str, link: Link) -> bool:
    """Longhorn is not blamed for copies that a policy asks of another engine alone."""
    asset = view.assets.get(claim)
    sent = view.estate.destinations(asset) if asset is not None else ()
    return link.code in HEALTH or not sent or view.engine in {e.partition("/")[0] for e in sent}


def _of_link(view: ClusterView, claim: str, link: Link) -> Finding:
    facts: Facts = {"claim": claim, **{name: value or "?" for name, value in link.facts}}
    unsure = link.ok is None
    if link.code == "claim-not-longhorn":
        # Another driver may have copies of its own; a folder on one node has none.
        unsure = claim not in view.assets and facts["driver"] not in ON_NODE
    if link.code == "backup-stuck":
        facts["progress"] = dict(link.facts)["progress"]
    return LINKS[link.code](view.subject(claim), unsure, facts)
