"""What the fake answers on each path, by the rights of the token (proxmox.md 10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapters.pbs.pbs_state import Datastore, Snapshot, State, Token, upid

AUDIT, OWN, MODIFY = "Datastore.Audit", "Datastore.Backup", "Datastore.Modify"
DENIED = "permission check failed"


class Refusal(Exception):
    """An answer that is an error: a status and plain text."""

    def __init__(self, status: int, text: str) -> None:
        """The text is the whole body."""
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class Ask:
    """One request, as an answer sees it."""

    state: State
    token: Token
    user: str
    part: dict[str, str]
    params: dict[str, str]

    def may(self, path: str, *any_of: str) -> bool:
        """Whether the token has one of these privileges on a path."""
        return bool(self.token.privileges(path) & set(any_of))

    def store(self, *, ns: str | None = None) -> Datastore:
        """The datastore in the path, once the right is there and it can be opened."""
        name = self.part["store"]
        path = f"/datastore/{name}/{ns}" if ns else f"/datastore/{name}"
        if not self.may(path, AUDIT, OWN):
            raise Refusal(403, DENIED)
        found = self.state.datastore(name)
        if found is None:
            raise Refusal(400, f"no such datastore '{name}'")
        if found.error is not None:
            raise Refusal(400, found.error)
        if ns and ns not in found.namespaces:
            raise Refusal(400, f"namespace '{ns}' does not exist!")
        return found


def _version(ask: Ask) -> dict[str, str]:
    version, release = ask.state.version
    return {"version": version, "release": release, "repoid": "0123abcd"}


def _permissions(ask: Ask) -> dict[str, dict[str, bool]]:
    """TRAP: of all paths, those without any privilege are left out."""
    usual = {"/", "/access", "/datastore", "/remote", "/system"}
    asked = [ask.params["path"]] if "path" in ask.params else sorted(usual | ask.token.acl.keys())
    found = {path: ask.token.privileges(path) for path in asked}
    return {path: dict.fromkeys(sorted(privs), True) for path, privs in found.items() if privs}


def _usage(ask: Ask) -> list[dict[str, Any]]:
    """Datastores without a right are left out; with one below it there are no numbers."""
    rows = []
    for each in ask.state.datastores:
        if not ask.may(f"/datastore/{each.name}", AUDIT, OWN):
            if any(ask.may(f"/datastore/{each.name}/{ns}", AUDIT, OWN) for ns in each.namespaces):
                rows.append({"store": each.name})
            continue
        if each.error is not None:
            rows.append({"store": each.name, "error": each.error})
            continue
        row: dict[str, Any] = {"store": each.name, "total": each.total, "used": each.used}
        row |= {"avail": each.total - each.used, "history": [0.1, None]}
        row |= {} if each.full_at is None else {"estimated-full-date": each.full_at}
        rows.append(row)
    return rows


def _namespaces(ask: Ask) -> list[dict[str, str]]:
    top = ask.params.get("parent", "")
    store = ask.store(ns=top)
    below = [ns for ns in store.namespaces if not top or (f"{ns}/").startswith(f"{top}/")]
    shown = [ns for ns in below if ask.may(f"/datastore/{store.name}/{ns}", AUDIT, OWN)]
    return [{"ns": ns} for ns in dict.fromkeys([top, *shown])]


def _held(ask: Ask) -> list[Snapshot]:
    """TRAP: with Datastore.Backup alone, groups of other owners are left out."""
    ns = ask.params.get("ns", "")
    store = ask.store(ns=ns)
    path = f"/datastore/{store.name}/{ns}" if ns else f"/datastore/{store.name}"
    every = ask.may(path, AUDIT)
    return [
        each
        for each in ask.state.snapshots
        if (each.store, each.ns) == (store.name, ns)
        and (every or each.owner == ask.user)
        and ask.params.get("backup-type") in (None, each.kind)
        and ask.params.get("backup-id") in (None, each.name)
    ]


def _groups(ask: Ask) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], list[Snapshot]] = {}
    for each in _held(ask):
        groups.setdefault((each.kind, each.name), []).append(each)
    return [
        {
            "backup-type": kind,
            "backup-id": name,
            "last-backup": max(each.time for each in held),
            "backup-count": len(held),
            "files": ["root.pxar.didx", "index.json.blob"],
            "owner": held[0].owner,
        }
        for (kind, name), held in groups.items()
    ]


def _snapshots(ask: Ask) -> list[dict[str, Any]]:
    return [each.row() for each in _held(ask)]


def _gc(ask: Ask) -> dict[str, Any]:
    store = ask.store()
    if not ask.may(f"/datastore/{store.name}", AUDIT, MODIFY):
        raise Refusal(403, DENIED)
    return gc_row(ask.state, store)


def gc_row(state: State, store: Datastore) -> dict[str, Any]:
    """TRAP: before 3.2 there is neither schedule nor last run, only the task's name."""
    row: dict[str, Any] = {
        "disk-bytes": store.used,
        "disk-chunks": 1_204_551,
        "index-data-bytes": 9 * store.used,
        "index-file-count": 1843,
        "pending-bytes": 0,
        "pending-chunks": 0,
        "removed-bad": 0,
        "removed-bytes": 1_000_000,
        "removed-chunks": 12,
        "still-bad": 0,
    }
    told = dict(store.gc)
    ended = told.get("last-run-endtime")
    if ended is not None:
        row["upid"] = upid("garbage_collection", int(ended) - 60)
    if not state.knows_gc_jobs:
        told = {k: v for k, v in told.items() if not k.startswith(("last-run", "schedule"))}
        return row | told
    return {"store": store.name, "schedule": "daily"} | row | told


def _jobs(kind: str, *rights: str) -> Callable[[Ask], list[dict[str, Any]]]:
    def answer(ask: Ask) -> list[dict[str, Any]]:
        """Filtered by the rights on datastore and namespace, without a word."""
        rows = ask.state.verify if kind == "verify" else ask.state.prune
        return [
            row
            for row in rows
            if ask.may("/".join(filter(None, ("/datastore", row["store"], row.get("ns")))), *rights)
        ]

    return answer


ROUTES: dict[str, Callable[[Ask], Any]] = {
    "/version": _version,
    "/access/permissions": _permissions,
    "/status/datastore-usage": _usage,
    "/admin/datastore/{store}/namespace": _namespaces,
    "/admin/datastore/{store}/groups": _groups,
    "/admin/datastore/{store}/snapshots": _snapshots,
    "/admin/datastore/{store}/gc": _gc,
    "/admin/verify": _jobs("verify", AUDIT, "Datastore.Verify"),
    "/admin/prune": _jobs("prune", AUDIT, MODIFY),
}
