"""Observations: changes only, judged once, nothing known forgotten, blindness deletes nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from build_ledger import BLIND, HOUR, NOW, hours, point, seen, tamper
from phoenix_dr.core.evidence import (
    DataRead,
    Evidence,
    FileHash,
    Lock,
    Manifest,
    PointState,
    RecoveryPoint,
)
from phoenix_dr.errors import LedgerError
from phoenix_dr.ledger import Ledger, open_ledger
from phoenix_dr.ledger.sqlite import SqliteLedger


@pytest.fixture
def ledger(tmp_path: Path) -> SqliteLedger:
    return SqliteLedger(tmp_path / "ledger.db")


def states(ledger: Ledger, *, present: bool = True) -> dict[str, str]:
    """Verdicts by id."""
    return {each.id: state.name for each, state in ledger.judged(present=present)}


def test_only_changes_add_a_row(ledger: Ledger) -> None:
    first = ledger.record(seen(point("a", -2), point("b", -1)))
    assert [each.id for each in first.appeared] == ["a", "b"]
    assert ledger.head().seq == 1
    again = ledger.record(seen(point("a", -2), point("b", -1), at=1, fingerprint="f"))
    assert (again.appeared, again.changed, again.gone) == ((), (), ())
    assert ledger.head().seq == 1
    state = ledger.engine_state("home")
    assert state is not None
    assert (state.first_at, state.observed_at, state.opened_at) == (NOW, hours(1), hours(1))
    assert state.fingerprint == "f"
    assert ledger.verify().ok


def test_a_point_comes_back_as_it_was(ledger: Ledger) -> None:
    odd = point(
        "x\udce9", taken=-1.23, asset="w\udcff/é", location="\x01", host="\udc80",
        paths=("/a\nb", "/\udce9"), duration=timedelta(microseconds=1), protected=True,
    )  # fmt: skip
    ledger.record(seen(odd))
    assert ledger.points() == (odd,)
    assert ledger.points("w\udcff/é", engine="home", location="\x01") == (odd,)
    assert [each for each, _ in ledger.point("home", "x\udce9")] == [odd]
    assert ledger.verify().ok


def test_a_point_no_longer_listed_is_gone_but_its_row_stays(ledger: Ledger) -> None:
    ledger.record(seen(point("a", -2), point("b", -1)))
    changes = ledger.record(seen(point("b", -1), at=1))
    assert [each.id for each in changes.gone] == ["a"]
    assert [each.id for each in ledger.points()] == ["b"]
    assert [each.id for each in ledger.points(present=False)] == ["a", "b"]
    assert ledger.record(seen(point("b", -1), at=2)).gone == ()


def test_a_blind_look_marks_nothing_gone(ledger: Ledger) -> None:
    ledger.record(seen(point("a", -2), point("b", -1), fingerprint="f"))
    blind = seen(point("b", -1), point("c", 0), at=1, blind_spots=(BLIND,), fingerprint="g")
    changes = ledger.record(blind)
    assert getattr(ledger.engine_state("home"), "fingerprint", "none") is None
    assert ([each.id for each in changes.appeared], changes.gone) == (["c"], ())
    assert ledger.record(seen(at=2, blind_spots=(BLIND,))).gone == ()
    state = ledger.engine_state("home")
    assert state is not None
    assert (state.tried_at, state.observed_at, state.fingerprint) == (hours(2), hours(1), None)
    assert state.blind == (BLIND,)
    twin = ledger.record(seen(at=3))
    assert {each.id for each in twin.gone} == {"a", "b", "c"}


def test_blindness_is_told_when_it_begins_and_ends(ledger: Ledger) -> None:
    ledger.record(seen(point("a")))
    told = []
    for at, blind in ((1, True), (2, True), (3, False), (4, False)):
        ledger.record(seen(point("a"), at=at, blind_spots=(BLIND,) if blind else ()))
        told.append(ledger.head().seq)
    assert told == [2, 2, 3, 3]


def test_an_engine_that_is_empty_at_first_sight_is_recorded(ledger: Ledger) -> None:
    ledger.record(seen())
    assert [row.value for row in ledger.rows()] == [{"engine": "home", "blind": []}]
    assert ledger.watched_since(engine="home") == NOW
    assert ledger.engine_state("cellar") is None


def test_points_are_judged_against_the_seven_before_them(ledger: SqliteLedger) -> None:
    met: list[tuple[str, tuple[int | None, ...]]] = []

    def judge(one: RecoveryPoint, sizes: Sequence[int | None], *, now: datetime) -> PointState:
        assert now == NOW
        met.append((one.id, tuple(sizes)))
        return PointState.USABLE

    old = [point(f"p{index}", index - 20, size=index) for index in range(9)]
    elsewhere = [point("else", -13, size=77, location="usb"), point("x", -13, asset="a/b")]
    ledger.record(seen(*old, *elsewhere), judge=judge)
    met.clear()
    late = [point("late", -3, size=100), point("early", -12.5, size=50)]
    ledger.record(seen(*old, *elsewhere, *late), judge=judge)
    assert met == [
        ("early", (1, 2, 3, 4, 5, 6, 7)),
        ("late", (3, 4, 5, 6, 7, 50, 8)),
    ]
    met.clear()
    learnt = replace(old[3], size=333)
    judged = [*old[:3], learnt, *old[4:], *elsewhere, *late]
    ledger.record(seen(*judged), judge=judge)
    assert met == [("p3", (0, 1, 2))]


def test_points_of_one_first_look_are_judged_against_each_other(ledger: Ledger) -> None:
    ledger.record(
        seen(*(point(f"p{index}", index - 20) for index in range(8)), point("tiny", size=9))
    )
    assert states(ledger)["tiny"] == "SUSPECT"
    assert set(states(ledger).values()) == {"USABLE", "SUSPECT"}


def test_a_verdict_is_kept_when_what_it_stood_on_is_gone(ledger: Ledger) -> None:
    ledger.record(seen(point("a", -3), point("b", -2), point("tiny", size=9)))
    ledger.record(seen(point("tiny", size=9), at=1))
    assert states(ledger) == {"tiny": "SUSPECT"}


def test_ignorance_ends_when_the_engine_learns(ledger: Ledger) -> None:
    ledger.record(seen(point("a", size=None, complete=None), point("future", 5)))
    assert states(ledger) == {"a": "UNKNOWN", "future": "UNKNOWN"}
    changes = ledger.record(seen(point("a", size=7, complete=None), point("future", 5), at=6))
    assert {each.id for each in changes.changed} == {"a", "future"}
    assert set(states(ledger).values()) == {"USABLE"}
    assert ledger.verify().ok


def test_new_facts_can_only_make_a_verdict_worse(ledger: Ledger) -> None:
    ledger.record(seen(point("a")))
    ledger.record(seen(point("a", complete=False), at=1))
    assert states(ledger) == {"a": "SUSPECT"}
    ledger.record(seen(point("a", complete=True), at=2))
    assert states(ledger) == {"a": "SUSPECT"}
    ledger.record(seen(point("a", size=0), at=3))
    assert states(ledger) == {"a": "UNUSABLE"}


def test_what_our_run_knew_stays_when_the_engine_does_not_know(ledger: Ledger) -> None:
    made = point("a", duration=HOUR, size=500, files=5)
    manifest = Manifest(5, 500, (FileHash("/\udce9", 3, 4, "ab"),), unread=("/x",))
    ledger.record_made(made, manifest, at=NOW)
    listed = replace(made, size=None, files=None, complete=None, duration=None)
    changes = ledger.record(seen(listed, at=1))
    assert (changes.appeared, changes.changed) == ((), ())
    assert ledger.points() == (made,)
    assert ledger.manifest("home", "a") == manifest
    assert ledger.manifest("home", "b") is None
    twin = ledger.record(seen(replace(listed, size=400), at=2))
    assert [each.size for each in twin.changed] == [400]


def test_a_point_seen_before_our_run_told_of_it_keeps_both(ledger: Ledger) -> None:
    ledger.record(seen(point("a", size=None, complete=None)))
    ledger.record_made(point("a", duration=HOUR), None, at=hours(1))
    assert ledger.points() == (point("a", duration=HOUR),)
    assert states(ledger) == {"a": "USABLE"}
    assert ledger.verify().ok


def test_a_time_the_engine_tells_otherwise_moves_the_point(ledger: Ledger) -> None:
    ledger.record_made(point("a", -1, duration=HOUR), None, at=NOW)
    changes = ledger.record(seen(point("a", -1.5), at=1))
    assert (changes.appeared, changes.gone) == ((), ())
    assert ledger.points(present=False) == (point("a", -1.5, duration=HOUR),)
    assert ledger.verify().ok


def test_a_point_listed_again_is_present_again_with_its_verdict(ledger: Ledger) -> None:
    manifest = Manifest(1, 1)
    ledger.record(seen(point("old", -2)))
    ledger.record_made(point("a", size=9, duration=HOUR), manifest, at=NOW)
    ledger.record(seen(at=1))
    changes = ledger.record(seen(point("a", size=None, complete=None), at=2))
    assert changes.appeared == (point("a", size=9, duration=HOUR),)
    assert states(ledger) == {"a": "SUSPECT"}
    assert ledger.manifest("home", "a") == manifest
    assert ledger.verify().ok


def test_the_manifest_of_a_point_long_gone_is_dropped(ledger: Ledger) -> None:
    ledger.record_made(point("a", -3), Manifest(1, 1), at=hours(-3))
    ledger.record_made(point("b", -2), Manifest(1, 1), at=hours(-2))
    ledger.record_made(point("c", -1), Manifest(1, 1), at=hours(-1))
    ledger.record(seen(point("b", -2), point("c", -1)))
    ledger.record(seen(point("c", -1), at=31 * 24))
    kept = {own: ledger.manifest("home", own) is not None for own in "abc"}
    assert kept == {"a": False, "b": True, "c": True}
    assert ledger.verify().ok


def test_a_manifest_changed_on_disk_is_refused(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "ledger.db")
    ledger.record_made(point("a"), Manifest(1, 1), at=NOW)
    tamper(tmp_path / "ledger.db", "UPDATE manifests SET body = x'00'")
    with pytest.raises(LedgerError, match="manifest-broken"):
        ledger.manifest("home", "a")


def test_a_person_or_a_drill_can_accept_a_suspect_point(ledger: Ledger) -> None:
    ledger.record(seen(point("a", -2), point("tiny", size=9)))
    assert ledger.accept(point("a", -2), because="no need", at=NOW) is None
    assert ledger.accept(point("nowhere"), because="no point", at=NOW) is None
    row = ledger.accept(point("tiny", size=9), because="moved to its own disk", at=NOW)
    assert row is not None
    assert row.value["because"] == "moved to its own disk"
    ledger.record(seen(point("a", -2), point("tiny", size=9, protected=True), at=1))
    assert states(ledger) == {"a": "USABLE", "tiny": "USABLE"}
    assert ledger.verify().ok


def test_impossible_numbers_are_unknown(ledger: Ledger) -> None:
    wild = point("a", size=10**30, files=-1, duration=timedelta(seconds=-5))
    ledger.record(seen(wild))
    assert ledger.points() == (replace(wild, size=None, files=None, duration=None),)
    assert ledger.record(seen(wild, at=1)).changed == ()


def test_many_changes_become_several_rows(ledger: Ledger) -> None:
    many = [point(f"{index:04}", -index / 60) for index in range(2500)]
    ledger.record(seen(*many))
    assert [len(row.value["appeared"][0]["points"]) for row in ledger.rows()] == [1000, 1000, 500]
    assert len(ledger.record(seen(at=1)).gone) == 2500
    assert ledger.head().seq == 6
    assert ledger.verify().ok


def test_engines_do_not_touch_each_other(ledger: Ledger) -> None:
    ledger.record(seen(point("a")))
    ledger.record(Evidence("cellar", NOW, (point("a", engine="cellar", location="usb"),)))
    ledger.record(seen(at=1))
    assert [each.engine for each in ledger.points()] == ["cellar"]


def test_the_state_of_an_engine_tells_its_last_passed_data_read(ledger: Ledger) -> None:
    lock = Lock("home", "pi", NOW, exclusive=True)
    ledger.record(seen(locks=(lock,), version="0.14.0"))
    for at, subset, ok in ((1, "1/10", True), (2, "2/10", True), (3, "3/10", False)):
        ledger.append("data-read", "home", DataRead("home", hours(at), subset, ok), at=hours(at))
    ledger.confirm("home", at=hours(4))
    state = ledger.engine_state("home")
    assert state is not None
    assert (state.read_at, state.read_subset) == (hours(2), "2/10")
    assert (state.locks, state.version) == ((lock,), "0.14.0")
    assert (state.observed_at, state.opened_at) == (hours(4), NOW)


OBSERVED = st.lists(
    st.tuples(
        st.dictionaries(
            st.sampled_from("abcdef"), st.sampled_from([None, 0, 10, 1000]), max_size=6
        ),
        st.booleans(),
    ),
    max_size=6,
)


@settings(max_examples=40)
@given(OBSERVED)
def test_present_is_what_was_last_seen_and_the_tables_always_follow_from_the_chain(
    looks: list[tuple[dict[str, int | None], bool]],
) -> None:
    expected: set[str] = set()
    ever: set[str] = set()
    with tempfile.TemporaryDirectory() as state:
        ledger = open_ledger(Path(state) / "ledger.db")
        for at, (listed, blind) in enumerate(looks):
            points = [point(own, ord(own) - 200, size=size) for own, size in listed.items()]
            ledger.record(seen(*points, at=at, blind_spots=(BLIND,) if blind else ()))
            expected = expected | listed.keys() if blind else set(listed)
            ever |= listed.keys()
        assert {each.id for each in ledger.points()} == expected
        assert {each.id for each in ledger.points(present=False)} == ever
        assert ledger.verify().ok
        ledger.close()
