"""The score: its worked examples, its laws, and the attacks it must resist."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings

from build_score import (
    AS_FOUND,
    ASSETS,
    BETTER,
    BETTER_ESTATE,
    DAY,
    ESTATES,
    HOUR,
    KEY,
    PERFECT,
    UNKNOWN,
    estate,
    service,
    seven,
    with_asset,
)
from phoenix_dr.core.evidence import Level
from phoenix_dr.core.gains import fixed, gains
from phoenix_dr.core.model import Criticality
from phoenix_dr.core.score import WEIGHTS, score
from phoenix_dr.core.score_facts import (
    Dimension,
    LossKind,
    Proof,
    Score,
    ScoredAsset,
    ScoreFacts,
    ScoreLoss,
)

laws = settings(max_examples=120, deadline=None)

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


# ---------------------------------------------------------------- laws


def ledger_balances(result: Score) -> bool:
    balanced = sum(loss.milli for loss in result.losses) + result.milli == 10_000
    return balanced and result.milli % 100 == 0 and all(loss.milli > 0 for loss in result.losses)


@laws
@given(ESTATES)
def test_losses_and_score_are_ten(facts: ScoreFacts) -> None:
    result = score(facts)
    assert ledger_balances(result)
    assert result.milli <= min([result.raw_milli, *(cap.milli for cap in result.caps)])
    assert not ledger_balances(replace(result, milli=result.milli + 1))


def changed(facts: ScoreFacts, change: Callable[[ScoredAsset], ScoredAsset]) -> ScoreFacts:
    return with_asset(facts, change(facts.services[0].assets[0]))


@laws
@given(ESTATES)
def test_a_good_fact_never_lowers(facts: ScoreFacts) -> None:
    before = score(facts)
    for name, change in BETTER.items():
        after = score(changed(facts, change))
        assert after.milli >= before.milli, name
        assert after.raw_milli >= before.raw_milli, name


@laws
@given(ESTATES)
def test_a_good_fact_about_the_estate_never_lowers(facts: ScoreFacts) -> None:
    before = score(facts).milli
    for name, change in BETTER_ESTATE.items():
        assert score(change(facts)).milli >= before, name


@laws
@given(ESTATES)
def test_forgetting_a_fact_never_raises(facts: ScoreFacts) -> None:
    before = score(facts)
    for name, change in UNKNOWN.items():
        after = score(changed(facts, change))
        assert after.milli <= before.milli, name
        assert after.raw_milli <= before.raw_milli, name


@pytest.mark.parametrize(
    ("field", "worst"),
    [
        ("usable", False),
        ("rpo", 9 * DAY),
        ("off_site", False),
        ("immutable", False),
        ("rto", 9 * DAY),
        ("keys_proven", False),
        ("openable", False),
    ],
)
@pytest.mark.parametrize("tier", [Criticality.CRITICAL, Criticality.IMPORTANT])
def test_unknown_is_as_bad_as_the_worst(field: str, worst: object, tier: Criticality) -> None:
    def having(value: object) -> Score:
        asset = replace(PERFECT, rto_estimate=HOUR, **{field: value})  # type: ignore[arg-type]
        return score(estate(service("wiki", asset, tier)))

    unknown, bad = having(None), having(worst)
    assert (unknown.raw_milli, unknown.milli) == (bad.raw_milli, bad.milli)
    assert unknown.raw_milli < 10_000


@laws
@given(ESTATES)
def test_a_failed_drill_or_a_lost_plan_never_raises(facts: ScoreFacts) -> None:
    failed = changed(facts, lambda asset: replace(asset, last_drill_ok=False))
    assert score(failed).milli <= score(facts).milli
    assert score(replace(facts, plan_age=None)).milli <= score(facts).milli


def test_the_law_of_unknowns_catches_a_score_that_trusts_them() -> None:
    def trusting(facts: ScoreFacts) -> int:
        asset = facts.services[0].assets[0]
        trusted = replace(asset, off_site=asset.off_site is not False)
        return score(with_asset(facts, trusted)).milli

    known_bad = estate(service("wiki", replace(PERFECT, off_site=False)))
    forgotten = changed(known_bad, UNKNOWN["off_site"])
    assert trusting(forgotten) > trusting(known_bad)
    assert score(forgotten).milli == score(known_bad).milli


@laws
@given(ESTATES)
def test_a_day_of_ageing_changes_two_tenths_at_most(facts: ScoreFacts) -> None:
    def older(asset: ScoredAsset) -> ScoredAsset:
        return replace(asset, proofs=tuple(replace(p, age=p.age + DAY) for p in asset.proofs))

    aged = replace(
        facts,
        services=tuple(
            replace(each, assets=tuple(map(older, each.assets))) for each in facts.services
        ),
    )
    assert 0 <= score(facts).milli - score(aged).milli <= 200


@laws
@given(ESTATES, ASSETS)
def test_one_more_asset_never_raises_its_service(facts: ScoreFacts, asset: ScoredAsset) -> None:
    first = facts.services[0]
    wider = replace(first, assets=(*first.assets, replace(asset, id=f"{first.name}/more")))
    more = replace(facts, services=(wider, *facts.services[1:]))
    assert score(more).milli <= score(facts).milli


@settings(max_examples=60, deadline=None)
@given(ESTATES)
def test_predicted_gains_are_recomputed_gains(facts: ScoreFacts) -> None:
    now = score(facts).milli
    found = gains(facts)
    for gain in found:
        assert score(fixed(facts, gain.fix, gain.subject)).milli - now == gain.milli >= 0
    assert [gain.milli for gain in found] == sorted((g.milli for g in found), reverse=True)
    assert len({(gain.fix, gain.subject) for gain in found}) == len(found)


# ---------------------------------------------------------------- gains


def test_the_best_next_action_is_the_drill_that_lifts_the_ceiling() -> None:
    untested = replace(AS_FOUND, off_site=True, copies=3, procedure_current=True, keys_proven=True)
    facts = estate(service("wiki", untested), service("media", PERFECT, Criticality.NICE))
    best = gains(facts)[0]
    assert (best.fix, best.subject) == ("drill", "wiki")
    assert best.milli > 1_000


def test_a_fix_that_is_needed_but_not_alone_is_told_with_no_gain() -> None:
    facts = estate(service("wiki"), keys=(replace(KEY, copies=1, proven=False),))
    assert [(g.fix, g.subject, g.milli) for g in gains(facts)] == [
        ("copy-key", "age", 0),
        ("prove-key", "age", 0),
    ]
    both = fixed(fixed(facts, "copy-key", "age"), "prove-key", "age")
    assert score(both).milli == 10_000


def test_equal_faults_everywhere_are_mended_everywhere() -> None:
    facts = seven(replace(PERFECT, immutable=False))
    assert [(g.fix, g.subject) for g in gains(facts)] == [("make-immutable", "")]


@pytest.mark.parametrize(
    ("facts", "fix", "subject"),
    [
        (estate(service("wiki", replace(PERFECT, usable=False))), "take-backup", "wiki"),
        (estate(service("wiki", replace(PERFECT, off_site=False))), "add-off-site", "wiki"),
        (estate(service("wiki", replace(PERFECT, last_drill_ok=False))), "drill", "wiki"),
        (estate(service("wiki", replace(PERFECT, immutable=None))), "make-immutable", "wiki"),
        (estate(service("wiki", replace(PERFECT, rpo=40 * HOUR))), "shorten-schedule", "wiki"),
        (estate(service("wiki", replace(PERFECT, rto=None))), "measure-rto", "wiki"),
        (estate(service("wiki"), keys=(replace(KEY, copies=1),)), "copy-key", "age"),
        (estate(service("wiki"), keys=(replace(KEY, proven=False),)), "prove-key", "age"),
        (replace(estate(service("wiki")), plan_age=None), "write-plan", ""),
        (replace(estate(service("wiki")), state_restorable=False), "save-state", ""),
    ],
)
def test_each_fix_is_found_where_it_is_the_only_fault(
    facts: ScoreFacts, fix: str, subject: str
) -> None:
    assert [(g.fix, g.subject) for g in gains(facts) if g.milli] == [(fix, subject)]


@pytest.mark.parametrize("away", [True, False])
def test_a_new_plan_reaches_off_site_only_where_backups_do(away: bool) -> None:
    asset = replace(PERFECT, off_site=away)
    facts = replace(
        estate(service("wiki", asset, Criticality.NICE)), plan_age=None, plan_off_site=False
    )
    found = {each.fix: each.milli for each in gains(facts)}
    assert (found.get("write-plan", 0) > 0) is away


def test_nothing_is_proposed_for_an_empty_or_perfect_estate() -> None:
    assert gains(ScoreFacts(())) == ()
    assert gains(seven(PERFECT)) == ()


def test_a_thousand_services_stay_exact_and_their_gains_stay_few() -> None:
    assets = (PERFECT, AS_FOUND, replace(AS_FOUND, usable=False), replace(AS_FOUND, openable=None))
    tiers = tuple(Criticality)
    facts = estate(*(service(f"s{i}", assets[i % 4], tiers[i % 3]) for i in range(1_000)))
    result, found = score(facts), gains(facts)
    assert ledger_balances(result)
    assert 0 < len(found) <= 80
