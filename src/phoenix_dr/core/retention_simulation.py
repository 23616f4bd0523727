"""What stays recoverable, run after run, until a horizon: for one rule or several side by side.

Every run to come is carried out and cleaned up after as the tool does on its own (`foresee`,
with a record kept). A store of samples, which expires by age alone, is a `Window`.
"""

from __future__ import annotations

import sys
from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, takewhile, zip_longest

from phoenix_dr.core import calendar_events, kubernetes_schedule, schedule
from phoenix_dr.core.calendar_grammar import CalendarEvent
from phoenix_dr.core.kubernetes_grammar import KubernetesCron
from phoenix_dr.core.model import DAY, RetentionRule
from phoenix_dr.core.retention import Held, kept_by_tool, newest_first
from phoenix_dr.core.retention_dialects import COUNTS
from phoenix_dr.core.retention_effect import RUN, Regime
from phoenix_dr.core.retention_forecast import RECENT, Extents, Forecast, Simulation, Window, Worst
from phoenix_dr.core.retention_periods import local_clock
from phoenix_dr.errors import UsageError

Planned = schedule.Cron | CalendarEvent | KubernetesCron
"""A schedule in one of the three grammars."""
MOST_RUNS = 200_000
"""More runs than this are refused: a schedule of every minute over a year is a mistake."""
_WEEK = 7 * 86_400
_DAY = 86_400
_RECENT = int(RECENT.total_seconds())
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def simulate(
    held: Sequence[Held],
    regimes: Mapping[str, Regime | Window],
    *,
    now: datetime,
    horizon: datetime,
) -> Simulation:
    """Carry out every regime on the points held now, until the horizon.

    Counts what the tools do on their own. Raises as `decide` does, and UsageError when the
    horizon is not after now.
    """
    if horizon <= now:
        raise UsageError("simulate-days")
    forecasts = tuple(
        _window(name, regime, now=now, horizon=horizon)
        if isinstance(regime, Window)
        else _carried_out(name, newest_first(held), regime, now=now, horizon=horizon)
        for name, regime in regimes.items()
    )
    return Simulation(now, horizon, len(held), forecasts)


def runs_of(planned: Planned, now: datetime, days: int) -> tuple[int, ...]:
    """Epoch seconds of the runs in the `days` after now. UsageError when there are too many."""
    until = now + days * DAY
    match planned:
        case schedule.Cron():
            following = schedule.runs_after(planned, now)
        case KubernetesCron():
            following = kubernetes_schedule.runs_after(planned, now)
        case CalendarEvent():
            following = calendar_events.runs_after(planned, now)
    runs: list[int] = []
    for run in takewhile(lambda run: run <= until, following):
        if len(runs) == MOST_RUNS:
            raise UsageError("simulate-too-many", expression=planned.expression, most=MOST_RUNS)
        runs.append(int(run.timestamp()))
    return tuple(runs)


@dataclass(slots=True)
class _Record:
    """What is noted while runs go by; all moments are epoch seconds."""

    regime: Regime
    held: list[Held]
    began: int
    from_scratch: bool
    filled: set[str] = field(default_factory=set)
    steady: int | None = None
    worst: tuple[int, int, int, int] | None = None

    def clean_up(self, moment: int) -> None:
        """Remove what the tool would, and note what that leaves."""
        rule = self.regime.rule
        kept = kept_by_tool(
            self.held, rule, zone=self.regime.zone, dialect=self.regime.dialect, now=moment
        )
        if kept is not None and len(kept) < len(self.held):
            self.held = [point for point in self.held if point.id in kept]
        if self.steady is None:
            self._fill(kept or {}, moment)
        if self.steady is not None or not self.from_scratch:
            self._note(moment)

    def _fill(self, kept: Mapping[str, tuple[str, ...]], moment: int) -> None:
        wanted = _parts(self.regime.rule)
        for name in wanted.keys() - self.filled:
            if name == "within":
                full = moment - self.began >= wanted[name]
            else:
                # A place the tool gives to its oldest point is one not filled yet.
                full = _filled(kept, name) >= wanted[name]
            if full:
                self.filled.add(name)
        if wanted and self.filled == wanted.keys():
            self.steady = moment

    def _note(self, moment: int) -> None:
        times = [point.at for point in self.held]
        reach, hole, recent = _reach(times, moment), _hole(times), _recent_hole(times, moment)
        if self.worst is None:
            self.worst = (moment, reach, hole, recent)
            return
        since, least, most, most_recent = self.worst
        self.worst = (since, min(least, reach), max(most, hole), max(most_recent, recent))


