"""Laws of the score over random estates, each with what breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

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
    PERFECT,
    UNKNOWN,
    estate,
    service,
    with_asset,
)
from phoenix_dr.core.gains import gains
from phoenix_dr.core.model import Criticality
from phoenix_dr.core.score import score
from phoenix_dr.core.score_facts import (
    Score,
    ScoredAsset,
    ScoreFacts,
)

laws = settings(max_examples=120)


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


def test_a_thousand_services_stay_exact_and_their_gains_stay_few() -> None:
    assets = (PERFECT, AS_FOUND, replace(AS_FOUND, usable=False), replace(AS_FOUND, openable=None))
    tiers = tuple(Criticality)
    facts = estate(*(service(f"s{i}", assets[i % 4], tiers[i % 3]) for i in range(1_000)))
    result, found = score(facts), gains(facts)
    assert ledger_balances(result)
    assert 0 < len(found) <= 80
