"""What a drill proves, never more; which point it takes; what it measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phoenix_dr.core.drill import (
    Circumstances,
    canary_ok,
    ceiling,
    choose,
    data_age,
    judge,
    last_ok,
    proofs,
    rto_of_service,
    seen_failing,
)
from phoenix_dr.core.evidence import (
    CheckResult,
    DrillRecord,
    Level,
    Phase,
    PointState,
    RecoveryPoint,
)
from phoenix_dr.core.model import Asset, AssetKind, Check, CheckKind
from phoenix_dr.errors import UsageError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
GOOD = Circumstances(
    isolated=True, seen_failing=True, off_site=True, escrowed=True, within_rto=True
)
HOME = replace(GOOD, off_site=False)
FILES, SQLITE = AssetKind.FILES, AssetKind.SQLITE


def result(proves: Level, ok: bool | None = True) -> CheckResult:
    return CheckResult("x", ok, proves)


RESTORED, OPENS, DATA = map(result, (Level.RESTORES, Level.STARTS, Level.DATA))


# ---------------------------------------------------------------- ceiling


@pytest.mark.parametrize(
    ("kind", "checks", "expected"),
    [
        (FILES, (), Level.RESTORES),
        (FILES, (CheckKind.SQL,), Level.RESTORES),
        (FILES, (CheckKind.COMMAND,), Level.DATA),
        (FILES, (CheckKind.CANARY,), Level.DATA),
        (SQLITE, (), Level.STARTS),
        (SQLITE, (CheckKind.SQL,), Level.DATA),
        (SQLITE, (CheckKind.CANARY,), Level.DATA),
        (SQLITE, (CheckKind.COMMAND,), Level.STARTS),
        (AssetKind.NONE, (CheckKind.COMMAND,), Level.UNKNOWN),
    ],
)
def test_ceiling(kind: AssetKind, checks: tuple[CheckKind, ...], expected: Level) -> None:
    asset = Asset("wiki/pages", kind, "/srv")
    assert ceiling(asset, [Check("pages", check) for check in checks]) is expected
    assert ceiling(asset, [Check("uploads", check) for check in checks]) < Level.DATA


def test_a_canary_of_the_asset_itself_counts() -> None:
    assert ceiling(Asset("wiki/pages", SQLITE, "/srv", canary=True), ()) is Level.DATA


# ---------------------------------------------------------------- judgement


@pytest.mark.parametrize(
    ("results", "circumstances", "expected"),
    [
        ((RESTORED, OPENS, DATA), GOOD, (True, Level.BUNKER)),
        ((RESTORED, OPENS, DATA), HOME, (True, Level.DATA)),
        ((RESTORED, OPENS, DATA), replace(GOOD, escrowed=False), (True, Level.DATA)),
        ((RESTORED, OPENS, DATA), replace(GOOD, within_rto=False), (True, Level.DATA)),
        ((RESTORED, OPENS, DATA), replace(GOOD, within_rto=None), (True, Level.DATA)),
        ((RESTORED, OPENS, DATA), replace(GOOD, simulated=True), (True, Level.DATA)),
        ((RESTORED, OPENS, DATA), replace(GOOD, seen_failing=False), (True, Level.STARTS)),
        ((RESTORED, OPENS, DATA), replace(GOOD, isolated=False), (True, Level.RESTORES)),
        ((RESTORED, OPENS), GOOD, (True, Level.STARTS)),
        ((RESTORED,), GOOD, (True, Level.RESTORES)),
        ((RESTORED, OPENS, result(Level.DATA, None)), GOOD, (True, Level.STARTS)),
        ((RESTORED, result(Level.STARTS, None), DATA), GOOD, (True, Level.RESTORES)),
        ((RESTORED, OPENS, result(Level.DATA, False)), GOOD, (False, Level.STARTS)),
        ((RESTORED, result(Level.STARTS, False), DATA), GOOD, (False, Level.RESTORES)),
        ((result(Level.RESTORES, False), OPENS, DATA), GOOD, (False, Level.EXISTS)),
        ((result(Level.INTEGRITY), result(Level.RESTORES, False)), GOOD, (False, Level.INTEGRITY)),
        ((result(Level.RESTORES, None),), GOOD, (False, Level.EXISTS)),
        ((), GOOD, (False, Level.UNKNOWN)),
    ],
)
def test_judge(
    results: tuple[CheckResult, ...], circumstances: Circumstances, expected: tuple[bool, Level]
) -> None:
    assert judge(results, circumstances, kind=SQLITE, ceiling=Level.DATA) == expected


def test_starting_does_not_apply_to_files() -> None:
    unseen = replace(HOME, seen_failing=False)
    skipped = (RESTORED, result(Level.DATA, None))
    for kind, level in ((FILES, Level.RESTORES), (SQLITE, Level.STARTS)):
        assert judge((RESTORED, DATA), unseen, kind=kind, ceiling=Level.DATA) == (True, level)
    assert judge(skipped, GOOD, kind=FILES, ceiling=Level.DATA) == (True, Level.RESTORES)
    assert judge((RESTORED, DATA), GOOD, kind=FILES, ceiling=Level.DATA) == (True, Level.BUNKER)


RESULTS = st.lists(
    st.builds(
        CheckResult,
        st.just("x"),
        st.sampled_from((True, True, False, None)),
        st.sampled_from(list(Level)[1:6]),
    ),
    max_size=5,
)
CIRCUMSTANCES = st.builds(
    Circumstances,
    *[st.booleans()] * 4,
    within_rto=st.sampled_from((True, False, None)),
    simulated=st.booleans(),
)
KINDS = st.sampled_from((FILES, SQLITE))
CEILINGS = st.sampled_from((Level.RESTORES, Level.STARTS, Level.DATA))


def proves_too_much(
    results: list[CheckResult], circumstances: Circumstances, verdict: tuple[bool, Level]
) -> bool:
    """Whether a verdict breaks one of the rules no drill may break."""
    ok, level = verdict
    known = {check.ok for check in results}
    proved = max((check.proves for check in results if check.ok), default=Level.EXISTS)
    return (
        (ok and False in known)
        or (ok and proved < Level.RESTORES)
        or any(check.ok is not True and level >= check.proves > Level.EXISTS for check in results)
        or level > max(proved, Level.EXISTS) + (proved is Level.DATA)
        or (level > Level.RESTORES and not circumstances.isolated)
        or (level >= Level.DATA and not circumstances.seen_failing)
        or (level is Level.BUNKER and (circumstances.simulated or not circumstances.off_site))
        or (level is Level.BUNKER and not circumstances.within_rto)
    )


@settings(max_examples=300)
@given(RESULTS, CIRCUMSTANCES, KINDS, CEILINGS)
def test_no_drill_proves_more_than_its_checks_and_circumstances(
    results: list[CheckResult], circumstances: Circumstances, kind: AssetKind, top: Level
) -> None:
    verdict = judge(results, circumstances, kind=kind, ceiling=top)
    assert not proves_too_much(results, circumstances, verdict)
    assert verdict[1] <= top or (top is Level.DATA and verdict[1] is Level.BUNKER)
    assert kind is SQLITE or verdict[1] is not Level.STARTS or not verdict[0] or OPENS in results


@settings(max_examples=300)
@given(RESULTS, CIRCUMSTANCES, KINDS, st.data())
def test_losing_a_check_never_raises(
    results: list[CheckResult], circumstances: Circumstances, kind: AssetKind, data: st.DataObject
) -> None:
    if not results:
        return
    index = data.draw(st.integers(0, len(results) - 1))
    before = judge(results, circumstances, kind=kind, ceiling=Level.DATA)
    for worse in (None, False):
        weaker = [*results]
        weaker[index] = replace(results[index], ok=worse if results[index].ok else False)
        after = judge(weaker, circumstances, kind=kind, ceiling=Level.DATA)
        assert after[1] <= before[1]
        assert after[0] <= before[0]


@pytest.mark.parametrize(
    ("results", "circumstances", "verdict"),
    [
        ([RESTORED, result(Level.DATA, None)], GOOD, (True, Level.DATA)),
        ([RESTORED, result(Level.DATA, False)], GOOD, (True, Level.RESTORES)),
        ([RESTORED, DATA], replace(GOOD, isolated=False), (True, Level.DATA)),
        ([RESTORED, DATA], replace(GOOD, seen_failing=False), (True, Level.DATA)),
        ([RESTORED, DATA], replace(GOOD, simulated=True), (True, Level.BUNKER)),
        ([RESTORED], GOOD, (True, Level.STARTS)),
        ([], GOOD, (True, Level.EXISTS)),
    ],
)
def test_the_law_catches_a_judge_that_is_too_kind(
    results: list[CheckResult], circumstances: Circumstances, verdict: tuple[bool, Level]
) -> None:
    assert proves_too_much(results, circumstances, verdict)


# ---------------------------------------------------------------- choice of the point


def point(number: int, at: datetime) -> RecoveryPoint:
    return RecoveryPoint(f"{number:08x}{'0' * 56}", "wiki/pages", "home", "usb", at)


POINTS = [(point(i, NOW - i * HOUR), PointState.USABLE) for i in range(1, 9)]


def test_newest_is_the_newest_that_is_not_broken() -> None:
    broken = (point(0, NOW), PointState.UNUSABLE)
    future = (point(99, NOW + HOUR), PointState.UNKNOWN)
    assert choose([broken, future, *POINTS], "newest", seed="a") == POINTS[0][0]
    assert choose([broken, future], "newest", seed="a") == future[0]
    assert choose([broken], "newest", seed="a") is None
    suspect = (point(0, NOW), PointState.SUSPECT)
    assert choose([suspect, *POINTS], "newest", seed="a") == suspect[0]


def test_random_older_is_never_the_newest_and_depends_on_the_seed_alone() -> None:
    chosen = {choose(POINTS, "random-older", seed=str(seed)) for seed in range(60)}
    assert chosen == {older for older, _ in POINTS[1:]}
    for seed in ("a", "b"):
        again = choose(POINTS[::-1], "random-older", seed=seed)
        assert again == choose(POINTS, "random-older", seed=seed)
    assert choose(POINTS[:1], "random-older", seed="a") is None


def test_a_named_point_is_taken_even_when_broken() -> None:
    broken = (point(7_777, NOW), PointState.UNUSABLE)
    assert choose([*POINTS, broken], broken[0].id[:8], seed="a") == broken[0]
    assert choose(POINTS, "ffffffff", seed="a") is None


def test_a_name_too_short_or_of_two_points_is_refused() -> None:
    with pytest.raises(UsageError, match="point-prefix-short"):
        choose(POINTS, POINTS[0][0].id[:7], seed="a")
    twin = replace(POINTS[0][0], id=POINTS[0][0].id[:12] + "f" * 52)
    with pytest.raises(UsageError, match="point-ambiguous"):
        choose([*POINTS, (twin, PointState.USABLE)], twin.id[:8], seed="a")
    assert choose([*POINTS, (twin, PointState.USABLE)], twin.id, seed="a") == twin


# ---------------------------------------------------------------- canary


def test_the_canary_tells_how_much_data_would_be_lost_now() -> None:
    taken = NOW - 2 * HOUR
    assert data_age(NOW - 9 * HOUR, taken, NOW) == 9 * HOUR
    assert data_age(taken + timedelta(minutes=1), taken, NOW) == 2 * HOUR - timedelta(minutes=1)


def test_a_canary_from_the_future_says_nothing() -> None:
    assert data_age(NOW + HOUR, NOW, NOW) is None
    assert data_age(NOW - HOUR, NOW - 2 * HOUR, NOW) is None
    assert canary_ok(NOW + HOUR, NOW, within=HOUR) is None


def test_a_stale_source_behind_a_punctual_job_is_caught() -> None:
    assert canary_ok(NOW - 9 * HOUR, NOW, within=HOUR) is False
    assert canary_ok(NOW - HOUR, NOW, within=HOUR) is False
    assert canary_ok(NOW - HOUR / 2, NOW, within=HOUR) is True


# ---------------------------------------------------------------- records


def record(number: int, *, seconds: float = 10, asset: str = "wiki/pages") -> DrillRecord:
    at = NOW - timedelta(days=100 - number)
    return DrillRecord(
        id=str(number),
        run=str(number),
        asset=asset,
        service="wiki",
        engine="home",
        location="usb",
        point="p",
        taken_at=at,
        started_at=at,
        ok=True,
        level=Level.DATA,
        ceiling=Level.DATA,
        phases=(Phase("fetch", seconds), Phase("check", 1)),
    )


def test_rto_is_the_sum_over_assets_of_the_worst_of_the_last_three_passes() -> None:
    records = [
        record(1, seconds=900),
        record(2, seconds=20),
        replace(record(3, seconds=800), mutated=True, ok=False),
        record(4, seconds=50),
        replace(record(5, seconds=700), ok=False),
        record(6, seconds=30),
        replace(record(7, seconds=1), level=Level.INTEGRITY),
        record(3, seconds=5, asset="wiki/uploads"),
    ]
    both = ("wiki/pages", "wiki/uploads")
    assert rto_of_service(records, both) == 51 + 6
    assert rto_of_service(records[::-1], both) == 51 + 6
    assert rto_of_service(records, (*both, "wiki/new")) is None
    assert rto_of_service(records, ()) is None


def test_twins_are_not_drills_of_the_backup() -> None:
    twin = replace(record(9), mutated=True, ok=False)
    failed = replace(record(8), ok=False)
    assert last_ok([twin], "wiki/pages") is None
    assert last_ok([twin, failed, record(7)], "wiki/pages") is False
    assert last_ok([record(9), failed], "wiki/pages") is True
    assert proofs([twin, failed, record(7)], "wiki/pages", now=NOW) == proofs(
        [record(7)], "wiki/pages", now=NOW
    )
    assert [p.age for p in proofs([record(7)], "wiki/pages", now=NOW)] == [timedelta(days=93)]


def test_a_drill_was_seen_failing_only_by_its_last_twin_before() -> None:
    caught = replace(record(5), mutated=True, ok=False)
    missed = replace(record(6), mutated=True, ok=True)
    assert seen_failing([caught, record(7)], "wiki", before=NOW)
    assert not seen_failing([caught], "wiki", before=caught.started_at)
    assert not seen_failing([caught], "media", before=NOW)
    assert not seen_failing([missed, caught], "wiki", before=NOW)
    assert not seen_failing([replace(record(5), ok=False)], "wiki", before=NOW)
