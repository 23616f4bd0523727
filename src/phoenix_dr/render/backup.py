"""What a backup run made: one line per service, sizes by asset, seconds by destination."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.errors import PhoenixError
from phoenix_dr.render import errors, table, units
from phoenix_dr.render.view import Safe, View


def lines(points: Sequence[RecoveryPoint], view: View) -> tuple[str, ...]:
    """`wiki  pages 1.1 MB, uploads 3 MB → home 1.4 s → offsite (simulated) 1.3 s`, and what is
    incomplete below."""
    services: dict[str, list[RecoveryPoint]] = {}
    for point in points:
        services.setdefault(point.asset.split("/", 1)[0], []).append(point)
    rows = [_row(service, made, view) for service, made in services.items()]
    made = [f"  {line}" for line in table.plain(_even(rows))]
    partial = dict.fromkeys(point.asset for point in points if point.complete is False)
    notes = [f"  ⚠️ {view.say('report.backup.incomplete', {'asset': asset})}" for asset in partial]
    return (*made, *notes) if points else (str(view.say("report.backup.none")),)


def failed(service: str, engine: str, *, error: PhoenixError, view: View) -> str:
    """The line of a destination that got nothing, and why."""
    sentence, _ = errors.explain(error, view.language)
    facts = {"service": service, "engine": engine, "why": sentence}
    return f"  {view.say('report.backup.failed', facts)}"


def _row(service: str, points: Sequence[RecoveryPoint], view: View) -> list[str]:
    places = dict.fromkeys(point.location for point in points)
    return [
        view.safe(service),
        _sizes(points, view),
        *(_made(place, [p for p in points if p.location == place], view) for place in places),
    ]


def _made(place: str, points: Iterable[RecoveryPoint], view: View) -> str:
    spans = [point.duration.total_seconds() for point in points if point.duration]
    took = units.duration(sum(spans), view.language) if spans else ""
    return view.say("report.backup.made", {"place": view.place(place), "duration": took}).rstrip()


def _sizes(points: Iterable[RecoveryPoint], view: View) -> str:
    sizes = {point.asset: point.size for point in points}
    shown = [
        Safe(f"{_name(asset, view) if len(sizes) > 1 else ''} {units.size(size, view.language)}")
        for asset, size in sizes.items()
    ]
    return view.join(text.strip() for text in shown)


def _name(asset: str, view: View) -> str:
    return view.safe(asset.split("/", 1)[-1])


def _even(rows: Sequence[list[str]]) -> list[list[str]]:
    most = max(map(len, rows), default=0)
    return [[*row, *[""] * (most - len(row))] for row in rows]
