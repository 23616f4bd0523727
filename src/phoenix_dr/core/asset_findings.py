"""Finding families about one asset: its points, its pace, its drills, its copies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from phoenix_dr.core.evidence import Scope
from phoenix_dr.core.finding_facts import View
from phoenix_dr.core.model import Asset, AssetKind, Criticality
from phoenix_dr.core.points import CLOCK_SKEW
from phoenix_dr.core.report import Coverage, Finding, Severity, State

FRESH = {
    Criticality.CRITICAL: timedelta(days=30),
    Criticality.IMPORTANT: timedelta(days=90),
    Criticality.NICE: timedelta(days=180),
}
"""How long a drill counts as recent."""

ENOUGH_COPIES = 3
ENOUGH_MEDIA = 2

Family = Callable[[View, Coverage], Iterator[Finding]]

SAVED_NOW = frozenset({"proxmox", "longhorn", "velero"})
"""Kinds of engines whose copies are made by `protect apply --now`."""


def of_points(view: View, covered: Coverage) -> Iterator[Finding]:
    """Nothing to restore from, or too old, or not to be judged."""
    owner = _maker(view, covered)
    unjudged = view.facts.unjudged.get(covered.asset)
    if covered.newest is not None:
        yield from _age(view, covered, owner)
    elif covered.blind:
        yield _finding("asset-unseen", Severity.UNKNOWN, covered, owner)
    elif unjudged is None:
        command = _command(view, covered)
        yield _finding("no-backup", Severity.CRITICAL, covered, owner, command=command)
    if unjudged is not None:
        future = unjudged > view.now + CLOCK_SKEW
        yield _finding(
            "point-in-future" if future else "point-unknown",
            Severity.UNKNOWN,
            covered,
            "forge" if future else "phoenix",
            age=_seconds(abs(view.now - unjudged)),
        )
    if covered.newest_suspect:
        yield _finding("suspect-point", Severity.WARNING, covered, "phoenix")


def of_pace(view: View, covered: Coverage) -> Iterator[Finding]:
    """Gaps that were, gaps the schedule makes, and what the loss of the site would cost."""
    objective = covered.rpo_objective
    if (gap := covered.worst_gap) is not None and gap >= objective:
        yield _finding(
            "gap-too-long",
            Severity.WARNING,
            covered,
            "flow",
            gap=_seconds(gap),
            objective=_seconds(objective),
        )
    if (worst := covered.worst_case) is not None and worst >= objective:
        yield _finding(
            "schedule-too-thin",
            Severity.WARNING,
            covered,
            "flow",
            worst=_seconds(worst),
            objective=_seconds(objective),
            schedule=covered.schedule,
        )
    elsewhere = covered.rpo_by_scope.get(Scope.SITE)
    held = covered.off_site and covered.rpo is not None and covered.rpo < objective
    if held and elsewhere is not None and elsewhere >= objective:
        yield _finding(
            "off-site-behind",
            Severity.WARNING,
            covered,
            "flow",
            rpo=_seconds(elsewhere),
            objective=_seconds(objective),
        )


def of_drills(view: View, covered: Coverage) -> Iterator[Finding]:
    """Never restored, restored in vain, too long ago, or by a drill that cannot fail."""
    if covered.newest is None and covered.last_drill_ok is None:
        return
    if covered.last_drill_ok is None:
        yield _finding("never-drilled", Severity.WARNING, covered, "phoenix")
    elif covered.last_drill_ok is False:
        yield _finding("drill-failed", Severity.CRITICAL, covered, "phoenix")
    elif covered.service not in view.facts.seen_failing:
        yield _finding("drill-never-failed", Severity.INFO, covered, "phoenix")
    last = view.facts.drills.get(covered.asset)
    if last is None:
        return
    if last.dirty:
        yield _finding("drill-left-traces", Severity.WARNING, covered, "phoenix", drill=last.id)
    age, limit = view.now - last.started_at, FRESH[view.level(covered.asset)]
    if last.ok and age >= limit:
        yield _finding(
            "drill-stale",
            Severity.WARNING,
            covered,
            "phoenix",
            age=_seconds(age),
            limit=_seconds(limit),
        )


def of_copies(view: View, covered: Coverage) -> Iterator[Finding]:
    """3-2-1 broken, an off-site that only pretends, or copies that no key opens."""
    if covered.asset in view.facts.unopenable:
        yield _finding("not-openable", Severity.CRITICAL, covered, "vault")
    if covered.newest is None:
        return
    if covered.copies < ENOUGH_COPIES:
        yield _finding("copies-too-few", Severity.WARNING, covered, "you", copies=covered.copies)
    if covered.media < ENOUGH_MEDIA:
        yield _finding("one-medium", Severity.WARNING, covered, "you")
    if covered.off_site is False:
        yield _finding("no-off-site", Severity.WARNING, covered, "you")
    elif covered.off_site is None:
        yield _finding("off-site-unknown", Severity.UNKNOWN, covered, "you")
    elif covered.simulated:
        yield _finding("simulated-off-site", Severity.WARNING, covered, "you")


ASSET_FAMILIES: tuple[Family, ...] = (of_points, of_pace, of_drills, of_copies)


def _age(view: View, covered: Coverage, owner: str) -> Iterator[Finding]:
    if covered.newest is None:
        return
    age = view.now - covered.newest
    unchanged = covered.unchanged_until or covered.newest
    if view.now - max(covered.newest, unchanged) < covered.rpo_objective:
        return
    # With a blind spot or a point nobody can judge, a newer one may well be there.
    proved = covered.state is State.FAIL and not covered.blind
    yield _finding(
        "too-old",
        Severity.CRITICAL if proved else Severity.UNKNOWN,
        covered,
        owner,
        age=_seconds(age),
        objective=_seconds(covered.rpo_objective),
        command=_command(view, covered),
    )


def _command(view: View, covered: Coverage) -> str:
    """What makes a new point of this asset when typed: a guest, or a claim, where it lives."""
    asset = _asset(view, covered)
    if asset is None or asset.kind not in {AssetKind.GUEST, AssetKind.VOLUMES}:
        return f"phoenix backup {covered.service}"
    home, _, number = asset.source.partition("/")
    sent = [place.partition("/")[0] for place in view.estate.destinations(asset)]
    engine = home if asset.kind is AssetKind.GUEST or home in sent or not sent else sent[0]
    spec = view.estate.engines.get(engine)
    if spec is not None and spec.kind in SAVED_NOW and spec.apply == "direct":
        return f"phoenix protect apply {engine} --now"
    if asset.kind is AssetKind.VOLUMES:
        return f"phoenix protect plan {engine} --handoff DIR"
    return f"vzdump {number} --remove 0"


def _asset(view: View, covered: Coverage) -> Asset | None:
    return view.assets.get(covered.asset)


def _maker(view: View, covered: Coverage) -> str:
    """Who can bring about a new point of this asset."""
    asset = _asset(view, covered)
    if asset is None:
        return "phoenix"
    by_kind = {AssetKind.GUEST: "forge", AssetKind.VOLUMES: "helm"}
    if asset.kind in by_kind:
        return by_kind[asset.kind]
    return "phoenix" if view.estate.destinations(asset) else "you"


def _finding(
    code: str, severity: Severity, covered: Coverage, owner: str, **parameters: str | int
) -> Finding:
    named = (("service", covered.service), *parameters.items())
    return Finding(code, severity, covered.asset, owner, named)


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
