"""A small Velero that is well: two claims, one schedule, both saved last night."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from build_longhorn import NOW, ago
from phoenix_dr.core.claim_assets import expanded
from phoenix_dr.core.cluster import Claim, Cluster, KubeNode, PersistentVolume
from phoenix_dr.core.longhorn import DRIVER
from phoenix_dr.core.model import (
    Asset,
    AssetKind,
    EngineSpec,
    Estate,
    Host,
    Location,
    Policy,
    RetentionRule,
    Service,
)
from phoenix_dr.core.velero import (
    Choice,
    ClaimUse,
    DataUpload,
    PodVolumeBackup,
    Schedule,
    StorageLocation,
    VeleroBackup,
    VeleroState,
)

SONARR, RADARR = "media/sonarr", "media/radarr"
TAKEN = Choice(("media",), to_files=True, moves=True, ttl=timedelta(hours=720))
NIGHTLY = Schedule(
    "nightly", "0 3 * * *", TAKEN, "Enabled", created_at=ago(900), last_backup=ago(3)
)
PLACE = StorageLocation(
    "default", "aws", "velero", "s3.eu-west-3.amazonaws.com", "Available", is_default=True,
    checked_at=ago(0.01), checked_every=timedelta(minutes=1),
)  # fmt: skip
NODE = KubeNode("k3s-1", "v1.33.4+k3s1", True)
SETTINGS = Asset("media/settings", AssetKind.VOLUMES, "velero/media/*", policy="default")
ENGINE = EngineSpec(
    "velero",
    "velero",
    locations={"default": "paris"},
    archives={"media/*": "media/settings"},
    settings={"namespace": "velero"},
)


def claim(name: str, **changes: Any) -> Claim:
    """A bound claim."""
    space, _, app = name.partition("/")
    made = Claim(space, app, volume=f"pv-{app}", storage_class="longhorn", size=1 << 30)
    return replace(made, **changes)


def volume(name: str, **changes: Any) -> PersistentVolume:
    """The volume of a claim."""
    app = name.partition("/")[2]
    return replace(PersistentVolume(f"pv-{app}", DRIVER, f"vol-{app}", claim=name), **changes)


def use(name: str, **changes: Any) -> ClaimUse:
    """A claim of long ago that a running pod mounts."""
    return replace(ClaimUse(name, ago(900), running=True), **changes)


def backup(hours: float = 3, **changes: Any) -> VeleroBackup:
    """A Completed backup begun so many hours ago."""
    made = VeleroBackup(
        f"nightly-{hours}", "Completed", "nightly", replace(TAKEN, location="default"),
        created_at=ago(hours), started_at=ago(hours), ended_at=ago(hours - 0.5),
        expires_at=ago(hours - 720), moved=1,
    )  # fmt: skip
    return replace(made, **changes)


def upload(name: str = SONARR, hours: float = 3, **changes: Any) -> DataUpload:
    """The moved snapshot of a claim."""
    made = DataUpload(
        f"up-{hours}", f"nightly-{hours}", name, "Completed", "default", ago(hours), 4096
    )
    return replace(made, **changes)


def files(name: str = RADARR, hours: float = 3, **changes: Any) -> PodVolumeBackup:
    """The saved files of a claim."""
    made = PodVolumeBackup(
        f"files-{hours}", f"nightly-{hours}", name, "Completed", "default", ago(hours), 4096
    )
    return replace(made, **changes)


def state(**changes: Any) -> VeleroState:
    """The whole, with some lists replaced; those of the cluster too, by its own names."""
    around = {key: changes.pop(key) for key in ("claims", "volumes", "nodes") if key in changes}
    cluster = Cluster(
        "v1.33.4+k3s1",
        ("media", "velero"),
        nodes=(NODE,),
        claims=(claim(SONARR), claim(RADARR)),
        volumes=(volume(SONARR), volume(RADARR)),
    )
    made = VeleroState(
        "velero",
        NOW,
        replace(cluster, **around),
        schedules=(NIGHTLY,),
        backups=(backup(3),),
        pod_volumes=(files(),),
        uploads=(upload(),),
        locations=(PLACE,),
        uses=(use(SONARR), use(RADARR)),
    )
    return replace(made, **changes)


def house(
    *,
    seen: tuple[str, ...] = (SONARR, RADARR),
    to: str = "velero/default",
    keep: RetentionRule | None = None,
    **changes: Any,
) -> Estate:
    """The estate, with the claims that were seen."""
    asset = replace(SETTINGS, **changes)
    policy = Policy("default", "0 3 * * *", keep or RetentionRule(daily=7), "undo", (to,))
    made = Estate(
        "home",
        "worker1",
        hosts={"aws": Host("aws", "eu-west-3"), "k3s-1": Host("k3s-1", "home")},
        locations={"paris": Location("paris", "aws"), "own": Location("own", "k3s-1")},
        engines={"velero": ENGINE},
        policies={"default": policy},
        services={"media": Service("media", assets=(asset,))},
    )
    return expanded(made, {"velero": seen})
