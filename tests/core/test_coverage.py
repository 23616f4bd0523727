"""Coverage of one asset: its Statut, effective RPO, 3-2-1, level and what survives what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_coverage import (
    AWAY,
    DAY,
    EPOCH,
    HOME,
    HOUR,
    NAS,
    NOW,
    PAGES,
    UPLOADS,
    around,
    drill,
    estate,
    facts,
    histories,
    points,
    regular,
    row,
    with_location,
    with_rows,
)
from phoenix_dr.core.coverage import SCOPES, AssetFacts, cover, scope_masks, survivors
from phoenix_dr.core.evidence import DataRead, Level, PointState, Scope
from phoenix_dr.core.history import Row
from phoenix_dr.core.levels import whole_read
from phoenix_dr.core.model import (
    STATE_ASSET,
    Asset,
    AssetKind,
    Host,
    Immutability,
    Location,
    Waiver,
)
from phoenix_dr.core.report import Coverage, State

SUSPECT, UNUSABLE, UNKNOWN = PointState.SUSPECT, PointState.UNUSABLE, PointState.UNKNOWN
RANK = {state: rank for rank, state in enumerate((State.OK, State.WARN, State.UNKNOWN, State.FAIL))}


def judged(known: AssetFacts, asset: Asset = PAGES) -> Coverage:
    return cover(estate(), asset, known, now=NOW)


def test_a_well_protected_asset_is_ok() -> None:
    covered = judged(facts())
    assert covered.state is State.OK
    assert (covered.copies, covered.media, covered.off_site) == (3, 3, True)
    assert (covered.rpo, covered.worst_gap, covered.worst_case) == (12 * HOUR, 12 * HOUR, 13 * HOUR)
    assert covered.newest == NOW - 3 * HOUR
    assert (covered.level, covered.level_at) == (Level.DATA, NOW - 3 * DAY)


LOST: dict[str, tuple[AssetFacts, State]] = {
    "no usable point": (facts([]), State.FAIL),
    "only broken points": (facts([row(2, HOME, UNUSABLE)]), State.FAIL),
    "newest exactly as old as the objective": (facts(regular(newest=24)), State.FAIL),
    "newest one second younger": (facts(regular(newest=24 - 1 / 3600)), State.OK),
    "last drill KO": (replace(facts(), drills=(drill(), drill(ok=False, days=1))), State.FAIL),
    "KO, then passed": (replace(facts(), drills=(drill(ok=False), drill(days=1))), State.OK),
    "not openable": (replace(facts(), openable=False), State.FAIL),
    "never proved openable": (replace(facts(), openable=None), State.WARN),
    "never drilled": (replace(facts(), drills=()), State.WARN),
    "only a corrupted twin was drilled": (
        replace(facts(), drills=(replace(drill(ok=False), mutated=True),)),
        State.WARN,
    ),
    "last week's gap, backed up a minute ago": (
        facts([*(r for r in regular() if not 30 < (EPOCH - r[0]) / 3600 < 60), row(0.02)]),
        State.WARN,
    ),
    "two copies only": (facts(regular(places=[AWAY])), State.WARN),
    "three copies, none elsewhere": (facts(regular(places=[HOME, NAS])), State.WARN),
    "newest suspect": (facts([*regular(), row(1, HOME, SUSPECT)]), State.WARN),
    "an older suspect point": (facts([*regular(), row(5, HOME, SUSPECT)]), State.OK),
    "blind": (replace(facts(), blind=True), State.UNKNOWN),
    "blind and nothing seen": (replace(facts([]), blind=True), State.UNKNOWN),
    "blind and newest seen too old": (
        replace(facts(regular(newest=90)), blind=True),
        State.UNKNOWN,
    ),
    "blind, but the last drill was KO": (
        replace(facts(), blind=True, drills=(drill(ok=False),)),
        State.FAIL,
    ),
    "blind, but no key opens it": (replace(facts(), blind=True, openable=False), State.FAIL),
    "newest in the future": (facts([*regular(), row(-48)]), State.UNKNOWN),
    "newest cannot be judged": (facts([*regular(), row(1, HOME, UNKNOWN)]), State.UNKNOWN),
    "only points nobody can judge": (facts([row(1, HOME, UNKNOWN)]), State.UNKNOWN),
    "even the unjudged one is too old": (facts([row(30, HOME, UNKNOWN)]), State.FAIL),
}


@pytest.mark.parametrize(("known", "state"), LOST.values(), ids=LOST.keys())
def test_statut(known: AssetFacts, state: State) -> None:
    assert judged(known).state is state


def test_a_daily_schedule_cannot_hold_less_than_a_day() -> None:
    daily = cover(estate(schedule="0 3 * * *"), PAGES, facts(), now=NOW)
    assert (daily.worst_case, daily.state) == (25 * HOUR, State.WARN)


def test_the_objective_of_the_service_counts() -> None:
    tight = cover(estate(rpo=6 * HOUR, schedule="@hourly"), PAGES, facts(), now=NOW)
    assert (tight.rpo_objective, tight.state) == (6 * HOUR, State.WARN)
    late = cover(estate(rpo=3 * HOUR, schedule="@hourly"), PAGES, facts(), now=NOW)
    assert late.state is State.FAIL


@pytest.mark.parametrize(
    ("rpo", "state"),
    [(13 * HOUR, State.WARN), (13 * HOUR + timedelta(seconds=1), State.OK)],
    ids=["exactly the worst case", "a second more"],
)
def test_the_objective_is_strict(rpo: timedelta, state: State) -> None:
    assert cover(estate(rpo=rpo), PAGES, facts(), now=NOW).state is state


def test_of_two_drills_at_once_the_failed_one_counts() -> None:
    for both in ((drill(), drill(ok=False)), (drill(ok=False), drill())):
        assert judged(replace(facts(), drills=both)).last_drill_ok is False


def test_the_run_counts_as_gap_too() -> None:
    since = NOW - 20 * DAY
    slow = [(at, place, state, 7_200) for at, place, state, _ in regular()]
    assert judged(facts(slow, since=since)).worst_gap == 14 * HOUR


def test_data_that_does_not_exist_needs_nothing() -> None:
    nothing = Asset("wiki/none", AssetKind.NONE, "stateless", policy=None)
    covered = judged(AssetFacts(), nothing)
    assert (covered.state, covered.has_data, covered.blind) == (State.NONE, False, False)


@pytest.mark.parametrize(
    ("until", "state"),
    [(date(2026, 11, 23), State.NONE), (date(2026, 11, 22), State.FAIL)],
    ids=["on its last day", "the day after"],
)
def test_regenerable_ends_by_its_date(until: date, state: State) -> None:
    waiver = Waiver("git:infra/ollama.txt", until)
    models = Asset("wiki/models", AssetKind.REGENERABLE, "git", policy=None, regenerable=waiver)
    assert judged(AssetFacts(), models).state is state


def test_the_last_day_is_the_estates_day() -> None:
    waiver = Waiver("git:infra/ollama.txt", date(2026, 11, 23))
    models = Asset("wiki/models", AssetKind.REGENERABLE, "git", policy=None, regenerable=waiver)
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # half past midnight in Paris
    assert cover(estate(), models, AssetFacts(), now=late).state is State.FAIL


def test_an_accepted_loss_stays_judged() -> None:
    accepted = replace(PAGES, accepted_loss=Waiver("can be bought again", date(2027, 6, 1)))
    assert judged(facts([]), accepted).state is State.FAIL


@pytest.mark.parametrize("kind", [AssetKind.SHARE, AssetKind.POSTGRES, AssetKind.GIT])
def test_kinds_not_read_yet_are_unknown_without_evidence(kind: AssetKind) -> None:
    asset = Asset("wiki/guest", kind, "pve1/210")
    covered = judged(AssetFacts(), asset)
    assert (covered.state, covered.blind, covered.level) == (State.UNKNOWN, True, Level.UNKNOWN)
    assert judged(facts(), asset).state is State.OK


def test_a_pattern_of_claims_is_unknown_and_a_claim_without_a_copy_is_not() -> None:
    pattern = judged(AssetFacts(), Asset("wiki/claims", AssetKind.VOLUMES, "longhorn/wiki/*"))
    assert (pattern.state, pattern.blind) == (State.UNKNOWN, True)
    claim = judged(AssetFacts(), Asset("wiki/claims/db", AssetKind.VOLUMES, "longhorn/wiki/db"))
    assert (claim.state, claim.blind) == (State.FAIL, False)


def test_a_guest_without_evidence_is_missing_only_where_its_engine_was_read() -> None:
    asset = Asset("wiki/guest", AssetKind.GUEST, "pve1/210")
    assert judged(AssetFacts(), asset).state is State.FAIL
    assert judged(AssetFacts(blind=True), asset).state is State.UNKNOWN


def test_phoenix_state_has_the_usual_objectives() -> None:
    state = Asset(STATE_ASSET, AssetKind.STATE, "/var/lib/phoenix")
    covered = judged(facts(), state)
    assert (covered.service, covered.rpo_objective) == ("phoenix", DAY)


# ---- Level ------------------------------------------------------------------------------------


def read(subset: str, *, days: float = 2, ok: bool = True, engine: str = "restic-home") -> DataRead:
    return DataRead(engine, NOW - timedelta(days=days), subset, ok)


NO_DRILL = replace(facts(), drills=())
LEVELS: dict[str, tuple[AssetFacts, Level]] = {
    "nothing": (facts([]), Level.UNKNOWN),
    "a point, never proved": (NO_DRILL, Level.EXISTS),
    "all data read again": (replace(NO_DRILL, reads=(read("100%"),)), Level.INTEGRITY),
    "read on an engine without its points": (
        replace(NO_DRILL, reads=(read("100%", engine="restic-nas"),)),
        Level.EXISTS,
    ),
    "a tenth read": (replace(NO_DRILL, reads=(read("1/10"),)), Level.EXISTS),
    "drilled": (facts(), Level.DATA),
    "drilled, but the drill was never seen failing": (
        replace(facts(), seen_failing=False),
        Level.STARTS,
    ),
    "a bunker drill needs the twin too": (
        replace(facts(), drills=(drill(level=Level.BUNKER),), seen_failing=False),
        Level.STARTS,
    ),
    "the twin proves nothing by itself": (
        replace(facts(), drills=(replace(drill(), mutated=True),)),
        Level.EXISTS,
    ),
    "a failed drill brings it back to L1": (
        replace(facts(), drills=(drill(), drill(ok=False, days=1)), reads=(read("100%"),)),
        Level.EXISTS,
    ),
    "the best of the passed ones": (
        replace(facts(), drills=(drill(level=Level.DATA, days=9), drill(level=Level.RESTORES))),
        Level.DATA,
    ),
    "suspect is not above L1": (facts([*regular(), row(1, HOME, SUSPECT)]), Level.EXISTS),
    "all points are gone": (replace(facts([]), drills=(drill(),)), Level.UNKNOWN),
}


@pytest.mark.parametrize(("known", "level"), LEVELS.values(), ids=LEVELS.keys())
def test_level(known: AssetFacts, level: Level) -> None:
    assert judged(known).level is level


def test_files_without_a_twin_stop_at_the_restore() -> None:
    covered = judged(replace(facts(), seen_failing=False), UPLOADS)
    assert covered.level is Level.RESTORES


def test_a_passed_drill_of_the_suspect_point_lifts_the_suspicion() -> None:
    known = facts([*regular(), row(1, HOME, SUSPECT)])
    proved = judged(replace(known, drills=(drill(days=0, taken=EPOCH - 3600),)))
    assert (proved.newest_suspect, proved.state, proved.level) == (False, State.OK, Level.DATA)
    twin = replace(drill(days=0, taken=EPOCH - 3600), mutated=True)
    assert judged(replace(known, drills=(drill(), twin))).newest_suspect
    failed = judged(replace(known, drills=(drill(ok=False, days=0, taken=EPOCH - 3600),)))
    assert (failed.newest_suspect, failed.state) == (True, State.FAIL)


READS = {
    "whole at once": ([read("100%", days=3)], 3.0),
    "without a subset": ([read("", days=3)], 3.0),
    "part by part, as old as the oldest part": ([read("1/2", days=8), read("2/2", days=1)], 8.0),
    "a part read twice counts as its newest": (
        [read("1/2", days=9), read("1/2", days=2), read("2/2", days=4)],
        4.0,
    ),
    "a part is missing": ([read("1/3"), read("3/3")], None),
    "parts of different divisions": ([read("1/2"), read("2/3")], None),
    "a random share, however often": ([read("50%"), read("50%", days=1)], None),
    "damage found since": ([read("100%", days=3), read("1/9", days=1, ok=False)], None),
    "damage found, then mended and read": (
        [read("100%", days=1), read("1/9", days=3, ok=False)],
        1.0,
    ),
    "a failed whole read": ([read("100%", ok=False)], None),
    "another engine": ([read("100%", engine="restic-nas")], None),
    "never": ([], None),
}


@pytest.mark.parametrize(("reads", "days"), READS.values(), ids=READS.keys())
def test_whole_read(reads: list[DataRead], days: float | None) -> None:
    expected = None if days is None else NOW - timedelta(days=days)
    assert whole_read(reads, "restic-home") == expected


# ---- Places -----------------------------------------------------------------------------------


def test_what_survives_what() -> None:
    alive = survivors(
        estate(), PAGES, immutable=frozenset({"s3-paris"}), escrowed=frozenset({"restic-nas"})
    )
    assert {scope: sorted(names) for scope, names in alive.items()} == {
        Scope.FILE: ["nas", "s3-paris", "usb-disk"],
        Scope.DISK: ["nas", "s3-paris", "usb-disk"],
        Scope.HOST: ["nas", "s3-paris"],
        Scope.SITE: ["s3-paris"],
        Scope.OPERATOR: ["nas", "s3-paris"],
        Scope.RANSOMWARE: ["s3-paris"],
        Scope.KEY: ["nas"],
    }


def test_only_proof_survives_an_operator_or_ransomware() -> None:
    claimed = Location(
        "s3-paris", "aws", immutable=Immutability.CLAIMED, deletable_from=("worker1",)
    )
    described = with_location(estate(), "s3-paris", claimed)
    alive = survivors(described, PAGES, immutable=frozenset(), escrowed=frozenset())
    assert alive[Scope.OPERATOR] == {"nas"}
    assert alive[Scope.RANSOMWARE] == frozenset()
    unsaid = with_location(estate(), "nas", Location("nas", "pve1"))
    assert (
        "nas"
        not in survivors(unsaid, PAGES, immutable=frozenset(), escrowed=frozenset())[Scope.OPERATOR]
    )


@pytest.mark.parametrize(
    ("disks", "disk", "survives"),
    [
        (("nvme", "backup-hdd"), "backup-hdd", True),
        (("nvme", "backup-hdd"), None, False),
        (("nvme",), "nvme", False),
        ((), "backup-hdd", False),
    ],
)
def test_another_disk_of_the_same_host_must_be_known(
    disks: tuple[str, ...], disk: str | None, survives: bool
) -> None:
    described = with_location(estate(), "usb-disk", Location("usb-disk", "worker1", disk=disk))
    described = replace(
        described, hosts={**described.hosts, "worker1": Host("worker1", "home", disks)}
    )
    alive = survivors(described, PAGES, immutable=frozenset(), escrowed=frozenset())
    assert ("usb-disk" in alive[Scope.DISK]) is survives
    covered = cover(described, PAGES, facts(regular(places=[HOME])), now=NOW)
    assert covered.media == (2 if survives else 1)


def test_an_unknown_site_is_no_other_site() -> None:
    described = with_location(estate(), "s3-paris", Location("s3-paris", "cloud"))
    alive = survivors(described, PAGES, immutable=frozenset(), escrowed=frozenset())
    assert alive[Scope.SITE] == frozenset()
    assert alive[Scope.HOST] == {"nas", "s3-paris"}
    covered = cover(described, PAGES, facts(), now=NOW)
    assert (covered.off_site, covered.state) == (None, State.WARN)


def test_a_location_nobody_described_is_no_copy() -> None:
    described = with_location(estate(), "s3-paris", None)
    covered = cover(described, PAGES, facts(described=described), now=NOW)
    assert (covered.copies, covered.off_site, covered.immutable) == (2, None, None)
    assert covered.rpo_by_scope[Scope.FILE] == 12 * HOUR
    assert covered.rpo_by_scope[Scope.SITE] is None


def test_masks_tell_two_engines_at_one_location_apart() -> None:
    places = {1: ("open", "nas"), 2: ("locked", "nas"), 3: ("open", "nowhere")}
    masks = scope_masks(
        estate(), PAGES, places, immutable=frozenset(), escrowed=frozenset({"open"})
    )
    holds = {
        place: {scope for bit, scope in enumerate(SCOPES) if mask >> bit & 1}
        for place, mask in masks.items()
    }
    assert Scope.KEY in holds[1]
    assert Scope.KEY not in holds[2]
    assert holds[3] == {Scope.FILE, Scope.KEY}


def test_the_loss_of_the_site_costs_what_the_off_site_copies_lag() -> None:
    rows = [*regular(places=[HOME]), *regular(every=72, places=[AWAY])]
    covered = judged(facts(rows, escrowed=frozenset({"restic-home"})))
    assert covered.rpo == 12 * HOUR
    assert covered.rpo_by_scope[Scope.SITE] == 72 * HOUR
    assert covered.rpo_by_scope[Scope.KEY] == 12 * HOUR
    assert covered.rpo_by_scope[Scope.RANSOMWARE] is None


@pytest.mark.parametrize(
    ("claim", "proved", "immutable"),
    [
        (Immutability.CLAIMED, frozenset({"s3-paris"}), True),
        (Immutability.NO, frozenset({"s3-paris"}), True),
        (Immutability.CLAIMED, frozenset(), None),
        (Immutability.NO, frozenset(), False),
        (Immutability.NO, frozenset({"nas"}), False),
    ],
)
def test_immutable_counts_once_proved(
    claim: Immutability, proved: frozenset[str], immutable: bool | None
) -> None:
    described = with_location(estate(), "s3-paris", Location("s3-paris", "aws", immutable=claim))
    covered = cover(described, PAGES, facts(immutable=proved), now=NOW)
    assert covered.immutable is immutable


def test_a_simulated_off_site_is_marked_until_a_real_one_joins() -> None:
    pretend = Location("s3-paris", "aws", simulated=True)
    described = with_location(estate(), "s3-paris", pretend)
    covered = cover(described, PAGES, facts(), now=NOW)
    assert (covered.simulated, covered.off_site) == (True, True)
    both = with_location(described, "nas", Location("nas", "aws"))
    assert not cover(both, PAGES, facts(regular(places=[AWAY, NAS])), now=NOW).simulated
    assert not judged(facts()).simulated


# ---- Laws -------------------------------------------------------------------------------------


@given(histories, around, points)
def test_a_good_point_more_never_makes_anything_worse(
    rows: list[Row], known: AssetFacts, extra: Row
) -> None:
    good = (*extra[:2], int(PointState.USABLE), 0)
    before, after = judged(with_rows(known, rows)), judged(with_rows(known, [*rows, good]))
    assert RANK[after.state] <= RANK[before.state]
    assert after.copies >= before.copies
    assert after.level >= before.level
    for scope in SCOPES:
        old, new = before.rpo_by_scope[scope], after.rpo_by_scope[scope]
        assert old is None or (new is not None and new <= old)


FORGETTING: tuple[Callable[[AssetFacts], AssetFacts], ...] = (
    lambda known: replace(known, blind=True),
    lambda known: replace(known, openable=None),
    lambda known: replace(known, reads=()),
    lambda known: replace(known, seen_failing=False),
    lambda known: replace(known, immutable=frozenset()),
)


@given(histories, around, st.sampled_from(FORGETTING), st.integers(0, 24))
def test_knowing_less_never_makes_a_state_ok(
    rows: list[Row],
    known: AssetFacts,
    forget: Callable[[AssetFacts], AssetFacts],
    which: int,
) -> None:
    before = judged(with_rows(known, rows))
    unsure = [
        (at, place, int(UNKNOWN) if index == which else state, run)
        for index, (at, place, state, run) in enumerate(rows)
    ]
    for after in (judged(forget(with_rows(known, rows))), judged(with_rows(known, unsure))):
        assert after.state is not State.OK or before.state is State.OK


@given(histories, around, st.sampled_from(["usb-disk", "nas", "s3-paris"]))
def test_a_place_nobody_describes_never_makes_a_state_ok(
    rows: list[Row], known: AssetFacts, name: str
) -> None:
    described = with_location(estate(), name, None)
    before = judged(with_rows(known, rows))
    after = cover(described, PAGES, with_rows(known, rows), now=NOW)
    assert after.state is not State.OK or before.state is State.OK
