"""Labels and jobs so that a policy holds: every claim of a namespace, and nothing lost by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as some

from build_longhorn import CLAIM, HOURLY, NIGHTLY, PV, VOLUME, state
from phoenix_dr.core import volume_plan
from phoenix_dr.core.cluster import Claim, PersistentVolume
from phoenix_dr.core.cluster_actions import SetRecurringJob
from phoenix_dr.core.evidence import BlindSpot
from phoenix_dr.core.longhorn import DRIVER, LonghornState, LonghornVolume, RecurringJob
from phoenix_dr.core.model import RetentionRule
from phoenix_dr.core.recurring_jobs import Wanted, recurring_job
from phoenix_dr.core.volume_plan import VolumePlan, actions_of
from phoenix_dr.core.volume_wishes import Wish
from phoenix_dr.errors import Refused

JOB = "recurring-job.longhorn.io/"
GROUP = "recurring-job-group.longhorn.io/"
SOURCE = f"{JOB}source"
DAY = timedelta(days=1)
OURS = "phoenix-volumes"
WANTED = (
    recurring_job(
        Wanted("volumes", "snapshot", "0 3 * * *", RetentionRule(within=7 * DAY)), group=OURS
    ),
    recurring_job(
        Wanted("volumes", "backup", "0 4 * * 0", RetentionRule(within=30 * DAY)), group=OURS
    ),
)


def plan(
    wanted: tuple[RecurringJob, ...], look: LonghornState, *, pattern: str, group: str
) -> VolumePlan:
    """The plan for one policy and the claims of one pattern."""
    claims = sorted(look.cluster.claims, key=lambda each: each.id)
    chosen = tuple(each for each in claims if fnmatchcase(each.id, pattern))
    return volume_plan.plan((Wish("volumes", group, wanted, "default", chosen),), look)


STACK = ("sonarr", "radarr", "prowlarr", "jellyfin", "bazarr")


def stack(*names: str, jobs: tuple[RecurringJob, ...] = (), **labels: str) -> LonghornState:
    """A namespace of claims on Longhorn without any job label but these."""
    made = state(jobs=jobs)
    cluster = replace(
        made.cluster,
        claims=tuple(Claim("media", each, volume=f"pv-{each}") for each in names),
        volumes=tuple(
            PersistentVolume(f"pv-{each}", DRIVER, f"vol-{each}", claim=f"media/{each}")
            for each in names
        ),
    )
    volumes = tuple(LonghornVolume(f"vol-{each}", 1, labels=labels) for each in names)
    return replace(made, cluster=cluster, volumes=volumes)


def test_the_seeds_media_stack_gets_both_jobs_on_every_claim_of_its_namespace() -> None:
    made = plan(WANTED, stack(*STACK), pattern="media/*", group=OURS)
    assert [(each.job.name, each.job.retain, each.was) for each in made.jobs] == [
        ("phoenix-volumes-snapshots", 7, None),
        ("phoenix-volumes", 5, None),
    ]
    assert [each.claim for each in made.labels] == [f"media/{name}" for name in sorted(STACK)]
    for each in made.labels:
        assert (each.on, each.labels) == ("Volume", {f"{GROUP}{OURS}": "enabled"})
        assert each.before == ()
        assert each.after == ("phoenix-volumes", "phoenix-volumes-snapshots")
    assert (made.fitting, made.beyond) == ((), ())


def test_applied_once_there_is_nothing_left_to_do() -> None:
    done = stack("sonarr", jobs=WANTED, **{f"{GROUP}{OURS}": "enabled"})
    made = plan(WANTED, done, pattern="media/*", group=OURS)
    assert (made.jobs, made.labels, made.fitting) == ((), (), ("media/sonarr",))


def test_a_volume_in_group_default_stays_in_it() -> None:
    made = plan(WANTED, stack("sonarr", jobs=(NIGHTLY, HOURLY)), pattern="media/*", group=OURS)
    [change] = made.labels
    assert change.before == ("nightly",)
    assert change.after == ("nightly", "phoenix-volumes", "phoenix-volumes-snapshots")
    assert change.lost == ()
    assert change.labels[f"{GROUP}default"] == "enabled"


def test_a_claim_that_is_the_source_of_labels_is_labelled_itself() -> None:
    made = stack("sonarr", jobs=(NIGHTLY,))
    own = {SOURCE: "enabled", f"{JOB}nightly": "enabled"}
    cluster = replace(made.cluster, claims=(replace(made.cluster.claims[0], labels=own),))
    found = plan(WANTED, replace(made, cluster=cluster), pattern="media/*", group=OURS)
    [change] = found.labels
    assert (change.on, change.name) == ("PersistentVolumeClaim", "sonarr")
    assert change.lost == ()


def test_what_lies_elsewhere_is_named_and_never_labelled() -> None:
    made = state(volumes=(VOLUME,))
    local = Claim("media", "local", volume="pv-local")
    waiting = Claim("media", "waiting", phase="Pending")
    cluster = replace(
        made.cluster,
        claims=(CLAIM, local, waiting),
        volumes=(PV, PersistentVolume("pv-local", "hostPath", path="/opt")),
    )
    found = plan(WANTED, replace(made, cluster=cluster), pattern="media/*", group=OURS)
    assert found.beyond == (
        ("media/local", "claim-not-longhorn"),
        ("media/waiting", "claim-not-bound"),
    )
    assert [each.claim for each in found.labels] == ["media/sonarr"]


def test_an_edited_job_of_ours_is_set_back_and_only_what_differs_is_named() -> None:
    edited = replace(WANTED[1], retain=2, cron="0 4 * * 1")
    made = plan(WANTED, stack("a", jobs=(WANTED[0], edited)), pattern="media/*", group=OURS)
    [change] = made.jobs
    assert (change.was, change.differs) == (edited, ("cron", "retain"))


def test_what_could_not_be_read_is_not_planned_over() -> None:
    blind = [
        replace(state().cluster, blind_spots=(BlindSpot("longhorn", "kube-right", plural),))
        for plural in ("persistentvolumeclaims", "persistentvolumes")
    ]
    for unread in (
        state(jobs=None), state(volumes=None), *(state(cluster=each) for each in blind)
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            plan(WANTED, unread, pattern="media/*", group=OURS)
        assert refused.value.code == "jobs-unreadable"


@given(
    some.dictionaries(
        some.sampled_from([f"{JOB}nightly", f"{JOB}hourly", f"{GROUP}default", f"{GROUP}snap"]),
        some.sampled_from(["enabled", "no"]),
    ),
    some.booleans(),
)
def test_no_claim_ever_loses_a_job_by_being_planned_for(labels: dict[str, str], own: bool) -> None:
    made = stack("sonarr", jobs=(NIGHTLY, HOURLY))
    claim = replace(made.cluster.claims[0], labels={**labels, SOURCE: "enabled"} if own else {})
    volume = replace((made.volumes or ())[0], labels={} if own else labels)
    cluster = replace(made.cluster, claims=(claim,))
    found = plan(
        WANTED,
        replace(made, cluster=cluster, volumes=(volume,)),
        pattern="media/*",
        group=OURS,
    )
    for change in found.labels:
        assert change.lost == ()
        assert {job.name for job in WANTED} <= set(change.after)


def test_a_job_that_is_made_anew_names_the_claims_that_have_its_label_already() -> None:
    label = {f"{GROUP}{OURS}": "enabled"}
    look = stack("sonarr", "radarr", jobs=(WANTED[0],), **label)
    found = plan(WANTED, look, pattern="media/*", group=OURS)
    [made] = actions_of(found, look, {"media/sonarr": "media/settings/sonarr"})
    assert isinstance(made, SetRecurringJob)
    assert made.assets == ()
    assert made.joining == (("media/radarr", ""), ("media/sonarr", "media/settings/sonarr"))
    # There already, it takes them before as after: none joins it.
    edited = replace(WANTED[1], retain=9)
    look = stack("sonarr", jobs=(WANTED[0], edited), **label)
    [made] = actions_of(plan(WANTED, look, pattern="media/*", group=OURS), look, {})
    assert isinstance(made, SetRecurringJob)
    assert (made.assets, made.joining) == ((("media/sonarr", ""),), ())


@pytest.mark.parametrize(("most", "ok"), [("4", False), ("5", True), ("250", True), ("", True)])
def test_a_job_that_longhorn_would_not_let_keep_so_many_is_refused_while_planning(
    most: str, ok: bool
) -> None:
    look = replace(stack("a"), settings={"recurring-job-max-retention": most})
    if ok:
        assert len(plan(WANTED[1:], look, pattern="media/*", group=OURS).jobs) == 1
        return
    with pytest.raises(Refused) as refused:
        plan(WANTED[1:], look, pattern="media/*", group=OURS)
    assert refused.value.code == "longhorn-retain-many"
    assert refused.value.parameters["count"] == 5


@pytest.mark.parametrize("odd", ["many", "-1", "٣", "9" * 5000, "1.5"])
def test_an_odd_limit_is_left_to_longhorn(odd: str) -> None:
    look = replace(stack("a"), settings={"recurring-job-max-retention": odd})
    assert len(plan(WANTED, look, pattern="media/*", group=OURS).jobs) == 2
