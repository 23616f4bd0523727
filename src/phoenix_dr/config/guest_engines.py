"""The shapes of engines that hold guests: Proxmox VE, its backup server, a folder of archives."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from phoenix_dr.config.guest_scalars import (
    Dump,
    JobId,
    Login,
    Notes,
    Numbers,
    Pool,
    PveName,
)
from phoenix_dr.config.scalars import Fingerprint, Path, Secret, Text, Url

Apply = Literal["direct", "handoff"]
GuestNumber = Annotated[int, Field(ge=100, le=999_999_999, strict=True)]


class VzdumpEngine(BaseModel, extra="forbid", arbitrary_types_allowed=True):
    """A folder that vzdump of a Proxmox writes archives into; Phoenix only reads it.

    `timezone` is the node's; `known_hosts` and `identity` are for ssh, the last three for rclone.
    """

    kind: Literal["vzdump"]
    directory: Dump
    location: Text
    timezone: Text | None = None
    known_hosts: Path | None = None
    identity: Path | None = None
    config: Path | None = None
    environment: dict[str, Secret] = {}
    program: Text | None = None

    @property
    def apply(self) -> Apply:
        """Nothing is ever written there."""
        return "direct"


class GuestJob(BaseModel, extra="forbid"):
    """What is wished of the job that a policy becomes."""

    id: JobId | None = None
    every: bool = Field(default=False, alias="all", strict=True)
    exclude: list[GuestNumber] = []
    pool: Pool | None = None
    node: PveName | None = None
    mode: Literal["snapshot", "suspend", "stop"] = "snapshot"
    compress: Literal["zstd", "gzip", "lzo", "none"] = "zstd"
    notes: Notes | None = None
    fleecing: PveName | None = None
    repeat_missed: bool = Field(default=False, strict=True)


class GuestDrills(BaseModel, extra="forbid"):
    """Where on a Proxmox a drill may put a guest."""

    numbers: Numbers
    storage: PveName
    pool: Pool = "phoenix-drill"
    node: PveName | None = None
    bridge: PveName | None = None


class ProxmoxEngine(BaseModel, extra="forbid", arbitrary_types_allowed=True):
    """A Proxmox VE, alone or a cluster: where it answers, and which of its storages are ours."""

    kind: Literal["proxmox"]
    url: Url
    fingerprint: Fingerprint | None = None
    ca: Path | None = None
    insecure: bool = False
    token: Secret | None = None
    user: Login | None = None
    password: Secret | None = None
    storages: dict[str, Text] = Field(min_length=1)
    jobs: dict[str, GuestJob] = {}
    drills: GuestDrills | None = None
    apply: Apply = "direct"

    @property
    def places(self) -> dict[str, str]:
        """Its storages and the locations they are."""
        return self.storages

    @property
    def location(self) -> None:
        """It has one for each storage."""
        return


class PbsEngine(BaseModel, extra="forbid", arbitrary_types_allowed=True):
    """A Proxmox Backup Server that a Proxmox VE fills; Phoenix only reads it.

    `guests` is the engine whose numbers its groups carry.
    """

    kind: Literal["pbs"]
    url: Url
    fingerprint: Fingerprint | None = None
    ca: Path | None = None
    insecure: bool = False
    token: Secret
    datastores: dict[str, Text] = Field(min_length=1)
    guests: Text

    @property
    def apply(self) -> Apply:
        """Nothing is ever written there."""
        return "direct"

    @property
    def location(self) -> None:
        """It has one for each datastore."""
        return


Servers = ProxmoxEngine | PbsEngine
"""What answers over https, and whose certificate is believed by one of three settings."""
Guests = ProxmoxEngine | PbsEngine | VzdumpEngine
