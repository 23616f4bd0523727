"""Groups on a Proxmox Backup Server: left behind, cut, owned by the wrong one, locked by a key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from phoenix_dr.core.job_view import finding as _finding
from phoenix_dr.core.job_view import seconds
from phoenix_dr.core.keys import opening
from phoenix_dr.core.model import DAY
from phoenix_dr.core.pbs import Group
from phoenix_dr.core.pbs_view import PbsView
from phoenix_dr.core.report import Finding, Severity

OLD = 7 * DAY
FORGOTTEN = 30 * DAY
CUT = timedelta(hours=24)
"""A snapshot without an index may be under way for so long."""
SUPERUSER = "root@pam"


def of_groups(view: PbsView) -> Iterator[Finding]:
    """Groups whose newest snapshot is old or was cut; foreign ones nobody adds to any more."""
    for group, asset in view.own:
        yield from _of_newest(view, group, asset)
    old = [each for each in view.foreign if each.newest and view.age(each.newest) > FORGOTTEN]
    if old:
        yield _finding(
            "pbs-groups-forgotten",
            Severity.INFO,
            view.engine,
            "you",
            count=len(old),
            groups=", ".join(sorted(f"{each.place}:{each.id}" for each in old)[:5]),
        )


def of_hosts(view: PbsView) -> Iterator[Finding]:
    """Places on the very machine a guest runs on, unless Proxmox' own finding says so."""
    for space in view.places:
        at = view.estate.locations.get(space.location)
        if at is None or view.storages(space.location):
            continue
        ours = [each for each, _ in view.own if each.place == space.place]
        here = [each for each in ours if view.host(each) == at.host]
        if here:
            yield _finding(
                "pbs-on-guests-host",
                Severity.WARNING,
                view.engine,
                "you",
                place=space.place,
                host=at.host,
                guests=", ".join(sorted(each.name for each in here)[:10]),
            )


def of_owners(view: PbsView) -> Iterator[Finding]:
    """Groups of the superuser, and groups of one place with different owners."""
    owners: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
    for group, _ in view.own:
        if group.owner:
            owners[group.place].setdefault(group.owner, []).append(group.id)
    for place, by_owner in owners.items():
        if SUPERUSER in by_owner:
            yield _finding(
                "pbs-owner-superuser",
                Severity.WARNING,
                view.engine,
                "vault",
                place=place,
                groups=_few(by_owner[SUPERUSER]),
            )
        if len(by_owner) > 1:
            rarest = min(by_owner, key=lambda name: (len(by_owner[name]), name))
            yield _finding(
                "pbs-owners-differ",
                Severity.INFO,
                view.engine,
                "forge",
                place=place,
                who=rarest,
                groups=_few(by_owner[rarest]),
            )


def of_keys(view: PbsView) -> Iterator[Finding]:
    """Snapshots only a client's key opens, while no described key says that it opens them."""
    guests = view.spec.settings.get("guests", "")
    if opening(view.estate, view.engine) or opening(view.estate, guests):
        return
    locked: defaultdict[str, set[str]] = defaultdict(set)
    for group, _ in view.own:
        for each in view.held(group):
            if each.key:
                locked[each.key].add(group.id)
    for key, groups in sorted(locked.items()):
        yield _finding(
            "pbs-key-not-described",
            Severity.INFO,
            view.engine,
            "vault",
            key=key[:23],
            groups=_few(sorted(groups)),
        )


def _of_newest(view: PbsView, group: Group, asset: str) -> Iterator[Finding]:
    held = view.held(group)
    whole = [each for each in held if each.finished]
    said = {"group": group.id, "place": group.place}
    if held and not held[-1].finished and view.age(held[-1].taken_at) > CUT:
        age = seconds(view.age(held[-1].taken_at))
        yield _finding("pbs-snapshot-cut", Severity.WARNING, asset, "forge", **said, age=age)
    if whole and view.age(whole[-1].taken_at) > OLD:
        age = seconds(view.age(whole[-1].taken_at))
        yield _finding("pbs-group-old", Severity.WARNING, asset, "flow", **said, age=age)


def _few(names: list[str]) -> str:
    return ", ".join(sorted(names)[:5])
