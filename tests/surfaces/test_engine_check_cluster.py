"""`phoenix engine check` of a cluster: who asks, what is read, and what each command would lack."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes import homelab
from adapters.kubernetes.fake_api import Fake, running
from adapters.kubernetes.fake_store import Fault, Store, rule
from adapters.kubernetes.lab import kubeconfig
from build_roles import made, needs, seat

CONFIG = """\
version: 1
language: en
timezone: UTC
here: worker
hosts: {{nas: {{site: home}}, worker: {{site: home}}}}
locations: {{nas: {{host: nas}}}}
engines:
  longhorn: {{kind: longhorn, kubeconfig: {kubeconfig}, targets: {{default: nas}}{more}}}
policies:
  default: {{schedule: "0 */6 * * *", keep: {{last: 7}}, because: undo, to: [longhorn/default]}}
services:
  media: {{assets: {{settings: {{volumes: {volumes}}}}}}}
"""
TOKEN = "a-token-nobody-may-see"


@dataclass
class House:
    """A configuration that names a fake."""

    fake: Fake
    root: Path

    def type(self, *words: str, code: int = 0) -> str:
        """Type a command; what it prints, in one line so that folds do not count."""
        done = subprocess.run(
            [
                *(sys.executable, "-m", "phoenix_dr", *words),
                *("--config", str(self.root / "phoenix.yaml")),
                *("--state", str(self.root / "state")),
            ],
            capture_output=True, text=True, timeout=60, check=False, cwd=self.root,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, (done.stdout, done.stderr)
        assert TOKEN not in done.stdout + done.stderr
        return " ".join((done.stdout + done.stderr).split())

    def can(self) -> dict[str, bool | None]:
        """What each role can, by JSON."""
        (told,) = json.loads(self.type("engine", "check", "longhorn", "--json"))
        found = {each["code"]: each["ok"] for each in told["rights"]["can"]}
        return {name: found[name] for name in ("audit", "apply", "backup", "restore")}


@contextmanager
def house(
    root: Path, store: Store, *, volumes: str = "longhorn/media/*", more: str = ""
) -> Iterator[House]:
    """The house while its cluster runs."""
    with running(store) as fake:
        access = kubeconfig(fake, root / "kube", {"token": TOKEN})
        path = root / "phoenix.yaml"
        path.write_text(CONFIG.format(kubeconfig=access, volumes=volumes, more=more))
        path.chmod(0o600)
        yield House(fake, root)


def cluster(*roles: str, claims: tuple[str, ...] = ("media",), way: str = "class") -> Store:
    """A cluster whose account has these roles, as they are printed."""
    store = homelab.cluster()
    wanted = {each for role in roles for each in needs(role, seat("longhorn", *claims, way=way))}
    made(store, TOKEN, wanted, drills="restore" in roles)
    return store


def test_an_audit_account_reads_everything_and_is_told_what_the_rest_would_lack(
    tmp_path: Path,
) -> None:
    with house(tmp_path, cluster("audit")) as made_:
        shown = made_.type("engine", "check", "longhorn")
        assert made_.fake.writes() == []
        posted = {path for method, path in made_.fake.asked if method != "GET"}
    assert {path.partition("?")[0].rsplit("/", 1)[1] for path in posted} == {
        "selfsubjectaccessreviews", "selfsubjectreviews",
    }  # fmt: skip
    for said in (
        "Kubernetes v1.33.4+k3s1",
        "+ Longhorn v1.10.2",
        "+ is system:serviceaccount:phoenix:phoenix-tested",
        "+ by the context home",
        "+ reads recurringjobs",
        "+ may do all an audit needs",
        "- for `protect apply` it lacks: create recurringjobs.longhorn.io -n longhorn-system, get",
        "get persistentvolumeclaims -n media, patch persistentvolumeclaims -n media",
        "- to make a backup now it lacks: create backups.longhorn.io -n longhorn-system",
        "- for `drill run` it lacks: get namespaces",
        "phoenix engine rbac longhorn --role apply | kubectl apply -f -",
        "phoenix engine rbac longhorn --role restore --kubeconfig | sh",
    ):
        assert said in shown, said
    assert "--role audit" not in shown


def test_in_french(tmp_path: Path) -> None:
    with house(tmp_path, cluster("audit")) as made_:
        shown = made_.type("engine", "check", "longhorn", "--language", "fr")
    assert "+ peut tout ce qu’il faut à un audit" in shown
    assert "- pour « drill run », il lui manque : get namespaces" in shown


@pytest.mark.parametrize("role", ["audit", "apply", "backup", "restore"])
def test_each_role_as_printed_is_told_to_be_able_and_no_other(tmp_path: Path, role: str) -> None:
    with house(tmp_path, cluster(role)) as made_:
        able = {name for name, ok in made_.can().items() if ok}
    assert able == {"audit", role}


def test_all_roles_at_once_leave_nothing_to_give(tmp_path: Path) -> None:
    store = cluster("audit", "apply", "backup", "restore")
    with house(tmp_path, store) as made_:
        shown = made_.type("engine", "check", "longhorn")
    assert "engine rbac" not in shown
    assert " - " not in shown


def test_the_way_of_the_drills_counts(tmp_path: Path) -> None:
    with house(tmp_path, cluster("restore"), more=", drills: {way: volume}") as made_:
        assert made_.can()["restore"] is False
        # Drills are wanted here: what they lack is told without being asked.
        assert "--role restore" in made_.type("engine", "check")
    with house(tmp_path, cluster("audit")) as made_:
        assert "--role restore" not in made_.type("engine", "check")


def test_claims_of_any_namespace_are_those_that_are_there(tmp_path: Path) -> None:
    with house(tmp_path, cluster("apply"), volumes="'longhorn/*/*'") as made_:
        shown = made_.type("engine", "check", "longhorn")
    assert (
        "it lacks: get persistentvolumeclaims -n web, patch persistentvolumeclaims -n web" in shown
    )
    assert "--role apply --namespaces media,web |" in shown
    with house(
        tmp_path, cluster("apply", claims=("media", "web")), volumes="'longhorn/*/*'"
    ) as made_:
        assert made_.can()["apply"] is True


def test_5_a_list_that_may_not_be_read_is_named_with_the_line_that_gives_it(tmp_path: Path) -> None:
    store = cluster("audit")
    wanted = needs("audit", seat("longhorn"))
    made(store, TOKEN, {each for each in wanted if each.resource != "backups"})
    with house(tmp_path, store) as made_:
        shown = made_.type("engine", "check", "longhorn", code=3)
    assert "- does not read backups" in shown
    assert "- for an audit it lacks: list backups.longhorn.io -n longhorn-system" in shown
    assert "phoenix engine rbac longhorn --role audit | kubectl apply -f -" in shown


def test_a_kind_the_cluster_does_not_have_is_no_missing_right(tmp_path: Path) -> None:
    store = homelab.without(cluster("audit"), "etcdsnapshotfiles")
    with house(tmp_path, store) as made_:
        shown = made_.type("engine", "check", "longhorn")
    assert "~ the cluster has no etcdsnapshotfiles" in shown
    assert "+ may do all an audit needs" in shown


@pytest.mark.parametrize("kind", ["selfsubjectaccessreviews", "selfsubjectreviews"])
def test_what_the_cluster_does_not_tell_is_unknown_and_never_able(
    tmp_path: Path, kind: str
) -> None:
    store = cluster("audit", "apply", "backup", "restore")
    group = "authorization" if "access" in kind else "authentication"
    store.faults[f"/apis/{group}.k8s.io/v1/{kind}"] = Fault(code=403)
    with house(tmp_path, store) as made_:
        shown = made_.type("engine", "check", "longhorn")
    if "access" in kind:
        assert "~ whether it may do what `drill run` needs is unknown" in shown
        assert "may do all `protect apply` needs" not in shown
    else:
        assert "~ which account this is, the cluster does not tell" in shown
        assert "+ may do all `drill run` needs" in shown


def test_an_answer_of_another_shape_is_unknown(tmp_path: Path) -> None:
    odd: list[Any] = [None, "yes", {"allowed": "true"}, {"allowed": None}]
    store = cluster("audit", "apply", "backup", "restore")
    for each in odd:
        store.answers["/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"] = {"status": each}
        with house(tmp_path, store) as made_:
            found = made_.can()
        assert found == {"audit": True, "apply": None, "backup": None, "restore": None}


def test_a_star_for_an_administrator_is_able(tmp_path: Path) -> None:
    store = homelab.cluster()
    store.tokens[TOKEN] = (rule("*", "*", "*"),)
    store.accounts[TOKEN] = "system:admin"
    with house(tmp_path, store) as made_:
        assert set(made_.can().values()) == {True}
