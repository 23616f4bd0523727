"""Guests a drill restores on a Proxmox VE, starts and destroys; no other guest is ever touched.

Every write names a number kept for drills. What is started or destroyed is read right before, and
must carry the mark of that very drill (proxmox.md 7).
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from time import monotonic
from typing import Any, Protocol

from phoenix_dr.adapters.base import Done, Progress, ProgressSink
from phoenix_dr.adapters.proxmox import parse
from phoenix_dr.adapters.proxmox.call import Call
from phoenix_dr.adapters.proxmox.running import Patience, TaskEnd, begin, finish
from phoenix_dr.core.actions import DestroyGuest, ProbeGuest, RestoreGuest, StartGuest
from phoenix_dr.core.guest_copy import Archived, archived, is_ours, parameters, to_delete, unfit
from phoenix_dr.core.guest_settings import GuestPlace
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable, Refused

PATIENCE = Patience(total=12 * 3600.0)
BRIEF = Patience(total=300.0)
ANSWERS = 60.0
"""Seconds a command inside a guest may take."""
_GONE = re.compile(r"does not exist")
_TAKEN = re.compile(r"already exists|already in use")
_ROOT_ONLY = re.compile(r"only possible for root|only root can|not available with API token")
_NO_CONF = re.compile(
    r"no configuration file|unable to extract config"
    r"|\bcommand '[^']*\b(?:zstd|gzip|lzop|tar|vma)\b[^']*' failed: exit code",
    re.IGNORECASE,
)
_LXC = re.compile(r"vzdump-lxc-|:backup/ct/")


class OfDrill(Protocol):
    """What the three verbs about a drill's guest have in common."""

    @property
    def vmid(self) -> int:
        """Its number."""
        ...

    @property
    def drill(self) -> str:
        """The drill it belongs to."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """A guest as the cluster lists it, with its configuration as texts."""

    node: str
    kind: str
    status: str
    pool: str
    config: dict[str, str]

    def path(self, vmid: int, *more: str) -> tuple[str, ...]:
        """Its place in the API."""
        return ("nodes", self.node, self.kind, str(vmid), *more)


def restore(
    call: Call, action: RestoreGuest, *, progress: ProgressSink, cancel: threading.Event
) -> Done:
    """Restore a point under a number kept for drills, shut in, and not started.

    What of the restored guest reaches into the host is taken out, and all is read back. Raises
    Refused (drill-number-outside), EngineError: drill-number-taken, drill-root-only (an archive
    only root@pam may restore), drill-bridge-open (production is on that bridge), restore-failed in
    Proxmox' own words, guest-not-shut-in; and EngineUnreachable, EngineDenied.
    """
    place = _place(call, action)
    node, volume = source(call, action.point, place)
    if action.vmid in used_numbers(call):
        raise _taken(call, action)
    guest = description(call, node, volume)
    if place.bridge in guest.bridges:
        raise EngineError("drill-bridge-open", engine=call.spec.id, bridge=str(place.bridge))
    kind = guest.kind
    asked = parameters(guest, place, vmid=action.vmid, drill=action.drill)
    asked |= {"ostemplate": volume, "restore": "1"} if kind == "lxc" else {"archive": volume}
    task = "vzrestore" if kind == "lxc" else "qmrestore"
    work = _Work(call, action, progress, cancel)
    ended = work.done(task, "POST", ("nodes", node, kind), params=asked, patience=PATIENCE)
    if not ended.ok:
        raise _failure(call, action, ended.said, "restore-failed")
    _shut_in(call, action, guest, place)
    return Done(note=ended.said if ended.warnings else "")


def start(
    call: Call, action: StartGuest, *, progress: ProgressSink, cancel: threading.Event
) -> Done:
    """Start what this drill restored. Raises Refused for any other, EngineError start-failed."""
    place = _place(call, action)
    found = _mine(call, action, place)
    if found is None:
        raise EngineError("drill-guest-gone", engine=call.spec.id, guest=str(action.vmid))
    kind = "vzstart" if found.kind == "lxc" else "qmstart"
    path = found.path(action.vmid, "status", "start")
    ended = _Work(call, action, progress, cancel).done(kind, "POST", path)
    if not ended.ok:
        raise _failure(call, action, ended.said, "start-failed")
    return Done(note=ended.said if ended.warnings else "")


def probe(call: Call, action: ProbeGuest, *, cancel: threading.Event) -> Done:
    """Run a command inside a machine by its guest agent; `note` is its exit status.

    A container has no such way in the API (proxmox.md 4). Raises as `start` does, and EngineError:
    drill-no-probe for a container, proxmox-said while the agent does not answer, cancelled.
    """
    found = _mine(call, action, _place(call, action))
    if found is None:
        raise EngineError("drill-guest-gone", engine=call.spec.id, guest=str(action.vmid))
    if found.kind != "qemu":
        raise EngineError("drill-no-probe", engine=call.spec.id, guest=str(action.vmid))
    at = found.path(action.vmid, "agent")
    started = call.send("POST", *at, "exec", command=action.argv)
    pid = started.get("pid") if isinstance(started, dict) else None
    until = monotonic() + ANSWERS
    while monotonic() < until:
        ended = call.data(*at, "exec-status", pid=str(pid))
        if not isinstance(ended, dict):
            raise call.confused()
        if str(ended.get("exited")) == "1":
            return Done(note=str(ended.get("exitcode", 0 if "signal" not in ended else 255)))
        if cancel.wait(0.2):
            raise EngineError("cancelled", program=action.argv[0])
    return Done(note="124")


def destroy(
    call: Call, action: DestroyGuest, *, progress: ProgressSink, cancel: threading.Event
) -> Done:
    """Stop and destroy what this drill restored; one that is gone already is well.

    Backup jobs are left alone: `purge` would edit them. Raises as `start` does, and EngineError
    destroy-failed.
    """
    place = _place(call, action)
    found = _mine(call, action, place)
    if found is None:
        return Done(note="gone")
    # A drill that was cancelled still clears up, so nothing cancels this.
    work = _Work(call, action, progress, threading.Event())
    if found.status == "running":
        kind = "vzstop" if found.kind == "lxc" else "qmstop"
        work.done(kind, "POST", found.path(action.vmid, "status", "stop"))
    kind = "vzdestroy" if found.kind == "lxc" else "qmdestroy"
    ended = work.done(kind, "DELETE", found.path(action.vmid))
    if not ended.ok:
        raise _failure(call, action, ended.said, "destroy-failed")
    return Done()


def source(call: Call, point: str, place: GuestPlace) -> tuple[str, str]:
    """Node and volume of a point: one of a storage that is not shared begins with its node."""
    node, slash, volume = point.partition("/")
    if slash and ":" not in node:
        return node, volume
    if place.node:
        return place.node, point
    nodes = sorted(
        parse.text(row, "node")
        for row in call.rows("nodes")
        if parse.text(row, "status") == "online"
    )
    if not nodes:
        raise EngineUnreachable("proxmox-no-node", engine=call.spec.id)
    return nodes[0], point


def description(call: Call, node: str, volume: str) -> Archived:
    """The guest as its archive describes it; EngineError archive-no-conf when it cannot."""
    try:
        text = call.data("nodes", node, "vzdump", "extractconfig", volume=volume)
    except EngineError as error:
        if not _NO_CONF.search(str(error.parameters.get("detail", ""))):
            raise
        raise EngineError("archive-no-conf", engine=call.spec.id, path=volume) from error
    if not isinstance(text, str) or not text.strip():
        raise EngineError("archive-no-conf", engine=call.spec.id, path=volume)
    return archived(text, "lxc" if _LXC.search(volume) else "qemu")


def look_at(call: Call, vmid: int) -> Found | None:
    """A guest and its configuration now; None when there is none of this number."""
    for row in _rows(call):
        kind = parse.text(row, "type")
        if parse.number(row.get("vmid")) != vmid or kind not in {"lxc", "qemu"}:
            continue
        node = parse.text(row, "node")
        try:
            config = call.data("nodes", node, kind, str(vmid), "config")
        except EngineError as error:
            if _GONE.search(str(error.parameters.get("detail", ""))):
                return None
            raise
        if not isinstance(config, dict):
            raise call.confused()
        texts = {str(key): str(value) for key, value in config.items()}
        return Found(node, kind, parse.text(row, "status"), parse.text(row, "pool"), texts)
    return None


def used_numbers(call: Call) -> frozenset[int]:
    """Numbers of every guest the cluster lists."""
    # Old releases write numbers as texts.
    found = (parse.number(row.get("vmid")) for row in _rows(call))
    return frozenset(number for number in found if number is not None)


def _place(call: Call, action: OfDrill) -> GuestPlace:
    place = call.spec.drills
    if place is None or not place.holds(action.vmid):
        raise Refused("drill-number-outside", engine=call.spec.id, guest=str(action.vmid))
    return place


def _rows(call: Call) -> list[dict[str, Any]]:
    return call.rows("cluster", "resources", type="vm")


def _mine(call: Call, action: OfDrill, place: GuestPlace) -> Found | None:
    """The guest, when it is this drill's; Refused for any other, None when there is none."""
    found = look_at(call, action.vmid)
    if found is None:
        return None
    if not is_ours(found.config, action.drill) or found.pool not in {"", place.pool}:
        raise Refused("drill-tag-missing", engine=call.spec.id, guest=str(action.vmid))
    return found


