"""Asking a cluster: ways in, pages, what a refusal means, and no write twice."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes.fake_api import Fake, running
from adapters.kubernetes.fake_store import ADMIN, READER, Fault, rule, store
from adapters.kubernetes.lab import CLAIMS, JOBS, NAMESPACES, NOW, access, kube, kubeconfig
from phoenix_dr.adapters._kube import PAGE, Kind, Kube, Limits
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

SPEC = {"name": "nightly", "task": "backup", "cron": "0 3 * * *", "retain": 7, "concurrency": 1}
V1 = "client.authentication.k8s.io/v1"


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A cluster with Longhorn, an administrator, an auditor, and one of a single namespace."""
    media = (rule("get list", "core", "persistentvolumeclaims", "media"),)
    tokens = (("admin", ADMIN), ("audit", READER), ("media", media))
    with running(store("longhorn-1.10.2", tokens=tokens)) as made:
        yield made


def job(**changes: Any) -> dict[str, Any]:
    """A RecurringJob."""
    return {
        "apiVersion": "longhorn.io/v1beta2",
        "kind": "RecurringJob",
        "metadata": {"name": "nightly", "namespace": "longhorn-system"},
        "spec": {**SPEC, **changes},
    }


def code(error: pytest.ExceptionInfo[EngineError]) -> str:
    """The code of what was raised."""
    return error.value.code


def plugin(folder: Path, said: object, *, exits: int = 0, version: str = V1) -> dict[str, Any]:
    """A user whose credential comes from a program that writes this, and what it was told."""
    folder.mkdir(exist_ok=True)
    program = folder / "plugin.py"
    program.write_text(
        "import json, os, sys\n"
        f"open({str(folder / 'told')!r}, 'w').write(os.environ['KUBERNETES_EXEC_INFO'])\n"
        f"print({json.dumps(said)!r})\n"
        f"sys.exit({exits})\n"
    )
    run = {"apiVersion": version, "command": sys.executable, "args": [str(program)]}
    return {"exec": {**run, "env": [{"name": "HOUSE", "value": "home"}]}}


def handed(status: dict[str, Any], version: str = V1) -> dict[str, Any]:
    """What a plugin says."""
    return {"apiVersion": version, "kind": "ExecCredential", "status": status}


def test_a_token_opens_and_the_version_is_read(fake: Fake, tmp_path: Path) -> None:
    with kube(fake, tmp_path) as found:
        assert found.version() == "v1.33.4+k3s1"


def test_a_list_of_many_pages_is_whole_and_in_order(fake: Fake, tmp_path: Path) -> None:
    for number in range(2 * PAGE + 3):
        fake.store.put("Namespace", f"n{number:05d}")
    with kube(fake, tmp_path) as found:
        names = [each["metadata"]["name"] for each in found.each(NAMESPACES)]
    assert names == [f"n{number:05d}" for number in range(2 * PAGE + 3)]
    assert len(fake.asked) == 3


def test_a_list_that_goes_on_for_ever_has_an_end(fake: Fake, tmp_path: Path) -> None:
    for number in range(PAGE + 1):
        fake.store.put("Namespace", f"n{number}")
    with (
        kube(fake, tmp_path, limits=Limits(rows=10)) as found,
        pytest.raises(EngineError) as error,
    ):
        list(found.each(NAMESPACES))
    assert code(error) == "web-too-long"


def test_an_answer_too_long_is_cut_off(fake: Fake, tmp_path: Path) -> None:
    fake.store.put("ConfigMap", "big", "media", data={"text": "x" * 5000})
    with (
        kube(fake, tmp_path, limits=Limits(size=4000)) as found,
        pytest.raises(EngineError) as error,
    ):
        found.get(Kind("", "v1", "ConfigMap", "configmaps"), "big", namespace="media")
    assert code(error) == "web-too-long"


def test_a_missing_right_and_a_missing_kind_are_told_apart(fake: Fake, tmp_path: Path) -> None:
    with kube(fake, tmp_path, "media") as found:
        assert list(found.each(CLAIMS, namespace="media")) == []
        with pytest.raises(EngineDenied) as denied:
            list(found.each(CLAIMS))
        assert code(denied) == "kube-right"
        assert "cannot list" in str(denied.value.parameters["detail"])
    with kube(fake, tmp_path) as found, pytest.raises(EngineError) as error:
        list(found.each(Kind("velero.io", "v1", "Backup", "backups")))
    assert code(error) == "kube-no-kind"


def test_what_is_not_there_is_none_and_no_error(fake: Fake, tmp_path: Path) -> None:
    with kube(fake, tmp_path) as found:
        assert found.get(NAMESPACES, "gone") is None


def test_an_unknown_token_is_no_missing_right(fake: Fake, tmp_path: Path) -> None:
    with kube(fake, tmp_path, "stranger") as found, pytest.raises(EngineDenied) as error:
        list(found.each(NAMESPACES))
    assert code(error) == "kube-credential"


def test_applying_is_dry_first_strict_and_idempotent(fake: Fake, tmp_path: Path) -> None:
    with kube(fake, tmp_path) as found:
        found.apply(JOBS, job(), dry_run=True)
        assert found.get(JOBS, "nightly", namespace="longhorn-system") is None
        with pytest.raises(EngineError) as error:
            found.apply(JOBS, job(retains=9), dry_run=True)
        assert code(error) == "kube-invalid"
        found.apply(JOBS, job(), dry_run=False)
        found.apply(JOBS, job(retain=9), dry_run=False)
        made = found.get(JOBS, "nightly", namespace="longhorn-system")
    assert made is not None
    assert made["spec"]["retain"] == 9


