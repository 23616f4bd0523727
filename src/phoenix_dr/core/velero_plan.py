"""What has to change so that schedules of Velero save what the policies send there.

Only schedules of Phoenix are ever changed, and none is removed. How the data of volumes is saved
is chosen by what the cluster has, and nothing that is saved already is taken away.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from phoenix_dr.core.claim_assets import ANY, asset_of
from phoenix_dr.core.cluster_actions import SetSchedule
from phoenix_dr.core.model import EngineSpec, Estate
from phoenix_dr.core.recurring_jobs import PREFIX
from phoenix_dr.core.velero import WAY, Choice, Schedule, VeleroState
from phoenix_dr.core.velero_schedules import bare, schedules_of
from phoenix_dr.errors import Refused

BOUND = "Bound"
HOST_PATH = "hostPath"
"""Velero reads no such volume."""


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """A schedule that is missing (`was` None) or says something else in the fields `differs`."""

    schedule: Schedule
    was: Schedule | None
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """Schedules wanted, those to set, and those left alone: fitting, of nobody's wish, of others.

    `strays` have a name of Phoenix and no policy wants them: they save something, so they stay.
    `beside` are those of others that take the same namespaces.
    """

    wanted: tuple[Schedule, ...]
    changes: tuple[ScheduleChange, ...]
    fitting: tuple[str, ...]
    strays: tuple[Schedule, ...]
    beside: tuple[Schedule, ...]


def plan(estate: Estate, state: VeleroState) -> SchedulePlan:
    """What has to be set in one Velero.

    Raises Refused (schedules-unreadable) when its schedules, claims or volumes could not be read,
    velero-schedule-narrowed when somebody narrowed one of ours; UsageError as `schedules_of`.
    """
    unread = [
        name
        for name, seen in (
            ("schedules", state.schedules is not None),
            ("persistentvolumeclaims", state.cluster.sees("persistentvolumeclaims")),
            ("persistentvolumes", state.cluster.sees("persistentvolumes")),
        )
        if not seen
    ]
    if unread:
        raise Refused("schedules-unreadable", engine=state.engine, lists=", ".join(unread))
    there = {each.name: bare(each) for each in state.schedules or ()}
    spec = estate.engines[state.engine]
    wanted = tuple(
        completed(each, state, spec=spec, was=there.get(each.name))
        for each in schedules_of(estate, state.engine)
    )
    held = {claim.namespace for claim in state.cluster.claims}
    changes = tuple(_changes(wanted, there, held))
    differ = {each.schedule.name for each in changes}
    names = {each.name for each in wanted}
    rest = [each for each in there.values() if each.name not in names]
    return SchedulePlan(
        wanted=wanted,
        changes=changes,
        fitting=tuple(each.name for each in wanted if each.name not in differ),
        strays=tuple(each for each in rest if each.name.startswith(PREFIX)),
        beside=tuple(each for each in rest if _meets(each, wanted, state)),
    )


def completed(
    wanted: Schedule, state: VeleroState, *, spec: EngineSpec, was: Schedule | None
) -> Schedule:
    """A schedule with the namespaces that were seen, and a way to save the data of its volumes."""
    choice = wanted.choice
    choice = replace(choice, namespaces=tuple(_namespaces(choice.namespaces, state)))
    moves, files = _way(choice, state, spec.settings.get(WAY, ""))
    if was is not None:
        # What is saved one way already goes on being saved that way.
        moves, files = moves or was.choice.moves is True, files or was.choice.to_files is True
    return replace(wanted, choice=replace(choice, moves=moves, to_files=files))


def action_of(change: ScheduleChange, state: VeleroState, spec: EngineSpec) -> SetSchedule:
    """The action that sets one schedule, with the claims it takes now or will."""
    both = [each for each in (change.schedule, change.was) if each is not None]
    taken = {
        claim.id: asset_of(claim.id, spec.archives) or ""
        for claim in state.cluster.claims
        if claim.phase == BOUND and any(each.choice.takes(claim.namespace) for each in both)
    }
    return SetSchedule(state.engine, change.schedule, change.was, tuple(sorted(taken.items())))


def ended(schedule: Schedule, state: VeleroState, spec: EngineSpec) -> SetSchedule:
    """A schedule that runs no more, to tell what is lost by removing it; never performed."""
    stopped = ScheduleChange(replace(bare(schedule), paused=True), bare(schedule))
    return action_of(stopped, state, spec)


def differing(wanted: Schedule, found: Schedule) -> tuple[str, ...]:
    """Names of the fields Phoenix sets in which two schedules differ."""
    one, other = _fields(wanted), _fields(found)
    return tuple(name for name, value in one.items() if value != other[name])


def is_narrowed(schedule: Schedule, namespaces: Collection[str]) -> bool:
    """Whether it leaves out, of these namespaces, things Phoenix cannot ask for again."""
    choice = schedule.choice
    left_out = any(fnmatchcase(name, each) for name in namespaces for each in choice.excluded)
    return choice.selective or left_out or not choice.claims


def _fields(each: Schedule) -> Mapping[str, object]:
    choice = each.choice
    return {
        "schedule": each.cron,
        "paused": each.paused,
        "includedNamespaces": choice.namespaces,
        "snapshotMoveData": choice.moves,
        "defaultVolumesToFsBackup": choice.to_files,
        "storageLocation": choice.location,
        "ttl": choice.ttl,
    }


def _changes(
    wanted: Sequence[Schedule], there: Mapping[str, Schedule], held: Collection[str]
) -> Iterator[ScheduleChange]:
    for each in wanted:
        was = there.get(each.name)
        if was is not None and is_narrowed(was, each.choice.namespaces or held):
            raise Refused("velero-schedule-narrowed", schedule=each.name)
        differs = () if was is None else differing(each, was)
        if was is None or differs:
            yield ScheduleChange(each, was, differs)


def _namespaces(named: Sequence[str], state: VeleroState) -> Iterator[str]:
    """Names with `*` as the names seen, which every version takes; `*` alone is all of them."""
    if ANY in named:
        return
    seen = {*state.cluster.namespaces, *(claim.namespace for claim in state.cluster.claims)}
    found = {name for name in named if ANY not in name}
    for pattern in set(named) - found:
        fitting = {name for name in seen if fnmatchcase(name, pattern)}
        if not fitting:
            raise Refused("velero-no-namespace-fits", engine=state.engine, pattern=pattern)
        found |= fitting
    yield from sorted(found)


def _way(choice: Choice, state: VeleroState, said: str) -> tuple[bool, bool]:
    """Whether to move snapshots, and whether to save files.

    A snapshot is of one moment and needs no pod; it needs a VolumeSnapshotClass Velero may use.
    """
    if said:
        return said != "files", said != "snapshots"
    taken = {
        claim.volume
        for claim in state.cluster.claims
        if claim.phase == BOUND and choice.takes(claim.namespace)
    }
    drivers = {each.driver for each in state.cluster.volumes if each.name in taken} - {HOST_PATH}
    movable = drivers & set(state.movers or ())
    return bool(movable), not drivers or movable != drivers


def _meets(each: Schedule, wanted: Sequence[Schedule], state: VeleroState) -> bool:
    """Whether somebody else's schedule takes a namespace that one of ours takes."""
    if each.name.startswith(PREFIX):
        return False
    spaces = {claim.namespace for claim in state.cluster.claims}
    return any(
        each.choice.takes(space) and ours.choice.takes(space) for ours in wanted for space in spaces
    )
