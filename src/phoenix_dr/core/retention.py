"""Which points a retention rule keeps: one function, a dialect per tool.

Equal numbers mean different things to different tools, so every dialect keeps exactly what its
tool keeps (`retention_dialects`). On top of that Phoenix never lets go of the newest point, of
a point from the future (unknown, not old), nor of a protected one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from datetime import datetime, tzinfo
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.retention_dialects import KNOWS_PROTECTED, Dialect, names, select
from phoenix_dr.errors import Refused

KEEPS_ALL_WHEN_EMPTY = frozenset(Dialect) - {Dialect.LONGHORN, Dialect.VELERO}
"""Tools that themselves keep everything, or refuse to run, when no rule is given."""


class Held(NamedTuple):
    """A point as narrow as a decision needs: id and epoch seconds of `taken_at`.

    `complete` False is a copy whose making did not end (PBS: a snapshot without manifest).
    """

    id: str
    at: int
    protected: bool = False
    complete: bool = True


class Verdict(NamedTuple):
    """What a rule decides on one point, and why (phrases `keep.CODE`, `remove.CODE`).

    Narrow, since every point has one. `by_tool` is what the tool's own run would do: it differs
    from `kept` only where Phoenix keeps more, and then the reasons are Phoenix's.
    """

    point: str
    kept: bool
    reasons: tuple[str, ...]
    by_tool: bool


def decide(
    points: Iterable[Held],
    rule: RetentionRule,
    *,
    zone: tzinfo,
    dialect: Dialect,
    now: datetime,
) -> tuple[Verdict, ...]:
    """A verdict on every point of one asset (one group of the tool), newest first.

    `zone` is the one the engine counts days in. An empty rule keeps everything. Raises
    UsageError for a negative count and for a rule the tool does not have; Refused when two
    points have one id.
    """
    held = newest_first(points)
    moment = int(now.timestamp())
    kept = kept_by_tool(held, rule, zone=zone, dialect=dialect, now=moment)
    own = _kept_by_phoenix(held, moment)
    if kept is None:
        by_tool = dialect in KEEPS_ALL_WHEN_EMPTY
        return tuple(Verdict(point.id, True, ("keep-all",), by_tool) for point in held)
    return _verdicts(held, kept, own, dialect=dialect)


def digest_of(rule: RetentionRule, *, zone: str, dialect: Dialect) -> str:
    """A name for exactly this rule as it is carried out; a standing approval is bound to it."""
    text = repr((astuple(rule), zone, dialect.value))
    return hashlib.sha256(text.encode()).hexdigest()


def newest_first(points: Iterable[Held]) -> list[Held]:
    """The points in the order tools walk them; equal times by id, so that input order is nothing.

    Raises Refused when two points have one id: a verdict could not say which is meant.
    """
    held = sorted(points, key=itemgetter(1), reverse=True)
    if len({at for _, at, _, _ in held}) < len(held):
        held.sort(key=lambda point: (-point.at, point.id))
    if len({id_ for id_, _, _, _ in held}) < len(held):
        ids = Counter(point.id for point in held)
        raise Refused("point-twice", point=next(each for each, count in ids.items() if count > 1))
    return held


def kept_by_tool(
    held: Sequence[Held], rule: RetentionRule, *, zone: tzinfo, dialect: Dialect, now: int
) -> dict[str, tuple[str, ...]] | None:
    """Ids the tool's own run keeps, with its reasons; None when no rule is set (all are kept).

    `held` is newest first. What PVE and PBS know as protected neither counts nor goes; a PBS
    snapshot without manifest stays only while it is newer than every finished one.
    """
    counted, kept = list(held), dict[str, tuple[str, ...]]()
    if dialect in KNOWS_PROTECTED:
        kept = {point.id: ("protected",) for point in held if point.protected}
        counted = [point for point in held if not point.protected]
    if dialect is Dialect.PBS:
        if held and not held[0].complete:
            kept.setdefault(held[0].id, ("unfinished",))
        counted = [point for point in counted if point.complete]
    chosen = select([at for _, at, _, _ in counted], rule, zone=zone, dialect=dialect, now=now)
    if chosen is None:
        return None
    return kept | {counted[position].id: names(mask) for position, mask in chosen.items()}


def _kept_by_phoenix(held: Sequence[Held], now: int) -> dict[str, str]:
    """Ids no rule may let go, with the reason; newest means newest of those really taken."""
    own = {id_: "protected" for id_, _, protected, _ in held if protected}
    taken = next((i for i, point in enumerate(held) if point.at <= now), len(held))
    own |= {point.id: "future" for point in held[:taken]}
    whole = next((point for point in islice(held, taken, None) if point.complete), None)
    own |= {point.id: "newest" for point in (*held[taken : taken + 1], whole) if point}
    return own


def _verdicts(
    held: Sequence[Held],
    kept: Mapping[str, tuple[str, ...]],
    own: Mapping[str, str],
    *,
    dialect: Dialect,
) -> tuple[Verdict, ...]:
    """A verdict on each: few are kept, and those that go share one reason."""
    special = {id_: Verdict(id_, True, (reason,), False) for id_, reason in own.items()}
    special |= {id_: Verdict(id_, True, reasons, True) for id_, reasons in kept.items()}
    if dialect is Dialect.PBS:
        for point in held:
            if not point.complete:
                unfinished = Verdict(point.id, False, ("unfinished",), False)
                special.setdefault(point.id, unfinished)
    gone = ("expired",) if dialect is Dialect.VELERO else ("no-rule",)
    # What Verdict(…) does, without the call: there may be a million points.
    new, known = tuple.__new__, special.get
    return tuple([known(id_) or new(Verdict, (id_, False, gone, False)) for id_, _, _, _ in held])
