"""Labels that still hang claims on jobs of another policy than theirs: told, never taken away.

The jobs of a policy nobody has any more take their labels with them, when a person removes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from phoenix_dr.core.cluster import Claim
from phoenix_dr.core.cluster_actions import LabelVolume
from phoenix_dr.core.longhorn import GROUP_LABEL, SOURCE_LABEL, LonghornState, LonghornVolume
from phoenix_dr.core.longhorn import RecurringJob as Job
from phoenix_dr.core.volume_labels import ENABLED, attachment
from phoenix_dr.core.volume_plan import CLAIM, VOLUME
from phoenix_dr.core.volume_wishes import Wish


@dataclass(frozen=True, slots=True)
class StrayLabel:
    """A label of a group that the policy of its claim does not ask for.

    `action` is its removal once everything planned is set, to tell what is lost by it; Phoenix
    performs none such.
    """

    label: str
    action: LabelVolume


def stray_labels(
    wished: Sequence[Wish],
    state: LonghornState,
    *,
    jobs: tuple[Job, ...],
    assets: Mapping[str, str],
) -> tuple[StrayLabel, ...]:
    """Every such label of the groups that policies have; `jobs` are those once all is set."""
    groups = {claim.id: wish.group for wish in wished for claim in wish.claims}
    ours = {wish.group for wish in wished}
    bound = {each.name: each.handle for each in state.cluster.volumes}
    volumes = {each.name: each for each in state.volumes or ()}
    found: list[StrayLabel] = []
    for claim in sorted(state.cluster.claims, key=lambda each: each.id):
        volume = volumes.get(bound.get(claim.volume, ""))
        if volume is not None:
            asset = assets.get(claim.id, f"{state.engine}/{claim.id}")
            bare = LabelVolume(state.engine, asset, claim.id, "", "", "", (), (), (), ())
            wanted = groups.get(claim.id, "")
            found += _of_claim(claim, volume, bare, (wanted, ours), jobs=jobs)
    return tuple(found)


def _of_claim(
    claim: Claim,
    volume: LonghornVolume,
    bare: LabelVolume,
    groups: tuple[str, set[str]],
    *,
    jobs: tuple[Job, ...],
) -> Iterator[StrayLabel]:
    wanted, ours = groups
    on_claim = claim.labels.get(SOURCE_LABEL) == ENABLED
    there = claim.labels if on_claim else volume.labels
    set_all = {**there, **({f"{GROUP_LABEL}{wanted}": ENABLED} if wanted else {})}
    for label, value in sorted(there.items()):
        group = label.removeprefix(GROUP_LABEL)
        if group == label or value != ENABLED or group not in ours - {wanted}:
            continue
        without = {key: each for key, each in set_all.items() if key != label}
        taken = [
            attachment(
                volume if on_claim else replace(volume, labels=labels),
                replace(claim, labels=labels) if on_claim else claim,
                jobs,
            ).jobs
            for labels in (set_all, without)
        ]
        removal = replace(
            bare,
            on=CLAIM if on_claim else VOLUME,
            namespace=claim.namespace if on_claim else "",
            name=claim.name if on_claim else volume.name,
            was=tuple(sorted(there.items())),
            before=taken[0],
            after=taken[1],
        )
        yield StrayLabel(label, removal)
