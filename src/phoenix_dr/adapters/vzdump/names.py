"""What the name of a vzdump archive says (proxmox.md section 8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

_NAME = re.compile(
    r"vzdump-(?P<kind>lxc|openvz|qemu)-(?P<vmid>[1-9][0-9]{1,8})-"
    r"(?P<moment>[0-9]{4}_[0-9]{2}_[0-9]{2}-[0-9]{2}_[0-9]{2}_[0-9]{2})"
    r"\.(?P<form>tar|tgz|vma)(?:\.(?P<packing>gz|lzo|zst|bz2))?"
)


@dataclass(frozen=True, slots=True)
class Archive:
    """One archive by its name: `lxc` or `qemu`, the guest's number, when the node said it began.

    `stem` is the name its log shares.
    """

    name: str
    kind: str
    vmid: str
    stem: str
    written: datetime

    def began(self, zone: ZoneInfo, modified: float) -> datetime:
        """When the backup began, aware UTC. `modified` is when the file was last written.

        The name has the node's local time. In the hour that autumn repeats, the later reading
        counts unless the file was finished before it.
        """
        early, late = (self.written.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        moment = late if late.timestamp() <= modified else early
        return moment.astimezone(UTC)


def parsed(name: str) -> Archive | None:
    """The archive of a file name; None for logs, notes, temporary files and what was renamed."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        written = datetime.strptime(found["moment"], "%Y_%m_%d-%H_%M_%S")  # noqa: DTZ007 - local
    except ValueError:
        return None
    kind = "qemu" if found["kind"] == "qemu" else "lxc"
    if (found["form"] == "vma") != (kind == "qemu"):
        return None
    return Archive(name, kind, found["vmid"], name[: found.end("moment")], written)
