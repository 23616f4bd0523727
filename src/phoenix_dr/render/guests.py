"""A look at a Proxmox as tables: guests, storages, jobs, and what could not be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from phoenix_dr.core.guest_rows import GuestRow, GuestRows
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.proxmox import Storage, Volume
from phoenix_dr.core.vzdump_job import VzdumpJob
from phoenix_dr.render import audit_parts, rules, table, text, units
from phoenix_dr.render.view import Safe, View

GUEST = ("guest", "node", "asset", "jobs", "newest", "left-out")
STORAGE = ("storage", "kind", "location", "nodes", "room", "keeps")
JOB = ("job", "schedule", "storage", "takes", "keeps")
NAMED = ("bind", "device", "passthrough")
"""Reasons for which the place of a volume says more than its key."""


def lines(found: GuestRows, view: View, *, now: datetime) -> Iterator[str]:
    """Everything one look showed, what it could not see last."""
    yield from _told(_first(found, view), view)
    yield ""
    yield from _table(GUEST, [_guest(each, view, now=now) for each in found.guests], view)
    if found.foreign:
        yield from _told(view.say("inventory.foreign", {"count": found.foreign}), view)
    yield ""
    yield from _table(STORAGE, [_storage(each, view) for each in found.storages], view)
    yield ""
    if found.jobs is None:
        yield from _told(view.say("inventory.no-jobs-seen"), view)
    else:
        rows = [_job(each, found, view) for each in found.jobs]
        yield from _table(JOB, rows, view)
    yield from _blind(found, view)


def _first(found: GuestRows, view: View) -> Safe:
    nodes = (
        view.say(f"inventory.node.{'online' if node.online else 'offline'}", {"node": node.name})
        for node in found.nodes
    )
    facts: dict[str, str | int] = {
        "engine": found.engine,
        "version": found.version,
        "nodes": view.join(nodes),
        "guests": len(found.guests),
    }
    return view.say("inventory.first", facts)


def _blind(found: GuestRows, view: View) -> Iterator[str]:
    if not found.blind_spots:
        return
    yield ""
    yield view.say("inventory.blind")
    for spot in found.blind_spots:
        said = audit_parts.blind_text(spot, view)
        yield from text.indent(said, first="- ", rest="  ", columns=view.width)


def _told(said: str, view: View) -> list[str]:
    return text.indent(said, first="", rest="  ", columns=view.width)


def _table(names: Sequence[str], rows: Sequence[list[str]], view: View) -> list[str]:
    headers = [view.say(f"inventory.column.{name}") for name in names]
    if not rows:
        return [view.say(f"inventory.no.{names[0]}")]
    return table.terminal(headers, rows, columns=view.width)


def _guest(row: GuestRow, view: View, *, now: datetime) -> list[str]:
    facts = {"vmid": str(row.vmid), "name": row.name or "?"}
    named = view.say(f"inventory.{row.kind}", facts)
    if row.lock:
        named = view.say("inventory.locked", {"guest": named, "lock": row.lock})
    return [
        named,
        view.safe(row.node),
        view.safe(row.asset) if row.asset else view.say("inventory.not-described"),
        _names(row.jobs, view),
        _newest(row, view, now=now),
        _left_out(row, view),
    ]


def _names(names: tuple[str, ...] | None, view: View) -> Safe:
    if names is None:
        return view.say("word.unknown")
    return view.join(names) if names else view.say("inventory.none")


def _newest(row: GuestRow, view: View, *, now: datetime) -> str:
    if row.newest is not None:
        return units.age(now - row.newest, view.language)
    return view.say("inventory.none" if row.sure else "word.unknown")


def _left_out(row: GuestRow, view: View) -> Safe:
    if row.newest is None and row.sure:
        return view.say("inventory.all-of-it")
    if row.left_out is None:
        return view.say("word.unknown")
    if not row.left_out:
        return view.say("word.nothing")
    return view.join(_volume(each, view) for each in row.left_out)


def _volume(volume: Volume, view: View) -> Safe:
    if volume.reason in NAMED and volume.name:
        return view.join([volume.key, volume.name], " ")
    return view.safe(volume.key)


def _storage(storage: Storage, view: View) -> list[str]:
    return [
        view.safe(storage.id),
        view.safe(storage.kind),
        view.safe(storage.location) if storage.location else view.say("inventory.not-described"),
        _nodes(storage, view),
        _room(storage, view),
        _keeps(storage.keep, view) if storage.keep_known else view.say("word.unknown"),
    ]


def _nodes(storage: Storage, view: View) -> Safe:
    if storage.disabled:
        return view.say("inventory.switched-off")
    away = (view.say("inventory.not-from", {"node": node}) for node in storage.inactive)
    return view.join([*storage.active, *away]) or view.say("word.unknown")


def _room(storage: Storage, view: View) -> Safe:
    if storage.total is None or storage.available is None:
        own = len(storage.active) > 1 and not storage.shared
        return view.say("inventory.per-node" if own else "word.unknown")
    return view.say("inventory.room", {"free": storage.available, "total": storage.total})


def _job(job: VzdumpJob, found: GuestRows, view: View) -> list[str]:
    schedule, storage = view.safe(job.schedule or "?"), view.safe(job.storage)
    if job.storage not in {each.id for each in found.storages}:
        storage = view.say("inventory.not-seen", {"storage": job.storage})
    return [
        view.safe(job.id),
        schedule if job.enabled else view.say("inventory.off", {"schedule": schedule}),
        storage,
        _takes(job, found.members[job.id], view),
        view.say("inventory.of-storage") if job.keep is None else _keeps(job.keep, view),
    ]


def _takes(job: VzdumpJob, members: int, view: View) -> Safe:
    facts: dict[str, str | int] = {"count": members, "pool": job.pool or ""}
    form = "pool" if job.pool else "every" if job.every else "guests"
    return view.say(f"inventory.takes.{form}", facts)


def _keeps(rule: RetentionRule | None, view: View) -> Safe:
    return rules.rule(RetentionRule() if rule is None else rule, view)
