"""What a look at a Proxmox Backup Server shows to be wrong. Phoenix only says it: it never prunes.

Nor does it verify or free space there; the remedies hold the commands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from phoenix_dr.core.coverage import is_excused, local_day
from phoenix_dr.core.job_view import finding as _finding
from phoenix_dr.core.job_view import seconds
from phoenix_dr.core.model import DAY, Estate
from phoenix_dr.core.one_copy import Pair, told_twice
from phoenix_dr.core.pbs import PbsInventory
from phoenix_dr.core.pbs_group_findings import of_groups, of_hosts, of_keys, of_owners
from phoenix_dr.core.pbs_job_findings import of_gc, of_prune, of_verify
from phoenix_dr.core.pbs_proof_findings import of_broken, of_unproved
from phoenix_dr.core.pbs_view import PbsView, pbs_view
from phoenix_dr.core.proxmox import Inventory
from phoenix_dr.core.report import Finding, Severity

Family = Callable[[PbsView], Iterator[Finding]]
NEARLY_FULL = 90
"""Percent of a datastore in use. Freeing space needs room for writing, too."""
FULL = 97
SOON = 30 * DAY
"""How near the day may be on which PBS expects a datastore to be full."""


def find_in_pbs(
    estate: Estate,
    inventory: PbsInventory,
    *,
    now: datetime,
    guests: Inventory | None = None,
    others: Sequence[PbsInventory] = (),
) -> tuple[Finding, ...]:
    """Every finding of one look, most urgent first.

    `guests` is the last look at the Proxmox whose guests it holds, `others` those at other backup
    servers. Data a person left out is silent, or only INFO, until the date given.
    """
    view = pbs_view(estate, inventory, now=now, guests=guests, others=others)
    found = [each for family in FAMILIES for each in _said(view, family(view))]
    order = tuple(Severity)
    return tuple(sorted(found, key=lambda each: (order.index(each.severity), each.code)))


def of_sight(view: PbsView) -> Iterator[Finding]:
    """What was not shown, and a look that was long ago."""
    for spot in (*view.inventory.blind_spots, *view.inventory.unseen):
        yield _finding(
            "blind",
            Severity.UNKNOWN,
            spot.engine,
            "phoenix",
            reason=spot.reason,
            detail=spot.detail,
        )
    if view.now - view.at >= DAY:
        yield _finding(
            "pbs-seen-long-ago",
            Severity.UNKNOWN,
            view.engine,
            "phoenix",
            age=seconds(view.now - view.at),
        )


def of_places(view: PbsView) -> Iterator[Finding]:
    """Places with our guests' numbers that nobody described; another cluster may have them too."""
    for place in view.inventory.undescribed:
        subject = f"{view.engine}/{place}"
        yield _finding("pbs-place-undescribed", Severity.INFO, subject, "you", place=place)


def of_room(view: PbsView) -> Iterator[Finding]:
    """Datastores that are full, or will be soon by PBS' own estimate."""
    for each in view.inventory.datastores:
        if each.name not in view.datastores or not each.total or each.used is None:
            continue
        percent = 100 * each.used // each.total
        if percent >= NEARLY_FULL:
            yield _finding(
                "pbs-datastore-full",
                Severity.CRITICAL if percent >= FULL else Severity.WARNING,
                view.engine,
                "you",
                datastore=each.name,
                percent=percent,
                free=max(each.total - each.used, 0),
            )
        elif each.full_at is not None and view.at < each.full_at <= view.at + SOON:
            yield _finding(
                "pbs-datastore-fills",
                Severity.WARNING,
                view.engine,
                "you",
                datastore=each.name,
                span=seconds(each.full_at - view.at),
                day=local_day(view.estate, each.full_at).isoformat(),
            )


def of_copies(view: PbsView) -> Iterator[Finding]:
    """Copies that a Proxmox shows at another location: one, or two of them?"""
    points: defaultdict[Pair, list[str]] = defaultdict(list)
    for pair, point in (*_served(view), *_shown(view)):
        points[pair].append(point)
    for (engine, location), (other, elsewhere) in told_twice(view.estate, points).items():
        if engine == view.engine:
            yield _finding(
                "pbs-one-copy-or-two",
                Severity.UNKNOWN,
                engine,
                "you",
                location=location,
                other=other,
                elsewhere=elsewhere,
            )


def _served(view: PbsView) -> Iterator[tuple[Pair, str]]:
    """Snapshots of assets on this backup server and on the others."""
    for look in (view.inventory, *view.others):
        places = view.estate.engines[look.engine].locations
        for each in look.snapshots:
            if (at := places.get(each.place)) is not None and look.asset(each) is not None:
                yield (look.engine, at), each.id


def _shown(view: PbsView) -> Iterator[tuple[Pair, str]]:
    """Archives of assets that Proxmox shows in described storages."""
    look = view.guests
    if look is None:
        return
    storages = {each.id: each.location for each in look.storages if each.location}
    for each in look.archives:
        if each.vmid in look.assets and (at := storages.get(each.storage)):
            yield (look.engine, at), each.id


FAMILIES: tuple[Family, ...] = (
    of_sight,
    of_places,
    of_broken,
    of_unproved,
    of_verify,
    of_prune,
    of_gc,
    of_room,
    of_groups,
    of_hosts,
    of_owners,
    of_keys,
    of_copies,
)


def _said(view: PbsView, found: Iterator[Finding]) -> Iterator[Finding]:
    """Without what a person left out; about an accepted loss nothing is urgent."""
    today = local_day(view.estate, view.now)
    ignored = {each.found for each in view.estate.ignore if today <= each.until}
    assets = {asset.id: asset for asset in view.estate.assets()}
    for each in found:
        asset = assets.get(each.subject)
        if each.subject in ignored or (asset and is_excused(asset.regenerable, today)):
            continue
        accepted = asset is not None and is_excused(asset.accepted_loss, today)
        yield replace(each, severity=Severity.INFO) if accepted else each
