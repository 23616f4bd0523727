"""What a look at a Proxmox shows to be wrong with its guests, archives, runs and storages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from phoenix_dr.core.coverage import is_excused, local_day
from phoenix_dr.core.guest_archive_findings import of_ages, of_archives, of_verification
from phoenix_dr.core.guest_job_findings import of_gone, of_keeping, of_missed, of_pace
from phoenix_dr.core.guest_run_findings import of_locks, of_runs, of_tasks
from phoenix_dr.core.guest_storage_findings import of_hosts, of_own_host, of_room, of_storages
from phoenix_dr.core.guest_view import GuestView, guest_view
from phoenix_dr.core.guest_volume_findings import of_volumes
from phoenix_dr.core.job_view import JobView, is_ignored, seconds
from phoenix_dr.core.job_view import finding as _finding
from phoenix_dr.core.model import DAY
from phoenix_dr.core.proxmox import Inventory
from phoenix_dr.core.report import Finding, Severity

Family = Callable[[GuestView], Iterator[Finding]]


def find_in_look(view: JobView, inventory: Inventory) -> Iterator[Finding]:
    """Every finding of one look; guests a person left out until a date stay silent till then.

    What is wrong with data whose loss was accepted is only INFO.
    """
    live = guest_view(view, inventory)
    silent, quiet = _silenced(live)
    for family in FAMILIES:
        for found in family(live):
            if found.subject in quiet:
                yield replace(found, severity=Severity.INFO)
            elif found.subject not in silent:
                yield found


def of_blind_spots(view: GuestView) -> Iterator[Finding]:
    """What this look could not see, and a look that was long ago."""
    for spot in view.inventory.blind_spots:
        yield _finding(
            "blind",
            Severity.UNKNOWN,
            spot.engine,
            "phoenix",
            reason=spot.reason,
            detail=spot.detail,
        )
    age = view.view.now - view.at
    if age >= DAY:
        yield _finding(
            "guests-seen-long-ago", Severity.UNKNOWN, view.engine, "phoenix", age=seconds(age)
        )


FAMILIES: tuple[Family, ...] = (
    of_blind_spots,
    of_gone,
    of_missed,
    of_pace,
    of_keeping,
    of_volumes,
    of_runs,
    of_tasks,
    of_locks,
    of_ages,
    of_archives,
    of_verification,
    of_storages,
    of_room,
    of_own_host,
    of_hosts,
)


def _silenced(view: GuestView) -> tuple[set[str], set[str]]:
    """Subjects nothing is said of, and subjects of which nothing is urgent."""
    silent: set[str] = set()
    quiet: set[str] = set()
    today = local_day(view.estate, view.view.now)
    for vmid in {*view.guests, *view.described, *view.archives}:
        if is_ignored(view.view, f"{view.engine}/{vmid}"):
            silent |= {view.subject(vmid), f"{view.engine}/{vmid}"}
    for each in view.described.values():
        asset = view.estate.asset(each)
        if is_excused(asset.regenerable, today):
            silent.add(each)
        elif is_excused(asset.accepted_loss, today):
            quiet.add(each)
    return silent, quiet - silent
