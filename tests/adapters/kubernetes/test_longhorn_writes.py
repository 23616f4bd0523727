"""Jobs and labels of Longhorn as Phoenix writes them, over real HTTPS: tried, once, or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes.fake_api import Fake, running
from adapters.kubernetes.fake_store import Fault, Refusal, Store
from adapters.kubernetes.homelab import SPACE, VERSIONS
from adapters.kubernetes.writelab import MADE, PATH, SAVING, failing, perform, started
from phoenix_dr.adapters.longhorn import parse
from phoenix_dr.core.cluster_actions import LabelVolume, SetRecurringJob
from phoenix_dr.core.longhorn import SOURCE_LABEL, RecurringJob
from phoenix_dr.errors import EngineDenied, PlanStale

WEEKLY = RecurringJob("phoenix-volumes", "backup", "0 4 * * 0", 5, ("phoenix-volumes",))
JOB_AT = ("longhorn.io", "recurringjobs", SPACE, WEEKLY.name)
VOLUME_AT = ("longhorn.io", "volumes", SPACE, "pvc-1")
GROUP = "recurring-job-group.longhorn.io/"
OURS, OTHER = f"{GROUP}phoenix-volumes", f"{GROUP}hourly"


def setting(was: RecurringJob | None = None, job: RecurringJob = WEEKLY) -> SetRecurringJob:
    return SetRecurringJob("longhorn", job, was, (("media/sonarr", "media/settings/sonarr"),))


def labelling(was: tuple[tuple[str, str], ...] = (), **changes: Any) -> LabelVolume:
    made = LabelVolume(
        "longhorn", "media/settings/sonarr", "media/sonarr", "Volume", "", "pvc-1",
        ((OURS, "enabled"),), was, (), (WEEKLY,),
    )  # fmt: skip
    return replace(made, **changes)


def sent(fake: Fake) -> list[tuple[str, str]]:
    return [(how, path) for how, path in fake.asked if how != "GET"]


# ---- Jobs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_a_job_is_tried_first_then_written_once_and_read_back(tmp_path: Path, version: str) -> None:
    store = started(version)
    with running(store) as fake:
        assert perform(fake, tmp_path, setting()).note == "created"
        (tried, written) = sent(fake)
        assert fake.asked[-1] == ("GET", f"{PATH}/recurringjobs/{WEEKLY.name}")
        longer = replace(WEEKLY, retain=9)
        assert perform(fake, tmp_path, setting(WEEKLY, longer)).note == "changed"
    for how, path in (tried, written):
        assert how == "PATCH"
        assert path.startswith(f"{PATH}/recurringjobs/{WEEKLY.name}?")
        assert "fieldValidation=Strict" in path
    assert ("dryRun=All" in tried[1], "dryRun" in written[1]) == (True, False)
    assert parse.job(store.objects[JOB_AT]) == longer


def test_what_others_put_on_a_job_stays(tmp_path: Path) -> None:
    store = started()
    with running(store) as fake:
        perform(fake, tmp_path, setting())
        store.objects[JOB_AT]["spec"]["parameters"] = {"full-backup-interval": "7"}
        perform(fake, tmp_path, setting(WEEKLY, replace(WEEKLY, retain=9)))
    assert store.objects[JOB_AT]["spec"]["parameters"] == {"full-backup-interval": "7"}
    assert store.objects[JOB_AT]["spec"]["retain"] == 9


@pytest.mark.parametrize("was", [None, replace(WEEKLY, cron="0 5 * * *")])
def test_a_job_that_reads_otherwise_is_not_written(
    tmp_path: Path, was: RecurringJob | None
) -> None:
    store = started()
    with running(store) as fake:
        perform(fake, tmp_path, setting())
        before = len(sent(fake))
        error = failing(fake, tmp_path, setting(was, replace(WEEKLY, retain=9)))
        # Nothing was even tried.
        assert len(sent(fake)) == before
    assert isinstance(error, PlanStale)
    assert error.parameters["what"] == f"RecurringJob/{WEEKLY.name}"


def test_a_job_that_is_gone_is_not_made_again_unasked(tmp_path: Path) -> None:
    with running(started()) as fake:
        assert isinstance(failing(fake, tmp_path, setting(WEEKLY)), PlanStale)
        assert sent(fake) == []


def test_what_a_webhook_makes_of_it_is_seen_before_it_is_written(tmp_path: Path) -> None:
    """Longhorn caps `retain` by a setting: what would not be as wanted is not written at all."""
    store = started()
    checked = store.checked

    def capped(kind: Any, made: Any, *, strict: bool) -> Any:
        kept = checked(kind, made, strict=strict)
        if kind.kind == "RecurringJob":
            kept["spec"]["retain"] = min(kept["spec"]["retain"], 3)
        return kept

    store.checked = capped  # type: ignore[method-assign]
    with running(store) as fake:
        error = failing(fake, tmp_path, setting())
        assert fake.writes() == []
        # The twin: what it leaves alone is written.
        assert perform(fake, tmp_path, setting(job=replace(WEEKLY, retain=3))).note == "created"
    assert (error.code, error.parameters["names"]) == ("longhorn-not-as-written", "retain")


def test_a_job_that_longhorn_refuses_is_not_written(tmp_path: Path) -> None:
    store = started()
    with running(store) as fake:
        error = failing(fake, tmp_path, setting(job=replace(WEEKLY, task="no-such-task")))
        assert fake.writes() == []
    assert error.code == "kube-invalid"
    assert JOB_AT not in store.objects


def test_without_the_right_nothing_is_written(tmp_path: Path) -> None:
    store = started()
    with running(store) as fake:
        assert isinstance(failing(fake, tmp_path, setting(), token="audit"), EngineDenied)
        assert isinstance(failing(fake, tmp_path, labelling(), token="audit"), EngineDenied)
        assert fake.writes() == []
        # What makes nothing new cannot be tried first: it is asked once, and refused.
        assert isinstance(failing(fake, tmp_path, SAVING, token="audit"), EngineDenied)
        assert [how for how, _ in fake.writes()] == ["POST"]
    assert not any(key[3] in (WEEKLY.name, MADE) for key in store.objects)


def test_a_write_that_was_taken_though_its_answer_failed_is_not_sent_again(tmp_path: Path) -> None:
    store = started()

    def busy(one: Store, verb: str, made: dict[str, Any]) -> None:
        raise Refusal(503, "ServiceUnavailable", "the leader is changing")

    store.hooks.append(busy)
    with running(store) as fake:
        assert perform(fake, tmp_path, setting()).note == "created"
        assert perform(fake, tmp_path, labelling()).note == "labelled"
        assert len(fake.writes()) == 2
        assert perform(fake, tmp_path, SAVING).made
        assert [how for how, _ in fake.writes()[2:]] == ["POST", "POST"]


def test_a_write_nobody_took_is_a_failure(tmp_path: Path) -> None:
    store = started()
    with running(store) as fake:
        store.faults[f"{PATH}/snapshots"] = Fault(drop=True, times=1)
        assert failing(fake, tmp_path, SAVING).code == "write-unanswered"
        assert [path for _, path in fake.writes()] == [
            f"{PATH}/snapshots?fieldManager=phoenix&fieldValidation=Strict"
        ]
    assert ("longhorn.io", "snapshots", SPACE, MADE) not in store.objects


# ---- Labels -----------------------------------------------------------------------------------


def test_a_label_goes_onto_the_volume_and_takes_nothing_away(tmp_path: Path) -> None:
    store = started()
    store.objects[VOLUME_AT]["metadata"]["labels"] = {OTHER: "enabled", "app": "media"}
    before = dict(store.objects[VOLUME_AT]["spec"])
    with running(store) as fake:
        perform(fake, tmp_path, labelling(((OTHER, "enabled"),)))
        assert [how for how, _ in sent(fake)] == ["PATCH", "PATCH"]
    volume = store.objects[VOLUME_AT]
    assert volume["metadata"]["labels"] == {OTHER: "enabled", "app": "media", OURS: "enabled"}
    assert volume["spec"] == before
    assert volume["status"]["state"] == "attached"


def test_a_claim_that_is_the_source_is_labelled_itself(tmp_path: Path) -> None:
    store = started()
    at = ("", "persistentvolumeclaims", "media", "sonarr")
    store.objects[at]["metadata"]["labels"] = {SOURCE_LABEL: "enabled"}
    action = labelling(
        ((SOURCE_LABEL, "enabled"),), on="PersistentVolumeClaim", namespace="media", name="sonarr"
    )
    with running(store) as fake:
        perform(fake, tmp_path, action)
    assert store.objects[at]["metadata"]["labels"] == {SOURCE_LABEL: "enabled", OURS: "enabled"}
    assert "labels" not in store.objects[VOLUME_AT]["metadata"]


def test_a_volume_whose_labels_changed_or_that_is_gone_is_left_alone(tmp_path: Path) -> None:
    store = started()
    store.objects[VOLUME_AT]["metadata"]["labels"] = {OTHER: "enabled"}
    with running(store) as fake:
        assert isinstance(failing(fake, tmp_path, labelling()), PlanStale)
        del store.objects[VOLUME_AT]
        assert isinstance(failing(fake, tmp_path, labelling()), PlanStale)
        assert sent(fake) == []
    assert VOLUME_AT not in store.objects


def bumping(store: Store, times: int) -> None:
    """The volume was written by somebody between a look and each of so many tries."""
    left, checked = [times], store.checked

    def bumped(kind: Any, made: Any, *, strict: bool) -> Any:
        kept = checked(kind, made, strict=strict)
        if left[0] and kind.kind == "Volume":
            left[0] -= 1
            raise Refusal(
                409, "Conflict", "the object has been modified; please apply your changes"
            )
        return kept

    store.checked = bumped  # type: ignore[method-assign]


def test_a_volume_that_longhorn_writes_meanwhile_is_looked_at_again(tmp_path: Path) -> None:
    store = started()
    bumping(store, 3)
    with running(store) as fake:
        assert perform(fake, tmp_path, labelling()).note == "labelled"
    assert store.objects[VOLUME_AT]["metadata"]["labels"] == {OURS: "enabled"}
    stubborn = started()
    bumping(stubborn, 99)
    with running(stubborn) as fake:
        assert failing(fake, tmp_path, labelling()).code == "kube-conflict"
    assert "labels" not in stubborn.objects[VOLUME_AT]["metadata"]


def test_a_label_another_manager_has_with_another_value_is_a_conflict_and_stays(
    tmp_path: Path,
) -> None:
    store = started()
    store.applied[*VOLUME_AT, "flux"] = {"metadata": {"labels": {OURS: "no"}}}
    store.objects[VOLUME_AT]["metadata"]["labels"] = {OURS: "no"}
    with running(store) as fake:
        error = failing(fake, tmp_path, labelling(((OURS, "no"),)))
        assert fake.writes() == []
    assert error.code == "kube-conflict"
    assert "flux" in str(error.parameters["detail"])
