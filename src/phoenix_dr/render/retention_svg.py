"""A simulation as a drawing that stands alone: no script, no font or file from elsewhere.

A day is told by its shape as well as by its colour, and both follow a light or a dark page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape

from phoenix_dr.core.model import DAY
from phoenix_dr.core.retention_forecast import Forecast, Told
from phoenix_dr.render import units
from phoenix_dr.render.retention_calendar import RULER, days_of, figures, heading, months_shown
from phoenix_dr.render.text import clean, wrap
from phoenix_dr.render.view import View

WIDTH = 800
MARGIN = 28
CELL = 17
STEP = 21
_LABEL = 78
_LINE = 20
_CHARACTERS = 104
"""Letters of the small type that surely fit one line."""
_CHART = 130
_STYLE = """\
svg{color-scheme:light dark;font-family:system-ui,-apple-system,"Segoe UI",sans-serif}
.page{fill:#fff}.text{fill:#1f2430}.soft{fill:#5c6470}.line{stroke:#d5d9e0}
.a{fill:#0b62b8}.b{fill:#d9700a}.none{fill:#c3c9d2}
.path{fill:none;stroke-width:2.5;stroke-linejoin:round}
.pa{stroke:#0b62b8}.pb{stroke:#d9700a;stroke-dasharray:7 4}
@media (prefers-color-scheme:dark){
.page{fill:#14171d}.text{fill:#eef1f6}.soft{fill:#a4adba}.line{stroke:#3a414d}
.a{fill:#6cb2f5}.b{fill:#f2a54a}.none{fill:#4a5260}
.pa{stroke:#6cb2f5}.pb{stroke:#f2a54a}}
"""


@dataclass(slots=True)
class _Page:
    """What is drawn so far, and how far down."""

    parts: list[str]
    down: int = MARGIN

    def text(self, words: str, *, x: int = MARGIN, size: int = 13, kind: str = "text") -> None:
        """A line of text, and below it."""
        self.down += size + 6
        self.parts.append(_text(words, x, self.down, size=size, kind=kind))


def drawing(told: Told, view: View) -> str:
    """The whole SVG as text."""
    until = units.day(told.simulation.horizon, view.zone, view.language)
    title = view.say("simulate.svg-title", {"until": until})
    page = _Page([])
    page.text(title, size=20)
    page.text(heading(told, view), kind="soft")
    said = [str(heading(told, view))]
    pairs = list(zip(told.sides, told.simulation.forecasts, strict=True))
    for number, (side, forecast) in enumerate(pairs):
        told_here = list(figures(side, forecast, view))
        said += [f"{side.name}: {line}" for line in told_here]
        _side(page, (side.name, number), told_here)
        if not told.compared:
            _calendar(page, told, [forecast], view)
    if told.compared:
        _calendar(page, told, told.simulation.forecasts, view)
    _chart(page, told, view)
    head = f'<title id="t">{_safe(title)}</title><desc id="d">{_safe(" ".join(said))}</desc>'
    height = page.down + MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-labelledby="t d" '
        f'lang="{view.language}">\n{head}\n<style>\n{_STYLE}</style>\n'
        f'<rect class="page" width="{WIDTH}" height="{height}"/>\n'
        + "\n".join(page.parts)
        + "\n</svg>\n"
    )


def _side(page: _Page, name: tuple[str, int], lines: Sequence[str]) -> None:
    page.down += 12
    kind = "ab"[name[1] % 2]
    page.parts.append(
        f'<rect class="{kind}" x="{MARGIN}" y="{page.down + 6}" width="14" height="14" rx="3"/>'
    )
    first, *more = lines
    page.text(f"{name[0]}  {first}", x=MARGIN + 22, size=15)
    for line in more:
        for part in wrap(line, _CHARACTERS):
            page.text(part, x=MARGIN + 22, kind="soft")


def _calendar(page: _Page, told: Told, forecasts: Sequence[Forecast], view: View) -> None:
    until = told.simulation.horizon.astimezone(view.zone).date()
    held = [frozenset(each.days) for each in forecasts]
    page.down += 30
    for number in RULER:
        page.parts.append(_text(str(number), _x(number), page.down, size=11, kind="soft"))
    page.down += 6
    for month in months_shown(forecasts, until):
        label = f"{month:%Y-%m}"
        page.parts.append(_text(label, MARGIN, page.down + CELL - 4, size=12, kind="soft"))
        for day in days_of(month, until):
            page.parts.append(_cell(day, [day in each for each in held], page.down))
        page.down += STEP
    page.down += 6
    _legend(page, len(forecasts), view)


def _cell(day: date, held: Sequence[bool], y: int) -> str:
    """One day: both halves, one of them, or a dot."""
    x = _x(day.day)
    if not any(held):
        return f'<circle class="none" cx="{x + CELL / 2}" cy="{y + CELL / 2}" r="2"/>'
    names = [] if len(held) == 1 else [name for name, has in zip("AB", held, strict=True) if has]
    title = f"{day.isoformat()} {'+'.join(names)}".strip()
    return f"<g><title>{title}</title>{_shape(x, y, held)}</g>"


def _shape(x: int, y: int, held: Sequence[bool]) -> str:
    if len(held) == 1:
        return f'<rect class="a" x="{x}" y="{y}" width="{CELL}" height="{CELL}" rx="3"/>'
    upper = f'<path class="a" d="M{x} {y}h{CELL - 1}l-{CELL - 1} {CELL - 1}z"/>'
    end = f"{x + CELL} {y + CELL}"
    lower = f'<path class="b" d="M{end}h-{CELL - 1}l{CELL - 1} -{CELL - 1}z"/>'
    return (upper if held[0] else "") + (lower if held[1] else "")


def _legend(page: _Page, count: int, view: View) -> None:
    entries: list[tuple[tuple[bool, ...], str]] = [
        ((True,), view.say("simulate.svg-held")),
        ((False,), view.say("simulate.svg-neither")),
    ]
    if count == 2:
        only = [view.say("simulate.svg-only", {"name": name}) for name in "AB"]
        entries = [
            ((True, True), view.say("simulate.svg-both")),
            ((True, False), only[0]),
            ((False, True), only[1]),
            ((False, False), view.say("simulate.svg-neither")),
        ]
    x = MARGIN + _LABEL
    for held, words in entries:
        dot = f'<circle class="none" cx="{x + CELL / 2}" cy="{page.down + CELL / 2}" r="2"/>'
        page.parts.append(_shape(x, page.down, held) if any(held) else dot)
        page.parts.append(_text(words, x + CELL + 6, page.down + 13, size=12, kind="soft"))
        x += CELL + 30 + 8 * len(words)
    page.down += CELL


def _chart(page: _Page, told: Told, view: View) -> None:
    """The reach of each side at the end of each week, from nothing at the bottom."""
    made, forecasts = told.simulation, told.simulation.forecasts
    most = max((week.reach for each in forecasts for week in each.weeks), default=timedelta(0))
    if not most or len(forecasts) > 2 or len(forecasts[0].weeks) < 2:
        return
    page.down += 16
    page.text(view.say("simulate.svg-chart"), size=14)
    page.down += 12
    scale = _Scale(page.down, most / DAY, made.now, made.horizon - made.now)
    page.parts += scale.grid()
    for number, forecast in enumerate(forecasts):
        page.parts += scale.curve(forecast, "ab"[number], told.compared)
    page.down += _CHART
    first, last = (
        units.day(moment, view.zone, view.language) for moment in (made.now, made.horizon)
    )
    page.down += 18
    page.parts.append(_text(first, MARGIN + _LABEL, page.down, size=11, kind="soft"))
    right = WIDTH - MARGIN - 30
    page.parts.append(_text(last, right, page.down, size=11, kind="soft", anchor="end"))


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a number of days lies on the chart that begins at `top` and at `since`."""

    top: int
    most: float
    since: datetime
    length: timedelta

    def y(self, days: float) -> float:
        """Down the page, for so many days."""
        return round(self.top + _CHART * (1 - days / self.most), 1)

    def grid(self) -> Iterator[str]:
        """Nothing, half and the most."""
        for days in (0.0, self.most / 2, self.most):
            y, x = self.y(days), MARGIN + _LABEL
            yield f'<line class="line" x1="{x}" x2="{WIDTH - MARGIN - 30}" y1="{y}" y2="{y}"/>'
            yield _text(f"{days:.0f}", x - 8, y + 4, size=11, kind="soft", anchor="end")

    def curve(self, forecast: Forecast, kind: str, named: bool) -> Iterator[str]:
        """One side, named at its end when there are two."""
        wide = WIDTH - 2 * MARGIN - _LABEL - 30
        spots = [
            (
                round(MARGIN + _LABEL + wide * ((week.at - self.since) / self.length), 1),
                self.y(week.reach / DAY),
            )
            for week in forecast.weeks
        ]
        joined = " ".join(f"{x},{y}" for x, y in spots)
        yield f'<polyline class="path p{kind}" points="{joined}"/>'
        if named:
            yield _text(kind.upper(), spots[-1][0] + 8, spots[-1][1] + 5, size=14, kind=kind)


def _x(day: int) -> int:
    return MARGIN + _LABEL + (day - 1) * STEP


def _text(words: str, x: float, y: float, *, size: int, kind: str, anchor: str = "start") -> str:
    return (
        f'<text class="{kind}" x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}">'
        f"{_safe(words)}</text>"
    )


def _safe(words: str) -> str:
    return escape(clean(words))