def _shut_in(call: Call, action: RestoreGuest, guest: Archived, place: GuestPlace) -> None:
    found = _mine(call, action, place)
    if found is None:
        raise EngineError("drill-guest-gone", engine=call.spec.id, guest=str(action.vmid))
    # A card whose key the archive does not have came from nowhere we know.
    extra = [key for key in found.config if key.startswith("net") and key not in guest.networks]
    gone = (*to_delete(found.config), *(["protection"] if "protection" in found.config else []))
    if delete := ",".join((*gone, *extra)):
        call.send("PUT", *found.path(action.vmid, "config"), delete=delete)
        found = _mine(call, action, place)
    config = found.config if found else {}
    why = unfit(config, guest, place, vmid=action.vmid, drill=action.drill)
    if why:
        names = ", ".join(why)
        raise EngineError(
            "guest-not-shut-in", engine=call.spec.id, guest=str(action.vmid), names=names
        )


@dataclass(frozen=True, slots=True)
class _Work:
    """Tasks about one guest of a drill, each begun once and followed to its end."""

    call: Call
    action: OfDrill
    progress: ProgressSink
    cancel: threading.Event

    def done(
        self,
        kind: str,
        method: str,
        path: tuple[str, ...],
        *,
        params: dict[str, str] | None = None,
        patience: Patience = BRIEF,
    ) -> TaskEnd:
        """How a task ended; raises what Proxmox means by refusing it."""
        node = path[1]
        try:
            upid = begin(
                self.call, node, kind=kind, vmid=self.action.vmid,
                method=method, path=path, params=params or {},
            )  # fmt: skip
        except EngineUnreachable:
            raise
        except EngineError as error:
            detail = str(error.parameters.get("detail", ""))
            raise _failure(self.call, self.action, detail, error.code, error) from error
        return finish(
            self.call, node, upid, cancel=self.cancel, patience=patience,
            tell=lambda line: self.progress(Progress(0, None, line[:200])),
        )  # fmt: skip


def _failure(
    call: Call, action: OfDrill, said: str, code: str, error: EngineError | None = None
) -> EngineError:
    if _TAKEN.search(said):
        return _taken(call, action)
    if _ROOT_ONLY.search(said):
        detail = said[:200]
        return EngineDenied("drill-root-only", engine=call.spec.id, detail=detail)
    if found := re.search(r"Permission check failed \((.*)\)", said):
        return EngineDenied("proxmox-right", engine=call.spec.id, detail=found[1])
    if error is not None:
        return error
    return EngineError(code, engine=call.spec.id, guest=str(action.vmid), detail=said[:200])


def _taken(call: Call, action: OfDrill) -> EngineError:
    return EngineError("drill-number-taken", engine=call.spec.id, guest=str(action.vmid))