def test_only_the_object_of_that_uid_is_removed(fake: Fake, tmp_path: Path) -> None:
    made = fake.store.put("Namespace", "phoenix-drill")
    with kube(fake, tmp_path) as found:
        with pytest.raises(EngineError) as error:
            found.delete(NAMESPACES, "phoenix-drill", uid="another")
        assert code(error) == "kube-conflict"
        found.delete(NAMESPACES, "phoenix-drill", uid=made["metadata"]["uid"])
        found.delete(NAMESPACES, "phoenix-drill", uid=made["metadata"]["uid"])
        assert found.get(NAMESPACES, "phoenix-drill") is None


@pytest.mark.parametrize("fault", [Fault(code=503), Fault(code=500), Fault(drop=True)])
def test_no_write_is_sent_twice_and_a_reading_is_asked_again(
    fake: Fake, tmp_path: Path, fault: Fault
) -> None:
    path = "/apis/longhorn.io/v1beta2/namespaces/longhorn-system/recurringjobs"
    fake.store.faults[path] = fault
    with kube(fake, tmp_path) as found:
        with pytest.raises(EngineUnreachable):
            found.create(JOBS, job())
        assert len(fake.writes()) == 1
        fault.times = 2
        assert list(found.each(JOBS, namespace="longhorn-system")) == []


def test_a_plugin_of_version_1_hands_out_a_token(fake: Fake, tmp_path: Path) -> None:
    user = plugin(tmp_path, handed({"token": "audit"}))
    with Kube(access(kubeconfig(fake, tmp_path, user))) as found:
        assert list(found.each(NAMESPACES)) == []
    told = json.loads((tmp_path / "told").read_text())
    assert told["apiVersion"] == V1
    assert told["spec"]["interactive"] is False


@pytest.mark.parametrize(
    ("said", "exits", "expected"),
    [
        (handed({"token": "audit"}), 1, "kube-exec"),
        (handed({}), 0, "kube-exec"),
        (handed({"token": "audit"}, version=f"{V1}beta1"), 0, "kube-exec"),
        (handed({"token": "audit", "expirationTimestamp": NOW.isoformat()}), 0, "kube-exec"),
        ("nonsense", 0, "kube-exec"),
    ],
)
def test_a_plugin_that_fails_hands_out_nothing_and_its_words_stay_in(
    fake: Fake, tmp_path: Path, said: object, exits: int, expected: str
) -> None:
    user = plugin(tmp_path, said, exits=exits)
    with pytest.raises(EngineDenied) as error, Kube(access(kubeconfig(fake, tmp_path, user))):
        pass
    assert code(error) == expected
    assert "audit" not in str(error.value.parameters)
    assert fake.asked == []


def test_a_plugin_of_another_protocol_is_not_run(fake: Fake, tmp_path: Path) -> None:
    user = plugin(tmp_path, handed({"token": "audit"}), version=f"{V1}alpha1")
    with pytest.raises(EngineDenied) as error, Kube(access(kubeconfig(fake, tmp_path, user))):
        pass
    assert code(error) == "kube-exec-version"
    assert not (tmp_path / "told").exists()


@pytest.mark.parametrize("name", ["tls-server-name", "proxy-url"])
def test_what_is_not_understood_is_refused_and_not_left_out(
    fake: Fake, tmp_path: Path, name: str
) -> None:
    path = kubeconfig(fake, tmp_path, {"token": "admin"}, **{name: "https://elsewhere"})
    with pytest.raises(EngineError) as error, Kube(access(path)):
        pass
    assert code(error) == "kube-config-unsupported"


@pytest.mark.parametrize("text", ["", "[]", "clusters: 3", ": : :", "a: &a [*a]"])
def test_no_kubeconfig_breaks_the_reader(fake: Fake, tmp_path: Path, text: str) -> None:
    path = kubeconfig(fake, tmp_path, {"token": "admin"})
    path.write_text(text)
    with pytest.raises(EngineUnreachable) as error, Kube(access(path)):
        pass
    assert code(error) == "kube-config"


def test_an_unknown_context_and_a_missing_file_are_told(fake: Fake, tmp_path: Path) -> None:
    path = kubeconfig(fake, tmp_path, {"token": "admin"})
    for wrong, said in (
        (access(path, context="work"), "kube-context"),
        (access(tmp_path / "none"), "kube-config"),
    ):
        with pytest.raises(EngineUnreachable) as error, Kube(wrong):
            pass
        assert code(error) == said


def test_another_certificate_stops_everything(fake: Fake, tmp_path: Path) -> None:
    path = kubeconfig(fake, tmp_path, {"token": "admin"})
    said = json.loads(path.read_text())
    del said["clusters"][0]["cluster"]["certificate-authority"]
    path.write_text(json.dumps(said))
    with Kube(access(path)) as found, pytest.raises(EngineUnreachable):
        found.version()
    assert fake.asked == []


def test_outside_a_pod_there_is_no_way_in_from_one(tmp_path: Path) -> None:
    with pytest.raises(EngineUnreachable) as error, Kube(access(Path("in-cluster"))):
        pass
    assert code(error) == "kube-not-in-cluster"
