"""Which retention rule an asset's points on an engine follow, and which tool's reading of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from phoenix_dr.core import schedule
from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.model import STATE_ASSET, Asset, Estate, Policy
from phoenix_dr.core.retention import digest_of
from phoenix_dr.core.retention_dialects import Dialect
from phoenix_dr.errors import UsageError

DIALECTS = {"restic": Dialect.RESTIC, "borg": Dialect.BORG}
"""How Phoenix reads a rule for engines whose points it removes itself, id by id.

restic is read as its present versions do: keeping the oldest point of a short rule is the safer
answer, and Phoenix names ids whatever the version would have chosen.
"""
LATE = 3
"""So many of a schedule's longest gaps without a new point mean that backups have stopped."""


@dataclass(frozen=True, slots=True)
class LaneRule:
    """The policy an (engine, asset) lane follows and the digest of its rule there."""

    policy: Policy
    dialect: Dialect
    digest: str


def lane_rule(estate: Estate, engine: str, asset_id: str) -> LaneRule | None:
    """The rule for an asset's points on an engine; None when no policy sets one there."""
    dialect = DIALECTS.get(estate.engines[engine].kind)
    policy = policy_of(estate, engine, asset_id)
    if dialect is None or policy is None or policy.keep.is_empty:
        return None
    return LaneRule(policy, dialect, _digest(estate, engine, policy, dialect))


def rule_digest(estate: Estate, policy: str, engine: str) -> str:
    """What a standing approval of a policy on an engine is bound to; UsageError for no such."""
    if policy not in estate.policies:
        raise UsageError("policy-unknown", policy=policy, known=", ".join(estate.policies))
    if engine not in estate.engines:
        raise UsageError("engine-unknown", engine=engine, known=", ".join(estate.engines))
    dialect = DIALECTS.get(estate.engines[engine].kind)
    if dialect is None or engine not in _engines(estate.policies[policy]):
        raise UsageError("policy-not-there", policy=policy, engine=engine)
    return _digest(estate, engine, estate.policies[policy], dialect)


def is_ours(estate: Estate, point: RecoveryPoint) -> bool:
    """Whether a host of this estate took a point; borg does not say, and is told by its names.

    Several houses may fill one repository, and all of them have, say, `phoenix/state`.
    """
    return not point.host or point.host == estate.here or point.host in estate.hosts


def is_stale(estate: Estate, policy: Policy, newest: datetime, *, now: datetime) -> bool:
    """Whether so long no point arrived that nothing may be let go: old points are all there is."""
    gap = schedule.longest_gap(schedule.parse(policy.schedule, estate.timezone), after=now)
    return now - newest > max(LATE * gap, timedelta(days=2))


def _digest(estate: Estate, engine: str, policy: Policy, dialect: Dialect) -> str:
    """A rule's name with whose it is and where: an approval of it is worth nothing elsewhere."""
    rule = digest_of(policy.keep, zone=estate.timezone, dialect=dialect)
    place = (estate.name, estate.engines[engine].repository, policy.name)
    return hashlib.sha256(repr((*place, rule)).encode("utf-8", "surrogatepass")).hexdigest()


def policy_of(estate: Estate, engine: str, asset_id: str) -> Policy | None:
    """The policy an asset's points on an engine follow; None when none sends it there.

    Phoenix's own state follows the first policy that names the engine.
    """
    if asset_id == STATE_ASSET:
        named = (each for each in estate.policies.values() if engine in _engines(each))
        return next(named, None)
    asset = _asset(estate, asset_id)
    policy = estate.policies.get(asset.policy or "") if asset else None
    return policy if policy and engine in _engines(policy) else None


def _asset(estate: Estate, asset_id: str) -> Asset | None:
    return next((asset for asset in estate.assets() if asset.id == asset_id), None)


def _engines(policy: Policy) -> frozenset[str]:
    return frozenset(place.split("/", 1)[0] for place in policy.to)
