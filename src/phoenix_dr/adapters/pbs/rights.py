"""What a token may see of each datastore, and how to give it what it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from phoenix_dr.adapters.pbs import parse
from phoenix_dr.adapters.pbs.call import Call
from phoenix_dr.core.capabilities import Role
from phoenix_dr.core.pbs import place

AUDIT = "Datastore.Audit"
OWN = "Datastore.Backup"
_BARE = re.compile(r"[\w@%+=:,./-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Sight:
    """What of a place is shown: everything, or only groups the token itself owns, or nothing."""

    whole: bool
    own: bool = False

    @property
    def any(self) -> bool:
        """Whether anything can be shown."""
        return self.whole or self.own


def sight(call: Call, datastore: str, namespace: str = "") -> Sight:
    """Asked for this very path: the list of all paths leaves out those without any right.

    So nobody could tell there what comes from above from what was taken away. A token has only
    the rights given to it that its user has too. Raises EngineError.
    """
    path = f"/datastore/{place(datastore, namespace)}"
    found = parse.privileges(call.row("access", "permissions", path=path), path)
    return Sight(AUDIT in found, OWN in found)


def roles(token: str, datastores: Iterable[str]) -> tuple[Role, ...]:
    """Least privilege in `proxmox-backup-manager` lines (proxmox.md 10).

    A token can do what its ACL and that of its user allow both, so both get a line.
    """
    user, _, name = token.partition("!")
    lines = [
        f"proxmox-backup-manager user create {quoted(user)}",
        f"proxmox-backup-manager user generate-token {quoted(user)} {quoted(name)}",
    ]
    for each in datastores:
        lines += [
            f"proxmox-backup-manager acl update {quoted(f'/datastore/{each}')}"
            f" DatastoreAudit --auth-id {quoted(who)}"
            for who in (user, token)
        ]
    return (Role("audit", tuple(lines)),)


def quoted(text: str) -> str:
    """A word as a shell takes it; `!` of a token would be history to bash without quotes."""
    return text if _BARE.fullmatch(text) else "'" + text.replace("'", "'\\''") + "'"
