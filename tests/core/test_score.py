"""The score: its worked examples, its ceilings, and the attacks it must resist."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from build_score import (
    AS_FOUND,
    DAY,
    HOUR,
    KEY,
    PERFECT,
    estate,
    service,
    seven,
    with_asset,
)
from phoenix_dr.core.evidence import Level
from phoenix_dr.core.model import Criticality
from phoenix_dr.core.score import WEIGHTS, score
from phoenix_dr.core.score_facts import (
    Dimension,
    LossKind,
    Proof,
    Score,
    ScoreFacts,
    ScoreLoss,
)

L3 = Proof(Level.RESTORES, DAY)


def codes(result: Score) -> set[str]:
    return {cap.code for cap in result.caps}


def lowest(result: Score) -> tuple[str, int]:
    assert result.cap is not None
    return result.cap.code, result.cap.milli


def lines(result: Score) -> dict[tuple[LossKind, str, str], int]:
    return {(loss.kind, loss.subject, loss.detail): loss.milli for loss in result.losses}


# ---------------------------------------------------------------- worked examples


def test_weights_sum_to_a_hundred() -> None:
    assert sum(WEIGHTS.values()) == 100


def test_example_f_everything_at_l6_is_ten_and_loses_nothing() -> None:
    result = score(seven(PERFECT))
    assert (result.milli, result.raw_milli, result.cap, result.losses) == (10_000, 10_000, None, ())


def test_example_a_as_found_is_capped_by_the_key_and_far_below_five() -> None:
    facts = replace(
        seven(AS_FOUND), keys=(replace(KEY, copies=1, off_site=False, proven=False),), plan_age=None
    )
    facts = with_asset(facts, replace(AS_FOUND, usable=False, id="gaming/data"), 6)
    result = score(facts)
    assert lowest(result)[1] == 4_000
    assert result.milli < 4_000


def test_example_b_a_critical_database_nobody_backs_up_pulls_everything_down() -> None:
    a = seven(AS_FOUND)
    vault = service("vault", replace(AS_FOUND, usable=False))
    b = replace(a, services=(*a.services, vault))
    assert lowest(score(b)) == ("critical-no-backup", 3_000)
    assert score(b).raw_milli < score(a).raw_milli
    assert score(b).milli <= 3_000


def test_examples_c_d_e_climb_to_the_next_ceiling() -> None:
    c = replace(AS_FOUND, copies=3, off_site=True, keys_proven=True, procedure_current=True)
    d = replace(c, proofs=(L3,), last_drill_ok=True, rto=72 * timedelta(minutes=1))
    e = replace(d, immutable=True, proofs=(Proof(Level.DATA, DAY),))
    results = [score(seven(asset)) for asset in (AS_FOUND, c, d, e)]
    assert lowest(results[1]) == ("critical-never-drilled", 5_000)
    assert results[1].milli == 5_000
    assert lowest(results[2]) == ("critical-no-immutable", 8_000)
    assert results[3].cap is None
    assert [r.milli for r in results] == sorted({r.milli for r in results})


def test_example_g_one_failed_critical_drill_caps_at_five() -> None:
    failed = replace(PERFECT, last_drill_ok=False, id="dns/data")
    result = score(with_asset(seven(PERFECT), failed))
    assert lowest(result) == ("critical-drill-failed", 5_000)
    assert (result.milli, result.raw_milli < 10_000) == (5_000, True)


@pytest.mark.parametrize(("days", "cap"), [(30, None), (45, 7_500), (60, 5_000), (61, 5_000)])
def test_example_h_an_ageing_critical_drill_lowers_the_ceiling_without_a_cliff(
    days: int, cap: int | None
) -> None:
    old = replace(PERFECT, proofs=(Proof(Level.BUNKER, days * DAY),), id="dns/data")
    result = score(with_asset(seven(PERFECT), old))
    assert (result.cap and result.cap.milli) == cap
    assert result.milli == (cap or 10_000)


def test_example_i_rpo_of_thirty_hours_under_a_target_of_a_day_caps_at_nine() -> None:
    late = replace(PERFECT, rpo=30 * HOUR, id="dns/data")
    assert score(with_asset(seven(PERFECT), late)).milli == 9_000


@pytest.mark.parametrize("tier", Criticality)
def test_attack_j_two_hundred_green_trifles_do_not_lift_the_ceiling(tier: Criticality) -> None:
    weak = seven(replace(AS_FOUND, off_site=True))
    trifles = tuple(service(f"trifle{i}", PERFECT, tier) for i in range(200))
    diluted = score(replace(weak, services=(*weak.services, *trifles)))
    assert diluted.milli <= 5_000
    plain_mean = (200 * 10_000 + 7 * score(weak).raw_milli) // 207
    assert plain_mean > 9_000


def test_attack_k_the_easiest_critical_service_drilled_alone_leaves_the_ceiling() -> None:
    facts = seven(replace(AS_FOUND, off_site=True))
    best = replace(PERFECT, id="dns/data")
    assert score(with_asset(facts, best)).milli <= 5_000


def test_splitting_a_service_never_helps_more_than_its_worst_asset() -> None:
    weak = replace(AS_FOUND, id="wiki/weak")
    whole = estate(service("wiki", AS_FOUND), service("other"))
    split = replace(
        whole,
        services=(replace(whole.services[0], assets=(PERFECT, weak)), whole.services[1]),
    )
    assert score(split).raw_milli == score(whole).raw_milli


def test_accepted_loss_counts_while_the_caller_leaves_it_in() -> None:
    facts = estate(service("media", replace(PERFECT, usable=False), Criticality.NICE))
    assert score(facts).milli == 0


@pytest.mark.parametrize("services", [(), (replace(service("empty"), assets=()),)])
def test_an_empty_estate_scores_zero_in_one_line(services: tuple[object, ...]) -> None:
    result = score(ScoreFacts(services=services))  # type: ignore[arg-type]
    assert result.milli == 0
    assert result.losses == (ScoreLoss(LossKind.NO_COPY, 10_000, detail="empty-estate"),)


def test_ceilings_of_services_need_a_critical_service() -> None:
    poor = replace(AS_FOUND, usable=True)
    for tier, expected in ((Criticality.CRITICAL, True), (Criticality.IMPORTANT, False)):
        found = codes(score(estate(service("wiki", poor, tier))))
        assert any(code.startswith("critical-") for code in found) is expected


@pytest.mark.parametrize(
    ("change", "code", "milli"),
    [
        ({"keys": (replace(KEY, copies=1),)}, "key-few-copies", 4_000),
        ({"keys": (replace(KEY, off_site=False),)}, "key-not-off-site", 4_000),
        ({"keys": (replace(KEY, proven=False),)}, "key-unproven", 4_000),
        ({"discovery_complete": False}, "discovery-incomplete", 7_000),
        ({"plan_age": None}, "plan-missing", 7_500),
        ({"plan_age": 91 * DAY}, "plan-old", 7_500),
        ({"plan_current": False}, "plan-outdated", 7_500),
        ({"plan_off_site": False}, "plan-not-off-site", 7_500),
        ({"state_restorable": False}, "state-not-restorable", 8_000),
    ],
)
def test_each_ceiling_of_the_estate(change: dict[str, object], code: str, milli: int) -> None:
    facts = estate(service("wiki"))
    assert code not in codes(score(facts))
    assert lowest(score(replace(facts, **change))) == (code, milli)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "code", "milli"),
    [
        ({"usable": False}, "critical-no-backup", 3_000),
        ({"usable": None}, "critical-no-backup", 3_000),
        ({"off_site": None}, "critical-no-off-site", 5_000),
        ({"last_drill_ok": False}, "critical-drill-failed", 5_000),
        ({"proofs": (Proof(Level.INTEGRITY, DAY),)}, "critical-never-drilled", 5_000),
        ({"rpo": 48 * HOUR}, "critical-rpo", 6_000),
        ({"rpo": None}, "critical-rpo", 6_000),
        ({"immutable": False}, "critical-no-immutable", 8_000),
        ({"rto": None}, "critical-rto-unmeasured", 8_500),
        ({"rto": 2 * HOUR + timedelta(seconds=1)}, "critical-rto-missed", 8_500),
    ],
)
def test_each_ceiling_of_a_critical_asset(change: dict[str, object], code: str, milli: int) -> None:
    asset = replace(PERFECT, **change)  # type: ignore[arg-type]
    assert lowest(score(estate(service("wiki", asset)))) == (code, milli)


def test_an_estimate_is_worth_at_most_half_and_lifts_no_ceiling() -> None:
    guessed = score(estate(service("wiki", replace(PERFECT, rto=None, rto_estimate=HOUR))))
    assert lines(guessed)[LossKind.DIMENSION, "wiki/data", Dimension.RTO] == 750
    assert "critical-rto-unmeasured" in codes(guessed)


def test_backups_nobody_can_open_are_worth_a_fifth() -> None:
    for unopened in (False, None):
        result = score(estate(service("wiki", replace(PERFECT, openable=unopened))))
        assert (result.raw_milli, result.milli) == (2_000, 2_000)
        assert [loss.kind for loss in result.losses] == [LossKind.NOT_OPENABLE]


def test_the_example_of_the_docs_is_what_the_code_says() -> None:
    wiki = replace(PERFECT, rpo=30 * HOUR, immutable=False, proofs=(Proof(Level.DATA, 45 * DAY),))
    system = replace(
        PERFECT,
        immutable=False,
        proofs=(Proof(Level.INTEGRITY, 10 * DAY),),
        last_drill_ok=None,
        rto=None,
    )
    result = score(estate(service("wiki", wiki), service("system", system, Criticality.IMPORTANT)))
    page = (Path(__file__).parents[2] / "docs" / "score.md").read_text()
    written = re.findall(r"^\| (\S+/\S+|cap) \| ([\w-]+) \| (\d\.\d{3}) \|$", page, re.MULTILINE)
    told = [
        (
            loss.subject if loss.kind is LossKind.DIMENSION else "cap",
            loss.detail,
            f"{loss.milli / 1000:.3f}",
        )
        for loss in result.losses
    ]
    assert written == told
    assert (result.raw_milli, result.milli) == (7_666, 7_500)
    assert "raw 7.666" in page
