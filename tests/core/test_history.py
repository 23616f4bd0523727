"""The fold over the history of points, against a plain and slow twin of itself."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.core.evidence import PointState
from phoenix_dr.core.history import GONE, History, Row, fold

HOUR = 3600
DAY = 24 * HOUR
NOW = 1_000 * DAY
SINCE = NOW - 30 * DAY
USABLE, SUSPECT, UNUSABLE, UNKNOWN = (int(state) for state in PointState)
HOME, AWAY = 1, 2


def ago(hours: float, state: int = USABLE, *, place: int = HOME, run: int = 0) -> Row:
    return NOW - int(hours * HOUR), place, state, run


def only(*rows: Row, since: int = SINCE) -> History:
    (history,) = fold(sorted(rows), {HOME: 1, AWAY: 1}, now=NOW, since=since, sets=1)
    return history


def test_two_points_a_day_apart_and_the_run_of_the_later_one() -> None:
    held = only(ago(50, run=60), ago(26, run=600), ago(2, run=60), since=NOW - 50 * HOUR)
    assert held == History(NOW - 2 * HOUR, False, 24 * HOUR + 600)


def test_the_time_since_the_newest_point_is_no_gap() -> None:
    assert only(ago(40), ago(39), since=NOW - 40 * HOUR).worst_gap == HOUR


def test_last_weeks_gap_is_not_hidden_by_a_backup_made_today() -> None:
    regular = [ago(hours) for hours in range(12, 240, 12)]
    missed = [row for row in regular if not NOW - 7 * DAY < row[0] < NOW - 4 * DAY]
    assert only(*missed, ago(0.1), since=NOW - 10 * DAY).worst_gap == 3 * DAY
    assert only(*regular, ago(0.1), since=NOW - 10 * DAY).worst_gap == 12 * HOUR


def test_what_lies_before_the_watch_is_not_counted() -> None:
    watched = NOW - 2 * DAY
    assert only(ago(500), ago(30), ago(6), since=watched).worst_gap == 24 * HOUR
    assert only(ago(500), ago(490), since=watched).worst_gap is None


def test_watched_without_any_point_is_a_gap_until_the_first() -> None:
    assert only(ago(6), since=NOW - 5 * DAY).worst_gap == 5 * DAY - 6 * HOUR


def test_broken_and_unjudged_points_close_no_gap() -> None:
    since = NOW - 48 * HOUR
    good = (ago(48), ago(2))
    for state in (UNUSABLE, UNKNOWN):
        assert only(*good, ago(24, state), since=since).worst_gap == 46 * HOUR
    assert only(*good, ago(24, SUSPECT), since=since).worst_gap == 24 * HOUR


def test_a_suspect_newest_point_is_said_so() -> None:
    assert only(ago(10), ago(1, SUSPECT)).newest_suspect
    assert not only(ago(10, SUSPECT), ago(1)).newest_suspect
    assert not only(ago(1, SUSPECT), ago(1, USABLE, place=AWAY)).newest_suspect


def test_a_point_in_the_future_is_never_the_newest() -> None:
    for state in (USABLE, SUSPECT, UNKNOWN):
        held = only(ago(3), ago(-1, state))
        assert (held.newest, held.newest_unknown) == (NOW - 3 * HOUR, NOW + HOUR)


def test_clocks_a_little_apart_are_forgiven() -> None:
    assert only((NOW + 300, HOME, USABLE, 0)).newest == NOW + 300
    assert only((NOW + 301, HOME, USABLE, 0)).newest is None


def test_an_unjudged_point_matters_only_while_it_is_the_newest() -> None:
    assert only(ago(5), ago(4, UNKNOWN)).newest_unknown == NOW - 4 * HOUR
    assert only(ago(5, UNKNOWN), ago(4)).newest_unknown is None
    assert only(ago(5, UNKNOWN)).newest_unknown == NOW - 5 * HOUR


def test_points_before_1970_are_only_old() -> None:
    assert only((-5, HOME, USABLE, 0), (0, HOME, USABLE, 0)).newest == 0
    assert only((-5, HOME, USABLE, 0), (-9, HOME, UNKNOWN, 0)).newest_unknown is None


def test_each_set_sees_its_own_places() -> None:
    rows = sorted([ago(40), ago(40, place=AWAY), ago(28), ago(16), ago(4)])
    masks = {HOME: 0b001, AWAY: 0b011}
    everything, away, nothing = fold(rows, masks, now=NOW, since=NOW - 40 * HOUR, sets=3)
    assert everything == History(NOW - 4 * HOUR, False, 12 * HOUR)
    assert away == History(NOW - 40 * HOUR, False, None)
    assert nothing == History()


def test_no_rows_and_no_places() -> None:
    assert fold([], {HOME: 1}, now=NOW, since=SINCE, sets=1) == (History(),)
    assert fold([ago(1)], {}, now=NOW, since=SINCE, sets=2) == (History(), History())
    assert fold([ago(1)], {HOME: 0}, now=NOW, since=SINCE, sets=1) == (History(),)


@dataclass(frozen=True)
class Made:
    at: int
    place: int
    state: PointState
    run: int


def naive(rows: list[Row], places: set[int], since: int) -> History:
    """The definition, word by word, with an object per point."""
    seen = [Made(at, place, PointState(state), run) for at, place, state, run in rows]
    own = [made for made in seen if made.place in places]
    present = [made for made in own if made.at <= NOW + 300]
    good = [made for made in present if made.state in (PointState.USABLE, PointState.SUSPECT)]
    newest = max((made.at for made in good), default=None)
    at_newest = {made.state for made in good if made.at == newest}
    recent = [made for made in good if made.at > since]
    starts = [since, *(made.at for made in recent)]
    gaps = [made.at - start + made.run for start, made in zip(starts, recent, strict=False)]
    unknown = [made.at for made in own if made.at > NOW + 300 or made.state is PointState.UNKNOWN]
    newer = [at for at in unknown if newest is None or at > newest]
    return History(
        newest=newest,
        newest_suspect=at_newest == {PointState.SUSPECT},
        worst_gap=max(gaps, default=None),
        newest_unknown=max(newer, default=None),
    )


# Few distinct times, so that equal ones are common; some in the future, some within clock skew.
times = st.integers(-40, 3).map(lambda step: NOW + step * DAY // 4) | st.integers(
    NOW - 40 * DAY, NOW + 600
)
rows_of = st.lists(
    st.tuples(
        times, st.integers(0, 4), st.sampled_from(list(PointState)).map(int), st.integers(0, 900)
    ),
    max_size=40,
).map(lambda rows: sorted(rows, key=lambda row: row[0]))


@given(
    rows_of,
    st.dictionaries(st.integers(0, 4), st.integers(0, 15), max_size=5),
    st.integers(NOW - 30 * DAY, NOW),
)
def test_fold_equals_the_definition(rows: list[Row], masks: dict[int, int], since: int) -> None:
    expected = tuple(
        naive(rows, {place for place, mask in masks.items() if mask >> bit & 1}, since)
        for bit in range(4)
    )
    assert fold(iter(rows), masks, now=NOW, since=since, sets=4) == expected


@given(rows_of, st.integers(NOW - 30 * DAY, NOW), times.filter(lambda at: at <= NOW))
def test_one_more_good_point_never_makes_a_gap_longer(
    rows: list[Row], since: int, moment: int
) -> None:
    # Runs of one asset never overlap, so the added one takes no time here.
    rows = [(at, HOME, state, 0) for at, _, state, _ in rows]
    more = sorted([*rows, (moment, HOME, USABLE, 0)])
    (before,) = fold(rows, {HOME: 1}, now=NOW, since=since, sets=1)
    (after,) = fold(more, {HOME: 1}, now=NOW, since=since, sets=1)
    assert after.newest is not None
    if before.newest is not None:
        held = max(NOW - before.newest, before.worst_gap or 0)
        assert max(NOW - after.newest, after.worst_gap or 0) <= held


@pytest.mark.parametrize("sets", [1, 7])
def test_a_stream_is_read_once_and_never_kept(sets: int) -> None:
    rows = (ago(hours) for hours in range(700, 0, -1))
    folded = fold(rows, {HOME: 1, AWAY: 0b1111110}, now=NOW, since=SINCE, sets=sets)
    assert folded[0].newest is not None
    assert next(rows, None) is None


def test_a_point_no_longer_held_bounds_gaps_but_is_not_what_one_could_restore() -> None:
    held, gone = int(PointState.USABLE), int(PointState.USABLE) | GONE
    rows = [(1_000, 1, held, 0), (2_000, 1, gone, 0), (9_000, 1, gone, 0)]
    for masks in ({1: 1}, {1: 3, 2: 2}):
        first = fold(rows, masks, now=10_000, since=0, sets=2)[0]
        assert (first.newest, first.worst_gap) == (1_000, 7_000)
    kept = fold([(*row[:2], held, 0) for row in rows], {1: 1}, now=10_000, since=0, sets=1)[0]
    assert kept.newest == 9_000
