"""Schedules of Velero from the policies: name, cron with its zone, namespaces, how long it keeps.

Velero knows one lifetime (ttl) for each backup, so a number of copies becomes the time that many
runs take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from phoenix_dr.core.claim_assets import ANY
from phoenix_dr.core.kubernetes_schedule import KubernetesCron, parse_k8s, runs_after
from phoenix_dr.core.model import Estate, RetentionRule
from phoenix_dr.core.recurring_jobs import PREFIX, named
from phoenix_dr.core.retention_dialects import COUNTS
from phoenix_dr.core.velero import Choice, Schedule
from phoenix_dr.errors import UsageError

HOUR = timedelta(hours=1)
LONGEST = timedelta(days=20 * 366)
"""No backup is kept longer: the store would fill before."""
MOST = 3000
"""Runs looked at, or a count of copies."""
_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
_YEARS = timedelta(days=5 * 366)
_ZONES = ("CRON_TZ=", "TZ=")
_IS_UTC = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "Zulu"})
_BUCKETS: dict[str, Callable[[datetime], object]] = {
    "hourly": lambda run: run.astimezone(UTC).replace(minute=0),
    "daily": datetime.date,
    "weekly": lambda run: run.isocalendar()[:2],
    "monthly": lambda run: (run.year, run.month),
    "yearly": lambda run: run.year,
}


def schedules_of(estate: Estate, engine: str) -> tuple[Schedule, ...]:
    """Every schedule the policies want of one Velero: one per policy and storage location.

    Names of namespaces may still hold `*`, and how data is saved is not said yet. Raises
    UsageError for a rule or schedule Velero cannot have, and when two policies share a name.
    """
    made: dict[str, Schedule] = {}
    for policy in estate.policies:
        namespaces = namespaces_of(estate, engine, policy)
        places = places_of(estate, engine, policy) if namespaces else ()
        for place in places:
            suffix = "" if place == places[0] else f"-{named(place).removeprefix(PREFIX)}"
            one = _schedule(estate, policy, suffix, Choice(namespaces, location=place))
            if one.name in made:
                raise UsageError("velero-schedule-twice", schedule=one.name, policy=policy)
            made[one.name] = one
    return tuple(made.values())


def bare(schedule: Schedule) -> Schedule:
    """What a schedule asks for, without what became of it: that changes with every run."""
    return Schedule(schedule.name, schedule.cron, schedule.choice, paused=schedule.paused)


def namespaces_of(estate: Estate, engine: str, policy: str) -> tuple[str, ...]:
    """Namespaces of the claims that follow a policy, as phoenix.yaml writes them."""
    assets = [asset for asset in estate.assets() if asset.policy == policy]
    found = {
        pattern.partition("/")[0]
        for pattern, whole in estate.engines[engine].archives.items()
        # A pattern is one asset for each claim once they were seen.
        if any(asset.id == whole or asset.id.startswith(f"{whole}/") for asset in assets)
    }
    return (ANY,) if ANY in found else tuple(sorted(found))


def places_of(estate: Estate, engine: str, policy: str) -> tuple[str, ...]:
    """Storage locations of one Velero a policy goes to, in its order; `velero` is its only one."""
    only = list(estate.engines[engine].locations)
    sent = (to.partition("/") for to in estate.policies[policy].to)
    places = (place or only[0] for name, _, place in sent if name == engine and (place or only))
    return tuple(dict.fromkeys(places))


def in_utc(cron: str, zone: str) -> str:
    """A policy's schedule as Velero takes it: UTC, or with its zone in front."""
    text = " ".join(cron.split())
    return text if zone in _IS_UTC or text.startswith(_ZONES) else f"CRON_TZ={zone} {text}"


def ttl_of(keep: RetentionRule, cron: str) -> timedelta:
    """How long each backup has to be kept, so that a rule never lacks one; whole hours.

    A count by day, week, month or year is a time only where the schedule runs no more often.
    Raises UsageError for one that is denser, for a rule that keeps everything, and for too much.
    """
    parsed = parse_k8s(cron)
    spans = [keep.within] if keep.within else []
    for name in COUNTS:
        count = getattr(keep, name) or 0
        if not count:
            continue
        if not 0 < count <= MOST or (name in _BUCKETS and _is_denser(parsed, name)):
            raise UsageError("velero-keep-count", rule=name, count=count)
        spans.append(_longest(parsed, count))
    if not spans:
        raise UsageError("velero-keep-all")
    longest = max(spans)
    if longest > LONGEST:
        raise UsageError("velero-keep-long", days=longest.days)
    return -(-longest // HOUR) * HOUR


def _schedule(estate: Estate, policy: str, suffix: str, choice: Choice) -> Schedule:
    rule = estate.policies[policy]
    cron = in_utc(rule.schedule, estate.timezone)
    ttl = ttl_of(rule.keep, cron)
    return Schedule(named(policy, suffix), cron, replace(choice, ttl=ttl))


def _is_denser(cron: KubernetesCron, unit: str) -> bool:
    """Whether two runs ever fall into one hour, day, week, month or year."""
    zone = ZoneInfo(cron.timezone)
    runs = (run.astimezone(zone) for run in _runs(cron))
    return any(_BUCKETS[unit](one) == _BUCKETS[unit](other) for one, other in pairwise(runs))


def _longest(cron: KubernetesCron, count: int) -> timedelta:
    """The longest that so many runs, one after the other, take until the next one."""
    runs = list(_runs(cron, least=count + 1))
    if len(runs) <= count:
        raise UsageError("velero-keep-count", rule="last", count=count)
    return max(later - run for run, later in zip(runs, runs[count:], strict=False))


def _runs(cron: KubernetesCron, *, least: int = 0) -> Iterator[datetime]:
    """Runs of some years, or of many more when so many are asked for."""
    for index, run in enumerate(islice(runs_after(cron, _EPOCH), MOST + least)):
        if index >= least and run - _EPOCH > _YEARS:
            return
        yield run
