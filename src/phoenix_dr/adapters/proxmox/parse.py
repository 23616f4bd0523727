"""Pure: rows of Proxmox VE to core values. Numbers may come as strings; keys may be absent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from phoenix_dr.core.capabilities import Node
from phoenix_dr.core.proxmox import Archive, Covered, Guest, Volume

Row = Mapping[str, Any]
GUESTS = ("lxc", "qemu")
SERVER = "pbs-"
"""How formats of archives on a Proxmox Backup Server begin."""
_NAMED = re.compile(r"vzdump-(?:lxc|qemu|openvz)-(\d{3,9})-")
_SERVED = re.compile(r":backup/(?:vm|ct)/(\d{3,9})/")
_REASONS = {"not a volume": "bind", "disabled": "disabled"}


@dataclass(frozen=True, slots=True)
class OnNode:
    """A storage as one node sees it; an inactive one tells no bytes (its zeros mean nothing)."""

    storage: str
    node: str
    kind: str
    shared: bool
    active: bool
    total: int | None
    available: int | None


def number(value: object) -> int | None:
    """A whole number from a number or its text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None


def moment(value: object) -> datetime | None:
    """The time of an epoch; None for 0 and for what no clock shows."""
    seconds = number(value)
    if seconds is None or seconds <= 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def flag(value: object, *, default: bool) -> bool:
    """Proxmox' 0 and 1; an absent key is the default, never false."""
    return default if value is None else str(value) in ("1", "True", "true")


def text(row: Row, key: str) -> str:
    """A text of a row, "" where there is none."""
    value = row.get(key)
    return "" if value is None else str(value)


def nodes(rows: Iterable[Row]) -> tuple[Node, ...]:
    """Nodes by name; `unknown` is not online."""
    found = (Node(text(row, "node"), row.get("status") == "online") for row in rows)
    return tuple(sorted((each for each in found if each.name), key=lambda each: each.name))


def guests(rows: Iterable[Row]) -> tuple[Guest, ...]:
    """Guests among the rows of `/cluster/resources`, by number."""
    found = []
    for row in rows:
        vmid = number(row.get("vmid"))
        if row.get("type") not in GUESTS or vmid is None:
            continue
        status = row.get("status")
        found.append(
            Guest(
                vmid=vmid,
                kind=str(row["type"]),
                node=text(row, "node"),
                name=text(row, "name"),
                running={"running": True, "stopped": False}.get(str(status)),
                template=flag(row.get("template"), default=False),
                pool=text(row, "pool") or None,
                lock=text(row, "lock"),
                tags=tuple(re.split(r"[;, ]+", text(row, "tags"))) if row.get("tags") else (),
            )
        )
    return tuple(sorted(found, key=lambda each: each.vmid))


def away(rows: Iterable[Row], node: str) -> Iterator[str]:
    """Storages of an offline node that hold backups and that no other node can read."""
    for row in rows:
        if row.get("type") == "storage" and row.get("node") == node:
            holds = "backup" in text(row, "content").split(",")
            if holds and not flag(row.get("shared"), default=False):
                yield text(row, "storage")


def storages(rows: Iterable[Row], node: str) -> Iterator[OnNode]:
    """Storages as one node lists them; one that is switched off is inactive."""
    for row in rows:
        if not (name := text(row, "storage")):
            continue
        on = flag(row.get("enabled"), default=True) and flag(row.get("active"), default=True)
        yield OnNode(
            storage=name,
            node=node,
            kind=text(row, "type"),
            shared=flag(row.get("shared"), default=False),
            active=on,
            total=number(row.get("total")) if on else None,
            available=number(row.get("avail")) if on else None,
        )


def name(row: Row, at: OnNode) -> str:
    """The id of a row's archive; behind its node where each node has a storage of its own."""
    volid = text(row, "volid")
    return volid if at.shared else f"{at.node}/{volid}"


def archive(row: Row, at: OnNode) -> Archive | None:
    """A row of `content` or of the prune dry run, which has no size; None for what has no time.

    `ctime` is an epoch, so no node's local time is read out of the name.
    """
    volid, taken_at = text(row, "volid"), moment(row.get("ctime"))
    if not volid or taken_at is None:
        return None
    return Archive(
        id=name(row, at),
        storage=at.storage,
        node=at.node,
        vmid=_vmid(row, volid),
        taken_at=taken_at,
        size=_size(row),
        notes=text(row, "notes"),
        protected=flag(row.get("protected"), default=False) or row.get("mark") == "protected",
        verified=_verified(row.get("verification")),
    )


def covered(job: str, tree: object) -> Iterator[Covered]:
    """Guests and volumes of `/cluster/backup/ID/included_volumes`."""
    for guest in _children(tree):
        vmid = number(guest.get("id"))
        if vmid is None:
            continue
        found = tuple(_volume(leaf) for leaf in _children(guest))
        yield Covered(job, vmid, text(guest, "type") or "unknown", found)


def _volume(leaf: Row) -> Volume:
    included = flag(leaf.get("included"), default=False)
    reason = text(leaf, "reason")
    if included:
        # For disks of VMs the reason says "no" as soon as the key is there, even with backup=1.
        known = ""
    elif reason.startswith("efidisk"):
        known = "efidisk"
    else:
        known = _REASONS.get(reason, "disabled")
    key, name = text(leaf, "id").rpartition(":")[2], text(leaf, "name")
    if known == "bind" and name.startswith("/dev/"):
        known = "device"
    return Volume(key, name, included, known)


def _children(tree: object) -> Iterator[Row]:
    children = tree.get("children") if isinstance(tree, Mapping) else None
    for child in children if isinstance(children, list) else ():
        if isinstance(child, Mapping):
            yield child


def _vmid(row: Row, volid: str) -> int | None:
    """The number the row tells; the name must not tell another one."""
    told = number(row.get("vmid"))
    found = _NAMED.search(volid) or _SERVED.search(volid)
    if found is None or row.get("mark") == "renamed":
        return None
    named = int(found[1])
    return named if told in (None, named) else None


def _size(row: Row) -> int | None:
    size = number(row.get("size"))
    if size is None or size < 0:
        return None
    # A backup server says 1 for a snapshot it is still writing, or cannot measure.
    return None if text(row, "format").startswith(SERVER) and size <= 1 else size


def _verified(value: object) -> bool | None:
    state = value.get("state") if isinstance(value, Mapping) else None
    return {"ok": True, "failed": False}.get(str(state))
