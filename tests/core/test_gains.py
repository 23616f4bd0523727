"""What each fix would add: recomputed, best first, and told when it is not enough alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from build_score import (
    AS_FOUND,
    ESTATES,
    HOUR,
    KEY,
    PERFECT,
    estate,
    service,
    seven,
)
from phoenix_dr.core.gains import fixed, gains
from phoenix_dr.core.model import Criticality
from phoenix_dr.core.score import score
from phoenix_dr.core.score_facts import (
    ScoreFacts,
)


@settings(max_examples=60)
@given(ESTATES)
def test_predicted_gains_are_recomputed_gains(facts: ScoreFacts) -> None:
    now = score(facts).milli
    found = gains(facts)
    for gain in found:
        assert score(fixed(facts, gain.fix, gain.subject)).milli - now == gain.milli >= 0
    assert [gain.milli for gain in found] == sorted((g.milli for g in found), reverse=True)
    assert len({(gain.fix, gain.subject) for gain in found}) == len(found)


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
