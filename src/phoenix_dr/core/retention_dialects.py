"""The keep-set of each tool over bare integers; nothing here is Phoenix's opinion.

Checked against the tools' own dry runs (restic 0.14, borg 1.2), against the published test
vectors of pve-storage and proxmox-backup, and for Longhorn and Velero against their documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from itertools import chain, islice, pairwise

from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.retention_periods import Level, local_clock, periods
from phoenix_dr.errors import UsageError


class Dialect(StrEnum):
    """Whose reading of a rule: named after the tool, as the kind of an engine is.

    restic began with 0.16 to keep the oldest snapshot while a rule is not filled.
    """

    RESTIC = "restic"
    RESTIC_BEFORE_16 = "restic-before-0.16"
    BORG = "borg"
    PVE = "pve"
    PBS = "pbs"
    LONGHORN = "longhorn"
    VELERO = "velero"


COUNTS = ("last", "hourly", "daily", "weekly", "monthly", "yearly")
REASONS = (*COUNTS, "within", "oldest")
"""Reasons of tools, one bit each in the order given here."""
KNOWS: dict[Dialect, tuple[str, ...]] = {
    Dialect.RESTIC: (*COUNTS, "within"),
    Dialect.RESTIC_BEFORE_16: (*COUNTS, "within"),
    Dialect.BORG: (*COUNTS, "within"),
    Dialect.PVE: COUNTS,
    Dialect.PBS: COUNTS,
    Dialect.LONGHORN: ("last",),
    Dialect.VELERO: ("within",),
}
"""The fields of a rule each tool has; any other that is set is refused, never ignored."""
KNOWS_PROTECTED = frozenset({Dialect.PVE, Dialect.PBS})

Kept = dict[int, int]
"""Position in the list, newest first → reasons as bits of REASONS."""
Rule = tuple[int, Level, int]
"""Bit of the reason, how its periods are told, how many it keeps."""
_LAST = 1 << REASONS.index("last")
_WITHIN = 1 << REASONS.index("within")
_OLDEST = 1 << REASONS.index("oldest")


def select(
    times: Sequence[int], rule: RetentionRule, *, zone: tzinfo, dialect: Dialect, now: int
) -> Kept | None:
    """What the tool keeps of one group. `times` are epoch seconds, newest first.

    None when the rule sets nothing: then everything stays. Needs memory for what is kept (PVE
    and PBS: one byte per point), so it is the way for millions of points.
    """
    counts, within = _counts(rule, dialect), _within(rule)
    if not counts and not within:
        return None
    rules = _rules(counts, zone)
    match dialect:
        case Dialect.RESTIC | Dialect.RESTIC_BEFORE_16:
            kept = _restic(times, rules, oldest=dialect is Dialect.RESTIC)
            floor = _restic_floor(times, within, now)
            return _with_young(kept, times, floor) if within else kept
        case Dialect.BORG:
            return _borg(times, rules, now - within if within else None)
        case Dialect.PVE | Dialect.PBS:
            return _proxmox(times, rules)
        case Dialect.LONGHORN:
            # RecurringJob `retain`: a number of copies per volume and job, whatever their age.
            return dict.fromkeys(range(min(counts["last"], len(times))), _LAST)
        case Dialect.VELERO:
            # Backup `ttl`: each copy ends at its start plus its TTL, the last one too.
            return dict.fromkeys(_since(times, now - within), _WITHIN)


def restic_dialect(version: str) -> Dialect:
    """How the restic of this version (`0.14.0`) reads a rule; an unknown one as the present do."""
    numbers = version.split(".")
    if len(numbers) > 1 and numbers[0] == "0" and numbers[1].isdecimal() and int(numbers[1]) < 16:
        return Dialect.RESTIC_BEFORE_16
    return Dialect.RESTIC


@lru_cache(maxsize=256)
def names(mask: int) -> tuple[str, ...]:
    """The reasons in a mask, in the order of REASONS."""
    return tuple(name for bit, name in enumerate(REASONS) if mask & 1 << bit)


def _counts(rule: RetentionRule, dialect: Dialect) -> dict[str, int]:
    """The positive counts of a rule: 0 means not set, to every tool."""
    set_here = {name: value for name in COUNTS if (value := getattr(rule, name))}
    for name, value in set_here.items():
        if value < 0:
            raise UsageError("retention-negative", rule=name, count=value)
    if rule.within is not None and rule.within < timedelta(0):
        raise UsageError("retention-negative", rule="within", count=_within(rule))
    known = KNOWS[dialect]
    for name in (*set_here, *(("within",) if rule.within else ())):
        if name not in known:
            raise UsageError("retention-unsupported", rule=name, engine=dialect.value)
    return set_here


def _within(rule: RetentionRule) -> int:
    return int(rule.within.total_seconds()) if rule.within else 0


def _rules(counts: dict[str, int], zone: tzinfo) -> list[Rule]:
    clock = local_clock(zone)
    levels = (lambda moment: (moment, moment), clock.hour, clock.day, clock.week, clock.month)
    both = zip(COUNTS, (*levels, clock.year), strict=True)
    return [
        (1 << bit, level, counts[name]) for bit, (name, level) in enumerate(both) if name in counts
    ]


def _since(times: Sequence[int], floor: int) -> Iterator[int]:
    for position, moment in enumerate(times):
        if moment <= floor:
            return
        yield position


def _restic_floor(times: Sequence[int], within: int, now: int) -> int:
    """Restic counts `--keep-within` back from its newest snapshot that is not in the future.

    With none but future ones it counts from the year 1, and all are younger than that.
    """
    newest = next((moment for moment in times if moment < now), min(times, default=0) - 1 + within)
    return newest - within


def _restic(times: Sequence[int], rules: list[Rule], *, oldest: bool) -> Kept:
    """Every rule counts alone; while one is not filled, newer restic keeps the oldest snapshot."""
    kept: Kept = {}
    last = len(times) - 1
    for bit, level, count in rules:
        # Two snapshots of one second are two to restic.
        begins = enumerate(times) if bit == _LAST else periods(times, level)
        found = 0
        for position, _ in islice(begins, count):
            kept[position] = kept.get(position, 0) | bit
            found += 1
        if oldest and 0 < found < count and not kept.get(last, 0) & bit:
            kept[last] = kept.get(last, 0) | bit | _OLDEST
    return kept


def _with_young(kept: Kept, times: Sequence[int], floor: int) -> Kept:
    for position in _since(times, floor):
        kept[position] = kept.get(position, 0) | _WITHIN
    return kept


def _borg(times: Sequence[int], rules: list[Rule], floor: int | None) -> Kept:
    """What an earlier rule kept does not count for a later one, yet uses up its own period.

    `--keep-within` counts back from now and comes first; `--keep-last` is `--keep-secondly`.
    A rule that runs out of periods keeps the oldest archive too.
    """
    kept: Kept = {}
    if floor is not None:
        kept = dict.fromkeys(_since(times, floor), _WITHIN)
    for bit, level, count in rules:
        fresh = (position for position, _ in periods(times, level) if position not in kept)
        found = 0
        for position in islice(fresh, count):
            kept[position] = bit
            found += 1
        if found < count and times:
            kept.setdefault(len(times) - 1, bit | _OLDEST)
    return kept


def _proxmox(times: Sequence[int], rules: list[Rule]) -> Kept:
    """Marks as pve-storage (`prune_mark_backup_group`) and proxmox-backup (`prune.rs`) do.

    Rules run from `last` to `yearly`, each over all backups newest first. A period that holds
    a backup kept by an earlier rule is done and not counted. In any other, the newest backup
    without a mark is kept and counts; later ones of that period are marked for removal at once,
    so that no later rule takes them. Without a mark in the end means removed, the oldest too.
    """
    kept: Kept = {}
    marked = bytearray(len(times))
    for rule in rules:
        _fill(times, kept, marked, rule=rule)
    return kept


def _fill(times: Sequence[int], kept: Kept, marked: bytearray, *, rule: Rule) -> None:
    """One rule of PVE over all backups; a mark, kept or removed, takes a backup out of the game."""
    bit, level, count = rule
    done = {level(times[position])[0] for position in kept}
    filled: set[int] = set()
    end = (len(times), 0)
    for (start, number), (stop, _) in pairwise(chain(periods(times, level), (end,))):
        if number in done:
            continue
        newest = marked.find(0, start, stop)
        if newest >= 0 and number not in filled:
            if len(filled) == count:
                return
            filled.add(number)
            kept[newest] = bit
        marked[start:stop] = b"\x01" * (stop - start)
