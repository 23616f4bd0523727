"""The fake API server behaves as the real one does where clients trip."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from adapters.kubernetes.fake_api import APPLY, MERGE, Fake, running
from adapters.kubernetes.fake_schema import kinds
from adapters.kubernetes.fake_store import ADMIN, READER, Fault, rule, store

JOBS = "/apis/longhorn.io/v1beta2/namespaces/longhorn-system/recurringjobs"
SPEC = {"name": "nightly", "task": "backup", "cron": "0 3 * * *", "retain": 7, "concurrency": 1}
LONGHORN = ("1.7.3", "1.8.2", "1.10.2", "1.12.1")


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A cluster with Longhorn, an administrator, an auditor, and one of a single namespace."""
    media = (rule("get list", "core", "persistentvolumeclaims", "media"),)
    tokens = (("admin", ADMIN), ("audit", READER), ("media", media))
    with running(store("longhorn-1.10.2", "csi", "k3s", tokens=tokens)) as made:
        yield made


def ask(
    fake: Fake, method: str, path: str, *, token: str = "admin", **more: Any
) -> httpx2.Response:
    """One request; `json` is a body, `type` its content type."""
    body, kind = more.pop("json", None), more.pop("type", "application/json")
    context = ssl.create_default_context(cafile=str(fake.certificate))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    with httpx2.Client(verify=context, trust_env=False) as client:
        content = json.dumps(body) if body is not None else None
        return client.request(method, f"{fake.url}{path}", headers=headers, content=content, **more)


def job(**changes: Any) -> dict[str, Any]:
    """A RecurringJob as a person writes it."""
    return {
        "apiVersion": "longhorn.io/v1beta2",
        "kind": "RecurringJob",
        "metadata": {"name": "nightly"},
        "spec": {**SPEC, **changes},
    }


@pytest.mark.parametrize("version", LONGHORN)
def test_every_excerpt_has_the_kinds_the_audit_reads(version: str) -> None:
    found = {kind.plural for kind in kinds(f"longhorn-{version}")}
    wanted = {"volumes", "snapshots", "backups", "backupvolumes", "backuptargets"}
    assert found >= wanted | {"recurringjobs", "settings", "systembackups", "engines"}


def test_a_list_comes_in_pages(fake: Fake) -> None:
    for number in range(5):
        fake.store.put("Namespace", f"n{number}")
    first = ask(fake, "GET", "/api/v1/namespaces?limit=2").json()
    assert [each["metadata"]["name"] for each in first["items"]] == ["n0", "n1"]
    token = first["metadata"]["continue"]
    rest = ask(fake, "GET", f"/api/v1/namespaces?limit=9&continue={token}").json()
    assert len(rest["items"]) == 3
    assert "continue" not in rest["metadata"]


def test_rights_are_by_verb_kind_and_namespace(fake: Fake) -> None:
    claims = "/api/v1/namespaces/{}/persistentvolumeclaims"
    assert ask(fake, "GET", claims.format("media"), token="media").status_code == 200
    denied = ask(fake, "GET", claims.format("other"), token="media")
    assert (denied.status_code, denied.json()["reason"]) == (403, "Forbidden")
    assert ask(fake, "GET", "/api/v1/persistentvolumeclaims", token="media").status_code == 403
    assert ask(fake, "POST", JOBS, token="audit", json=job()).status_code == 403
    assert ask(fake, "GET", JOBS, token="nobody").status_code == 401


def test_a_kind_that_is_not_served_is_404(fake: Fake) -> None:
    path = "/apis/velero.io/v1/namespaces/velero/backups"
    assert ask(fake, "GET", path).status_code == 404


def test_a_wrong_object_is_422_and_an_unknown_field_400_only_when_strict(fake: Fake) -> None:
    wrong = ask(fake, "POST", JOBS, json=job(task="rsync"))
    assert wrong.status_code == 422
    assert "Unsupported value" in wrong.json()["message"]
    odd = job(retains=3)
    assert ask(fake, "POST", f"{JOBS}?fieldValidation=Strict", json=odd).status_code == 400
    stored = ask(fake, "POST", JOBS, json=odd)
    assert "retains" not in stored.json()["spec"]


