"""Histories are plain integers in order, start where a gap may begin, and stream."""

from __future__ import annotations

import resource
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_ledger import NOW, epoch, hours, point, seen
from phoenix_dr.core.evidence import Evidence, PointState
from phoenix_dr.ledger import Ledger, open_ledger

ASSET = "wiki/pages"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Two places: nas (hourly, one suspect) and usb (one old point, one empty)."""
    ledger = open_ledger(tmp_path_factory.mktemp("state") / "ledger.db")
    nas = [point(f"n{hour}", hour) for hour in range(-9, 0)]
    ledger.record(seen(*nas, point("tiny", -2.5, size=1), at=0))
    usb = [point("u1", -8, location="usb"), point("u2", -5.5, size=0, location="usb")]
    ledger.record(seen(*nas[3:], point("tiny", -2.5, size=1), *usb, at=1))
    return ledger


def test_a_history_starts_at_each_places_last_points_up_to_since(ledger: Ledger) -> None:
    places = {number: location for number, (_, location) in ledger.places().items()}
    rows = [
        (round((taken - epoch(0)) / 3600, 1), places[place], PointState(state).name)
        for taken, place, state, _ in ledger.history(ASSET, since=epoch(-4))
    ]
    assert rows == [
        (-8.0, "usb", "USABLE"),
        (-5.5, "usb", "UNUSABLE"),
        (-4.0, "nas", "USABLE"),
        (-3.0, "nas", "USABLE"),
        (-2.5, "nas", "SUSPECT"),
        (-2.0, "nas", "USABLE"),
        (-1.0, "nas", "USABLE"),
    ]


def test_points_gone_are_part_of_the_history(ledger: Ledger) -> None:
    assert len(ledger.points(ASSET, location="nas")) == 7
    assert len(list(ledger.history(ASSET, since=0))) == 12
    assert list(ledger.history("no/such", since=0)) == []


def test_run_time_is_whole_seconds_rounded_up(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    short = hours(0.0001) - NOW
    ledger.record(seen(point("a", -2, duration=short), point("b", -1)))
    assert [row[3] for row in ledger.history(ASSET, since=0)] == [1, 0]


def test_histories_are_the_history_of_every_asset(ledger: Ledger) -> None:
    ledger.append("config", "estate", {"assets": ["never/backed-up"]}, at=NOW)
    ledger.record(Evidence("cellar", NOW, (point("z", asset="dns/zones", engine="cellar"),)))
    for since in (0, epoch(-4), epoch(9)):
        found = {asset: list(rows) for asset, rows in ledger.histories(since=since)}
        assert list(found) == [ASSET, "never/backed-up", "dns/zones"]
        for asset, rows in found.items():
            assert rows == list(ledger.history(asset, since=since))
            assert rows == sorted(rows)


def test_histories_are_of_one_moment(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    before = [point("a"), point("b", asset="dns/zones")]
    ledger.record(seen(*before))
    counts = {}
    for asset, rows in ledger.histories(since=0):
        ledger.record(seen(*before, point("c"), point("d", asset="dns/zones")))
        counts[asset] = len(list(rows))
    assert counts == {ASSET: 1, "dns/zones": 1}


def test_what_each_place_holds(ledger: Ledger) -> None:
    held = {each.location: each for each in ledger.holding(ASSET)}
    assert (held["nas"].id, held["nas"].usable, held["nas"].taken_at) == ("n-1", 6, epoch(-1))
    assert (held["usb"].id, held["usb"].usable, held["usb"].state) == ("u1", 1, PointState.USABLE)
    assert ledger.holding("no/such") == ()


def test_a_place_without_a_usable_point_says_what_it_has_instead(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    ledger.record(seen(point("a", -2, size=0), point("b", -1, size=0)))
    (held,) = ledger.holding(ASSET)
    assert (held.id, held.state, held.usable) == ("b", PointState.UNUSABLE, 0)
    ledger.record(seen(at=1))
    assert ledger.holding(ASSET) == ()


def test_a_point_is_found_by_the_start_of_its_id(ledger: Ledger) -> None:
    assert [each.id for each, _ in ledger.point("home", "tin")] == ["tiny"]
    assert len(ledger.point("home", "n-")) == 6
    assert [each.id for each, _ in ledger.point("home", "n-9")] == ["n-9"]
    assert ledger.point("home", "n%") == ()
    assert ledger.point("cellar", "tin") == ()


def test_watched_since_is_the_first_time_an_asset_was_known(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    ledger.append("config", "estate", {"assets": ["dns/zones"]}, at=hours(-5))
    ledger.record(seen(point("a", -90), point("b", -90, asset="dns/zones"), at=0))
    ledger.record(seen(point("a", -90), at=7))
    assert ledger.watched_since(asset="dns/zones") == hours(-5)
    assert ledger.watched_since(asset=ASSET) == ledger.watched_since(engine="home") == NOW
    assert ledger.watched_since(asset="no/such") is None
    assert ledger.verify().ok


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 1), st.integers(0, 3)), max_size=12),
    st.integers(0, 21),
)
def test_no_usable_point_that_bounds_a_gap_is_left_out(
    made: list[tuple[int, int, int]], since: int
) -> None:
    with tempfile.TemporaryDirectory() as state:
        ledger = open_ledger(Path(state) / "ledger.db")
        every = []
        for index, (taken, place, verdict) in enumerate(made):
            location = "ab"[place]
            ledger.import_points(
                ASSET, ("home", location), [(f"{index}", taken, verdict, 0, None)], at=NOW
            )
            every.append((taken, location, verdict, 0))
        places = {number: location for number, (_, location) in ledger.places().items()}
        found = [
            (taken, places[place], state, run)
            for taken, place, state, run in ledger.history(ASSET, since=since)
        ]
        assert [row[0] for row in found] == sorted(row[0] for row in found)
        assert sorted(row for row in found if row[0] > since) == sorted(
            row for row in every if row[0] > since
        )
        for where in "ab":
            before = [row[0] for row in every if row[1:3] == (where, 0) and row[0] <= since]
            kept = [row[0] for row in found if row[1:3] == (where, 0) and row[0] <= since]
            assert max(kept, default=None) == max(before, default=None)
        assert ledger.verify().ok
        ledger.close()


def test_histories_stream(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    with ledger.batch():
        for asset in range(50):
            rows = ((f"{asset}-{n}", n * 3600, 0, 5, 10) for n in range(1000))
            ledger.import_points(f"s{asset}/data", ("home", "nas"), rows, at=NOW)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count = sum(1 for _, rows in ledger.histories(since=0) for _ in rows)
    assert count == 50_000
    # Fifty thousand tuples alone would be six megabytes.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4_000
