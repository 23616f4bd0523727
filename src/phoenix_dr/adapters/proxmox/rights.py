"""What a token may see, from `/access/permissions`, and how to give it what it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from phoenix_dr.core.capabilities import Role
from phoenix_dr.core.guest_settings import GuestPlace

SEES_ALL_ROWS = "Datastore.Allocate"
SEES_STORAGE = "Datastore.AllocateSpace"
SEES_GUEST = "VM.Backup"
DRILL = (
    "VM.Allocate", "VM.Audit", "VM.Backup", "VM.PowerMgmt", "VM.Config.Disk", "VM.Config.CPU",
    "VM.Config.Memory", "VM.Config.Network", "VM.Config.Options", "Datastore.AllocateSpace",
    "Datastore.Audit",
)  # fmt: skip
ROOT = "root@pam"
ALWAYS = frozenset({"/", "/access", "/nodes", "/pool", "/sdn", "/storage", "/vms"})
"""Paths Proxmox always looks at: one of them that it does not list has nothing."""
_BARE = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rights:
    """Privileges by path; each says whether it reaches what lies below.

    Proxmox lists the paths an ACL or a pool names; what is not listed has what comes from above.
    """

    paths: Mapping[str, Mapping[str, bool]]

    def has(self, privilege: str, path: str) -> bool:
        """Whether the token has a privilege on a path."""
        if path in self.paths or path in ALWAYS:
            return privilege in self.paths.get(path, {})
        while path not in self.paths and path not in ALWAYS:
            path = path.rpartition("/")[0] or "/"
        return self.paths.get(path, {}).get(privilege, False)

    def shows_every_row(self, storage: str) -> bool:
        """Whether nothing in a storage is hidden, whose backup it ever is (proxmox.md 5)."""
        return self.has(SEES_ALL_ROWS, f"/storage/{storage}")

    def shows_row(self, storage: str, vmid: int) -> bool:
        """Whether the archives of one guest in a storage are shown."""
        here = self.has(SEES_STORAGE, f"/storage/{storage}")
        return self.shows_every_row(storage) or (here and self.has(SEES_GUEST, f"/vms/{vmid}"))


def parse_rights(data: Any) -> Rights | None:
    """The answer of `/access/permissions`; None for something else.

    1 and 0 say whether a privilege reaches below, not whether it is there.
    """
    if not isinstance(data, dict) or not all(isinstance(each, dict) for each in data.values()):
        return None
    return Rights(
        {
            str(path): {str(name): str(reaches) == "1" for name, reaches in privileges.items()}
            for path, privileges in data.items()
        }
    )


def roles(
    token: str, storages: Iterable[str], drills: GuestPlace | None = None
) -> tuple[Role, ...]:
    """Least privilege in `pveum` lines (proxmox.md 11), per purpose.

    A token can do what its ACL and that of its user allow both, so each line names both. A user
    who logs in without one needs no token, and root@pam no role: it may do everything. `drills` is
    where drills put their guests.
    """
    if token == ROOT:
        return ()
    whose = _Account(token)
    stores = tuple(f"/storage/{store}" for store in storages)
    return (
        Role("audit", (*whose.made(), whose.may("/", "PVEAuditor"))),
        Role("rows", _rows(whose, stores)),
        Role("apply", _apply(whose, stores)),
        Role("drill", _drill(whose, stores, drills)),
    )


@dataclass(frozen=True, slots=True)
class _Account:
    """Who is given rights: a token, and its user with it; or a user who needs none."""

    token: str

    def made(self) -> tuple[str, ...]:
        """The lines that make it."""
        user, bang, name = self.token.partition("!")
        add = f"pveum user token add {quoted(user)} {quoted(name)} --privsep 1"
        return (f"pveum user add {quoted(user)}", *((add,) if bang else ()))

    def may(self, path: str, role: str) -> str:
        """The line that gives it a role on a path."""
        user, bang, _ = self.token.partition("!")
        both = f"--users {quoted(user)}" + (f" --tokens {quoted(self.token)}" if bang else "")
        return f"pveum acl modify {quoted(path)} --roles {role} {both}"


def _role(name: str, *privileges: str) -> str:
    return f"pveum role add {name} --privs {quoted(','.join(privileges))}"


def _rows(whose: _Account, stores: Iterable[str]) -> tuple[str, ...]:
    # A nearer role replaces the one from above, so that it holds the audit privileges too.
    return (
        _role("PhoenixRowsVM", "VM.Audit", SEES_GUEST),
        _role("PhoenixRowsStore", "Datastore.Audit", SEES_STORAGE),
        whose.may("/vms", "PhoenixRowsVM"),
        *(whose.may(path, "PhoenixRowsStore") for path in stores),
    )


def _apply(whose: _Account, stores: Iterable[str]) -> tuple[str, ...]:
    return (
        _role(
            "PhoenixJobs", "Sys.Audit", "Sys.Modify", "VM.Audit", "Datastore.Audit", "Pool.Audit"
        ),
        _role("PhoenixJobsStore", "Datastore.Audit", SEES_ALL_ROWS, SEES_STORAGE),
        whose.may("/", "PhoenixJobs"),
        *(whose.may(path, "PhoenixJobsStore") for path in stores),
    )


def _drill(whose: _Account, stores: Iterable[str], drills: GuestPlace | None) -> tuple[str, ...]:
    pool = drills.pool if drills else "phoenix-drill"
    # The disks of a drill go to a storage of their own, which need not hold backups.
    places = dict.fromkeys((*stores, *([f"/storage/{drills.storage}"] if drills else ())))
    return (
        _role("PhoenixDrill", *DRILL),
        f"pveum pool add {quoted(pool)}",
        whose.may("/sdn/zones/localnetwork", "PVESDNUser"),
        whose.may(f"/pool/{pool}", "PhoenixDrill"),
        *(whose.may(path, "PhoenixRowsStore") for path in places),
    )


def quoted(text: str) -> str:
    """A word as a shell takes it; `!` of a token would be history to bash without quotes."""
    return text if _BARE.fullmatch(text) else "'" + text.replace("'", "'\\''") + "'"
