"""What was handed to Flow, and what shows that it runs: starts at two planned times, no others.

Flow automates how; Phoenix says what and when, and believes its own history alone. Each start of a
handed-over work is noted with the name it was started under. One start proves nothing: a person may
have made it. Two in a row, each within its tolerance, nothing in between, is a schedule.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from phoenix_dr.core.regular_work import Work
from phoenix_dr.core.schedule import Cron, next_after, previous_before
from phoenix_dr.core.utc_cron import in_utc

STARTING = timedelta(minutes=2)
"""What a start may take until Phoenix notes the time: programs are loaded, disks wake up."""
QUEUE = timedelta(hours=1)
"""GitHub starts scheduled workflows late when it is busy."""
LOOKED_AT = 3
"""Planned times that are looked at: the newest may be running still."""


class Form(StrEnum):
    """In which form a schedule is handed over."""

    TIMERS = "timers"
    CRON = "cron"
    ACTIONS = "actions"


class Standing(StrEnum):
    """What is known of one scheduled work since it was handed over."""

    WAITING = "waiting"
    MISSED = "missed"
    FAILED = "failed"
    ONCE = "once"
    ASTRAY = "astray"
    VERIFIED = "verified"


class Stage(StrEnum):
    """Where a handover stands; four words for four things."""

    PREPARED = "prepared"
    HANDED = "handed"
    APPLIED = "applied"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Planned:
    """When a work starts: any of `crons`, at most `tolerance` later."""

    work: Work
    crons: tuple[Cron, ...]
    tolerance: timedelta

    def before(self, moment: datetime) -> datetime:
        """The last planned time strictly before a moment, in UTC."""
        return max(previous_before(each, moment) for each in self.crons)

    def after(self, moment: datetime) -> datetime:
        """The first planned time strictly after a moment, in UTC."""
        return min(next_after(each, moment) for each in self.crons)


@dataclass(frozen=True, slots=True)
class Run:
    """A start under the name of a handed-over work, and the exit code it ended with."""

    started_at: datetime
    code: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One work: its standing, the planned time that tells most, and when it can be verified."""

    work: str
    standing: Standing
    at: datetime | None
    verified_from: datetime


def planned(works: Iterable[Work], form: Form, *, year: int) -> tuple[Planned, ...]:
    """When each work starts in that form. Raises UsageError for what the form cannot say."""
    found = []
    for work in works:
        if form is Form.ACTIONS:
            found.append(Planned(work, in_utc(work.cron, year=year).crons, QUEUE))
        else:
            late = timedelta(seconds=work.delay) + timedelta(minutes=1)
            late = late if form is Form.TIMERS else timedelta(0)
            found.append(Planned(work, (work.cron,), late + STARTING))
    return tuple(found)


def judge(plan: Planned, runs: Sequence[Run], *, since: datetime, now: datetime) -> Seen:
    """What these starts of one work show, of the planned times after `since`."""
    due = _due(plan, since=since, now=now)
    standing, at = _standing(plan, due, runs, now)
    soon = plan.after(now)
    good = bool(due) and _good(plan, due[-1], runs)
    return Seen(plan.work.name, standing, at, soon if good else plan.after(soon))


def stage(seen: Iterable[Seen], *, asked: bool) -> Stage:
    """Where the whole handover stands: verified only when every work is."""
    standings = {each.standing for each in seen}
    if standings == {Standing.VERIFIED}:
        return Stage.VERIFIED
    if standings & {Standing.VERIFIED, Standing.ONCE}:
        return Stage.APPLIED
    return Stage.HANDED if asked else Stage.PREPARED


def _due(plan: Planned, *, since: datetime, now: datetime) -> list[datetime]:
    """The newest planned times that are over, oldest first."""
    due: list[datetime] = []
    moment = now
    while len(due) < LOOKED_AT:
        moment = plan.before(moment)
        if moment <= since:
            break
        due.insert(0, moment)
    return due


def _standing(
    plan: Planned, due: Sequence[datetime], runs: Sequence[Run], now: datetime
) -> tuple[Standing, datetime | None]:
    for first, second in reversed(list(pairwise(due))):
        if _good(plan, first, runs) and _good(plan, second, runs):
            stray = _is_astray(plan, (first, second), runs)
            return (Standing.ASTRAY if stray else Standing.VERIFIED), second
    for time in reversed(due):
        if _hits(plan, time, runs):
            return (Standing.ONCE if _good(plan, time, runs) else Standing.FAILED), time
    over = [time for time in due if time + plan.tolerance <= now]
    return (Standing.MISSED, over[-1]) if over else (Standing.WAITING, None)


def _hits(plan: Planned, time: datetime, runs: Sequence[Run]) -> list[Run]:
    until = min(time + plan.tolerance, plan.after(time))
    return [run for run in runs if time <= run.started_at < until]


def _good(plan: Planned, time: datetime, runs: Sequence[Run]) -> bool:
    hits = _hits(plan, time, runs)
    return bool(hits) and all(run.code in plan.work.done for run in hits)


def _is_astray(plan: Planned, pair: tuple[datetime, datetime], runs: Sequence[Run]) -> bool:
    """Whether anything else started between two planned times: then it is another schedule."""
    hits = [_hits(plan, time, runs) for time in pair]
    until = hits[1][0].started_at
    between = [run for run in runs if pair[0] <= run.started_at < until]
    return between != hits[0] or any(len(each) != 1 for each in hits)
