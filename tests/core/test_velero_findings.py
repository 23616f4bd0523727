"""Findings of a Velero: each fault by its own code, none of them on its healthy twin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_longhorn import DAY, NOW, ago
from build_velero import (
    ENGINE,
    NIGHTLY,
    NODE,
    PLACE,
    RADARR,
    SONARR,
    TAKEN,
    backup,
    claim,
    files,
    house,
    state,
    upload,
    use,
    volume,
)
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.model import Estate, Ignore, RetentionRule, Waiver
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.velero import VeleroState
from phoenix_dr.core.velero_findings import find_in_velero
from phoenix_dr.render.phrases import LANGUAGES, sentence

CRITICAL, WARNING, UNKNOWN, INFO = Severity
PASSWORD = "velero-password-unread"
ASSET, OTHER = "media/settings/sonarr", "media/settings/radarr"
HOUR = timedelta(hours=1)
Short = tuple[str, Severity, str]


def all_of(look: VeleroState, estate: Estate | None = None) -> tuple[Finding, ...]:
    """Findings in full, that of the password left out: it is there whenever data is."""
    found = find_in_velero(estate or house(), look, now=NOW)
    return tuple(each for each in found if each.code != PASSWORD)


def found(look: VeleroState, estate: Estate | None = None) -> list[Short]:
    """Findings in short."""
    return [(it.code, it.severity, it.subject) for it in all_of(look, estate)]


def test_a_velero_that_is_well_has_no_finding_but_the_password_nobody_may_read() -> None:
    assert found(state()) == []
    [told] = find_in_velero(house(), state(), now=NOW)
    assert (told.code, told.severity, told.owner) == (PASSWORD, INFO, "vault")
    assert find_in_velero(house(), state(backups=(), uploads=(), pod_volumes=(), schedules=(
        replace(NIGHTLY, created_at=ago(2), last_backup=None),)), now=NOW) == ()  # fmt: skip
    left = Ignore(told.subject, "it is ours", date(2026, 12, 1))
    assert find_in_velero(replace(house(), ignore=(left,)), state(), now=NOW) == ()


def data(*kept: Any, **changes: Any) -> VeleroState:
    """The look whose last backup has the data of radarr, and of sonarr what is given."""
    return state(uploads=tuple(kept), **changes)


def taking(**changes: Any) -> Any:
    """The last backup with another choice."""
    return (backup(3, choice=replace(TAKEN, location="default", **changes)),)


BY_FILES = {"moves": False, "to_files": True}
LOCAL = volume(SONARR, driver="hostPath", path="/opt/local-path/sonarr")
CLAIMS: dict[str, tuple[VeleroState, VeleroState]] = {
    "velero-claim-failed": (
        data(upload(phase="Failed", message="timeout")), data(upload(phase="Completed")),
    ),
    "velero-claim-opted-out": (
        data(uses=(use(SONARR, left_out=True), use(RADARR))),
        data(upload(), uses=(use(SONARR, left_out=True), use(RADARR))),
    ),
    "velero-claim-on-node": (
        data(volumes=(LOCAL, volume(RADARR))), data(upload(), volumes=(LOCAL, volume(RADARR))),
    ),
    "velero-claim-not-asked": (
        data(backups=taking(moves=False, to_files=False)),
        data(upload(), backups=taking(moves=False, to_files=False)),
    ),
    "velero-claim-snapshot-only": (
        data(backups=tuple(replace(e, snapshots=1) for e in taking(moves=False, to_files=False))),
        data(upload(), backups=tuple(replace(e, snapshots=1) for e in taking())),
    ),
    "velero-claim-no-pod": (
        data(backups=taking(**BY_FILES), uses=(use(SONARR, running=False), use(RADARR))),
        state(
            backups=taking(**BY_FILES), uploads=(), pod_volumes=(files(), files(SONARR)),
            uses=(use(SONARR, running=False), use(RADARR)),
        ),
    ),
    "velero-claim-not-saved": (data(), data(upload())),
}  # fmt: skip


@pytest.mark.parametrize(("code", "case"), CLAIMS.items(), ids=CLAIMS.keys())
def test_3_completed_without_the_data_of_a_claim_says_why(
    code: str, case: tuple[VeleroState, VeleroState]
) -> None:
    broken, healthy = case
    assert found(broken) == [(code, WARNING, ASSET)]
    assert found(healthy) == []


@pytest.mark.parametrize("phase", ["New", "Prepared", "InProgress", "Canceled", "Failed"])
def test_3_data_that_is_not_there_whole_is_not_there(phase: str) -> None:
    [told] = found(data(upload(phase=phase)))
    lost = phase in {"Canceled", "Failed"}
    assert told[0] == ("velero-claim-failed" if lost else "velero-claim-not-saved")


def test_4_11_every_claim_that_lacks_its_data_is_listed() -> None:
    look = state(uploads=(), pod_volumes=())
    assert {each[2] for each in found(look)} == {ASSET, OTHER}


def test_a_pod_that_asks_and_one_that_refuses() -> None:
    plain = taking(moves=False, to_files=False)
    asked = data(backups=plain, uses=(use(SONARR, asked=True, running=False), use(RADARR)))
    assert found(asked)[0][0] == "velero-claim-no-pod"
    refused = data(uses=(use(SONARR, refused=True), use(RADARR)))
    assert found(refused)[0][0] == "velero-claim-opted-out"


NOBODYS: dict[str, VeleroState] = {
    "made after the backup": data(uses=(use(SONARR, created_at=ago(2)), use(RADARR))),
    "not bound": data(claims=(claim(SONARR, phase="Pending"), claim(RADARR))),
    "another schedule has it": data(
        upload("media/sonarr", 9),
        schedules=(NIGHTLY, replace(NIGHTLY, name="files", cron="0 21 * * *", last_backup=ago(9))),
        backups=(backup(3), backup(9, schedule="files")),
    ),
    "labels choose": data(backups=taking(selective=True)),
    "the list of files is dark": data(pod_volumes=None),
    "the list of uploads is dark": state(uploads=None),
    "a cluster made anew": state(backups=(backup(3, created_at=ago(1)),), uploads=()),
}


@pytest.mark.parametrize("look", NOBODYS.values(), ids=NOBODYS.keys())
def test_nobody_is_accused_of_what_may_be_well(look: VeleroState) -> None:
    assert found(look) == []


def test_a_copy_by_hand_of_long_ago_does_not_make_up_for_the_schedule() -> None:
    hand = replace(backup(500, schedule=""), name="by-hand")
    look = state(backups=(backup(3), hand), uploads=(upload(backup="by-hand"),))
    assert found(look) == [("velero-claim-not-saved", WARNING, ASSET)]


def test_data_that_somebody_sends_elsewhere_is_only_worth_a_word() -> None:
    elsewhere = house(to="longhorn/default")
    assert found(data(), elsewhere) == [("velero-claim-not-saved", INFO, ASSET)]
    stranger = data(claims=(claim("media/forum"), claim(RADARR)), uses=(use("media/forum"),))
    told = ("velero-claim-not-saved", WARNING, "velero/media/forum")
    assert told in found(stranger)
    left = data(claims=(claim("media/forum"), claim(RADARR)), uses=(
        use("media/forum", left_out=True),))  # fmt: skip
    assert ("velero-claim-opted-out", INFO, "velero/media/forum") in found(left)


def test_namespaces_with_claims_in_no_schedule() -> None:
    web = (claim(SONARR), claim(RADARR), claim("web/forum"))
    look = state(claims=web)
    assert found(look) == [("velero-namespace-unscheduled", WARNING, "velero/web")]
    assert found(replace(look, left_out=("web",))) == [
        ("velero-namespace-left-out", INFO, "velero/web")
    ]
    for names, out in (((), ()), (("media", "w*"), ()), (("*",), ())):
        wide = replace(NIGHTLY, choice=replace(TAKEN, namespaces=names, excluded=out))
        assert found(replace(look, schedules=(wide,))) == []
    without = replace(NIGHTLY, choice=replace(TAKEN, namespaces=(), excluded=("web",)))
    assert [each[2] for each in found(replace(look, schedules=(without,)))] == ["velero/web"]
    assert found(state(schedules=None, claims=web)) == []
    elsewhere = replace(house(), ignore=(Ignore("velero/web", "why", date(2026, 12, 1)),))
    assert found(look, elsewhere) == []


def scheduled(**changes: Any) -> VeleroState:
    """The look with another schedule."""
    return state(schedules=(replace(NIGHTLY, **changes),))


SCHEDULES: dict[str, tuple[VeleroState, VeleroState, Severity]] = {
    "velero-schedule-paused": (scheduled(paused=True), scheduled(paused=False), WARNING),
    "velero-schedule-invalid": (
        scheduled(phase="FailedValidation", errors=("bad",)), scheduled(phase="Enabled"), WARNING,
    ),
    "velero-schedule-unread": (
        scheduled(cron="0 25 * * *"), scheduled(cron="CRON_TZ=Europe/Paris 0 4 * * *"), UNKNOWN,
    ),
    "velero-schedule-late": (
        scheduled(last_backup=ago(27)), scheduled(last_backup=ago(2.9)), WARNING,
    ),
    "velero-schedule-skipped": (
        scheduled(last_skipped=ago(2)), scheduled(last_skipped=ago(4)), INFO,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("code", "case"), SCHEDULES.items(), ids=SCHEDULES.keys())
def test_3_a_schedule_that_does_not_run(
    code: str, case: tuple[VeleroState, VeleroState, Severity]
) -> None:
    broken, healthy, severity = case
    assert found(broken) == [(code, severity, "velero/nightly")]
    assert found(healthy) == []


def never(**changes: Any) -> VeleroState:
    """A Velero that made no backup yet."""
    made = replace(NIGHTLY, **({"last_backup": None, "phase": "New"} | changes))
    return state(schedules=(made,), backups=(), uploads=(), pod_volumes=())


def test_a_schedule_that_never_ran() -> None:
    told = [("velero-schedule-never-ran", WARNING, "velero/nightly")]
    assert found(never()) == told
    assert found(never(created_at=ago(3.5), cron="@every 2h")) == told
    assert found(never(created_at=ago(2.5), cron="@every 2h")) == []
    assert found(never(created_at=ago(2))) == []
    # Left out on purpose: the next run is tomorrow night.
    assert [each[0] for each in found(never(last_skipped=ago(2)))] == ["velero-schedule-skipped"]
    assert found(never(created_at=None)) == []


def test_schedules_are_utc_unless_they_name_a_zone() -> None:
    # 03:00 in Los Angeles is 11:00 UTC: the run before was yesterday.
    there = "CRON_TZ=America/Los_Angeles 0 3 * * *"
    assert found(scheduled(cron=there, last_backup=ago(19))) == []
    assert [e[0] for e in found(scheduled(last_backup=ago(19)))] == ["velero-schedule-late"]


def test_a_schedule_waits_for_its_backup_under_way() -> None:
    slow = backup(5, phase="InProgress", ended_at=None)
    look = state(
        schedules=(replace(NIGHTLY, cron="0 * * * *", last_backup=ago(5)),),
        backups=(slow, backup(6)), uploads=(upload(hours=6),), pod_volumes=(files(hours=6),),
    )  # fmt: skip
    assert found(look) == []


def test_no_schedule_at_all_is_one_finding() -> None:
    assert found(state(schedules=())) == [("velero-no-schedules", WARNING, "velero")]
    assert found(state(schedules=None)) == []


PHASES = (
    "New", "Queued", "ReadyToStart", "InProgress", "WaitingForPluginOperations",
    "WaitingForPluginOperationsPartiallyFailed", "Finalizing", "FinalizingPartiallyFailed",
)  # fmt: skip


@pytest.mark.parametrize("phase", PHASES)
def test_4_10_a_backup_that_does_not_end(phase: str) -> None:
    def look(hours: float, **changes: Any) -> VeleroState:
        open_ = replace(backup(hours, phase=phase, ended_at=None, **changes), name="open")
        return state(backups=(backup(3), open_))

    told = ("velero-backup-stuck", WARNING, "velero/open")
    assert found(look(6.5)) == [told]
    assert found(look(2)) == []
    assert found(look(6.5, started_at=None)) == [told]
    patient = replace(TAKEN, patience=timedelta(hours=12))
    assert found(look(12.5, choice=patient)) == []
    assert found(look(13.5, choice=patient)) == [told]
    assert found(look(9, started_at=None, created_at=None)) == [
        ("velero-backup-stuck", UNKNOWN, "velero/open")
    ]


ENDS: dict[str, tuple[tuple[Any, ...], list[str]]] = {
    "failed last": ((backup(2, phase="Failed"), backup(3)), ["velero-backup-failed"]),
    "not valid": ((backup(2, phase="FailedValidation"), backup(3)), ["velero-backup-failed"]),
    "failed before": ((backup(3), backup(27, phase="Failed")), []),
    "partly": ((backup(3, phase="PartiallyFailed", errors=2),), ["velero-backup-partly-failed"]),
    "partly before": ((backup(3), backup(27, phase="PartiallyFailed")), []),
    "deleting": ((backup(2, phase="Deleting"), backup(3)), []),
    "by hand, now": ((backup(2, phase="Failed", schedule=""), backup(3)), ["velero-backup-failed"]),
    "by hand, long ago": ((backup(200, phase="Failed", schedule=""), backup(3)), []),
    "of a schedule that is gone": ((backup(200, phase="Failed", schedule="x"), backup(3)), []),
}


@pytest.mark.parametrize(("backups", "codes"), ENDS.values(), ids=ENDS.keys())
def test_3_how_the_newest_backup_ended(backups: tuple[Any, ...], codes: list[str]) -> None:
    assert [each[0] for each in found(state(backups=backups))] == codes


KEEPS: dict[str, tuple[RetentionRule, float, bool]] = {
    "as long as asked": (RetentionRule(within=30 * DAY), 720, False),
    "a day less": (RetentionRule(within=30 * DAY), 696, True),
    "a week of days": (RetentionRule(daily=7), 6 * 24, False),
    "a week of days, less": (RetentionRule(daily=7), 5 * 24, True),
    "half a year": (RetentionRule(daily=7, monthly=6), 720, True),
    "the last seven of a night": (RetentionRule(last=7), 5 * 24, True),
    "everything": (RetentionRule(), 24 * 3, False),
}


@pytest.mark.parametrize(("keep", "hours", "told"), KEEPS.values(), ids=KEEPS.keys())
def test_backups_kept_shorter_than_the_policy_asks(
    keep: RetentionRule, hours: float, *, told: bool
) -> None:
    short = replace(NIGHTLY, choice=replace(TAKEN, ttl=timedelta(hours=hours)))
    look = state(schedules=(short,))
    estate = house(keep=keep)
    expected = [("velero-kept-too-short", WARNING, "velero/nightly")]
    assert found(look, estate) == (expected if told else [])
    assert found(look, house(keep=keep, to="longhorn/default")) == []


def test_without_a_ttl_of_its_own_a_schedule_keeps_as_its_newest_backup_does() -> None:
    silent = (replace(NIGHTLY, choice=replace(TAKEN, ttl=None)),)
    month = house(keep=RetentionRule(within=30 * DAY))
    assert found(state(schedules=silent), month) == []
    short = state(schedules=silent, backups=(backup(3, expires_at=ago(3 - 100)),))
    assert [each[0] for each in found(short, month)] == ["velero-kept-too-short"]


def test_the_newest_backup_that_ends_before_a_younger_one_comes() -> None:
    told = [("velero-newest-ends", WARNING, "velero/nightly")]
    # The next run is at 03:00, in 21 hours.
    assert found(state(backups=(backup(3, expires_at=NOW + 20 * HOUR),))) == told
    assert found(state(backups=(backup(3, expires_at=NOW + 23 * HOUR),))) == []
    assert found(state(backups=(backup(3, expires_at=ago(1)),))) == told
    paused = state(
        schedules=(replace(NIGHTLY, paused=True),), backups=(backup(3, expires_at=NOW + 2 * DAY),)
    )
    assert {each[0] for each in found(paused)} == {"velero-schedule-paused", "velero-newest-ends"}


def placed(**changes: Any) -> VeleroState:
    """The look with another storage location."""
    return state(locations=(replace(PLACE, **changes),))


PLACES: dict[str, tuple[VeleroState, VeleroState, Severity]] = {
    "velero-location-missing": (placed(name="other", is_default=False), placed(), CRITICAL),
    "velero-location-unavailable": (placed(phase="Unavailable"), placed(), CRITICAL),
    "velero-location-unchecked": (placed(checked_at=ago(2)), placed(checked_at=ago(0.9)), UNKNOWN),
    "velero-location-in-cluster": (
        placed(host="minio.minio.svc"), placed(host="minio.example.org"), WARNING,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("code", "case"), PLACES.items(), ids=PLACES.keys())
def test_3_a_storage_location_that_is_not_well(
    code: str, case: tuple[VeleroState, VeleroState, Severity]
) -> None:
    broken, healthy, severity = case
    assert found(broken) == [(code, severity, "velero/default")]
    assert found(healthy) == []


def test_a_location_nobody_looks_at_is_unknown() -> None:
    for changes in ({"checked_at": None}, {"checked_every": timedelta(0)}):
        assert [each[1] for each in found(placed(**changes))] == [UNKNOWN]
    rare = placed(checked_every=timedelta(hours=1), checked_at=ago(9))
    assert found(rare) == []
    assert found(placed(checked_every=None)) == []
    assert found(state(locations=None)) == []


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("minio.velero", True), ("minio.velero.svc", True), ("minio.x.svc.cluster.local", True),
        ("k3s-1", True), ("minio", False), ("nas.lan", False), ("10.43.0.7", False), ("", False),
        ("velero", False),
    ],
)  # fmt: skip
def test_a_store_in_the_cluster_dies_with_it(host: str, *, told: bool) -> None:
    codes = {each[0] for each in found(placed(host=host))}
    assert ("velero-location-in-cluster" in codes) is told


def test_a_store_on_the_only_machine_of_the_cluster_dies_with_it() -> None:
    own = replace(house(), engines={"velero": replace(ENGINE, locations={"default": "own"})})
    assert found(state(), own) == [("velero-location-in-cluster", WARNING, "velero/default")]
    two = state(nodes=(NODE, replace(NODE, name="k3s-2")))
    assert found(two, own) == []


def test_a_location_nothing_goes_to_is_left_alone() -> None:
    idle = replace(PLACE, name="old", is_default=False, phase="Unavailable")
    assert found(state(locations=(PLACE, idle))) == []


def test_what_was_not_read_and_a_look_of_long_ago_are_unknown() -> None:
    spot = BlindSpot("velero", "kube-right", "schedules")
    assert found(state(schedules=None, blind_spots=(spot,))) == [("blind", UNKNOWN, "velero")]
    old = replace(state(), observed_at=NOW - DAY)
    assert ("cluster-seen-long-ago", UNKNOWN, "velero") in found(old)


def test_a_claim_of_ours_that_is_gone_does_not_make_the_audit_greener() -> None:
    look = state(claims=(claim(SONARR),))
    assert found(look) == [("claim-gone", WARNING, OTHER)]
    dark = replace(look.cluster, claims=(), blind_spots=(
        BlindSpot("velero", "kube-right", "persistentvolumeclaims"),))  # fmt: skip
    assert {each[0] for each in found(replace(look, cluster=dark))} == {"blind"}


EXCUSES: dict[str, tuple[Estate, list[Severity]]] = {
    "in force": (house(accepted_loss=Waiver("bought again", date(2026, 11, 23))), [INFO]),
    "expired": (house(accepted_loss=Waiver("bought again", date(2026, 11, 22))), [WARNING]),
    "made again": (house(regenerable=Waiver("git", date(2027, 1, 1))), []),
    "ignored": (
        replace(house(), ignore=(Ignore("velero/media/sonarr", "why", date(2027, 1, 1)),)), [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("estate", "severities"), EXCUSES.values(), ids=EXCUSES.keys())
def test_an_exception_quietens_until_its_date(estate: Estate, severities: list[Severity]) -> None:
    assert [each[1] for each in found(data(), estate)] == severities


# ---- One planted fault gives exactly its code -------------------------------------------------

Plant = Callable[[VeleroState], VeleroState]


def _with_schedule(**changes: Any) -> Plant:
    return lambda look: replace(
        look, schedules=tuple(replace(each, **changes) for each in look.schedules or ())
    )


def _with_backup(**changes: Any) -> Plant:
    return lambda look: replace(
        look, backups=(replace((look.backups or ())[0], **changes), *(look.backups or ())[1:])
    )


def _with_place(**changes: Any) -> Plant:
    return lambda look: replace(
        look, locations=tuple(replace(each, **changes) for each in look.locations or ())
    )


def _without(name: str) -> Plant:
    """No data of the first claim."""
    return lambda look: replace(
        look,
        uploads=tuple(e for e in look.uploads or () if e.claim != name),
        pod_volumes=tuple(e for e in look.pod_volumes or () if e.claim != name),
    )


PLANTS: dict[str, Plant] = {
    "velero-schedule-paused": _with_schedule(paused=True),
    "velero-schedule-invalid": _with_schedule(phase="FailedValidation"),
    "velero-schedule-unread": _with_schedule(cron="@reboot"),
    "velero-schedule-late": _with_schedule(last_backup=ago(60)),
    "velero-schedule-skipped": _with_schedule(last_skipped=ago(0.2)),
    "velero-backup-partly-failed": _with_backup(phase="PartiallyFailed"),
    "velero-newest-ends": _with_backup(expires_at=NOW + HOUR / 2),
    "velero-location-unavailable": _with_place(phase="Unavailable"),
    "velero-location-unchecked": _with_place(checked_at=None),
    "velero-location-in-cluster": _with_place(host="minio.velero.svc"),
    "velero-claim-not-saved": _without(SONARR),
    "velero-no-schedules": lambda look: replace(look, schedules=()),
}


@st.composite
def healthy(draw: st.DrawFn) -> VeleroState:
    """A Velero that is well: one to five claims, nights of copies, saved one way or the other."""
    names = [SONARR, *(f"media/app-{n}" for n in range(draw(st.integers(0, 4))))]
    nights = [3 + 24 * n for n in range(draw(st.integers(1, 4)))]
    moved = {name: draw(st.booleans()) for name in names}
    return state(
        claims=tuple(map(claim, names)),
        volumes=tuple(map(volume, names)),
        uses=tuple(map(use, names)),
        backups=tuple(backup(hours) for hours in nights),
        uploads=tuple(upload(n, h) for n in names for h in nights if moved[n]),
        pod_volumes=tuple(files(n, h) for n in names for h in nights if not moved[n]),
    )


@given(look=healthy(), code=st.sampled_from(sorted(PLANTS)))
def test_one_planted_fault_gives_exactly_its_code(look: VeleroState, code: str) -> None:
    estate = house(seen=tuple(each.id for each in look.cluster.claims))
    assert found(look, estate) == []
    assert {each[0] for each in found(PLANTS[code](look), estate)} == {code}


@given(look=healthy(), name=st.sampled_from(["schedules", "backups", "uploads", "locations"]))
def test_a_list_that_goes_dark_accuses_nobody(look: VeleroState, name: str) -> None:
    estate = house(seen=tuple(each.id for each in look.cluster.claims))
    assert found(replace(look, **{name: None}), estate) == []  # type: ignore[arg-type]


# ---- Words ------------------------------------------------------------------------------------


def every_finding() -> list[Finding]:
    """One of each."""
    looks = [broken for broken, _ in CLAIMS.values()]
    looks += [broken for broken, _, _ in (*SCHEDULES.values(), *PLACES.values())]
    looks += [state(backups=backups) for backups, _ in ENDS.values()]
    looks += [plant(state()) for plant in PLANTS.values()]
    web = state(claims=(claim(SONARR), claim(RADARR), claim("web/forum")))
    looks += [never(), web, replace(web, left_out=("web",))]
    looks.append(state(backups=(backup(9, phase="InProgress", ended_at=None),)))
    short = replace(NIGHTLY, choice=replace(TAKEN, ttl=timedelta(hours=1)))
    looks.append(state(schedules=(short,)))
    return [each for look in looks for each in find_in_velero(house(), look, now=NOW)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_is_said_in_both_languages_with_a_next_step(language: str) -> None:
    from phoenix_dr.render.phrases.en.velero import PHRASES

    made = every_finding()
    codes = {key.partition(".")[2] for key in PHRASES if key.startswith("finding.")}
    assert codes <= {each.code for each in made}
    say: Callable[..., str] = sentence
    for each in made:
        facts = {"subject": each.subject, **dict(each.parameters)}
        for kind in ("finding", "remedy"):
            assert say(language, f"{kind}.{each.code}", **facts)
    [told] = find_in_velero(house(), state(), now=NOW)
    facts = {"subject": told.subject, **dict(told.parameters)}
    assert "jsonpath='{.data.repository-password}'" in say(language, f"remedy.{told.code}", **facts)
