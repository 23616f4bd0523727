"""The seed's house: five containers, one Proxmox, daily at 03:00, seven days, storage local."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.model import (
    Asset,
    AssetKind,
    EngineSpec,
    Estate,
    Host,
    Ignore,
    Location,
    Policy,
    RetentionRule,
    Service,
)
from phoenix_dr.core.vzdump_job import VzdumpJob

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
PARIS = "Europe/Paris"
NAMES = {200: "runner", 210: "core", 211: "wiki", 215: "dns", 216: "games"}
SEED = Policy("guests", "0 3 * * *", RetentionRule(daily=7), "undo a bad upgrade", ("pve1/local",))
JOB = VzdumpJob(
    id="phoenix-guests", schedule="03:00", storage="local", vmids=tuple(NAMES),
    keep=RetentionRule(daily=7), comment="Phoenix: policy guests",
)  # fmt: skip


def seed(policy: Policy = SEED, *, more: tuple[Policy, ...] = (), **changes: Any) -> Estate:
    """The estate of the seed's example; `changes` are fields of Estate."""
    made = Estate(
        name="homelab",
        here="worker1",
        timezone=PARIS,
        language="en",
        hosts={"pve1": Host("pve1", "home"), "worker1": Host("worker1", "home")},
        locations={
            "system": Location("system", "pve1"),
            "nas": Location("nas", "worker1"),
        },
        engines={
            "pve1": EngineSpec(
                "pve1", "proxmox", locations={"local": "system", "nas": "nas"}, apply="handoff"
            )
        },
        policies={each.name: each for each in (policy, *more)},
        services={
            name: Service(name, assets=(guest(name, vmid, policy.name),))
            for vmid, name in NAMES.items()
        },
    )
    return replace(made, **changes)


def guest(service: str, vmid: int, policy: str | None, **changes: Any) -> Asset:
    """A guest of pve1 as an asset."""
    made = Asset(f"{service}/guest", AssetKind.GUEST, f"pve1/{vmid}", policy=policy)
    return replace(made, **changes)


def archive(vmid: int, taken: str, *, size: int | None = 1000, **changes: Any) -> RecoveryPoint:
    """An archive on the storage local, taken at a UTC time."""
    moment = datetime.fromisoformat(taken).replace(tzinfo=UTC)
    made = RecoveryPoint(
        f"local:backup/vzdump-lxc-{vmid}-{moment:%Y_%m_%d-%H_%M_%S}.tar.zst",
        f"{NAMES[vmid]}/guest", "pve1", "system", moment, size,
    )  # fmt: skip
    return replace(made, **changes)


def left_out(vmid: int, until: str) -> Ignore:
    """A guest a person left out."""
    return Ignore(f"pve1/{vmid}", "made again by Ansible", date.fromisoformat(until))
