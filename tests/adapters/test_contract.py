"""What every engine promises, run over every line of ENGINES.

A new engine adds one entry to STAGES: how to put a real one in place, with a point or without
anything at all behind it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

import build_restic
from build_restic import NOW
from phoenix_dr.adapters import ENGINES, build
from phoenix_dr.adapters.base import Fingerprinted, Lister, Places, Reader, Writer
from phoenix_dr.core.evidence import Evidence, RecoveryPoint
from phoenix_dr.core.guard import Approval, Permit, permit
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.core.plan import Action, ForgetPoints, Ground, RestorePoint, make_plan
from phoenix_dr.errors import EngineError, EngineUnreachable, PhoenixError, Refused


@dataclass(frozen=True)
class Stage:
    """A real engine with one point, and the spec of one that cannot be reached."""

    engine: object
    places: Places
    point: RecoveryPoint
    spec: EngineSpec
    unreachable: EngineSpec


def restic(root: Path) -> Stage:
    """restic over a local repository."""
    it, point = build_restic.used(root, "newest")
    spec = it.engine.spec
    away = replace(spec, repository=str(root / "nothing-here"))
    return Stage(it.engine, build_restic.places(root), point, spec, away)


STAGES: dict[str, Callable[[Path], Stage]] = {"restic": restic}


@pytest.fixture(params=sorted(ENGINES))
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Stage:
    """A stage of every engine there is; KeyError for one without a stage."""
    return STAGES[request.param](tmp_path)


def observed(engine: object) -> Evidence:
    """What an engine shows."""
    assert isinstance(engine, Reader)
    return engine.observe(now=NOW)


def leave(*actions: Action, point: RecoveryPoint) -> Permit:
    """A permit as the application gets one: planned, approved, permitted."""
    older = replace(point, id="older")
    plan = make_plan(actions, Ground({(point.engine, point.asset): (older, point)}))
    approval = Approval(plan.digest, "somebody", NOW + timedelta(hours=1))
    return permit(plan, approval, now=NOW)


def do(stage: Stage, action: Action, permitted: Permit) -> None:
    """Perform an action without listening."""
    assert isinstance(stage.engine, Writer)
    stage.engine.perform(
        action, permitted, progress=lambda progress: None, cancel=threading.Event()
    )


def test_building_starts_nothing_and_reads_no_secret(stage: Stage) -> None:
    absent = replace(stage.spec, program="no-such-program", password=None)
    assert build(absent, stage.places) is not None


def test_points_are_ours_with_aware_utc_times(stage: Stage) -> None:
    evidence = observed(stage.engine)
    assert evidence.engine == stage.spec.id
    assert evidence.observed_at == NOW
    assert [point.id for point in evidence.points] == [stage.point.id]
    for point in evidence.points:
        assert point.taken_at.utcoffset() == timedelta(0)
        assert point.taken_at == stage.point.taken_at
        assert (point.engine, point.asset) == (stage.spec.id, stage.point.asset)
        assert point.location in stage.places.locations
        assert point.size is None or point.size > 0


def test_looking_twice_shows_the_same(stage: Stage) -> None:
    first, second = observed(stage.engine), observed(stage.engine)
    assert first == second


def test_a_fingerprint_stands_for_the_list(stage: Stage) -> None:
    if isinstance(stage.engine, Fingerprinted):
        print_ = stage.engine.fingerprint()
        assert print_ is None or print_ == observed(stage.engine).fingerprint


def test_what_cannot_be_reached_is_an_error_and_never_an_empty_list(stage: Stage) -> None:
    with pytest.raises(EngineError):
        observed(build(stage.unreachable, stage.places))


def test_a_listed_point_lists_its_contents_and_an_absent_one_is_an_error(stage: Stage) -> None:
    if isinstance(stage.engine, Lister):
        entries = list(stage.engine.contents(stage.point.id, cancel=threading.Event()))
        assert sum(entry.kind == "file" for entry in entries) == stage.point.files
        with pytest.raises(EngineError):
            list(stage.engine.contents("0" * 64, cancel=threading.Event()))


def test_nothing_is_done_without_a_permit_for_it(stage: Stage, tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    point = stage.point
    wanted = RestorePoint(stage.spec.id, point.asset, point.id, str(into))
    other = replace(wanted, into=str(tmp_path / "elsewhere"))
    with pytest.raises(Refused):
        do(stage, wanted, leave(other, point=point))
    assert list(into.iterdir()) == []
    do(stage, wanted, leave(wanted, point=point))
    assert list(into.iterdir()) != []


def test_an_action_of_another_engine_is_refused(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    action = RestorePoint("other", stage.point.asset, stage.point.id, str(tmp_path / "into"))
    with pytest.raises(PhoenixError):
        do(stage, action, leave(action, point=stage.point))


def test_a_verb_it_does_not_know_is_refused_and_changes_nothing(stage: Stage) -> None:
    action = ForgetPoints(stage.spec.id, stage.point.asset, (stage.point.id,))
    with pytest.raises(PhoenixError):
        do(stage, action, leave(action, point=stage.point))
    assert [point.id for point in observed(stage.engine).points] == [stage.point.id]


def test_a_kind_nobody_speaks_is_blind(stage: Stage) -> None:
    engine = build(replace(stage.spec, kind="tape"), stage.places)
    with pytest.raises(EngineUnreachable, match="engine-not-yet"):
        observed(engine)
    assert not isinstance(engine, Writer)


def test_every_engine_has_a_stage() -> None:
    assert STAGES.keys() == ENGINES.keys()
