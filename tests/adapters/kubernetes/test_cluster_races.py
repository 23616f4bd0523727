"""Somebody writes between a look of ours and our write, or after it: nothing of theirs is taken."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes import test_longhorn_writes as longhorn
from adapters.kubernetes import test_velero_writes as velero
from adapters.kubernetes import velerolab, writelab
from adapters.kubernetes.fake_api import running
from adapters.kubernetes.fake_store import Key, Object, Refusal, Store
from adapters.kubernetes.homelab import SPACE
from phoenix_dr.core.velero_manifests import schedule_manifest
from phoenix_dr.errors import PlanStale

THEIRS = {"name": longhorn.WEEKLY.name, "task": "backup", "cron": "0 1 * * *", "retain": 90,
          "concurrency": 1, "groups": ["theirs"]}  # fmt: skip


def after_look(store: Store, key: Key, act: Callable[[], object]) -> None:
    """Act once, right after an object was asked for and before anything else is."""
    get = store.get
    done: list[object] = []

    def asked(kind: Any, namespace: str, name: str) -> Object:
        is_first = (kind.group, kind.plural, namespace, name) == key and not done
        try:
            return copy.deepcopy(get(kind, namespace, name))
        finally:
            if is_first:
                done.append(act())

    store.get = asked  # type: ignore[method-assign]


def test_a_job_somebody_made_meanwhile_is_not_taken(tmp_path: Path) -> None:
    store = writelab.started()
    after_look(
        store, longhorn.JOB_AT,
        lambda: store.put("RecurringJob", longhorn.WEEKLY.name, SPACE, spec=dict(THEIRS)),
    )  # fmt: skip
    with running(store) as fake:
        error = writelab.failing(fake, tmp_path, longhorn.setting())
        assert fake.writes() == []
    assert isinstance(error, PlanStale)
    assert store.objects[longhorn.JOB_AT]["spec"] == THEIRS


def test_a_schedule_somebody_made_meanwhile_is_not_taken(tmp_path: Path) -> None:
    store = velero.started()
    theirs = replace(velero.WANTED, cron="0 1 * * *")
    spec = schedule_manifest(theirs, velerolab.SPACE)["spec"]
    after_look(
        store, velero.PAIR, lambda: store.put("Schedule", theirs.name, velerolab.SPACE, spec=spec)
    )
    with running(store) as fake:
        error = velero.failing(fake, tmp_path, velero.setting())
        assert fake.writes() == []
    assert error.code in ("kube-conflict", "velero-schedule-changed")
    assert store.objects[velero.PAIR]["spec"]["schedule"] == "0 1 * * *"


def replaced(store: Store, key: Key, **spec: Any) -> None:
    """Another object of that name, as after a delete and a create."""
    old = store.objects.pop(key)
    new = copy.deepcopy(old)
    new["metadata"] |= {"uid": str(uuid.uuid4())}
    new["spec"] |= spec
    for each in [each for each in store.applied if each[:4] == key]:
        del store.applied[each]
    store.revision += 1
    new["metadata"]["resourceVersion"] = str(store.revision)
    store.objects[key] = new


def test_a_job_replaced_meanwhile_is_judged_again(tmp_path: Path) -> None:
    store = writelab.started()
    with running(store) as fake:
        writelab.perform(fake, tmp_path, longhorn.setting())
        before = len(fake.writes())
        after_look(
            store, longhorn.JOB_AT,
            lambda: replaced(store, longhorn.JOB_AT, retain=90, groups=["theirs"]),
        )  # fmt: skip
        less = replace(longhorn.WEEKLY, retain=2)
        error = writelab.failing(fake, tmp_path, longhorn.setting(longhorn.WEEKLY, less))
        assert len(fake.writes()) == before
    assert isinstance(error, PlanStale)
    assert store.objects[longhorn.JOB_AT]["spec"]["retain"] == 90


@pytest.mark.parametrize("what", ["job", "volume"])
def test_what_went_meanwhile_is_not_made_again(tmp_path: Path, what: str) -> None:
    store = writelab.started()
    key = longhorn.JOB_AT if what == "job" else longhorn.VOLUME_AT
    with running(store) as fake:
        writelab.perform(fake, tmp_path, longhorn.setting())
        after_look(store, key, lambda: store.objects.pop(key))
        action = (
            longhorn.setting(longhorn.WEEKLY, replace(longhorn.WEEKLY, retain=9))
            if what == "job"
            else longhorn.labelling()
        )
        # The role may make no volume, so apply itself is refused there.
        code = writelab.failing(fake, tmp_path, action).code
    assert code == ("longhorn-changed" if what == "job" else "kube-right")
    assert key not in store.objects


def test_a_volume_whose_labels_moved_meanwhile_is_judged_again(tmp_path: Path) -> None:
    store = writelab.started()
    store.objects[longhorn.VOLUME_AT]["metadata"]["labels"] = {}

    def other() -> None:
        row = store.objects[longhorn.VOLUME_AT]
        row["metadata"]["labels"] = {longhorn.OTHER: "enabled"}
        store.keep(store.named("Volume"), row)

    after_look(store, longhorn.VOLUME_AT, other)
    with running(store) as fake:
        assert isinstance(writelab.failing(fake, tmp_path, longhorn.labelling()), PlanStale)
        assert fake.writes() == []
    assert store.objects[longhorn.VOLUME_AT]["metadata"]["labels"] == {longhorn.OTHER: "enabled"}


@pytest.mark.parametrize(
    ("lie", "names"),
    [
        (lambda row: row["spec"].update(retain=1), "retain"),
        (lambda row: row["spec"].update(groups=["default"]), "groups"),
        (lambda row: row["spec"].update(task="snapshot"), "task"),
    ],
)
def test_a_dry_run_that_lied_is_told_after_the_write(
    tmp_path: Path, lie: Callable[[Object], object], names: str
) -> None:
    store = writelab.started()

    def change(one: Store, verb: str, row: Object) -> None:
        if row["kind"] == "RecurringJob":
            lie(row)

    store.hooks.append(change)
    with running(store) as fake:
        error = writelab.failing(fake, tmp_path, longhorn.setting())
    assert (error.code, error.parameters["names"]) == ("longhorn-not-as-written", names)


def test_labels_taken_away_after_the_write_are_told(tmp_path: Path) -> None:
    store = writelab.started()
    before = {longhorn.OTHER: "enabled"}
    store.objects[longhorn.VOLUME_AT]["metadata"]["labels"] = dict(before)

    def strip(one: Store, verb: str, row: Object) -> None:
        row["metadata"]["labels"].pop(longhorn.OTHER, None)

    store.hooks.append(strip)
    with running(store) as fake:
        action = longhorn.labelling(tuple(before.items()))
        error = writelab.failing(fake, tmp_path, action)
    assert (error.code, error.parameters["names"]) == ("longhorn-not-as-written", longhorn.OTHER)


def test_a_token_that_expires_in_the_middle_leaves_no_half_of_a_job(tmp_path: Path) -> None:
    store = writelab.started()
    calls = []
    may = store.may

    def expiring(token: str, verb: str, kind: Any, namespace: str, *, name: str = "") -> None:
        calls.append(verb)
        if len(calls) > 2:
            raise Refusal(401, "Unauthorized", "Unauthorized")
        may(token, verb, kind, namespace, name=name)

    store.may = expiring  # type: ignore[method-assign]
    with running(store) as fake:
        error = writelab.failing(fake, tmp_path, longhorn.setting())
    assert error.code == "kube-credential"
    assert longhorn.JOB_AT not in store.objects
