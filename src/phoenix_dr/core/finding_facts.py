"""What findings are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from phoenix_dr.core.evidence import BlindSpot, DrillRecord
from phoenix_dr.core.keys_found import KeysFound
from phoenix_dr.core.kit_state import KitLook
from phoenix_dr.core.longhorn import LonghornState
from phoenix_dr.core.model import Asset, Criticality, Estate
from phoenix_dr.core.pbs import PbsInventory
from phoenix_dr.core.proxmox import Inventory
from phoenix_dr.core.report import Coverage, KeyCustody
from phoenix_dr.core.retention_drift import Drift
from phoenix_dr.core.velero import VeleroState


@dataclass(frozen=True, slots=True)
class Interrupted:
    """An action with an intent but no outcome in the ledger: nobody knows how it ended."""

    verb: str
    subject: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class FailedRun:
    """The last backup of an asset to an engine failed, and no later point is there."""

    asset: str
    engine: str
    error: str
    detail: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class FindingFacts:
    """What evidence says beside the coverages.

    `drills` holds the last real drill per asset; `unjudged` the newest point per asset that is
    newer than every usable one and cannot be judged; `unopenable` assets no working key opens;
    `immutable` locations proved so; `seen_failing` services whose drill failed on a corrupted
    copy. `guests` is the last look at each Proxmox, None for one never looked at, `servers` that
    at each backup server, `clusters` that at each Longhorn.
    """

    drills: Mapping[str, DrillRecord] = field(default_factory=dict)
    unjudged: Mapping[str, datetime] = field(default_factory=dict)
    unopenable: frozenset[str] = frozenset()
    custody: tuple[KeyCustody, ...] = ()
    blind_spots: tuple[BlindSpot, ...] = ()
    immutable: frozenset[str] = frozenset()
    seen_failing: frozenset[str] = frozenset()
    interrupted: tuple[Interrupted, ...] = ()
    failed: tuple[FailedRun, ...] = ()
    retention: Drift = field(default_factory=Drift)
    guests: Mapping[str, Inventory | None] = field(default_factory=dict)
    servers: Mapping[str, PbsInventory | None] = field(default_factory=dict)
    clusters: Mapping[str, LonghornState | None] = field(default_factory=dict)
    veleros: Mapping[str, VeleroState | None] = field(default_factory=dict)
    keys: KeysFound | None = None
    """The last look at the keys of this machine, None while nobody looked."""
    kits: KitLook | None = None
    """What is known of recovery kits, None while nobody asked."""
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What the newest point of a datastore was saved without, by asset."""


@dataclass(frozen=True, slots=True)
class View:
    """Everything one finding family may look at; `criticality` is the effective one,
    `assets` are by id."""

    estate: Estate
    coverages: tuple[Coverage, ...]
    facts: FindingFacts
    now: datetime
    today: date
    criticality: Mapping[str, Criticality]
    assets: Mapping[str, Asset]

    def level(self, asset_id: str) -> Criticality:
        """Effective criticality of the service an asset belongs to."""
        return self.criticality.get(_service(asset_id), Criticality.IMPORTANT)

    def rank(self, subject: str) -> int:
        """Rank of a finding's subject; keys, engines and places weigh like the most critical."""
        return self.criticality.get(_service(subject), Criticality.CRITICAL).rank


def _service(subject: str) -> str:
    return subject.split("/", 1)[0]
