"""One guest of a Proxmox VE saved now: begun once, followed, and believed only when it is listed.

A green task proves nothing by itself (proxmox.md 4 to 6): it may have left mount points out.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import timedelta

from phoenix_dr.adapters.base import Done, Progress, ProgressSink
from phoenix_dr.adapters.proxmox import parse
from phoenix_dr.adapters.proxmox.call import Call
from phoenix_dr.adapters.proxmox.parse import OnNode
from phoenix_dr.adapters.proxmox.running import Patience, TaskEnd, begin, finish
from phoenix_dr.adapters.proxmox.tasks import outcomes
from phoenix_dr.core.actions import SaveGuest
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.proxmox import Archive
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

PATIENCE = Patience(total=48 * 3600.0)
"""One vzdump runs at a time on a node, and waits for another up to three hours."""
FOLD = timedelta(hours=1)
"""Times are read from names in the node's local time: one may be early when clocks go back."""
LONGEST = 200
_UNITS = {"B": 0, "KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4}
_SIZE = r"(\d+(?:\.\d+)?) ([KMGT]i)?B"
_SHARE = re.compile(rf"\({_SIZE} of {_SIZE}\)")
_STARTED = re.compile(r"UPID:[^:]+:[0-9A-F]+:[0-9A-F]+:([0-9A-F]+):")
_DISK = re.compile(r"INFO: exclude disk '(\w+)'")
_WARNED = re.compile(r"WARN(?:ING)?: (.*)")
_DENIED = re.compile(r"403 Permission check failed \((.*)\)")


def save_guest(
    call: Call, action: SaveGuest, *, progress: ProgressSink, cancel: threading.Event
) -> Done:
    """Back up one guest now; nothing older is removed. What was left out is `Done.unread`.

    Raises EngineError: guest-unseen, guest-locked, save-failed, save-queue, save-unlisted (green,
    and no new archive), save-empty; EngineUnreachable save-storage-away; EngineDenied.
    """
    at = _storage(call, action, _node(call, action))
    before = {each.id for each in _listed(call, action, at)}
    params = {
        "vmid": str(action.vmid),
        "storage": action.storage,
        "mode": action.mode,
        "compress": action.compress,
        # Without it the storage's own rule prunes after the backup (proxmox.md 6).
        "remove": "0",
    }
    if action.notes:
        params["notes-template"] = action.notes
    upid = begin(
        call, at.node, kind="vzdump", vmid=action.vmid,
        method="POST", path=("nodes", at.node, "vzdump"), params=params,
    )  # fmt: skip
    tell = _Teller(progress)
    ended = finish(call, at.node, upid, cancel=cancel, patience=PATIENCE, tell=tell)
    left_out = _require_saved(call, action, ended)
    made = _made(call, action, at, before=before, upid=upid)
    warned = [found[1] for line in ended.lines if (found := _WARNED.match(line))]
    note = "; ".join((ended.said, *warned))[:LONGEST] if ended.warnings else ""
    point = _point(call, action, made, at)
    return Done(note=note, made=(point,) if point else (), unread=left_out, added=made.size)


def _node(call: Call, action: SaveGuest) -> str:
    """Where the guest lives now: asked on another node, vzdump says OK and does nothing."""
    for guest in parse.guests(call.rows("cluster", "resources", type="vm")):
        if guest.vmid == action.vmid:
            return guest.node
    raise EngineError("guest-unseen", engine=call.spec.id, guest=str(action.vmid))


def _storage(call: Call, action: SaveGuest, node: str) -> OnNode:
    for each in parse.storages(call.rows("nodes", node, "storage", content="backup"), node):
        if each.storage == action.storage and each.active:
            return each
    facts = {"engine": call.spec.id, "storage": action.storage, "node": node}
    raise EngineUnreachable("save-storage-away", **facts)


def _listed(call: Call, action: SaveGuest, at: OnNode) -> list[Archive]:
    path = ("nodes", at.node, "storage", at.storage, "content")
    rows = call.rows(*path, content="backup", vmid=str(action.vmid))
    found = (parse.archive(row, at) for row in rows)
    return [each for each in found if each is not None and each.vmid == action.vmid]


def _require_saved(call: Call, action: SaveGuest, ended: TaskEnd) -> tuple[str, ...]:
    """What the log names as left out. Raises EngineError with Proxmox' own words for a failure."""
    told = outcomes(ended.lines).get(action.vmid)
    if ended.ok and (told is None or told.ok is not False):
        disks = (found[1] for line in ended.lines if (found := _DISK.match(line)))
        return tuple(dict.fromkeys((*(told.left_out if told else ()), *disks)))
    why = (told.why if told and told.why else ended.said) or "?"
    facts: dict[str, str | int] = {"engine": call.spec.id, "guest": str(action.vmid)}
    facts["detail"] = why[:LONGEST]
    if denied := _DENIED.search(why):
        raise EngineDenied("proxmox-right", engine=call.spec.id, detail=denied[1])
    if "is locked (" in why:
        raise EngineError("guest-locked", **facts)
    if "acquire" in why and "lock" in why:
        raise EngineError("save-queue", **facts)
    raise EngineError("save-failed", **facts)


def _made(call: Call, action: SaveGuest, at: OnNode, *, before: set[str], upid: str) -> Archive:
    """The archive that is there now and was not; of several the newest."""
    began = _STARTED.match(upid)
    start = parse.moment(int(began[1], 16)) if began else None
    new = [
        each
        for each in _listed(call, action, at)
        if each.id not in before and (start is None or each.taken_at >= start - FOLD)
    ]
    facts: dict[str, str | int] = {"engine": call.spec.id, "guest": str(action.vmid)}
    facts["storage"] = action.storage
    if not new:
        raise EngineError("save-unlisted", **facts)
    made = max(new, key=lambda each: (each.taken_at, each.id))
    if made.size is not None and made.size <= 1:
        raise EngineError("save-empty", **facts, archive=made.id)
    return made


def _point(call: Call, action: SaveGuest, made: Archive, at: OnNode) -> RecoveryPoint | None:
    location = call.spec.locations.get(made.storage)
    if location is None:
        return None
    return RecoveryPoint(
        id=made.id,
        asset=action.asset,
        engine=call.spec.id,
        location=location,
        taken_at=made.taken_at,
        size=made.size,
        host="" if at.shared else at.node,
        protected=made.protected,
    )


@dataclass(frozen=True, slots=True)
class _Teller:
    """Lines of the log as progress: VMs tell bytes, containers only where they are."""

    progress: ProgressSink

    def __call__(self, line: str) -> None:
        found = _SHARE.search(line)
        what = line.removeprefix("INFO: ").strip()[:LONGEST]
        if found is None:
            self.progress(Progress(0, None, what))
        else:
            self.progress(Progress(_bytes(found, 1), _bytes(found, 3), what))


def _bytes(found: re.Match[str], group: int) -> int:
    unit = f"{found[group + 1] or ''}B"
    return int(float(found[group]) * 1024 ** _UNITS[unit])
