"""One copy that two engines show: known by its name, and never a gap or a copy more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phoenix_dr.core.evidence import PointState
from phoenix_dr.core.history import Row, fold
from phoenix_dr.core.model import EngineSpec, Estate
from phoenix_dr.core.one_copy import name_of, told_twice

NIGHT = "ct/210/2026-11-23T02:00:05Z"
BOTH = Estate(
    "home",
    "worker",
    engines={
        "pve1": EngineSpec("pve1", "proxmox"),
        "pbs1": EngineSpec("pbs1", "pbs", settings={"guests": "pve1"}),
        "pbs2": EngineSpec("pbs2", "pbs", settings={"guests": "pve1"}),
        "pbs9": EngineSpec("pbs9", "pbs", settings={"guests": "pve9"}),
    },
)


@pytest.mark.parametrize(
    ("point", "kind", "name"),
    [
        (f"store1:{NIGHT}", "pbs", NIGHT),
        (f"store1/lab/old:{NIGHT}", "pbs", NIGHT),
        (f"backup:backup/{NIGHT}", "proxmox", NIGHT),
        (f"pve1/backup:backup/{NIGHT}", "proxmox", NIGHT),
        ("nfs:backup/vzdump-lxc-210-2026_11_23-03_00_05.tar.zst", "proxmox", None),
        ("", "pbs", None),
        ("store1", "pbs", None),
    ],
)
def test_a_snapshot_has_one_name_in_both_engines(point: str, kind: str, name: str | None) -> None:
    assert name_of(point, kind) == name


def test_the_same_name_at_two_locations_may_be_one_copy() -> None:
    points = {("pve1", "nas"): [f"b:backup/{NIGHT}"], ("pbs1", "vault"): [f"s:{NIGHT}"]}
    assert told_twice(BOTH, points) == {("pbs1", "vault"): ("pve1", "nas")}
    explained = {**points, ("pbs2", "nas"): [f"s:{NIGHT}"]}
    assert told_twice(BOTH, explained) == {}
    same = {("pve1", "nas"): [f"b:backup/{NIGHT}"], ("pbs1", "nas"): [f"s:{NIGHT}"]}
    assert told_twice(BOTH, same) == {}
    strangers = {("pve1", "nas"): [f"b:backup/{NIGHT}"], ("pbs9", "vault"): [f"s:{NIGHT}"]}
    assert told_twice(BOTH, strangers) == {}
    other = {**points, ("pve1", "nas"): ["b:backup/ct/210/2026-11-22T02:00:05Z"]}
    assert told_twice(BOTH, other) == {}


@given(st.lists(st.integers(1, 10**6), unique=True, min_size=1))
def test_a_copy_seen_twice_has_the_gaps_and_the_age_of_one(times: list[int]) -> None:
    once: list[Row] = [(each, 1, int(PointState.USABLE), 0) for each in sorted(times)]
    twice = [row for each, *_ in once for row in ((each, 1, 0, 0), (each, 2, 0, 0))]
    ends = {"now": 2 * 10**6, "since": 0, "sets": 1}
    assert fold(once, {1: 1}, **ends) == fold(twice, {1: 1, 2: 1}, **ends)
