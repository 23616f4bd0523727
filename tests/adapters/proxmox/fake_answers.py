"""What the fake answers on each path: rights, parameters, data (proxmox.md 2 to 6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from adapters.proxmox.fake_state import Archive, Guest, State, Storage, Token

Params = dict[str, str]
PRUNE = re.compile(r"keep-(all|last|hourly|daily|weekly|monthly|yearly)=(\d+)")
VOLUME = re.compile(r"(?P<from>[^,]+)(?P<rest>.*)")
DISK = re.compile(r"(?:ide|sata|scsi|virtio|efidisk|tpmstate)\d+")


class Refusal(Exception):
    """An answer that is an error: status, reason, and what stands in `errors` (section 1)."""

    def __init__(self, status: int, reason: str, errors: dict[str, str] | None = None) -> None:
        """Without `errors` there is none of it in the body."""
        super().__init__(reason)
        self.status, self.reason, self.errors = status, reason, errors


@dataclass(frozen=True)
class Ask:
    """One request, as an answer sees it."""

    state: State
    token: Token
    user: str
    part: dict[str, str]
    params: Params
    """Of the query or the form; values of a repeated name are joined by NUL."""

    def may(self, path: str, *any_of: str) -> bool:
        """Whether the token has one of these privileges on a path."""
        return bool(self.token.privileges(path) & set(any_of))

    def need(self, path: str, *any_of: str) -> None:
        """403 unless it has one of them."""
        if not self.may(path, *any_of):
            raise Refusal(403, f"Permission check failed ({path}, {'|'.join(any_of)})")

    def storage(self) -> Storage:
        """The storage named in the path; an unknown one is 500, not 404."""
        found = self.state.storage(self.part["storage"])
        if found is None:
            raise Refusal(500, f"storage '{self.part['storage']}' does not exist")
        if not self.state.on(found, self.part["node"]):
            raise Refusal(500, f"storage '{found.id}' is not available on node")
        if not self.state.active(found, self.part["node"]):
            raise Refusal(500, f"storage '{found.id}' is not online")
        return found


@dataclass(frozen=True)
class Route:
    """A path with its parameters (name → `s`, `i`, `b`, `a|b`, `[]`), the right, and the answer.

    Only a parameter of the form `[]` may be repeated; those of `required` must be there. A route
    with `ticket_only` is closed to tokens.
    """

    path: str
    answer: Callable[[Ask], Any]
    params: dict[str, str] = field(default_factory=dict)
    right: Callable[[Ask], None] = lambda ask: None
    method: str = "GET"
    required: tuple[str, ...] = ()
    ticket_only: bool = False

    def match(self, path: str) -> dict[str, str] | None:
        """The parts of a path, or None."""
        form = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(form, path)
        return found.groupdict() if found else None


def checked(route: Route, params: Params) -> None:
    """400 for every parameter that is unknown or of a wrong form, all at once (section 1)."""
    missing = "property is missing and it is not optional"
    errors = {name: missing for name in route.required if name not in params}
    for name, value in params.items():
        form = route.params.get(name)
        if form == "[]":
            continue
        if "\0" in value:
            errors[name] = "type check ('string') failed - got ARRAY"
        elif form is None:
            errors[name] = (
                "property is not defined in schema and the schema does not allow "
                "additional properties"
            )
        elif form == "i" and not re.fullmatch(r"-?\d+", value):
            errors[name] = f"type check ('integer') failed - got '{value}'"
        elif form == "b" and value not in ("0", "1"):
            errors[name] = f"type check ('boolean') failed - got '{value}'"
        elif "|" in form and value not in form.split("|"):
            known = ", ".join(form.split("|"))
            errors[name] = f"value '{value}' does not have a value in the enumeration '{known}'"
    if errors:
        raise Refusal(400, "Parameter verification failed.", errors)


def _sys_audit(ask: Ask) -> None:
    ask.need("/", "Sys.Audit")


def _store_right(ask: Ask) -> None:
    ask.need(f"/storage/{ask.part['storage']}", "Datastore.Audit", "Datastore.AllocateSpace")


def _store_audit(ask: Ask) -> None:
    ask.need(f"/storage/{ask.part['storage']}", "Datastore.Audit")


def _vm_audit(ask: Ask) -> None:
    guest = ask.state.guest(int(ask.part["vmid"]))
    if guest is None or not _sees_guest(ask, guest):
        ask.need(f"/vms/{ask.part['vmid']}", "VM.Audit")


# ---- Cluster (section 2) ----------------------------------------------------------------------


def _permissions(ask: Ask) -> dict[str, dict[str, int]]:
    paths = {"/", "/access", "/nodes", "/pool", "/sdn", "/storage", "/vms"}
    asked = [ask.params["path"]] if "path" in ask.params else sorted(paths | ask.token.acl.keys())
    found = {path: ask.token.privileges(path) for path in asked}
    return {path: dict.fromkeys(sorted(privs), 1) for path, privs in found.items() if privs}


def _resources(ask: Ask) -> list[dict[str, Any]]:
    """Shorter, without a word, for a token that may not see all."""
    state = ask.state
    rows = [_resource(state, g) for g in state.guests if _sees_guest(ask, g)]
    for node, online in state.nodes.items():
        row = {"id": f"node/{node}", "type": "node", "node": node}
        rows.append(row | {"status": "online" if online else "offline"})
        rows += [
            _storage_resource(state, each, node)
            for each in state.storages
            if state.on(each, node) and ask.may(f"/storage/{each.id}", "Datastore.Audit")
        ]
    kind = ask.params.get("type")
    of = {"vm": ("lxc", "qemu"), None: ("lxc", "qemu", "node", "storage")}.get(kind, (kind,))
    return [row for row in rows if row["type"] in of]


def _sees_guest(ask: Ask, guest: Guest) -> bool:
    """A right on a pool is one on the guests in it."""
    pooled = guest.pool is not None and ask.may(f"/pool/{guest.pool}", "VM.Audit")
    return pooled or ask.may(f"/vms/{guest.vmid}", "VM.Audit")


def _resource(state: State, guest: Guest) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": f"{guest.type}/{guest.vmid}",
        "type": guest.type,
        "vmid": str(guest.vmid) if state.texts else guest.vmid,
        "node": guest.node,
        "template": guest.template,
    }
    if guest.pool:
        row["pool"] = guest.pool
    if not state.nodes[guest.node]:
        # No name and no numbers once they expired.
        return row | {"status": "unknown"}
    return row | {"status": guest.status, "name": guest.name, "maxdisk": 8_589_934_592}


def _storage_resource(state: State, storage: Storage, node: str) -> dict[str, Any]:
    up = state.nodes[node] and state.active(storage, node)
    return {
        "id": f"storage/{node}/{storage.id}",
        "type": "storage",
        "plugintype": storage.type,
        "shared": storage.shared,
        "storage": storage.id,
        "node": node,
        "content": storage.content,
        "status": "available" if up else "unknown",
        "maxdisk": storage.total if up else 0,
        "disk": storage.used if up else 0,
    }


def _cluster_status(ask: Ask) -> list[dict[str, Any]]:
    """Without corosync there is no row of the cluster."""
    rows: list[dict[str, Any]] = [
        {"type": "node", "id": f"node/{name}", "name": name, "online": int(up), "local": 0}
        for name, up in ask.state.nodes.items()
    ]
    if ask.state.clustered:
        row = {"type": "cluster", "id": "cluster", "name": "lab", "quorate": 1, "version": 3}
        rows.insert(0, row | {"nodes": len(ask.state.nodes)})
    return rows


def _nodes(ask: Ask) -> list[dict[str, Any]]:
    return [
        {"node": name, "id": f"node/{name}", "status": "online" if up else "offline"}
        for name, up in ask.state.nodes.items()
    ]


# ---- Guests (section 4) -----------------------------------------------------------------------


def _guests(kind: str) -> Callable[[Ask], list[dict[str, Any]]]:
    def answer(ask: Ask) -> list[dict[str, Any]]:
        return [
            {"vmid": each.vmid, "name": each.name, "status": each.status, "maxdisk": 1}
            for each in ask.state.guests
            if each.type == kind and each.node == ask.part["node"]
            and ask.may(f"/vms/{each.vmid}", "VM.Audit")
        ]  # fmt: skip

    return answer


def _config(kind: str) -> Callable[[Ask], dict[str, Any]]:
    def answer(ask: Ask) -> dict[str, Any]:
        node, vmid = ask.part["node"], ask.part["vmid"]
        guest = ask.state.guest(int(vmid)) if vmid.isdecimal() else None
        if guest is None or (guest.node, guest.type) != (node, kind):
            folder = "lxc" if kind == "lxc" else "qemu-server"
            path = f"nodes/{node}/{folder}/{vmid}.conf"
            raise Refusal(500, f"Configuration file '{path}' does not exist")
        return {**guest.config, "digest": "0" * 40}

    return answer


# ---- Jobs (section 3) -------------------------------------------------------------------------


def _jobs(ask: Ask) -> list[dict[str, Any]]:
    return [{"type": "vzdump", **job} for job in ask.state.jobs]


def _job(ask: Ask) -> dict[str, Any]:
    for job in ask.state.jobs:
        if job["id"] == ask.part["id"]:
            return {"type": "vzdump", **job}
    raise Refusal(400, "Parameter verification failed.", {"id": f"No such job '{ask.part['id']}'"})


def _members(state: State, job: dict[str, Any]) -> list[int]:
    if "vmid" in job:
        return [int(each) for each in str(job["vmid"]).split(",")]
    out = {int(each) for each in str(job.get("exclude", "")).split(",") if each}
    pool = job.get("pool")
    return [
        each.vmid
        for each in state.guests
        if each.vmid not in out and (pool is None or each.pool == pool)
    ]


def _included(ask: Ask) -> dict[str, Any]:
    job, children = _job(ask), []
    for vmid in _members(ask.state, job):
        guest = ask.state.guest(vmid)
        if guest is None:
            children.append({"id": vmid, "name": "", "type": "unknown", "leaf": 0, "children": []})
            continue
        if job.get("node", guest.node) != guest.node:
            continue
        row = {"id": vmid, "name": guest.name, "type": guest.type, "leaf": 0}
        children.append({**row, "children": volumes(guest)})
    return {"leaf": 0, "children": children}


def volumes(guest: Guest) -> list[dict[str, Any]]:
    """Disks and mount points of a guest, and which of them a backup takes."""
    return list(_lxc(guest) if guest.type == "lxc" else _qemu(guest))


def _lxc(guest: Guest) -> Iterator[dict[str, Any]]:
    for key, value in guest.config.items():
        if key != "rootfs" and not re.fullmatch(r"mp\d+", key):
            continue
        source, _, rest = str(value).partition(",")
        is_volume = not source.startswith("/")
        chosen = key == "rootfs" or "backup=1" in rest.split(",")
        reason = "rootfs" if key == "rootfs" else "enabled" if chosen else "disabled"
        row = {"id": f"{guest.vmid}:{key}", "name": source, "leaf": 1}
        included = int(is_volume and chosen)
        yield row | {"included": included, "reason": reason if is_volume else "not a volume"}


def _qemu(guest: Guest) -> Iterator[dict[str, Any]]:
    for key, value in guest.config.items():
        if not DISK.fullmatch(key) or "media=cdrom" in str(value):
            continue
        source, _, rest = str(value).partition(",")
        included = int("backup=0" not in rest.split(","))
        # TRAP: "no" as soon as the key is there at all, even backup=1.
        reason = "backup=no" if "backup=" in rest else "backup=yes"
        if key.startswith("efidisk") and guest.config.get("bios") != "ovmf":
            included, reason = 0, "efidisk but no OVMF BIOS"
        row = {"id": f"{guest.vmid}:{key}", "name": source, "leaf": 1}
        yield row | {"included": included, "reason": reason}


def _not_backed_up(ask: Ask) -> list[dict[str, Any]]:
    """TRAP: a disabled job counts, and one whose storage is gone."""
    named = {vmid for job in ask.state.jobs for vmid in _members(ask.state, job)}
    return [
        {"vmid": each.vmid, "name": each.name, "type": each.type}
        for each in ask.state.guests
        if each.vmid not in named and ask.may(f"/vms/{each.vmid}", "VM.Audit")
    ]


# ---- Storages (section 5) ---------------------------------------------------------------------


def _storage_config(ask: Ask) -> list[dict[str, Any]]:
    rows = []
    for each in ask.state.storages:
        if not ask.may(f"/storage/{each.id}", "Datastore.Audit", "Datastore.Allocate"):
            continue
        row: dict[str, Any] = {"storage": each.id, "type": each.type, "content": each.content}
        row |= {"shared": 1} if each.shared else {}
        row |= {"nodes": ",".join(each.nodes)} if each.nodes else {}
        row |= {"disable": 1} if each.disabled else {}
        row |= {"prune-backups": each.prune} if each.prune else {}
        rows.append(row)
    return rows


def _node_storages(ask: Ask) -> list[dict[str, Any]]:
    state, node, wanted = ask.state, ask.part["node"], ask.params.get("content")
    rows = []
    for each in state.storages:
        seen = ask.may(f"/storage/{each.id}", "Datastore.Audit", "Datastore.AllocateSpace")
        if not seen or not state.on(each, node):
            continue
        # TRAP: asked for a content, it leaves out those that are switched off.
        if wanted and (each.disabled or wanted not in each.content.split(",")):
            continue
        up = state.active(each, node)
        rows.append(
            {
                "storage": each.id, "type": each.type, "content": each.content,
                "shared": each.shared, "enabled": int(not each.disabled), "active": int(up),
                # TRAP: an unreachable one has zeros, it is not full.
                "total": each.total if up else 0, "used": each.used if up else 0,
                "avail": each.total - each.used if up else 0,
            }
        )  # fmt: skip
    return rows


def _content(ask: Ask) -> list[dict[str, Any]]:
    """TRAP: rows are left out without a word (section 5, the first trap)."""
    found = ask.state.held(ask.storage(), ask.part["node"])
    vmid = ask.params.get("vmid")
    return [
        each.row()
        for each in found
        if _sees(ask, each) and (vmid is None or str(each.vmid) == vmid)
    ]


def _sees(ask: Ask, archive: Archive) -> bool:
    at = f"/storage/{archive.storage}"
    if ask.may(at, "Datastore.Allocate"):
        return True
    on_guest = archive.vmid is not None and ask.may(f"/vms/{archive.vmid}", "VM.Backup")
    return ask.may(at, "Datastore.AllocateSpace") and on_guest


def _prune(ask: Ask) -> list[dict[str, Any]]:
    """A dry run; it hides nothing."""
    storage = ask.storage()
    rule = ask.params.get("prune-backups") or storage.prune
    if rule is None:
        raise Refusal(500, f"no prune-backups options configured for storage '{storage.id}'")
    kept = dict(PRUNE.findall(rule))
    if not kept:
        raise Refusal(400, "Parameter verification failed.", {"prune-backups": "invalid format - "})
    last = int(kept.get("last", 0)) if "all" not in kept else 1 << 30
    seen: dict[tuple[str, int | None], int] = {}
    rows = []
    held = sorted(ask.state.held(storage, ask.part["node"]), key=lambda each: -each.ctime)
    for each in held:
        if ask.params.get("vmid") not in (None, str(each.vmid)):
            continue
        row: dict[str, Any] = {"volid": each.volid, "ctime": each.ctime, "type": each.subtype}
        if each.vmid is not None:
            row["vmid"] = each.vmid
        group = (each.subtype, each.vmid)
        if each.protected:
            row["mark"] = "protected"
        elif each.vmid is None:
            row["mark"] = "renamed"
        else:
            seen[group] = seen.get(group, 0) + 1
            row["mark"] = "keep" if seen[group] <= last else "remove"
        rows.append(row)
    return rows


# ---- Tasks (section 6) ------------------------------------------------------------------------


def _tasks(ask: Ask) -> list[dict[str, Any]]:
    node, params = ask.part["node"], ask.params
    all_of = ask.may(f"/nodes/{node}", "Sys.Audit")
    source = params.get("source", "archive")
    rows = []
    for task in sorted(ask.state.tasks, key=lambda each: -each.starttime):
        running = task.endtime is None
        if task.node != node or (not all_of and task.user != ask.user):
            continue
        if (source == "archive" and running) or (source == "active" and not running):
            continue
        if params.get("typefilter", task.type) != task.type:
            continue
        if params.get("vmid", task.id) != task.id:
            continue
        if task.starttime < int(params.get("since", 0)):
            continue
        row: dict[str, Any] = {
            "upid": task.upid, "node": node, "type": task.type, "id": task.id,
            "user": task.user, "starttime": task.starttime,
        }  # fmt: skip
        rows.append(row if running else row | {"endtime": task.endtime, "status": task.exitstatus})
    start, limit = int(params.get("start", 0)), int(params.get("limit", 50))
    return rows[start : start + limit] if limit else rows[start:]


def _task(ask: Ask) -> Any:
    for task in ask.state.tasks:
        if task.upid == ask.part["upid"] and task.node == ask.part["node"]:
            if task.user != ask.user:
                ask.need(f"/nodes/{task.node}", "Sys.Audit")
            return task
    raise Refusal(400, "Parameter verification failed.", {"upid": "no such task"})


def _task_status(ask: Ask) -> dict[str, Any]:
    task = _task(ask)
    row = {"upid": task.upid, "node": task.node, "type": task.type, "id": task.id}
    if task.endtime is None:
        return row | {"status": "running"}
    return row | {"status": "stopped", "exitstatus": task.exitstatus}


def _task_log(ask: Ask) -> dict[str, Any]:
    """Pages of 50 unless asked otherwise; an empty log says so in a line."""
    lines = _task(ask).log or ["no content"]
    start, limit = int(ask.params.get("start", 0)), int(ask.params.get("limit", 50))
    numbered = [{"n": n, "t": text} for n, text in enumerate(lines, start=1)][start:]
    return {"data": numbered[:limit] if limit else numbered, "total": len(lines)}


STORE = "/nodes/{node}/storage/{storage}"
TASKS = {
    **dict.fromkeys(("limit", "start", "vmid", "since", "until"), "i"),
    **dict.fromkeys(("typefilter", "statusfilter", "userfilter"), "s"),
    "errors": "b",
    "source": "archive|active|all",
}
ROUTES = (
    Route("/version", lambda ask: {"version": ask.state.version, "release": ask.state.version[:3]}),
    Route("/access/permissions", _permissions, {"path": "s", "userid": "s"}),
    Route("/cluster/resources", _resources, {"type": "vm|storage|node|sdn"}),
    Route("/cluster/status", _cluster_status, right=_sys_audit),
    Route("/cluster/backup", _jobs, right=_sys_audit),
    Route("/cluster/backup/{id}", _job, right=_sys_audit),
    Route("/cluster/backup/{id}/included_volumes", _included, right=_sys_audit),
    Route("/cluster/backup-info/not-backed-up", _not_backed_up, right=_sys_audit),
    Route("/storage", _storage_config, {"type": "s"}),
    Route("/nodes", _nodes),
    Route("/nodes/{node}/lxc", _guests("lxc")),
    Route("/nodes/{node}/qemu", _guests("qemu"), {"full": "b"}),
    Route("/nodes/{node}/lxc/{vmid}/config", _config("lxc"), {"current": "b"}, _vm_audit),
    Route("/nodes/{node}/qemu/{vmid}/config", _config("qemu"), {"current": "b"}, _vm_audit),
    Route("/nodes/{node}/storage", _node_storages, {"content": "s", "enabled": "b"}),
    Route(f"{STORE}/content", _content, {"content": "s", "vmid": "i"}, _store_right),
    Route(
        f"{STORE}/prunebackups",
        _prune,
        {"prune-backups": "s", "type": "qemu|lxc", "vmid": "i"},
        _store_audit,
    ),
    Route("/nodes/{node}/tasks", _tasks, TASKS),
    Route("/nodes/{node}/tasks/{upid}/status", _task_status),
    Route(
        "/nodes/{node}/tasks/{upid}/log",
        _task_log,
        {"start": "i", "limit": "i", "download": "b"},
    ),
)