def _carried_out(
    name: str, held: list[Held], regime: Regime, *, now: datetime, horizon: datetime
) -> Forecast:
    start, end = int(now.timestamp()), int(horizon.timestamp())
    runs = [run for run in sorted(regime.runs) if run <= end]
    oldest = min((point.at for point in held), default=runs[0] if runs else start)
    record = _Record(regime, held, oldest, from_scratch=not held)
    if held:
        record.clean_up(start)
    weeks: list[Extents] = []
    marks = _marks(start, end)
    mark = next(marks)
    seldom = _parts(regime.rule).keys() <= {"last", "within"}
    for run, following in zip_longest(runs, runs[1:], fillvalue=sys.maxsize):
        while run > mark:
            weeks.append(_extents(record.held, mark))
            mark = next(marks)
        insort(record.held, Held(f"{RUN}{run}", run), key=lambda point: (-point.at, point.id))
        # Such a rule keeps the newest so many: once a day leaves the same as after every run.
        if not seldom or following > mark or following // _DAY > run // _DAY:
            record.clean_up(run)
    weeks += [_extents(record.held, each) for each in (mark, *marks)]
    return _forecast(name, record, runs, weeks)


def _forecast(name: str, record: _Record, runs: list[int], weeks: list[Extents]) -> Forecast:
    day = local_clock(record.regime.zone).day
    days = {day(point.at)[0] for point in record.held if point.complete}
    return Forecast(
        name=name,
        runs=len(runs),
        end=weeks[-1],
        worst=_worst(record.worst) if record.worst else None,
        steady_from=None if record.steady is None else _moment(record.steady),
        growing=tuple(part for part in _parts(record.regime.rule) if part not in record.filled),
        days=tuple(date.fromordinal(number + _EPOCH_DAY) for number in sorted(days)),
        weeks=tuple(weeks),
    )


def _window(name: str, window: Window, *, now: datetime, horizon: datetime) -> Forecast:
    start, end = int(now.timestamp()), int(horizon.timestamp())
    floor = min(int(window.since.timestamp()), start)
    within = None if window.within is None else int(window.within.total_seconds())
    if within is not None and within <= 0:
        raise UsageError("retention-negative", rule="within", count=within)
    weeks = [_samples(mark, floor, within) for mark in _marks(start, end)]
    zone = window.zone
    first = (weeks[-1].oldest or horizon).astimezone(zone).date()
    count = (horizon.astimezone(zone).date() - first).days + 1
    steady = None if within is None or floor + within > end else max(start, floor + within)
    worst = None
    if within is not None and steady is not None:
        worst = Worst(_moment(steady), timedelta(seconds=within), timedelta(0), timedelta(0))
    return Forecast(
        name=name,
        runs=0,
        end=weeks[-1],
        worst=worst,
        steady_from=None if steady is None else _moment(steady),
        growing=("within",) if within is not None and steady is None else (),
        days=tuple(first + number * DAY for number in range(count)),
        weeks=tuple(weeks),
    )


def _samples(mark: int, floor: int, within: int | None) -> Extents:
    oldest = floor if within is None else max(floor, mark - within)
    young = max(0, _RECENT - (mark - oldest))
    reach, hole = timedelta(seconds=mark - oldest), timedelta(0)
    return Extents(_moment(mark), None, _moment(oldest), reach, hole, timedelta(seconds=young))


def _marks(start: int, end: int) -> Iterator[int]:
    """Every seventh day after the start, and the end."""
    yield from range(start + _WEEK, end, _WEEK)
    yield end


def _extents(held: Sequence[Held], moment: int) -> Extents:
    times = [point.at for point in held]
    return Extents(
        at=_moment(moment),
        count=len(held),
        oldest=_moment(times[-1]) if times else None,
        reach=timedelta(seconds=_reach(times, moment)),
        hole=timedelta(seconds=_hole(times)),
        recent_hole=timedelta(seconds=_recent_hole(times, moment)),
    )


def _reach(times: Sequence[int], moment: int) -> int:
    return max(0, moment - times[-1]) if times else 0


def _hole(times: Sequence[int]) -> int:
    """`times` newest first; none has no hole, since nothing lies on both sides of it."""
    return max((later - sooner for later, sooner in pairwise(times)), default=0)


def _recent_hole(times: Sequence[int], moment: int) -> int:
    taken = times[bisect_left(times, -moment, key=lambda at: -at) :]
    if not taken:
        return _RECENT
    floor = taken[0] - _RECENT
    young = list(takewhile(lambda at: at > floor, taken))
    return _hole([*young, floor])


def _worst(found: tuple[int, int, int, int]) -> Worst:
    since, *spans = found
    reach, hole, recent = (timedelta(seconds=span) for span in spans)
    return Worst(_moment(since), reach, hole, recent)


def _parts(rule: RetentionRule) -> dict[str, int]:
    """The parts a rule sets: counts, and `within` in seconds."""
    parts = {name: value for name in COUNTS if (value := getattr(rule, name))}
    if rule.within:
        parts["within"] = int(rule.within.total_seconds())
    return parts


def _filled(kept: Mapping[str, tuple[str, ...]], name: str) -> int:
    return sum(name in reasons and "oldest" not in reasons for reasons in kept.values())


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
