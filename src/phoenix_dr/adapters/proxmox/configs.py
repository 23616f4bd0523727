"""Configurations of guests and storages: what a list of either does not tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from time import monotonic
from typing import Any

from phoenix_dr.adapters.proxmox import parse, volumes
from phoenix_dr.adapters.proxmox.call import Call
from phoenix_dr.adapters.proxmox.look import Look
from phoenix_dr.core.proxmox import Guest, Storage
from phoenix_dr.core.vzdump import rule_of
from phoenix_dr.errors import EngineError, EngineUnreachable

ROUND = 16
"""Configurations asked for before it is judged whether their nodes still answer."""
PATIENCE = 120.0
"""Seconds after which no further configuration is asked for: the rest stays unread, and is told."""
NAMED = 5
"""Guests a blind spot names; the rest are counted."""
SHARED = frozenset(("nfs", "cifs", "cephfs", "glusterfs", "pbs"))
"""Kinds of storage that are shared without saying so."""


def guests(look: Look, found: Sequence[Guest]) -> tuple[Guest, ...]:
    """The guests with volumes, lock and name out of their configurations.

    One question each, side by side. Those of an offline node, and those whose configuration the
    token may not read, stay without; a node that stops answering is not asked again.
    """
    online = {node.name for node in look.nodes if node.online}
    asked = [
        each
        for each in found
        if each.node in online and look.rights.has("VM.Audit", f"/vms/{each.vmid}")
    ]
    read = dict(_read(look, asked))
    unread = [str(each.vmid) for each in asked if each.vmid not in read]
    if unread:
        more = f", +{len(unread) - NAMED}" if len(unread) > NAMED else ""
        look.dark("proxmox-configs-unread", ", ".join(unread[:NAMED]) + more)
    hidden = [str(vmid) for vmid, config in read.items() if volumes.has_disks_in_args(config)]
    if hidden:
        look.dark("proxmox-disks-unseen", ", ".join(hidden[:NAMED]))
    return tuple(_completed(each, read[each.vmid]) if each.vmid in read else each for each in found)


def storages(look: Look) -> dict[str, Storage]:
    """The storages of the walk with their own rules, and those that no node lists.

    `/storage` knows one that is switched off, and one that only an offline node has.
    """
    rows = look.tried("/storage", look.configured)
    found = dict(look.storages)
    for row in rows or ():
        name = parse.text(row, "storage")
        if name not in found and (not name or "backup" not in _listed(row, "content")):
            continue
        found[name] = _ruled(found.get(name) or _unlisted(look, row), row)
    return found


def _read(look: Look, asked: Sequence[Guest]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    silent: set[str] = set()
    until, waiting = monotonic() + PATIENCE, iter(asked)
    while batch := list(islice((each for each in waiting if each.node not in silent), ROUND)):
        answers = look.call.each([partial(_config, look.call, each) for each in batch])
        for each, answer in zip(batch, answers, strict=True):
            if isinstance(answer, EngineUnreachable):
                silent.add(each.node)
            elif not isinstance(answer, EngineError):
                yield each.vmid, answer
        if monotonic() > until:
            return


def _config(call: Call, guest: Guest) -> Mapping[str, Any]:
    """As the guest runs now: what is only pending is in no backup."""
    path = ("nodes", guest.node, guest.kind, str(guest.vmid), "config")
    answer = call.data(*path, current="1")
    if not isinstance(answer, dict):
        raise call.confused()
    return answer


def _completed(guest: Guest, config: Mapping[str, Any]) -> Guest:
    is_container = guest.kind == "lxc"
    of = volumes.of_container if is_container else volumes.of_machine
    return replace(
        guest,
        name=guest.name or parse.text(config, "hostname" if is_container else "name"),
        volumes=of(config),
        lock=parse.text(config, "lock") or guest.lock,
    )


def _ruled(storage: Storage, row: parse.Row) -> Storage:
    try:
        keep = rule_of(row)
    except EngineError:
        # A rule nobody understands is not "no rule".
        return storage
    return replace(storage, keep=keep, keep_known=True)


def _unlisted(look: Look, row: parse.Row) -> Storage:
    name, kind = parse.text(row, "storage"), parse.text(row, "type")
    nodes, off = _listed(row, "nodes"), parse.flag(row.get("disable"), default=False)
    down = [each.name for each in look.nodes if each.online and (not nodes or each.name in nodes)]
    return Storage(
        id=name,
        kind=kind,
        shared=parse.flag(row.get("shared"), default=kind in SHARED),
        inactive=tuple(down) if off else (),
        location=look.described.get(name, ""),
        disabled=off,
    )


def _listed(row: parse.Row, key: str) -> set[str]:
    return {part.strip() for part in parse.text(row, key).split(",") if part.strip()}
