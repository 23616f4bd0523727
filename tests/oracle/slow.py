"""The dialects once more, slowly and in another shape: strings per point, as the tools make them.

For what no tool on this machine can be asked: PVE, PBS and restic from 0.16 on, and for zones
whose clocks change at midnight.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from phoenix_dr.core.model import RetentionRule

FORMATS = {
    "hourly": "%Y/%m/%d/%H",
    "daily": "%Y/%m/%d",
    "weekly": "%G/%V",
    "monthly": "%Y/%m",
    "yearly": "%Y",
}


def proxmox(times: Sequence[int], rule: RetentionRule, zone: str) -> set[int]:
    """pve-storage and proxmox-backup, as their documents and sources tell it."""
    marks: dict[int, bool] = {}
    for count, period in _rules(rule, zone):
        done = {period(moment) for moment, stays in marks.items() if stays}
        filled: set[str] = set()
        for moment in times:
            if moment in marks or period(moment) in done:
                continue
            if period(moment) not in filled and len(filled) >= count:
                break
            marks[moment] = period(moment) not in filled
            filled.add(period(moment))
    return {moment for moment, stays in marks.items() if stays}


def restic(times: Sequence[int], rule: RetentionRule, zone: str) -> set[int]:
    """restic from 0.16 on, for rules without a duration."""
    kept: set[int] = set()
    for count, period in _rules(rule, zone):
        left, last = count, ""
        for place, moment in enumerate(times):
            if left and (period(moment) != last or place == len(times) - 1):
                kept.add(moment)
                last, left = period(moment), left - 1
    return kept


def _rules(rule: RetentionRule, zone: str) -> list[tuple[int, Callable[[int], str]]]:
    where = ZoneInfo(zone)

    def named(form: str) -> Callable[[int], str]:
        return lambda moment: datetime.fromtimestamp(moment, where).strftime(form)

    rules: list[tuple[int, Callable[[int], str]]] = [(rule.last, str)] if rule.last else []
    counts = ((getattr(rule, name), named(form)) for name, form in FORMATS.items())
    return rules + [(count, period) for count, period in counts if count]
