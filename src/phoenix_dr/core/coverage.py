"""How one asset is covered, and its Statut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from phoenix_dr.core import schedule
from phoenix_dr.core.claim_assets import is_pattern
from phoenix_dr.core.evidence import DataRead, DrillRecord, Idle, Level, Scope
from phoenix_dr.core.history import History
from phoenix_dr.core.levels import Proven, last_drill, proven, whole_read
from phoenix_dr.core.model import Asset, AssetKind, Estate, Immutability, Objectives, Policy, Waiver
from phoenix_dr.core.places import SCOPES, scope_masks, spread, survivors
from phoenix_dr.core.report import Coverage, State

__all__ = ["SCOPES", "AssetFacts", "cover", "is_excused", "local_day", "scope_masks", "survivors"]

READABLE = frozenset(
    {
        AssetKind.FILES,
        AssetKind.SQLITE,
        AssetKind.STATE,
        AssetKind.REGENERABLE,
        AssetKind.GUEST,
        AssetKind.VOLUMES,
        AssetKind.K3S,
    }
)
"""Kinds whose copies this version can see; without evidence every other kind is unknown."""


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """What evidence says about one asset, beside what the estate describes.

    `histories` is the fold of its points per scope; `backups` are (engine, location) pairs that
    hold a usable point; `blind` when an engine it goes to could not be read. `immutable` are
    locations where a delete was refused less than 90 days ago. `openable` is False when no copy
    of a key it needs works outside production, None when nothing proves either. `seen_failing`
    when a drill of its service was seen failing on a corrupted copy. `idle` explains an old
    newest point of data nobody wrote to.
    """

    histories: Mapping[Scope, History] = field(default_factory=dict)
    backups: tuple[tuple[str, str], ...] = ()
    blind: bool = False
    drills: tuple[DrillRecord, ...] = ()
    reads: tuple[DataRead, ...] = ()
    immutable: frozenset[str] = frozenset()
    openable: bool | None = None
    seen_failing: bool = False
    idle: Idle | None = None


def cover(estate: Estate, asset: Asset, facts: AssetFacts, *, now: datetime) -> Coverage:
    """The coverage of one asset at `now`, judged by the rules of docs/design.md section 7."""
    made = facts.histories.get(Scope.FILE, History())
    last = last_drill(facts.drills)
    policy = estate.policies.get(asset.policy or "")
    suspect = made.newest_suspect and not _drilled_good(made, facts)
    level, level_at = _level(asset, facts, made, suspect=suspect)
    held = spread(estate, asset, facts.backups)
    service = estate.services.get(asset.service)
    covered = Coverage(
        asset=asset.id,
        service=asset.service,
        state=State.OK,
        has_data=asset.has_data,
        newest=_moment(made.newest),
        newest_suspect=suspect,
        rpo=_rpo(made, now, facts.idle),
        rpo_objective=(service.objectives if service else Objectives()).rpo,
        worst_gap=None if made.worst_gap is None else timedelta(seconds=made.worst_gap),
        worst_case=_worst_case(estate, policy, now),
        schedule=policy.schedule if policy else "",
        backups=facts.backups,
        copies=held.copies,
        media=held.media,
        off_site=held.off_site,
        immutable=_immutable(estate, facts),
        simulated=held.simulated,
        blind=facts.blind or (not _is_readable(asset) and made.newest is None),
        level=level,
        level_at=level_at,
        last_drill_ok=last.ok if last else None,
        rpo_by_scope={s: _rpo(facts.histories.get(s, History()), now, facts.idle) for s in SCOPES},
        unchanged_until=_unchanged(made, facts.idle),
    )
    if not asset.has_data or is_excused(asset.regenerable, local_day(estate, now)):
        return replace(covered, state=State.NONE, blind=False)
    return replace(covered, state=_state(covered, made, facts, now=now))


def is_excused(waiver: Waiver | None, today: date) -> bool:
    """True while a declared exception is in force; its last day counts."""
    return waiver is not None and today <= waiver.until


def local_day(estate: Estate, now: datetime) -> date:
    """The calendar day at `now` in the estate's time zone."""
    return now.astimezone(ZoneInfo(estate.timezone)).date()


def _is_readable(asset: Asset) -> bool:
    """A pattern stands for claims nobody saw: of these nothing is known."""
    return asset.kind in READABLE and not is_pattern(asset)


def _state(covered: Coverage, made: History, facts: AssetFacts, *, now: datetime) -> State:
    if covered.last_drill_ok is False or facts.openable is False:
        return State.FAIL
    if covered.blind:
        return State.UNKNOWN
    freshest = _moment(made.newest if made.newest_unknown is None else made.newest_unknown)
    if freshest is None:
        return State.FAIL
    if now - max(freshest, covered.unchanged_until or freshest) >= covered.rpo_objective:
        # Perhaps nothing was written since: then old is no failure, and nobody knows.
        return State.FAIL if facts.idle is None else State.UNKNOWN
    if made.newest_unknown is not None:
        return State.UNKNOWN
    return State.WARN if facts.openable is None or _is_weak(covered) else State.OK


def _is_weak(covered: Coverage) -> bool:
    objective = covered.rpo_objective
    waits = (wait for wait in (covered.worst_gap, covered.worst_case) if wait is not None)
    return (
        any(wait >= objective for wait in waits)
        or covered.last_drill_ok is None
        or covered.newest_suspect
        or covered.copies < 3
        or covered.media < 2
        or covered.off_site is not True
    )


def _unchanged(made: History, idle: Idle | None) -> datetime | None:
    """Until when the newest point held all there was."""
    return None if idle is None or made.newest is None else idle.until


def _rpo(made: History, now: datetime, idle: Idle | None) -> timedelta | None:
    newest = _moment(made.newest)
    if newest is None:
        return None
    newest = max(newest, _unchanged(made, idle) or newest)
    return max(now - newest, timedelta(seconds=made.worst_gap or 0), timedelta(0))


def _worst_case(estate: Estate, policy: Policy | None, now: datetime) -> timedelta | None:
    if policy is None:
        return None
    return schedule.longest_gap(schedule.parse(policy.schedule, estate.timezone), after=now)


def _drilled_good(made: History, facts: AssetFacts) -> bool:
    """A drill of the newest point that passed lifts the suspicion its size raised."""
    return any(
        drill.ok and not drill.mutated and int(drill.taken_at.timestamp()) == made.newest
        for drill in facts.drills
    )


def _level(asset: Asset, facts: AssetFacts, made: History, *, suspect: bool) -> Proven:
    newest = _moment(made.newest)
    if newest is None:
        return Level.UNKNOWN, None
    if suspect:
        return Level.EXISTS, newest
    engines = {engine for engine, _ in facts.backups}
    read = max(filter(None, (whole_read(facts.reads, name) for name in engines)), default=None)
    return proven(asset.kind, facts.drills, read, newest=newest, seen_failing=facts.seen_failing)


def _immutable(estate: Estate, facts: AssetFacts) -> bool | None:
    held = {location for _, location in facts.backups}
    if held & facts.immutable:
        return True
    known = [estate.locations[name] for name in held if name in estate.locations]
    claimed = any(at.immutable is Immutability.CLAIMED for at in known)
    return None if claimed or len(known) < len(held) else False


def _moment(epoch: int | None) -> datetime | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC)
