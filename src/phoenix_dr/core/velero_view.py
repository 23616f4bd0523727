"""One look at a Velero, indexed for the families of findings about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from phoenix_dr.core.cluster import Claim, PersistentVolume
from phoenix_dr.core.cluster_view import ClusterView, cluster_view
from phoenix_dr.core.kubernetes_schedule import KubernetesCron, parse_k8s
from phoenix_dr.core.longhorn import LonghornState
from phoenix_dr.core.model import Asset, Estate
from phoenix_dr.core.velero import (
    Choice,
    ClaimUse,
    Schedule,
    VeleroBackup,
    VeleroState,
    VolumeData,
    is_untold,
)
from phoenix_dr.errors import UsageError

BY_HAND = ""
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class VeleroView:
    """A look and its indexes. `around` names the assets of claims.

    `backups` are newest first by schedule, BY_HAND for those of none that is there; `data` is by
    backup and claim, `untold` names backups of which only the store knows what was moved.
    """

    estate: Estate
    state: VeleroState
    now: datetime
    around: ClusterView
    backups: Mapping[str, tuple[VeleroBackup, ...]]
    data: Mapping[tuple[str, str], tuple[VolumeData, ...]]
    uses: Mapping[str, ClaimUse]
    untold: frozenset[str]

    @property
    def engine(self) -> str:
        """Id of the Velero."""
        return self.state.engine

    @property
    def namespace(self) -> str:
        """Where it lives, for commands to be run by hand."""
        spec = self.estate.engines.get(self.engine)
        return spec.settings.get("namespace", "velero") if spec else "velero"

    def subject(self, name: str) -> str:
        """What a finding about one of its schedules, backups or places is about."""
        return f"{self.engine}/{name}"

    def volume(self, claim: Claim) -> PersistentVolume | None:
        """The volume bound to a claim."""
        return self.around.persistent.get(claim.volume)

    def asked(self, claim: Claim) -> bool:
        """Whether Velero is to save it: unless somebody said where else it goes."""
        asset = self.around.assets.get(claim.id)
        return asset is None or self.is_destination(asset)

    def is_destination(self, asset: Asset) -> bool:
        """Whether the policy of an asset sends it here."""
        sent = self.estate.destinations(asset)
        return any(each.partition("/")[0] == self.engine for each in sent)

    def scheduled(self, namespace: str) -> Iterator[Schedule]:
        """Schedules that take a namespace, or some of it."""
        for each in self.state.schedules or ():
            if each.choice.takes(namespace):
                yield each

    def is_busy(self, schedule: Schedule) -> bool:
        """Whether a backup of it is under way: Velero starts no second one beside it."""
        return any(each.under_way for each in self.backups.get(schedule.name, ()))

    def newest(self, schedule: str) -> VeleroBackup | None:
        """The newest backup of a schedule that has ended and can be restored from."""
        return next((each for each in self.backups.get(schedule, ()) if each.ended), None)

    def location(self, choice: Choice) -> str:
        """The storage location a choice goes to: its own, or the default one."""
        marked = (each.name for each in self.state.locations or () if each.is_default)
        return choice.location or next(marked, "default")


def velero_view(estate: Estate, state: VeleroState, *, now: datetime) -> VeleroView:
    """Index a look once."""
    data: defaultdict[tuple[str, str], list[VolumeData]] = defaultdict(list)
    for each in state.data():
        data[each.backup, each.claim].append(each)
    # What a cluster's claims are to the estate does not depend on who saves them.
    cluster = LonghornState(state.engine, state.observed_at, state.cluster)
    return VeleroView(
        estate=estate,
        state=state,
        now=now,
        around=cluster_view(estate, cluster, now=now),
        backups=_by_schedule(state),
        data={key: tuple(found) for key, found in data.items()},
        uses={each.claim: each for each in state.uses or ()},
        untold=frozenset(e.name for e in state.backups or () if is_untold(state, e)),
    )


def cron_of(schedule: Schedule) -> KubernetesCron | None:
    """When it runs, in UTC unless it names a zone; None when nobody can read it."""
    try:
        return parse_k8s(schedule.cron)
    except UsageError:
        return None


def begun(backup: VeleroBackup) -> datetime | None:
    """When it began; one that has not, when it was asked for."""
    return backup.started_at or backup.created_at


def _by_schedule(state: VeleroState) -> dict[str, tuple[VeleroBackup, ...]]:
    there = {each.name for each in state.schedules or ()}
    found: defaultdict[str, list[VeleroBackup]] = defaultdict(list)
    for each in state.backups or ():
        found[each.schedule if each.schedule in there else BY_HAND].append(each)
    return {
        name: tuple(sorted(held, key=lambda one: begun(one) or _NEVER, reverse=True))
        for name, held in found.items()
    }
