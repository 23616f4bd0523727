"""Findings: each situation names its gap, who mends it, and the facts its sentence needs."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given

from build_coverage import (
    AWAY,
    DAY,
    HOME,
    HOUR,
    NOW,
    PAGES,
    UPLOADS,
    around,
    drill,
    estate,
    facts,
    histories,
    regular,
    row,
    with_location,
    with_rows,
)
from phoenix_dr.core.coverage import AssetFacts, cover
from phoenix_dr.core.evidence import BlindSpot, PointState, Scope
from phoenix_dr.core.finding_facts import FailedRun, Interrupted
from phoenix_dr.core.findings import FindingFacts, find
from phoenix_dr.core.history import Row
from phoenix_dr.core.model import (
    Asset,
    AssetKind,
    Criticality,
    Estate,
    Ignore,
    Immutability,
    Location,
    Service,
    Waiver,
)
from phoenix_dr.core.report import Finding, KeyCustody, Severity, State
from phoenix_dr.core.retention_drift import Differs, Drift, Expired, Short
from phoenix_dr.render.phrases import sentence
from phoenix_dr.render.phrases.en.findings import PHRASES as ENGLISH
from phoenix_dr.render.phrases.fr.findings import PHRASES as FRENCH

CRITICAL, WARNING, UNKNOWN, INFO = Severity
ALONE = estate(PAGES)
SEEN = FindingFacts(seen_failing=frozenset({"wiki"}), drills={PAGES.id: drill()})
KEY = KeyCustody(
    name="repositories",
    fingerprint="",
    opens=("restic-home",),
    assets=(PAGES.id,),
    copies=(("safe", "parents"), ("paper", "home")),
    off_site=True,
    proved_at=NOW - DAY,
    proved_place="safe",
    proved_off_site=True,
    last_proof_ok=True,
)


def found(
    known: AssetFacts | None = None,
    seen: FindingFacts = SEEN,
    *,
    described: Estate = ALONE,
    asset: Asset = PAGES,
) -> tuple[Finding, ...]:
    covered = cover(described, asset, facts() if known is None else known, now=NOW)
    return find(described, (covered,), seen, now=NOW)


def brief(findings: tuple[Finding, ...]) -> list[tuple[str, Severity, str, str]]:
    return [(it.code, it.severity, it.subject, it.owner) for it in findings]


def test_a_well_protected_asset_has_no_finding() -> None:
    assert found() == ()


BLIND = replace(facts([]), blind=True)
OF_ASSETS = {
    "nothing to restore from": (facts([]), SEEN, ("no-backup", CRITICAL, "phoenix")),
    "nothing seen is not nothing": (BLIND, SEEN, ("asset-unseen", UNKNOWN, "phoenix")),
    "too old": (facts(regular(newest=30)), SEEN, ("too-old", CRITICAL, "phoenix")),
    "exactly as old as the objective": (
        facts(regular(newest=24)),
        SEEN,
        ("too-old", CRITICAL, "phoenix"),
    ),
    "perhaps too old": (
        replace(facts(regular(newest=30)), blind=True),
        SEEN,
        ("too-old", UNKNOWN, "phoenix"),
    ),
    "a point in the future": (
        facts([*regular(), row(-5)]),
        replace(SEEN, unjudged={PAGES.id: NOW + 5 * HOUR}),
        ("point-in-future", UNKNOWN, "forge"),
    ),
    "a point nobody can judge": (
        facts([*regular(), row(1, HOME, PointState.UNKNOWN)]),
        replace(SEEN, unjudged={PAGES.id: NOW - HOUR}),
        ("point-unknown", UNKNOWN, "phoenix"),
    ),
    "a suspect point": (
        facts([*regular(), row(1, HOME, PointState.SUSPECT)]),
        SEEN,
        ("suspect-point", WARNING, "phoenix"),
    ),
    "a gap last week": (
        facts([*regular(newest=40), row(2), row(2, AWAY)]),
        SEEN,
        ("gap-too-long", WARNING, "flow"),
    ),
    "off-site lags": (
        facts([*regular(places=[HOME]), *regular(every=72, places=[AWAY])]),
        SEEN,
        ("off-site-behind", WARNING, "flow"),
    ),
    "never drilled": (replace(facts(), drills=()), SEEN, ("never-drilled", WARNING, "phoenix")),
    "the drill failed": (
        replace(facts(), drills=(drill(ok=False),)),
        SEEN,
        ("drill-failed", CRITICAL, "phoenix"),
    ),
    "the drill was long ago": (
        facts(),
        replace(SEEN, drills={PAGES.id: drill(days=30)}),
        ("drill-stale", WARNING, "phoenix"),
    ),
    "the drill left something behind": (
        facts(),
        replace(SEEN, drills={PAGES.id: replace(drill(), dirty=True)}),
        ("drill-left-traces", WARNING, "phoenix"),
    ),
    "the drill was never seen failing": (
        facts(),
        replace(SEEN, seen_failing=frozenset()),
        ("drill-never-failed", INFO, "phoenix"),
    ),
    "no key opens it": (
        facts(),
        replace(SEEN, unopenable=frozenset({PAGES.id})),
        ("not-openable", CRITICAL, "vault"),
    ),
    "two copies": (facts(regular(places=[AWAY])), SEEN, ("copies-too-few", WARNING, "you")),
    "none elsewhere": (facts(regular(places=[HOME, 3])), SEEN, ("no-off-site", WARNING, "you")),
}


@pytest.mark.parametrize(("known", "seen", "expected"), OF_ASSETS.values(), ids=OF_ASSETS.keys())
def test_of_assets(
    known: AssetFacts, seen: FindingFacts, expected: tuple[str, Severity, str]
) -> None:
    code, severity, owner = expected
    assert (code, severity, PAGES.id, owner) in brief(found(known, seen))
    assert code not in {finding.code for finding in found()}


def test_a_drill_is_recent_just_below_its_limit() -> None:
    seen = replace(SEEN, drills={PAGES.id: drill(days=29.9)})
    assert found(seen=seen) == ()


def test_one_cause_is_said_once() -> None:
    never = replace(facts([]), drills=())
    assert [finding.code for finding in found(never)] == ["no-backup"]


def test_a_daily_schedule_under_a_day_asks_for_a_second_run() -> None:
    described = estate(PAGES, schedule="0 3 * * *")
    (thin,) = found(described=described)
    assert (thin.code, thin.owner) == ("schedule-too-thin", "flow")
    assert dict(thin.parameters) == {
        "service": "wiki",
        "worst": 25 * 3600,
        "objective": 24 * 3600,
        "schedule": "0 3 * * *",
    }


@pytest.mark.parametrize(
    ("kind", "owner", "code"),
    [
        (AssetKind.GUEST, "forge", "no-backup"),
        (AssetKind.VOLUMES, "helm", "no-backup"),
        (AssetKind.K3S, "phoenix", "no-backup"),
        (AssetKind.SHARE, "phoenix", "asset-unseen"),
    ],
)
def test_who_makes_the_missing_copy(kind: AssetKind, owner: str, code: str) -> None:
    asset = Asset("wiki/core", kind, "pve1/210")
    (unseen,) = found(AssetFacts(), described=estate(asset), asset=asset)
    assert (unseen.code, unseen.owner) == (code, owner)


def test_without_a_destination_a_person_decides() -> None:
    asset = replace(PAGES, policy=None)
    (missing,) = found(facts([]), described=estate(asset), asset=asset)
    assert (missing.code, missing.owner) == ("no-backup", "you")


@pytest.mark.parametrize(
    ("until", "severities", "expired"),
    [
        (date(2026, 11, 23), {INFO}, False),
        (date(2026, 11, 22), {CRITICAL, WARNING}, True),
    ],
    ids=["in force", "expired"],
)
def test_an_accepted_loss_quietens_until_its_date(
    until: date, severities: set[Severity], expired: bool
) -> None:
    asset = replace(PAGES, accepted_loss=Waiver("can be bought again", until))
    findings = found(facts([]), described=estate(asset), asset=asset)
    assert {finding.severity for finding in findings} == severities
    assert ("waiver-expired" in {finding.code for finding in findings}) is expired


def test_data_that_needs_no_copy_is_left_alone() -> None:
    nothing = Asset("wiki/none", AssetKind.NONE, "stateless", policy=None)
    assert found(AssetFacts(), described=estate(nothing), asset=nothing) == ()


def test_simulated_and_unknown_off_site() -> None:
    pretend = with_location(ALONE, "s3-paris", Location("s3-paris", "aws", simulated=True))
    assert [it.code for it in found(described=pretend)] == ["simulated-off-site"]
    nowhere = with_location(ALONE, "s3-paris", Location("s3-paris", "cloud"))
    assert [it.code for it in found(described=nowhere)] == [
        "host-not-described",
        "off-site-unknown",
    ]


def test_one_medium() -> None:
    beside = with_location(ALONE, "usb-disk", Location("usb-disk", "worker1"))
    codes = [it.code for it in found(facts(regular(places=[HOME])), described=beside)]
    assert codes == ["copies-too-few", "no-off-site", "one-medium"]


def test_a_location_nobody_described() -> None:
    described = with_location(ALONE, "s3-paris", None)
    assert ("location-not-described", UNKNOWN, "s3-paris", "you") in brief(
        found(described=described)
    )


def test_an_immutability_only_claimed() -> None:
    claimed = Location("s3-paris", "aws", immutable=Immutability.CLAIMED)
    described = with_location(ALONE, "s3-paris", claimed)
    assert brief(found(described=described)) == [
        ("immutable-unproved", WARNING, "s3-paris", "phoenix")
    ]
    proved = replace(SEEN, immutable=frozenset({"s3-paris"}))
    assert found(seen=proved, described=described) == ()


KEYS = {
    "well kept": (KEY, []),
    "one copy": (replace(KEY, copies=KEY.copies[:1]), ["key-single-copy"]),
    "all at home": (replace(KEY, off_site=False), ["key-not-off-site"]),
    "never proved": (
        replace(KEY, proved_at=None, proved_off_site=False, last_proof_ok=None),
        ["key-never-proven"],
    ),
    "proved with the copy at home": (
        replace(KEY, proved_off_site=False, proved_place="paper"),
        ["key-not-proven-off-site"],
    ),
    "proof failed": (replace(KEY, last_proof_ok=False), ["key-proof-failed"]),
    "opens nothing": (replace(KEY, opens=(), assets=(), copies=()), []),
}


@pytest.mark.parametrize(("key", "codes"), KEYS.values(), ids=KEYS.keys())
def test_of_keys(key: KeyCustody, codes: list[str]) -> None:
    assert [it.code for it in found(seen=replace(SEEN, custody=(key,)))] == codes


def test_a_password_no_key_stands_for() -> None:
    findings = found(described=replace(ALONE, keys={}))
    assert {(it.code, it.owner) for it in findings} == {("key-not-described", "vault")}
    assert [it.subject for it in findings] == ["restic-home", "restic-nas", "restic-offsite"]


def test_blind_spots_interrupted_actions_and_expired_ignores() -> None:
    seen = replace(
        SEEN,
        blind_spots=(BlindSpot("restic-offsite", "engine-timeout", "after 60 s"),),
        interrupted=(Interrupted("TakePoint", PAGES.id, NOW - 90 * HOUR),),
    )
    old = Ignore("pve1/216", "game saves live with the provider", date(2026, 11, 22))
    kept = Ignore("pve1/200", "CI runner", date(2026, 11, 23))
    findings = found(seen=seen, described=replace(ALONE, ignore=(old, kept)))
    assert brief(findings) == [
        ("ignore-expired", WARNING, "pve1/216", "you"),
        ("interrupted-action", WARNING, PAGES.id, "phoenix"),
        ("blind", UNKNOWN, "restic-offsite", "phoenix"),
    ]
    assert dict(findings[1].parameters) == {"verb": "TakePoint", "age": 90 * 3600}


DRIFT = Drift(
    document="stale",
    differs=(Differs("prometheus", "", "30d", "15d"),),
    pending=(Differs("loki", "alerts", "90d", "14d"),),
    short=(Short("default", "restic-home", 3, 7),),
    expired=(Expired("restic-home", PAGES.id, 4, NOW - 9 * DAY, NOW - 2 * DAY),),
)


def test_retention_that_drifted() -> None:
    assert brief(found(seen=replace(SEEN, retention=DRIFT))) == [
        ("retention-too-short", WARNING, "default", "you"),
        ("retention-not-in-force", WARNING, "loki", "you"),
        ("retention-differs", WARNING, "prometheus", "phoenix"),
        ("retention-document-stale", WARNING, "retention-policy.md", "phoenix"),
        ("expired-too-much", WARNING, PAGES.id, "you"),
    ]
    unwritten = found(seen=replace(SEEN, retention=Drift("missing")))
    assert brief(unwritten) == [
        ("retention-document-missing", INFO, "retention-policy.md", "phoenix")
    ]


def test_the_urgent_first_then_the_critical_service_then_the_name() -> None:
    media = Service(
        "media",
        Criticality.NICE,
        assets=(Asset("media/films", AssetKind.FILES, "/srv/films"),),
    )
    described = estate(PAGES, UPLOADS)
    described = replace(described, services={"media": media, **described.services})
    never = replace(facts([]), drills=())
    lost = [cover(described, it, never, now=NOW) for it in (*media.assets, UPLOADS, PAGES)]
    drilled = cover(described, PAGES, replace(facts(), drills=()), now=NOW)
    findings = find(described, (drilled, *lost), SEEN, now=NOW)
    assert [(it.code, it.subject) for it in findings] == [
        ("no-backup", "wiki/pages"),
        ("no-backup", "wiki/uploads"),
        ("no-backup", "media/films"),
        ("never-drilled", "wiki/pages"),
    ]


@given(histories, around)
def test_whatever_is_not_ok_is_explained(rows: list[Row], around_it: AssetFacts) -> None:
    known = with_rows(around_it, rows)
    covered = cover(ALONE, PAGES, known, now=NOW)
    unknown = known.histories[Scope.FILE].newest_unknown
    seen = replace(
        SEEN,
        unjudged={} if unknown is None else {PAGES.id: datetime.fromtimestamp(unknown, UTC)},
        unopenable=frozenset() if known.openable is not False else frozenset({PAGES.id}),
        blind_spots=(BlindSpot("restic-home", "engine-timeout"),) if known.blind else (),
    )
    findings = find(ALONE, (covered,), seen, now=NOW)
    severe = {finding.severity for finding in findings}
    if covered.state is State.FAIL:
        assert CRITICAL in severe
    if covered.state is State.UNKNOWN:
        assert UNKNOWN in severe
    if covered.state is State.WARN and known.openable is not None:
        assert severe & {WARNING, UNKNOWN}
    if covered.state is State.OK:
        assert severe <= {INFO, WARNING}


# ---- Phrases ----------------------------------------------------------------------------------


def placeholders(text: str) -> set[tuple[str, str]]:
    parsed = string.Formatter().parse(text)
    return {(name, form or "") for _, name, form, _ in parsed if name is not None}


def test_both_languages_say_the_same_things() -> None:
    assert ENGLISH.keys() == FRENCH.keys()
    for code in ENGLISH:
        assert placeholders(ENGLISH[code]) == placeholders(FRENCH[code]), code


def every_finding() -> list[Finding]:
    pretend = with_location(ALONE, "s3-paris", Location("s3-paris", "aws", simulated=True))
    nowhere = with_location(ALONE, "s3-paris", Location("s3-paris", "cloud"))
    claimed = with_location(
        ALONE, "s3-paris", Location("s3-paris", "aws", immutable=Immutability.CLAIMED)
    )
    beside = with_location(ALONE, "usb-disk", Location("usb-disk", "worker1"))
    old = Waiver("can be bought again", date(2020, 1, 1))
    waived = replace(PAGES, accepted_loss=old)
    seen = replace(
        SEEN,
        custody=tuple(key for key, _ in KEYS.values()),
        blind_spots=(BlindSpot("restic-offsite", "engine-timeout", "after 60 s"),),
        interrupted=(Interrupted("TakePoint", PAGES.id, NOW - timedelta(hours=90)),),
        failed=(FailedRun(PAGES.id, "home", "no-space", "disk", NOW - timedelta(hours=1)),),
        retention=replace(DRIFT, document="missing"),
    )
    runs = [found(known, extra) for known, extra, _ in OF_ASSETS.values()]
    runs += [found(described=it) for it in (pretend, nowhere, claimed, replace(ALONE, keys={}))]
    runs += [
        found(facts(regular(places=[HOME])), described=beside),
        found(described=with_location(ALONE, "s3-paris", None)),
        found(described=estate(PAGES, schedule="0 3 * * *")),
        found(described=estate(waived), asset=waived),
        found(seen=seen),
        found(seen=replace(SEEN, retention=DRIFT)),
        found(described=replace(ALONE, ignore=(Ignore("pve1/216", "saves", old.until),))),
    ]
    return [finding for run in runs for finding in run]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_finding_can_be_said_with_its_own_facts(language: str) -> None:
    findings = every_finding()
    said = set()
    for finding in findings:
        filled = {"subject": finding.subject, **dict(finding.parameters)}
        for kind in ("finding", "remedy"):
            text = sentence(language, f"{kind}.{finding.code}", **filled)
            assert text
            assert "{" not in text
            said.add(f"{kind}.{finding.code}")
    assert said == {code for code in FRENCH if not code.startswith("schedule.")}
