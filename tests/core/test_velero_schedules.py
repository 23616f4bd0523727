"""Schedules wanted of Velero, what has to change, and what a change loses: each with its twin."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest

from build_longhorn import NOW, ago
from build_velero import ENGINE, NIGHTLY, RADARR, SONARR, claim, house, state, volume
from phoenix_dr.core.cluster_actions import SetSchedule
from phoenix_dr.core.evidence import BlindSpot, RecoveryPoint
from phoenix_dr.core.ground import Ground
from phoenix_dr.core.kubernetes_schedule import parse_k8s, runs_after
from phoenix_dr.core.model import Asset, Estate, Policy, RetentionRule
from phoenix_dr.core.plan import make_plan
from phoenix_dr.core.velero import Choice, Schedule, VeleroState
from phoenix_dr.core.velero_losses import losses_of_schedule, reasons
from phoenix_dr.core.velero_plan import action_of, ended, plan
from phoenix_dr.core.velero_schedules import in_utc, schedules_of, ttl_of
from phoenix_dr.errors import Refused, UsageError

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
WEEK = RetentionRule(within=timedelta(days=7))
WANTED = Schedule(
    "phoenix-default",
    "0 3 * * *",
    Choice(("media",), location="default", ttl=timedelta(days=7), moves=False, to_files=True),
)
CLASSES = ("driver.longhorn.io",)


def described(**changes: Any) -> Estate:
    """The house whose policy keeps for a week."""
    return house(keep=changes.pop("keep", WEEK), **changes)


def seen(*schedules: Schedule, **changes: Any) -> VeleroState:
    """A look with these schedules."""
    return state(schedules=schedules, **changes)


# ---- From a policy ----------------------------------------------------------------------------


def test_a_policy_becomes_one_schedule_with_whole_namespaces() -> None:
    (made,) = schedules_of(described(), "velero")
    assert (made.name, made.cron, made.choice.namespaces) == (
        "phoenix-default", "0 3 * * *", ("media",),
    )  # fmt: skip
    assert (made.choice.ttl, made.choice.location) == (timedelta(days=7), "default")
    assert not made.paused


def test_a_policy_that_sends_nothing_here_wants_no_schedule() -> None:
    assert schedules_of(described(to="longhorn/default"), "velero") == ()
    assert schedules_of(replace(described(), services={}), "velero") == ()


def test_each_storage_location_gets_a_schedule_of_its_own() -> None:
    both = replace(
        described(),
        engines={"velero": replace(ENGINE, locations={"default": "paris", "Far_Away": "own"})},
    )
    policy = Policy("default", "0 3 * * *", WEEK, "undo", ("velero/default", "velero/Far_Away"))
    names = [
        each.name for each in schedules_of(replace(both, policies={"default": policy}), "velero")
    ]
    assert names == ["phoenix-default", "phoenix-default-far-away"]


def test_two_policies_never_share_a_name() -> None:
    twice = {
        name: Policy(name, "0 3 * * *", WEEK, "undo", ("velero/default",))
        for name in ("a.b", "a-b")
    }
    services = described().services["media"]
    assets = tuple(
        Asset(each.id, each.kind, each.source, policy=name)
        for each, name in zip(services.assets, twice, strict=True)
    )
    estate = replace(
        described(), policies=twice, services={"media": replace(services, assets=assets)}
    )
    with pytest.raises(UsageError, match="velero-schedule-twice"):
        schedules_of(estate, "velero")


@pytest.mark.parametrize(
    ("zone", "cron"),
    [("UTC", "0 3 * * *"), ("Europe/Paris", "CRON_TZ=Europe/Paris 0 3 * * *")],
)
def test_hours_are_those_of_the_house_though_velero_counts_in_utc(zone: str, cron: str) -> None:
    assert in_utc("0  3 * * *", zone) == cron
    assert schedules_of(replace(described(), timezone=zone), "velero")[0].cron == cron


@pytest.mark.parametrize(
    ("keep", "cron", "ttl"),
    [
        (RetentionRule(within=30 * DAY), "0 4 * * 0", 30 * DAY),
        (RetentionRule(within=timedelta(minutes=90)), "0 4 * * 0", 2 * HOUR),
        (RetentionRule(last=7), "0 3 * * *", 7 * DAY),
        (RetentionRule(last=7), "0 */6 * * *", 42 * HOUR),
        # From a Monday over a weekend without runs.
        (RetentionRule(last=5), "0 3 * * 1-5", 7 * DAY),
        (RetentionRule(last=1), "0 3 * * 1-5", 3 * DAY),
        (RetentionRule(daily=7), "0 3 * * *", 7 * DAY),
        (RetentionRule(weekly=4), "0 4 * * 0", 28 * DAY),
        (RetentionRule(monthly=2), "0 4 1 * *", 62 * DAY),
        (RetentionRule(last=7, within=3 * DAY), "0 3 * * *", 7 * DAY),
        (RetentionRule(last=3), "@every 8h", 24 * HOUR),
    ],
)
def test_a_lifetime_never_lacks_what_the_rule_keeps(
    keep: RetentionRule, cron: str, ttl: timedelta
) -> None:
    assert ttl_of(keep, cron) == ttl


@pytest.mark.parametrize(
    "cron",
    ["0 3 * * *", "0 */6 * * *", "30 4 * * 1-5", "0 4 * * 0", "CRON_TZ=Europe/Paris 0 3 * * *",
     "CRON_TZ=America/New_York 30 1,13 * * *", "0 0 1,15 * *", "@every 8h"],
)  # fmt: skip
@pytest.mark.parametrize("last", [1, 2, 7])
def test_right_before_any_run_there_are_as_many_as_the_rule_keeps(cron: str, last: int) -> None:
    """Played through: every backup goes when its lifetime ends, and none a whole round later."""
    ttl = ttl_of(RetentionRule(last=last), cron)
    runs = list(islice(runs_after(parse_k8s(cron), ago(24 * 400)), 800))
    left = [
        sum(run + ttl >= following for run in runs[max(0, index - 2 * last) : index + 1])
        for index, following in enumerate(runs[1:])
    ]
    assert min(left[last:]) == last


@pytest.mark.parametrize(
    ("keep", "cron", "code"),
    [
        (RetentionRule(), "0 3 * * *", "velero-keep-all"),
        (RetentionRule(daily=7), "0 */6 * * *", "velero-keep-count"),
        (RetentionRule(daily=7, weekly=4), "0 3 * * *", "velero-keep-count"),
        (RetentionRule(last=-1), "0 3 * * *", "velero-keep-count"),
        (RetentionRule(last=3), "0 0 30 2 *", "velero-keep-count"),
        (RetentionRule(within=timedelta(days=40_000)), "0 3 * * *", "velero-keep-long"),
        (RetentionRule(last=7), "0 3 * * 7", "kubernetes-cron-invalid"),
    ],
)
def test_a_rule_that_is_no_lifetime_is_refused_and_never_guessed(
    keep: RetentionRule, cron: str, code: str
) -> None:
    with pytest.raises(UsageError, match=code):
        ttl_of(keep, cron)


# ---- What has to change -----------------------------------------------------------------------


def test_a_missing_schedule_is_made_and_one_that_fits_is_left_alone() -> None:
    made = plan(described(), seen())
    assert [(each.schedule, each.was) for each in made.changes] == [(WANTED, None)]
    ran = replace(WANTED, phase="Enabled", last_backup=ago(3), created_at=ago(900))
    again = plan(described(), seen(ran))
    assert (again.changes, again.fitting) == ((), ("phoenix-default",))


@pytest.mark.parametrize(
    ("differs", "changes"),
    [
        ("paused", {"paused": True}),
        ("schedule", {"cron": "0 4 * * *"}),
        ("ttl", {"choice": replace(WANTED.choice, ttl=DAY)}),
        ("includedNamespaces", {"choice": replace(WANTED.choice, namespaces=("media", "old"))}),
        ("storageLocation", {"choice": replace(WANTED.choice, location="own")}),
        ("defaultVolumesToFsBackup", {"choice": replace(WANTED.choice, to_files=None)}),
    ],
)
def test_each_field_that_differs_is_named(differs: str, changes: dict[str, Any]) -> None:
    found = replace(WANTED, **changes)
    (change,) = plan(described(), seen(found)).changes
    assert (change.differs, change.was, change.schedule) == ((differs,), found, WANTED)


def test_schedules_of_others_are_shown_and_never_changed() -> None:
    stray = replace(WANTED, name="phoenix-old")
    made = plan(described(), seen(WANTED, NIGHTLY, stray))
    assert made.changes == ()
    assert [each.name for each in made.beside] == ["nightly"]
    assert [each.name for each in made.strays] == ["phoenix-old"]
    elsewhere = replace(NIGHTLY, choice=replace(NIGHTLY.choice, namespaces=("other",)))
    assert plan(described(), seen(WANTED, elsewhere)).beside == ()


@pytest.mark.parametrize(
    ("movers", "drivers", "way"),
    [
        (CLASSES, ("driver.longhorn.io", "driver.longhorn.io"), (True, False)),
        ((), ("driver.longhorn.io", "driver.longhorn.io"), (False, True)),
        (None, ("driver.longhorn.io", "driver.longhorn.io"), (False, True)),
        (CLASSES, ("driver.longhorn.io", "nfs"), (True, True)),
        # Nobody can save a folder of a node: it decides nothing.
        (CLASSES, ("driver.longhorn.io", "hostPath"), (True, False)),
    ],
)
def test_the_cluster_decides_how_data_is_saved(
    movers: tuple[str, ...] | None, drivers: tuple[str, str], way: tuple[bool, bool]
) -> None:
    volumes = tuple(
        volume(name, driver=each) for name, each in zip((SONARR, RADARR), drivers, strict=True)
    )
    (change,) = plan(described(), seen(movers=movers, volumes=volumes)).changes
    assert (change.schedule.choice.moves, change.schedule.choice.to_files) == way


def test_a_word_in_the_configuration_decides_before_the_cluster() -> None:
    for said, way in (
        ("snapshots", (True, False)),
        ("files", (False, True)),
        ("both", (True, True)),
    ):
        engine = replace(ENGINE, settings={"namespace": "velero", "volumes": said})
        estate = replace(described(), engines={"velero": engine})
        (change,) = plan(estate, seen()).changes
        assert (change.schedule.choice.moves, change.schedule.choice.to_files) == way


def test_a_way_in_use_is_never_taken_away() -> None:
    moving = replace(WANTED, choice=replace(WANTED.choice, moves=True))
    assert plan(described(), seen(moving)).changes == ()


def test_patterns_of_namespaces_are_the_names_seen() -> None:
    engine = replace(ENGINE, archives={"med*/*": "media/settings"})
    estate = replace(described(), engines={"velero": engine})
    claims = (claim(SONARR), claim("medals/a"), claim("other/b"))
    (change,) = plan(estate, seen(claims=claims)).changes
    assert change.schedule.choice.namespaces == ("medals", "media")
    none = replace(engine, archives={"x*/*": "media/settings"})
    with pytest.raises(Refused, match="velero-no-namespace-fits"):
        plan(replace(estate, engines={"velero": none}), seen())
    all_of_it = replace(engine, archives={"*/*": "media/settings"})
    (change,) = plan(replace(estate, engines={"velero": all_of_it}), seen()).changes
    assert change.schedule.choice.namespaces == ()


@pytest.mark.parametrize(
    "narrow", [{"selective": True}, {"excluded": ("media",)}, {"claims": False}]
)
def test_one_of_ours_that_somebody_narrowed_is_refused(narrow: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="velero-schedule-narrowed"):
        plan(described(), seen(replace(WANTED, choice=replace(WANTED.choice, **narrow))))


def test_one_that_leaves_out_what_nobody_asked_for_is_left_so() -> None:
    spared = replace(WANTED, choice=replace(WANTED.choice, excluded=("kube-*",)))
    made = plan(described(), seen(spared))
    assert (made.changes, made.fitting) == ((), ("phoenix-default",))


def test_nothing_is_planned_on_lists_nobody_read() -> None:
    with pytest.raises(Refused, match="schedules-unreadable"):
        plan(described(), state(schedules=None))
    dark = state().cluster
    for plural in ("persistentvolumeclaims", "persistentvolumes"):
        hidden = replace(dark, blind_spots=(BlindSpot("velero", "kube-right", plural),))
        with pytest.raises(Refused, match="schedules-unreadable"):
            plan(described(), replace(seen(), cluster=hidden))


# ---- What a change loses ----------------------------------------------------------------------


def held(*assets: str) -> Ground:
    """Two points of each asset."""
    return Ground(
        points={
            ("velero", asset): tuple(
                RecoveryPoint(f"n-{h}:{asset}", asset, "velero", "paris", ago(h), 4096)
                for h in (3, 27)
            )
            for asset in assets
        },
        now=NOW,
    )


BOTH = held("media/settings/sonarr", "media/settings/radarr")


def changed(was: Schedule | None, new: Schedule) -> SetSchedule:
    claims = ((RADARR, "media/settings/radarr"), (SONARR, "media/settings/sonarr"))
    return SetSchedule("velero", new, was, claims)


def choosing(**changes: Any) -> Schedule:
    return replace(WANTED, choice=replace(WANTED.choice, **changes))


@pytest.mark.parametrize(
    ("why", "new"),
    [
        ("shorter", choosing(ttl=DAY)),
        ("elsewhere", choosing(location="own")),
        ("no-data", choosing(to_files=False)),
        ("no-data", choosing(to_files=False, moves=True)),
        ("narrower", choosing(excluded=("media",))),
        ("stopped", replace(WANTED, paused=True)),
        ("stopped", replace(WANTED, cron="0 0 30 2 *")),
        ("rarer", replace(WANTED, cron="0 3 * * 1-5")),
        ("rarer", replace(WANTED, cron="0 3 * * 0")),
    ],
)
def test_each_change_that_saves_less_is_a_loss_to_come(why: str, new: Schedule) -> None:
    action = changed(WANTED, new)
    assert why in reasons(action, now=NOW)
    losses = losses_of_schedule(action, BOTH)
    assert {each.asset for each in losses} == {"media/settings/radarr", "media/settings/sonarr"}
    for each in losses:
        assert (each.later, each.points, each.remaining) == (True, (), 2)
        assert (each.since, each.until) == (ago(27), ago(3))
    assert make_plan([action], BOTH).is_guarded


@pytest.mark.parametrize(
    "new",
    [
        WANTED,
        choosing(ttl=30 * DAY),
        choosing(moves=True),
        choosing(namespaces=("media", "more")),
        choosing(namespaces=()),
        replace(WANTED, cron="0 */6 * * *"),
        # Another time of the day is as good.
        replace(WANTED, cron="0 5 * * *"),
    ],
)
def test_a_change_that_saves_as_much_loses_nothing(new: Schedule) -> None:
    assert losses_of_schedule(changed(WANTED, new), BOTH) == ()
    assert reasons(changed(WANTED, new), now=NOW) == ()


def test_only_claims_of_a_namespace_that_is_dropped_are_lost() -> None:
    was = choosing(namespaces=("media", "wiki"))
    action = replace(changed(was, WANTED), assets=((SONARR, "media/s"), ("wiki/pages", "")))
    (loss,) = losses_of_schedule(action, BOTH)
    # What no asset describes is lost all the same.
    assert (loss.asset, loss.remaining, loss.reach) == ("velero/wiki/pages", 0, None)


def test_a_schedule_that_saves_nothing_now_loses_nothing() -> None:
    for was in (replace(WANTED, paused=True), replace(WANTED, cron="0 0 30 2 *"), None):
        assert losses_of_schedule(changed(was, choosing(ttl=DAY)), BOTH) == ()
    only_objects = choosing(to_files=False)
    assert losses_of_schedule(changed(only_objects, choosing(ttl=DAY, to_files=False)), BOTH) == ()


def test_a_schedule_nobody_can_read_may_well_have_been_better() -> None:
    assert losses_of_schedule(changed(replace(WANTED, cron="bogus"), WANTED), BOTH)


def test_a_lifetime_nobody_named_is_that_of_velero() -> None:
    unsaid = choosing(ttl=None)
    assert losses_of_schedule(changed(unsaid, choosing(ttl=29 * DAY)), BOTH)
    assert not losses_of_schedule(changed(unsaid, choosing(ttl=30 * DAY)), BOTH)


def test_removing_one_is_told_as_a_loss_of_what_it_takes() -> None:
    look = seen(WANTED)
    action = ended(WANTED, look, described().engines["velero"])
    assert {each.asset for each in losses_of_schedule(action, BOTH)} == {
        "media/settings/radarr", "media/settings/sonarr",
    }  # fmt: skip


def test_an_action_names_each_claim_it_takes_now_or_will() -> None:
    was = choosing(namespaces=("wiki",))
    look = seen(
        was,
        claims=(
            claim(SONARR),
            claim("wiki/pages"),
            claim("other/x"),
            claim("media/new", phase="Pending"),
        ),
    )
    (change,) = plan(described(), look).changes
    made = action_of(change, look, ENGINE)
    assert dict(made.assets) == {SONARR: "media/settings/sonarr", "wiki/pages": ""}


def test_asking_twice_on_one_day_asks_for_the_same() -> None:
    action = changed(WANTED, choosing(ttl=DAY))
    first = make_plan([action], Ground(now=NOW))
    second = make_plan([action], Ground(now=NOW + 5 * HOUR))
    assert first.digest == second.digest
