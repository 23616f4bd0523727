"""A simulation for a terminal: figures of each side, a calendar of days, the difference.

Nothing here is told by colour: a day is a letter or a dot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from phoenix_dr.core.model import DAY
from phoenix_dr.core.retention_forecast import RECENT, Forecast, Side, Told
from phoenix_dr.render import rules, units
from phoenix_dr.render.text import indent, width
from phoenix_dr.render.view import Safe, View

MOST_MONTHS = 13
"""Rows of a calendar: the last year up to the horizon, and the month it began in."""
MOST_STRETCHES = 6
BOTH, NEITHER = "#", "·"
_BARS = "▁▂▃▄▅▆▇█"
_LABEL = 9
_MONTH = 31
RULER = (1, 5, 10, 15, 20, 25, 30)
"""Days of the month that head the columns."""


def lines(told: Told, view: View) -> Iterator[str]:
    """The whole answer, at most `view.width` columns wide."""
    yield from indent(heading(told, view), first="", rest="  ", columns=view.width)
    forecasts = told.simulation.forecasts
    most = max((week.reach for each in forecasts for week in each.weeks), default=timedelta(0))
    for side, forecast in zip(told.sides, forecasts, strict=True):
        yield ""
        yield from _side(side, forecast, view)
        yield from _bars(forecast, most, view)
        if not told.compared:
            yield ""
            yield from _calendar(told, [forecast], view)
    if told.compared:
        yield ""
        yield from _calendar(told, forecasts, view)
        yield ""
        yield from _difference(told, view)


def heading(told: Told, view: View) -> Safe:
    """From when to when, and with which points it began."""
    made = told.simulation
    facts: dict[str, str | int] = {
        "since": units.day(made.now, view.zone, view.language),
        "until": units.day(made.horizon, view.zone, view.language),
        "count": made.held, "asset": told.asset, "engine": told.engine,
    }  # fmt: skip
    return view.say("simulate.from-points" if told.asset else "simulate.from-scratch", facts)


def figures(side: Side, forecast: Forecast, view: View) -> Iterator[Safe]:
    """The figures of one side: rule and runs, the end, the worst, what is not steady yet."""
    rule = rules.rule(side.rule, view)
    runs = view.say(f"schedule.{side.schedule[0]}", side.schedule[1])
    if forecast.end.count is None:
        runs = view.say("simulate.samples")
    yield view.say("simulate.side", {"engine": side.engine, "rule": rule, "runs": runs})
    yield _end(forecast, view)
    if forecast.worst is not None:
        facts = {
            "since": units.day(forecast.worst.since, view.zone, view.language),
            "reach": _span(forecast.worst.reach, view),
            "hole": _span(forecast.worst.hole, view),
        }
        samples = forecast.end.count is None
        yield view.say("simulate.worst-samples" if samples else "simulate.worst", facts)
    if forecast.growing:
        parts = view.join([view.say(f"simulate.part.{part}") for part in forecast.growing])
        yield view.say("simulate.growing", {"parts": parts})
    elif forecast.steady_from is None:
        yield view.say("simulate.for-ever")
    else:
        day = units.day(forecast.steady_from, view.zone, view.language)
        yield view.say("simulate.steady", {"day": day})


def _end(forecast: Forecast, view: View) -> Safe:
    end = forecast.end
    if end.oldest is None:
        return view.say("simulate.nothing")
    facts: dict[str, str | int] = {
        "count": end.count or 0,
        "oldest": units.day(end.oldest, view.zone, view.language),
        "reach": _span(end.reach, view),
        "hole": _span(end.hole, view),
        "recent": _span(end.recent_hole, view),
    }
    if end.count is None:
        return view.say("simulate.end-samples", facts)
    return view.say("simulate.end-recent" if end.reach > RECENT else "simulate.end", facts)


def _side(side: Side, forecast: Forecast, view: View) -> Iterator[str]:
    first, *more = figures(side, forecast, view)
    name = view.safe(side.name)
    rest = " " * 3
    yield from indent(first, first=f"{name}  ", rest=rest, columns=view.width)
    for line in more:
        yield from indent(line, first=rest, rest=rest + "  ", columns=view.width)


def _bars(forecast: Forecast, most: timedelta, view: View) -> Iterator[str]:
    """The reach at the end of each week, all sides on one scale."""
    label = f"   {view.say('simulate.by-week')} "
    room = max(10, view.width - width(label))
    weeks = [week.reach for week in forecast.weeks]
    step = -(-len(weeks) // room)
    if len(weeks) < 2 or not most:
        return
    shown = (min(weeks[at : at + step]) for at in range(0, len(weeks), step))
    yield label + "".join(_BARS[min(7, int(8 * reach / most))] for reach in shown)


def _calendar(told: Told, forecasts: Sequence[Forecast], view: View) -> Iterator[str]:
    """A row per month, a character per day; nothing after the horizon."""
    until = told.simulation.horizon.astimezone(view.zone).date()
    months = months_shown(forecasts, until)
    if not months:
        return
    gap = " " if view.width >= _LABEL + 2 * _MONTH else ""
    marks = [BOTH] if len(forecasts) == 1 else ["A", "B"]
    held = [frozenset(each.days) for each in forecasts]
    yield " " * _LABEL + _ruler(len(gap) + 1)
    for month in months:
        days = days_of(month, until)
        row = gap.join(_mark([day in each for each in held], marks) for day in days)
        yield f"{month:%Y-%m}  {row}"
    code = "simulate.legend-two" if len(forecasts) == 2 else "simulate.legend-one"
    legend = view.say(code, {"both": BOTH, "neither": NEITHER})
    yield from indent(legend, first=" " * _LABEL, rest=" " * _LABEL, columns=view.width)
    for forecast in forecasts:
        older = [day for day in forecast.days if day < months[0]]
        if older:
            facts: dict[str, str | int] = {
                "name": forecast.name,
                "count": len(older),
                "day": older[0].isoformat(),
            }
            text = view.say("simulate.older", facts)
            yield from indent(text, first="  ", rest="    ", columns=view.width)


def months_shown(forecasts: Sequence[Forecast], until: date) -> list[date]:
    """First days of the months to draw: from the oldest day held, at most a year back."""
    oldest = min((each.days[0] for each in forecasts if each.days), default=None)
    if oldest is None:
        return []
    months = [until.replace(day=1)]
    while len(months) < MOST_MONTHS and months[0] > oldest:
        months.insert(0, (months[0] - DAY).replace(day=1))
    return months


def days_of(month: date, until: date) -> list[date]:
    """The days of a month up to the last to draw."""
    days = (month + number * DAY for number in range(_MONTH))
    return [day for day in days if day.month == month.month and day <= until]


def _ruler(step: int) -> str:
    marks = [" "] * (_MONTH * step + 1)
    for day in RULER:
        at = (day - 1) * step
        marks[at : at + len(str(day))] = str(day)
    return "".join(marks).rstrip()


def _mark(held: Sequence[bool], marks: Sequence[str]) -> str:
    if all(held):
        return BOTH
    return next((mark for mark, is_held in zip(marks, held, strict=True) if is_held), NEITHER)


def _difference(told: Told, view: View) -> Iterator[str]:
    found = told.difference
    if found is None:
        return
    if not found.only_first and not found.only_second:
        yield view.say("simulate.same", {"count": found.both})
        return
    for one, other, days in (("A", "B", found.only_first), ("B", "A", found.only_second)):
        facts: dict[str, str | int] = {"one": one, "other": other, "count": len(days)}
        if not days:
            text = view.say("simulate.keeps-none", facts)
        else:
            code = "simulate.keeps-one" if len(days) == 1 else "simulate.keeps"
            text = view.say(code, facts | {"days": stretches(days, view)})
        yield from indent(text, first="", rest="  ", columns=view.width)
    yield view.say("simulate.both", {"count": found.both})


def stretches(days: Sequence[date], view: View) -> Safe:
    """Days as stretches from … to, the newest first, the rest counted."""
    ends = [at for at, (day, after) in enumerate(pairwise(days), 1) if after - day > DAY]
    runs = [days[start:end] for start, end in pairwise([0, *ends, len(days)])]
    shown = [_stretch(run, view) for run in runs[::-1][:MOST_STRETCHES]]
    left = sum(len(run) for run in runs[::-1][MOST_STRETCHES:])
    return view.join([*shown, *([view.say("simulate.more", {"count": left})] if left else [])])


def _stretch(run: Sequence[date], view: View) -> Safe:
    if len(run) == 1:
        return view.safe(run[0].isoformat())
    return view.say("simulate.stretch", {"first": str(run[0]), "last": str(run[-1])})


def _span(span: timedelta, view: View) -> str:
    return units.duration(span, view.language)
