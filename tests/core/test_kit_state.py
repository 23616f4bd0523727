"""Recovery kits in the ledger: which is the newest, did it open, what changed since; findings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from build_custody import engine, estate
from phoenix_dr.core import keys as custody_of
from phoenix_dr.core import kit
from phoenix_dr.core.evidence import KeyProof
from phoenix_dr.core.finding_facts import FindingFacts
from phoenix_dr.core.findings import find
from phoenix_dr.core.kit_state import (
    KeyDates,
    KitLook,
    KitMaking,
    KitState,
    KitTrial,
    newest,
    outdated,
)
from phoenix_dr.core.model import Asset, AssetKind, Key, KeyCopy, Service
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.render.phrases import sentence

NOW = datetime(2026, 11, 23, tzinfo=UTC)
DAY = timedelta(days=1)
PAPER, SAFE = KeyCopy("paper", "away"), KeyCopy("safe", "other")
HOUSE = estate(
    [engine("store", "cloud")],
    [Service("wiki", assets=(Asset("wiki/data", AssetKind.FILES, "/srv/wiki"),))],
    [
        Key("repos", secrets=("store.password",), copies=(PAPER, SAFE)),
        Key("sops", age="/root/age.txt", copies=(PAPER, SAFE)),
    ],
    [("default", ("store",))],
)
WHOLE = tuple(name for name in kit.required(HOUSE) if name != kit.MANIFEST)
PASSWORD, IDENTITY = kit.password("store"), kit.identity("sops")
MADE = KitMaking(NOW - 9 * DAY, WHOLE, ("/out/kit.age",), {"sops": "age1a"})
GOOD = KitTrial(NOW - 8 * DAY, "/mnt/kit.age", MADE.made_at, True, WHOLE)
STATE = KitState(MADE.made_at, WHOLE, MADE.marks)


def test_none_is_known_before_one_was_made_or_opened() -> None:
    assert newest([], []) is None
    assert newest([], [replace(GOOD, made_at=None, ok=False)]) is None
    assert newest([MADE], []) == STATE
    assert newest([], [GOOD]) == KitState(MADE.made_at, WHOLE, {}, GOOD.tried_at, True)


def test_the_last_trial_of_the_newest_kit_counts() -> None:
    bad = replace(GOOD, tried_at=NOW - 2 * DAY, ok=False)
    for trials in ([GOOD, bad], [bad, GOOD]):
        found = newest([MADE], trials)
        assert found is not None
        assert (found.ok, found.tried_at) == (False, bad.tried_at)
    younger = replace(MADE, made_at=NOW - DAY)
    found = newest([MADE, younger], [GOOD])
    assert found is not None
    assert (found.made_at, found.ok) == (younger.made_at, None)


def test_a_kit_that_did_not_open_is_known_by_its_file() -> None:
    shut = replace(GOOD, tried_at=NOW, made_at=None, ok=False, kit="/out/kit.age")
    found = newest([MADE], [GOOD, shut])
    assert found is not None
    assert found.ok is False
    before = newest([MADE], [replace(shut, tried_at=MADE.made_at - DAY)])
    assert before is not None
    assert before.ok is None
    other = newest([MADE], [GOOD, replace(shut, kit="/mnt/other.age")])
    assert other is not None
    assert other.ok is True


@pytest.mark.parametrize(
    ("state", "dates", "expected"),
    [
        (STATE, KeyDates({"sops": "age1a"}, {PASSWORD: NOW - 20 * DAY}), ()),
        (STATE, KeyDates({"sops": ""}), ()),
        (STATE, KeyDates({}, {"repositories/gone/password": NOW}), ()),
        (STATE, KeyDates({}, {PASSWORD: NOW - DAY}), (PASSWORD,)),
        (STATE, KeyDates({}, {PASSWORD: MADE.made_at + timedelta(seconds=0.9)}), ()),
        (STATE, KeyDates({"sops": "age1b"}), (IDENTITY,)),
        (STATE, KeyDates({"sops": "age1b"}, {IDENTITY: NOW}), (IDENTITY,)),
        (replace(STATE, elements=WHOLE[:-1]), KeyDates(), WHOLE[-1:]),
        (
            replace(STATE, tried_at=NOW - DAY, ok=True),
            KeyDates({}, {PASSWORD: NOW - 2 * DAY}),
            (),
        ),
        (
            replace(STATE, tried_at=NOW - 2 * DAY, ok=True),
            KeyDates({}, {PASSWORD: NOW - DAY}),
            (PASSWORD,),
        ),
        (
            replace(STATE, tried_at=NOW, ok=False),
            KeyDates({}, {PASSWORD: NOW - DAY}),
            (PASSWORD,),
        ),
    ],
)
def test_what_a_kit_holds_as_it_was_once(
    state: KitState, dates: KeyDates, expected: tuple[str, ...]
) -> None:
    assert outdated(state, HOUSE, dates) == expected


def found(look: KitLook | None, *, keys: bool = True, away: bool = False) -> dict[str, Finding]:
    described = HOUSE if keys else replace(HOUSE, keys={})
    copies = (PAPER, SAFE) if away else ()
    proofs = [
        KeyProof(key, copy.place, copy.site, NOW - DAY, True, "x")
        for key in described.keys
        for copy in copies
    ]
    held = custody_of.custody(described, proofs, now=NOW)
    findings = find(described, (), FindingFacts(custody=held, kits=look), now=NOW)
    return {each.code: each for each in findings if each.code.startswith("kit-")}


TRIED = replace(STATE, tried_at=NOW, ok=True)


@pytest.mark.parametrize(
    ("look", "code"),
    [
        (KitLook(None), "kit-none"),
        (KitLook(STATE), "kit-unproved"),
        (KitLook(replace(TRIED, ok=None)), "kit-unproved"),
        (KitLook(replace(TRIED, ok=False), (PASSWORD,)), "kit-wrong"),
        (KitLook(TRIED, (PASSWORD,)), "kit-old"),
        (KitLook(STATE, (PASSWORD, IDENTITY)), "kit-old"),
    ],
)
def test_each_is_found_and_said(look: KitLook, code: str) -> None:
    made = found(look)
    assert list(made) == [code]
    assert made[code].severity is Severity.WARNING
    for language in ("fr", "en"):
        for kind in ("finding", "remedy"):
            facts = {"subject": made[code].subject, **dict(made[code].parameters)}
            assert "{" not in sentence(language, f"{kind}.{code}", **facts)


def test_a_kit_in_order_has_none_and_neither_has_a_house_without_keys() -> None:
    assert found(KitLook(TRIED)) == {}
    assert found(None) == {}
    assert found(KitLook(None), keys=False) == {}
    assert found(KitLook(STATE, (PASSWORD,)), keys=False) == {}


def test_with_every_key_proven_elsewhere_the_lack_of_a_kit_is_information() -> None:
    assert found(KitLook(None), away=True)["kit-none"].severity is Severity.INFO
    assert found(KitLook(None))["kit-none"].severity is Severity.WARNING


def test_many_elements_are_counted() -> None:
    made = found(KitLook(TRIED, WHOLE))["kit-old"]
    assert dict(made.parameters) == {
        "count": len(WHOLE),
        "elements": ", ".join(WHOLE[:3]) + " …",
    }
