"""Schedules and backups of Velero as Phoenix makes them, over real HTTPS: only what was planned."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes.fake_api import Fake, running
from adapters.kubernetes.fake_store import Fault, Refusal, Store, rule
from adapters.kubernetes.fake_velero import Controllers
from adapters.kubernetes.lab import NOW, kube
from adapters.kubernetes.velerolab import LAST, MOVED, SAVED, SPACE, VERSIONS, cluster, engine, spec
from phoenix_dr.adapters._cluster.waiting import Patience
from phoenix_dr.adapters.base import Done, Progress
from phoenix_dr.adapters.velero import look, parse, saves, schedules
from phoenix_dr.core.cluster_actions import SaveNamespaces, SetSchedule
from phoenix_dr.core.ground import Ground
from phoenix_dr.core.guard import Approval, permit
from phoenix_dr.core.plan import Action, make_plan
from phoenix_dr.core.velero import Choice, Schedule
from phoenix_dr.core.velero_manifests import go_duration, schedule_manifest
from phoenix_dr.core.velero_schedules import bare
from phoenix_dr.errors import (
    EngineDenied,
    EngineError,
    EngineUnreachable,
    PhoenixError,
    PlanStale,
    Refused,
)

WANTED = Schedule(
    "phoenix-default",
    "CRON_TZ=Europe/Paris 0 3 * * *",
    Choice(("media",), to_files=False, moves=True, location="default", ttl=timedelta(days=7)),
)
APPLY = (
    rule("list", "*", "*"),
    rule("get create patch", "velero.io", "schedules", SPACE),
    rule("get create", "velero.io", "backups", SPACE),
)
"""The rights of the apply role: no delete, no update."""
AT = f"/apis/velero.io/v1/namespaces/{SPACE}/schedules/phoenix-default"
SHORT = Patience(total=0.2, silence=1.0, first=0.02, longest=0.05)
PAIR = ("velero.io", "schedules", SPACE, "phoenix-default")


def started(version: str = "1.18.1", **how: Any) -> Store:
    """A cluster whose Velero works, and an account that may apply."""
    made = cluster(version)
    made.tokens["apply"] = APPLY
    Controllers(made, **how)
    return made


def setting(was: Schedule | None = None, schedule: Schedule = WANTED) -> SetSchedule:
    return SetSchedule("velero", schedule, was, ((MOVED, "media/settings/sonarr"),))


def perform(fake: Fake, folder: Path, action: Action, *, token: str = "apply") -> Done:
    """One action under its own plan, signed for where it loses something."""
    plan = make_plan([action], Ground(now=NOW))
    signed = Approval(plan.digest, "alice", NOW + timedelta(hours=1))
    leave = permit(plan, signed, now=NOW)
    it = engine(fake, folder, token)
    return it.perform(action, leave, progress=lambda each: None, cancel=threading.Event())


def failing(fake: Fake, folder: Path, action: Action, *, token: str = "apply") -> PhoenixError:
    with pytest.raises(PhoenixError) as caught:
        perform(fake, folder, action, token=token)
    return caught.value


def kept(store: Store) -> Schedule:
    return bare(parse.schedule(store.objects[PAIR]))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_schedule_is_tried_first_then_written_once(tmp_path: Path, version: str) -> None:
    store = started(version)
    with running(store) as fake:
        done = perform(fake, tmp_path, setting())
        assert done.note == "created"
        sent = [(how, path) for how, path in fake.asked if how != "GET"]
    assert [how for how, _ in sent] == ["PATCH", "PATCH"]
    assert "dryRun=All" in sent[0][1]
    assert "dryRun" not in sent[1][1]
    assert all(path.startswith(f"{AT}?") and "fieldValidation=Strict" in path for _, path in sent)
    assert kept(store) == WANTED
    # Theirs was not touched.
    assert (
        store.objects["velero.io", "schedules", SPACE, "nightly"]["spec"]["schedule"] == "0 3 * * *"
    )


def test_a_schedule_of_ours_is_changed_and_what_others_added_stays(tmp_path: Path) -> None:
    store = started()
    with running(store) as fake:
        perform(fake, tmp_path, setting())
        store.objects[PAIR]["spec"]["skipImmediately"] = True
        longer = replace(WANTED, choice=replace(WANTED.choice, ttl=timedelta(days=30)))
        assert perform(fake, tmp_path, setting(WANTED, longer)).note == "changed"
    assert kept(store) == longer
    assert store.objects[PAIR]["spec"]["skipImmediately"] is True


def test_a_field_somebody_else_set_last_is_taken_back(tmp_path: Path) -> None:
    store = started()
    with running(store) as fake:
        perform(fake, tmp_path, setting())
        store.objects[PAIR]["spec"]["paused"] = True
        store.applied[*PAIR, "velero-cli"] = {"spec": {"paused": True}}
        paused = replace(WANTED, paused=True)
        assert perform(fake, tmp_path, setting(paused, WANTED)).note == "changed"
        assert kept(store) == WANTED
        # The twin: not asked to, nothing is taken from anybody.
        manifest = schedule_manifest(WANTED, SPACE)
        with kube(fake, tmp_path, "apply") as asked, pytest.raises(EngineError) as caught:
            asked.apply(look.SCHEDULES, manifest, dry_run=True)
    assert caught.value.code == "kube-conflict"


@pytest.mark.parametrize("was", [None, replace(WANTED, cron="0 5 * * *")])
def test_one_that_reads_otherwise_is_not_written(tmp_path: Path, was: Schedule | None) -> None:
    store = started()
    with running(store) as fake:
        perform(fake, tmp_path, setting())
        before = len(fake.writes())
        error = failing(fake, tmp_path, setting(was, replace(WANTED, cron="0 6 * * *")))
        assert isinstance(error, PlanStale)
        assert error.code == "velero-schedule-changed"
        assert len(fake.writes()) == before
    gone = started()
    with running(gone) as fake:
        assert failing(fake, tmp_path, setting(WANTED)).code == "velero-schedule-changed"
        assert fake.writes() == []


def test_a_run_meanwhile_does_not_make_it_another_schedule(tmp_path: Path) -> None:
    store = started()
    with running(store) as fake:
        perform(fake, tmp_path, setting())
        store.objects[PAIR]["status"]["lastBackup"] = "2026-11-23T03:00:00Z"
        changed = replace(WANTED, cron="0 6 * * *")
        assert perform(fake, tmp_path, setting(WANTED, changed)).note == "changed"


def test_without_the_right_nothing_is_written(tmp_path: Path) -> None:
    store = started()
    with running(store) as fake:
        error = failing(fake, tmp_path, setting(), token="audit")
        assert isinstance(error, EngineDenied)
        assert fake.writes() == []
    assert PAIR not in store.objects


def test_what_the_server_makes_of_it_is_read_before_it_is_written(tmp_path: Path) -> None:
    store = started()

    def admission(one: Store, verb: str, made: dict[str, Any]) -> None:
        if made["kind"] == "Schedule":
            made["spec"]["template"]["ttl"] = "24h0m0s"

    store.hooks.append(admission)
    with running(store) as fake:
        error = failing(fake, tmp_path, setting())
    assert (error.code, error.parameters["names"]) == ("velero-schedule-not-as-written", "ttl")


def test_a_schedule_velero_refuses_is_told(tmp_path: Path) -> None:
    store = started(invalid=("invalid schedule: bogus",))
    with (
        running(store) as fake,
        kube(fake, tmp_path, "apply") as asked,
        pytest.raises(EngineError, match="velero-schedule-invalid") as caught,
    ):
        schedules.set_schedule(
            asked, spec(tmp_path), setting(), cancel=threading.Event(), patience=SHORT
        )
    assert caught.value.parameters["detail"] == "invalid schedule: bogus"


def test_a_velero_that_is_down_leaves_it_set_and_unseen(tmp_path: Path) -> None:
    store = started(enables=False)
    with running(store) as fake, kube(fake, tmp_path, "apply") as asked:
        done = schedules.set_schedule(
            asked, spec(tmp_path), setting(), cancel=threading.Event(), patience=SHORT
        )
    assert done.note == "created"
    assert kept(store) == WANTED


def test_a_write_that_was_taken_though_the_answer_failed_is_not_sent_again(tmp_path: Path) -> None:
    store = started()

    def busy(one: Store, verb: str, made: dict[str, Any]) -> None:
        raise Refusal(503, "ServiceUnavailable", "the leader is changing")

    store.hooks.append(busy)
    with running(store) as fake:
        assert perform(fake, tmp_path, setting()).note == "created"
        assert len(fake.writes()) == 1
        assert perform(fake, tmp_path, SAVING).made
        assert len(fake.writes()) == 2


def test_a_write_nobody_took_is_a_failure(tmp_path: Path) -> None:
    store = started()
    before = f"/apis/velero.io/v1/namespaces/{SPACE}"
    name = f"nightly-{NOW:%Y%m%d%H%M%S}"
    store.faults[f"{before}/backups"] = Fault(code=503, times=1)
    with running(store) as fake:
        assert failing(fake, tmp_path, SAVING).code == "kube-busy"
    assert ("velero.io", "backups", SPACE, name) not in store.objects


def test_a_manifest_says_both_ways_and_a_lifetime_as_go_does() -> None:
    made = schedule_manifest(WANTED, SPACE)
    assert made["spec"]["template"] == {
        "includedNamespaces": ["media"], "snapshotMoveData": True,
        "defaultVolumesToFsBackup": False, "storageLocation": "default", "ttl": "168h0m0s",
    }  # fmt: skip
    every = schedule_manifest(replace(WANTED, choice=Choice()), SPACE)
    assert every["spec"]["template"]["includedNamespaces"] == ["*"]
    assert go_duration(timedelta(hours=1, minutes=2, seconds=3)) == "1h2m3s"
    for wanted in (WANTED, replace(WANTED, choice=replace(WANTED.choice, namespaces=()))):
        assert bare(parse.schedule(schedule_manifest(wanted, SPACE))) == wanted


# ---- Saved now --------------------------------------------------------------------------------


SAVING = SaveNamespaces("velero", "nightly")


def test_a_backup_made_now_is_followed_and_believed_for_the_data_it_lists(tmp_path: Path) -> None:
    store = started()
    with running(store) as fake:
        done = perform(fake, tmp_path, SAVING)
        assert [how for how, path in fake.writes()] == ["POST"]
    assert (done.note, done.unread) == ("", ())
    assert {each.asset for each in done.made} == {"media/settings/sonarr", "media/settings/radarr"}
    (name,) = {key[3] for key in store.objects if key[:2] == ("velero.io", "backups")} - {LAST}
    made = store.objects["velero.io", "backups", SPACE, name]
    assert made["metadata"]["labels"] == {"velero.io/schedule-name": "nightly"}
    assert (
        made["spec"]
        == store.objects["velero.io", "schedules", SPACE, "nightly"]["spec"]["template"]
    )


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    store = started(phases=("InProgress",) * 4 + ("Completed",))
    said: list[Progress] = []
    with running(store) as fake, kube(fake, tmp_path, "apply") as asked:
        one = saves.Save(asked, spec(tmp_path), "nightly", seconds=20)
        saves.save(one, now=NOW, progress=said.append, cancel=threading.Event())
    assert (said[0].done, said[0].total) == (2048, 8192)


def test_completed_without_any_data_is_a_failure(tmp_path: Path) -> None:
    with running(started(data=())) as fake:
        error = failing(fake, tmp_path, SAVING)
    assert error.code == "velero-run-empty"


def test_a_claim_without_data_is_named_and_makes_no_point(tmp_path: Path) -> None:
    with running(started(data=(MOVED,))) as fake:
        done = perform(fake, tmp_path, SAVING)
    assert done.unread == (SAVED,)
    assert [each.asset for each in done.made] == ["media/settings/sonarr"]


def test_a_claim_left_out_on_purpose_is_not_missed(tmp_path: Path) -> None:
    store = started(data=(MOVED,))
    label = {"velero.io/exclude-from-backup": "true"}
    store.objects["", "persistentvolumeclaims", "media", "radarr"]["metadata"]["labels"] = label
    with running(store) as fake:
        assert perform(fake, tmp_path, SAVING).unread == ()


def test_one_that_is_partly_failed_has_a_word_said_of_it(tmp_path: Path) -> None:
    with running(started(phases=("InProgress", "PartiallyFailed"))) as fake:
        done = perform(fake, tmp_path, SAVING)
    assert done.note == "PartiallyFailed"
    assert {each.complete for each in done.made} == {False}


@pytest.mark.parametrize("phase", ["Failed", "FailedValidation", "Deleting"])
def test_one_that_fails_is_a_failure(tmp_path: Path, phase: str) -> None:
    with running(started(phases=(phase,), reason="no such place")) as fake:
        error = failing(fake, tmp_path, SAVING)
    assert (error.code, error.parameters["phase"]) == ("velero-run-failed", phase)


def test_one_that_never_ends_is_given_up_in_time(tmp_path: Path) -> None:
    with running(started(phases=("InProgress",))) as fake, kube(fake, tmp_path, "apply") as asked:
        one = saves.Save(asked, spec(tmp_path), "nightly", seconds=0.3)
        with pytest.raises(EngineError, match="velero-run-slow"):
            saves.save(one, now=NOW, progress=lambda each: None, cancel=threading.Event())


def test_a_stop_is_heard(tmp_path: Path) -> None:
    cancel = threading.Event()
    with running(started(phases=("InProgress",))) as fake, kube(fake, tmp_path, "apply") as asked:
        one = saves.Save(asked, spec(tmp_path), "nightly", seconds=30)
        with pytest.raises(EngineError, match="cancelled"):
            saves.save(one, now=NOW, progress=lambda each: cancel.set(), cancel=cancel)


def test_a_schedule_that_is_gone_makes_no_backup(tmp_path: Path) -> None:
    with running(started()) as fake:
        assert (
            failing(fake, tmp_path, SaveNamespaces("velero", "gone")).code == "velero-schedule-gone"
        )
        assert fake.writes() == []


def test_data_nobody_may_read_is_not_believed(tmp_path: Path) -> None:
    store = started()
    others = " ".join(kind.plural for kind in store.served if kind.plural != "datauploads")
    store.tokens["apply"] = (rule("get list", "*", others), *APPLY[1:])
    with running(store) as fake:
        assert failing(fake, tmp_path, SAVING).code == "velero-run-untold"


def test_no_other_verb_and_no_other_engine_is_taken(tmp_path: Path) -> None:
    with running(started()) as fake:
        foreign = replace(SAVING, engine="other")
        assert failing(fake, tmp_path, foreign).code == "wrong-engine"
        action = SetSchedule("velero", WANTED, None, ())
        leave = permit(make_plan([SAVING]), now=NOW)
        it = engine(fake, tmp_path, "apply")
        with pytest.raises(Refused, match="not-permitted"):
            it.perform(action, leave, progress=lambda each: None, cancel=threading.Event())
        assert fake.asked == []


def test_a_cluster_that_is_away_is_out_of_reach(tmp_path: Path) -> None:
    store = started()
    with running(store) as fake:
        pass
    assert isinstance(failing(fake, tmp_path, setting()), EngineUnreachable)
