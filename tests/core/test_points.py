"""The verdict on one point, against the few before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.core.evidence import PointState, RecoveryPoint
from phoenix_dr.core.points import judge

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
USABLE, SUSPECT, UNUSABLE, UNKNOWN = PointState
WEEK = [100, 102, 101, 103, 104, 105, 104]


def point(
    size: int | None = 100,
    *,
    files: int | None = 5,
    complete: bool | None = True,
    age: timedelta = timedelta(hours=2),
) -> RecoveryPoint:
    return RecoveryPoint(
        "p", "wiki/pages", "home", "usb", NOW - age, size=size, files=files, complete=complete
    )


CASES = {
    "a normal point": (point(), WEEK, USABLE),
    "the first point ever": (point(), [], USABLE),
    "half of the usual is still believed": (point(52), WEEK[:3] + [104] * 4, USABLE),
    "less than half is a sharp drop": (point(51), WEEK[:3] + [104] * 4, SUSPECT),
    "growth is not suspicious": (point(9_000), WEEK, USABLE),
    "only the last seven count": (point(10), [1_000] * 20 + [10] * 7, USABLE),
    "unknown sizes do not pull the median down": (point(40), [None, None, 100, None], SUSPECT),
    "empty points do not make a drop normal": (point(40), [100, 0, 0, 0, 0, 0, 0], SUSPECT),
    "nothing known to compare with": (point(1), [None, None], USABLE),
    "a run that could not read everything": (point(complete=False), WEEK, SUSPECT),
    "no bytes": (point(0), WEEK, UNUSABLE),
    "no bytes and incomplete": (point(0, complete=False), WEEK, UNUSABLE),
    "no files": (point(None, files=0), WEEK, UNUSABLE),
    "nothing known is not empty": (point(None, complete=None), WEEK, UNKNOWN),
    "complete though size unknown": (point(None), WEEK, USABLE),
    "size known though completeness is not": (point(complete=None), WEEK, USABLE),
    "clocks a little apart": (point(age=timedelta(minutes=-5)), WEEK, USABLE),
    "taken in the future": (point(age=timedelta(minutes=-5, seconds=-1)), WEEK, UNKNOWN),
    "empty and in the future": (point(0, age=timedelta(days=-1)), WEEK, UNKNOWN),
}


@pytest.mark.parametrize(("made", "earlier", "verdict"), CASES.values(), ids=CASES.keys())
def test_judge(made: RecoveryPoint, earlier: list[int | None], verdict: PointState) -> None:
    assert judge(made, earlier, now=NOW) is verdict


sizes = st.integers(1, 10_000)


@given(sizes, st.lists(sizes | st.none(), max_size=12))
def test_suspect_is_exactly_less_than_half_the_median(size: int, earlier: list[int | None]) -> None:
    known = [before for before in earlier[-7:] if before is not None]
    dropped = bool(known) and size < median(known) / 2
    assert judge(point(size), earlier, now=NOW) is (SUSPECT if dropped else USABLE)
