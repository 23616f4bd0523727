"""What the policies ask of one Longhorn: for each a group, its jobs, and the claims they take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from phoenix_dr.core.claim_assets import asset_of
from phoenix_dr.core.cluster import Claim
from phoenix_dr.core.coverage import local_day
from phoenix_dr.core.longhorn import LonghornState, RecurringJob
from phoenix_dr.core.model import Asset, AssetKind, EngineSpec, Estate, Policy
from phoenix_dr.core.recurring_jobs import Wanted, named, recurring_job
from phoenix_dr.errors import UsageError


@dataclass(frozen=True, slots=True)
class Wish:
    """What one policy wants: `jobs` in `group` are to take exactly these claims, to `target`."""

    policy: str
    group: str
    jobs: tuple[RecurringJob, ...]
    target: str
    claims: tuple[Claim, ...] = ()


def wishes(estate: Estate, engine: str, state: LonghornState | None) -> tuple[Wish, ...]:
    """The wishes of every policy that sends volumes to this Longhorn, in the file's order.

    A claim follows the policy of its asset, so the most specific pattern wins; a new claim is
    among them by itself, one that is ignored is not. Without a look nobody knows the claims.
    Raises UsageError for a rule or schedule Longhorn cannot have, and for two policies whose jobs
    would have one name.
    """
    held: defaultdict[str, list[Claim]] = defaultdict(list)
    known = {asset.id: asset for asset in estate.assets()}
    ignored = _ignored(estate, state)
    for claim in sorted(state.cluster.claims if state else (), key=lambda each: each.id):
        asset = _asset_of(known, estate.engines[engine], claim)
        if f"{engine}/{claim.id}" in ignored:
            continue
        if asset is not None and asset.policy and asset.source.startswith(f"{engine}/"):
            held[asset.policy].append(claim)
    made = [_wish(estate, engine, each) for each in _policies(estate, engine)]
    names = [job.name for wish in made for job in wish.jobs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError("longhorn-job-twice", job=twice)
    return tuple(
        Wish(each.policy, each.group, each.jobs, each.target, tuple(held[each.policy]))
        for each in made
    )


def assets_of(estate: Estate, engine: str, state: LonghornState) -> dict[str, str]:
    """`NAMESPACE/NAME` → asset, of the claims that are there and described."""
    known = {asset.id: asset for asset in estate.assets()}
    named = {each.id: asset_of(each.id, estate.engines[engine].archives) for each in
             state.cluster.claims}  # fmt: skip
    return {claim: asset for claim, asset in named.items() if asset is not None and asset in known}


def _wish(estate: Estate, engine: str, policy: Policy) -> Wish:
    group = named(policy.name)
    asked = [Wanted(policy.name, "backup", policy.schedule, policy.keep)]
    if policy.snapshots is not None:
        cron, keep = policy.snapshots.schedule, policy.snapshots.keep
        asked.insert(0, Wanted(policy.name, "snapshot", cron, keep))
    jobs = tuple(recurring_job(each, group=group) for each in asked)
    return Wish(policy.name, group, jobs, _target(estate, engine, policy))


def _policies(estate: Estate, engine: str) -> Iterator[Policy]:
    """Policies of volumes of this engine that go there."""
    followed = {
        asset.policy
        for asset in estate.assets()
        if asset.kind is AssetKind.VOLUMES and asset.source.startswith(f"{engine}/")
    }
    for name, policy in estate.policies.items():
        if name in followed and any(to.partition("/")[0] == engine for to in policy.to):
            yield policy


def _target(estate: Estate, engine: str, policy: Policy) -> str:
    """The backup target a policy names, or the only one; "" when it names none of several."""
    told = [to.partition("/")[2] for to in policy.to if to.partition("/")[0] == engine]
    targets = list(estate.engines[engine].locations)
    return next((each for each in told if each), targets[0] if len(targets) == 1 else "")


def _ignored(estate: Estate, state: LonghornState | None) -> frozenset[str]:
    """What a person left out until a day that had not passed when the cluster was seen."""
    if state is None:
        return frozenset()
    today = local_day(estate, state.observed_at)
    return frozenset(each.found for each in estate.ignore if today <= each.until)


def _asset_of(known: Mapping[str, Asset], spec: EngineSpec, claim: Claim) -> Asset | None:
    """The asset of a claim; of one nobody has looked at yet, that of its pattern."""
    name = asset_of(claim.id, spec.archives)
    while name:
        if name in known:
            return known[name]
        name = name.rpartition("/")[0]
    return None