def test_a_create_drops_the_status_and_a_second_is_409(fake: Fake) -> None:
    volume = {
        "apiVersion": "longhorn.io/v1beta2", "kind": "Volume", "metadata": {"name": "v"},
        "spec": {"size": "1024"}, "status": {"state": "attached"},
    }  # fmt: skip
    path = "/apis/longhorn.io/v1beta2/namespaces/longhorn-system/volumes"
    made = ask(fake, "POST", path, json=volume)
    assert "status" not in made.json()
    assert ask(fake, "POST", path, json=volume).status_code == 409
    done = ask(
        fake, "PATCH", f"{path}/v/status", type=MERGE, json={"status": {"state": "detached"}}
    )
    assert done.json()["status"] == {"state": "detached"}


def test_apply_creates_changes_and_takes_back_what_it_no_longer_names(fake: Fake) -> None:
    path = f"{JOBS}/nightly?fieldManager=phoenix"
    assert ask(fake, "PATCH", path, type=APPLY, json=job(groups=["default"])).status_code == 200
    other = ask(
        fake, "PATCH", f"{JOBS}/nightly", type=MERGE, json={"metadata": {"labels": {"a": "b"}}}
    )
    assert other.status_code == 200
    made = ask(fake, "PATCH", path, type=APPLY, json=job(retain=9)).json()
    assert (made["spec"]["retain"], made["metadata"]["labels"]) == (9, {"a": "b"})
    assert "groups" not in made["spec"]
    assert ask(fake, "PATCH", f"{JOBS}/nightly", type=APPLY, json=job()).status_code == 400


def test_a_dry_run_is_checked_and_stores_nothing(fake: Fake) -> None:
    path = f"{JOBS}/nightly?fieldManager=phoenix&dryRun=All"
    assert ask(fake, "PATCH", path, type=APPLY, json=job()).status_code == 200
    assert ask(fake, "PATCH", path, type=APPLY, json=job(task="no")).status_code == 422
    assert ask(fake, "GET", f"{JOBS}/nightly").status_code == 404
    assert fake.writes() == []


def test_a_delete_keeps_its_precondition(fake: Fake) -> None:
    made = fake.store.put("Namespace", "drill")
    wrong = {"preconditions": {"uid": "another"}}
    assert ask(fake, "DELETE", "/api/v1/namespaces/drill", json=wrong).status_code == 409
    right = {"preconditions": {"uid": made["metadata"]["uid"]}}
    assert ask(fake, "DELETE", "/api/v1/namespaces/drill", json=right).status_code == 200
    assert ask(fake, "GET", "/api/v1/namespaces/drill").status_code == 404


def test_a_change_on_an_old_copy_is_409(fake: Fake) -> None:
    made = fake.store.put("Namespace", "media")
    old = json.loads(json.dumps(made))
    path = "/api/v1/namespaces/media"
    assert ask(fake, "PUT", path, json=old).status_code == 200
    assert ask(fake, "PUT", path, json=old).status_code == 409


def test_labels_choose_and_faults_happen_so_often(fake: Fake) -> None:
    fake.store.put("Namespace", "a", metadata={"labels": {"phoenix.io/drill": "1"}})
    fake.store.put("Namespace", "b")
    path = "/api/v1/namespaces?labelSelector=phoenix.io/drill%3D1"
    assert len(ask(fake, "GET", path).json()["items"]) == 1
    fake.store.faults["/api/v1/namespaces"] = Fault(code=500, times=1)
    assert ask(fake, "GET", "/api/v1/namespaces").status_code == 500
    assert ask(fake, "GET", "/api/v1/namespaces").status_code == 200
    fake.store.faults["/api/v1/namespaces"] = Fault(drop=True)
    with pytest.raises(httpx2.TransportError):
        ask(fake, "GET", "/api/v1/namespaces")
