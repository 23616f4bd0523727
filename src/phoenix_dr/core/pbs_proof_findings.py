"""Snapshots a Proxmox Backup Server found broken, and groups nothing of which was read again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from phoenix_dr.core.job_view import finding as _finding
from phoenix_dr.core.job_view import seconds
from phoenix_dr.core.model import DAY
from phoenix_dr.core.pbs import Group, Snapshot
from phoenix_dr.core.pbs_view import PbsView
from phoenix_dr.core.report import Finding, Severity

PROOF = 30 * DAY
"""How old the last verification of a group may be."""


def of_broken(view: PbsView) -> Iterator[Finding]:
    """Failed verifications, by group: what is broken cannot be restored whole."""
    for group, asset in view.own:
        bad = [each for each in view.held(group) if each.verified is False]
        if bad and not view.is_told(group, _location(view, group)):
            yield _finding(
                "pbs-verification-failed",
                Severity.CRITICAL,
                asset,
                "forge",
                group=group.id,
                place=group.place,
                moment=_stamp(bad[-1]),
                snapshots=len(bad),
                engine=view.engine,
            )
    foreign = [
        group for group in view.foreign if any(each.verified is False for each in view.held(group))
    ]
    if foreign:
        # Chunks are shared: what is broken there may be broken here tomorrow.
        yield _finding(
            "pbs-foreign-broken",
            Severity.WARNING,
            view.engine,
            "forge",
            groups=", ".join(sorted({f"{each.place}:{each.id}" for each in foreign})[:5]),
            count=len(foreign),
        )


def of_unproved(view: PbsView) -> Iterator[Finding]:
    """Groups of which nothing was verified for long, although they are old enough to be."""
    for group, asset in view.own:
        held = [each for each in view.held(group) if each.finished]
        if not held or view.is_told(group, _location(view, group)):
            continue
        good = [each for each in held if each.verified]
        last = max((each.verified_at or each.taken_at for each in good), default=None)
        if view.age(last or held[0].taken_at) > PROOF:
            yield _of_age(view, group, asset, last)


def _of_age(view: PbsView, group: Group, asset: str, last: datetime | None) -> Finding:
    said = {"group": group.id, "place": group.place, "engine": view.engine}
    if last is None:
        return _finding("pbs-never-verified", Severity.WARNING, asset, "forge", **said)
    age = seconds(view.age(last))
    return _finding("pbs-verified-long-ago", Severity.WARNING, asset, "forge", **said, age=age)


def _location(view: PbsView, group: Group) -> str:
    return view.spec.locations.get(group.place, "")


def _stamp(snapshot: Snapshot) -> str:
    return f"{snapshot.taken_at:%Y-%m-%d %H:%M} UTC"
