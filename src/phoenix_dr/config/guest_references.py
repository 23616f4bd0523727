"""What the shapes of engines with guests cannot see: policies, guests and places they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phoenix_dr.config import shapes
from phoenix_dr.config.guest_engines import (
    GuestJob,
    Guests,
    PbsEngine,
    ProxmoxEngine,
    Servers,
    VzdumpEngine,
)
from phoenix_dr.config.guest_scalars import is_dataplace
from phoenix_dr.config.names import known
from phoenix_dr.config.source import STAND_IN, Key, Source

_GUEST = re.compile(r"(?P<engine>[^/]+)/(?P<number>[1-9][0-9]{2,8})")
"""`ENGINE/NUMBER`: Proxmox numbers guests from 100 to 999999999."""
_DUMP_KEYS = {
    "ssh://": ("known_hosts", "identity"),
    "rclone:": ("config", "environment", "program"),
}
"""Settings of a folder of archives that mean something only where it is reached so."""


def check_guests(source: Source, root: shapes.Root) -> None:
    """Note guests no engine can hold, and those that two assets claim."""
    seen: set[str] = set()
    for at, guest in _guests(root):
        found = _GUEST.fullmatch(guest)
        if found is None:
            source.problem(at, "bad-guest", given=guest)
        elif known(source, at, found["engine"], root.engines, "engine"):
            holder = root.engines.get(found["engine"])
            if isinstance(holder, PbsEngine):
                source.problem(at, "guest-of-pbs", engine=found["engine"], guests=holder.guests)
            elif guest in seen:
                source.problem(at, "named-twice", name=guest)
        seen.add(guest)


def check_holder(source: Source, root: shapes.Root, at: Key, engine: Guests) -> None:
    """Note what cannot be right in an engine that holds guests."""
    match engine:
        case ProxmoxEngine():
            _proxmox(source, root, at, engine)
        case PbsEngine():
            _pbs(source, root, at, engine)
        case VzdumpEngine():
            _vzdump(source, at, engine)


def _proxmox(source: Source, root: shapes.Root, at: Key, engine: ProxmoxEngine) -> None:
    _trust(source, at, engine)
    named = {"token", "user", "password"}.intersection(source.data["engines"][at[-1]])
    if named not in ({"token"}, {"user", "password"}):
        source.problem(at, "proxmox-login", at_key=True)
    for storage, location in engine.storages.items():
        known(source, (*at, "storages", storage), location, root.locations, "location")
    ids: set[str] = set()
    for policy, job in engine.jobs.items():
        where: Key = (*at, "jobs", policy)
        _policy(source, root, where, policy=policy)
        _job(source, where, job)
        if job.id and job.id in ids:
            source.problem((*where, "id"), "named-twice", name=job.id)
        ids |= {job.id} if job.id else set()
    if engine.drills is not None:
        _drill_numbers(source, root, at, engine.drills.numbers)


def _pbs(source: Source, root: shapes.Root, at: Key, engine: PbsEngine) -> None:
    _trust(source, at, engine)
    for place, location in engine.datastores.items():
        where: Key = (*at, "datastores", place)
        if not is_dataplace(place) and STAND_IN not in place:
            source.problem(where, "bad-datastore", at_key=True, given=place)
        known(source, where, location, root.locations, "location")
    if known(source, (*at, "guests"), engine.guests, root.engines, "engine"):
        holder = root.engines.get(engine.guests)
        if holder is not None and not isinstance(holder, ProxmoxEngine | VzdumpEngine):
            source.problem(
                (*at, "guests"), "guests-elsewhere", engine=engine.guests, kind=holder.kind
            )


def _vzdump(source: Source, at: Key, engine: VzdumpEngine) -> None:
    for prefix, keys in _DUMP_KEYS.items():
        for key in keys:
            if key in engine.model_fields_set and not engine.directory.startswith(prefix):
                source.problem((*at, key), "dump-key", at_key=True, key=key, prefix=prefix)
    try:
        ZoneInfo(engine.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        source.problem((*at, "timezone"), "unknown-timezone", timezone=engine.timezone or "")


def _guests(root: shapes.Root) -> Iterator[tuple[Key, str]]:
    for service, given in root.services.items():
        for name, asset in given.assets.items():
            if asset.guest is not None and "TODO" not in asset.guest:
                yield ("services", service, "assets", name, "guest"), asset.guest


def _trust(source: Source, at: Key, engine: Servers) -> None:
    if not engine.url.startswith("https:"):
        source.problem((*at, "url"), "proxmox-https")
    named = (engine.fingerprint, engine.ca, engine.insecure or None)
    if sum(each is not None for each in named) > 1:
        # Which of two would count nobody could tell.
        source.problem(at, "proxmox-trust", at_key=True)


def _policy(source: Source, root: shapes.Root, where: Key, *, policy: str) -> None:
    if not known(source, where, policy, root.policies or {"default": None}, "policy"):
        return
    name = str(where[1])
    found = root.policies.get(policy)
    # Without policies there is only the usual one, which sends everything to restic.
    to = found.to if found else () if not root.policies else (name,)
    if not any(each == name or each.startswith((f"{name}/", STAND_IN)) for each in to):
        source.problem(where, "job-elsewhere", at_key=True, policy=policy, engine=name)


def _job(source: Source, where: Key, job: GuestJob) -> None:
    if job.every and job.pool is not None:
        source.problem((*where, "pool"), "job-all-and-pool", at_key=True)
    if job.exclude and not job.every and job.pool is None:
        source.problem((*where, "exclude"), "job-exclude", at_key=True)


def _drill_numbers(source: Source, root: shapes.Root, at: Key, numbers: tuple[int, int]) -> None:
    first, last = numbers
    named = [guest for _, guest in _guests(root)]
    # One that discovery found and that was left out exists all the same.
    named += [each.found for each in root.ignore if each.found.startswith(f"{at[-1]}/")]
    for guest in dict.fromkeys(named):
        found = _GUEST.fullmatch(guest)
        if found is not None and first <= int(found["number"]) <= last:
            source.problem((*at, "drills", "numbers"), "drills-over-guest", guest=guest)
