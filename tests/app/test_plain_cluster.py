"""A cluster without Longhorn and Velero: what lies in it, and which claims nobody copies."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.kubernetes.fake_api import running
from adapters.kubernetes.fake_store import ADMIN, Rule, Store, rule, store
from adapters.kubernetes.homelab import claim, etcd_file
from adapters.kubernetes.lab import kubeconfig
from build_cluster import house
from build_proxmox import House
from phoenix_dr.app.audit import audit
from phoenix_dr.app.engine_roles import Asked, account
from phoenix_dr.core.cluster_roles import KUBERNETES, Need, Seat, needs, roles_of
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.errors import UsageError
from phoenix_dr.render.phrases import sentence

CONFIG = """\
version: 1
language: en
timezone: UTC
here: worker
hosts: {{nas: {{site: home}}, worker: {{site: home}}}}
locations: {{nas: {{host: nas}}}}
engines:
  k3s: {{kind: kubernetes, kubeconfig: {kubeconfig}}}
  near: {{kind: restic, repository: /srv/near, location: nas, password: env:P}}
policies:
  default: {{schedule: "0 */6 * * *", keep: {{last: 7}}, because: undo, to: [near]}}
services:
  wiki: {{assets: {{pages: {{files: FOLDER}}}}}}
"""
LEAST = tuple(
    rule(each.verb, each.group or "core", each.resource)
    for each in needs("audit", Seat(KUBERNETES, ""))
)


def cluster(rules: tuple[Rule, ...] = LEAST) -> Store:
    """Two claims on a node's disk, one of them mounted; snapshots of the datastore."""
    made = store("csi", "k3s", tokens=(("admin", ADMIN), ("audit", rules)))
    made.put("Namespace", "web")
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    etcd = {"labels": {"node-role.kubernetes.io/etcd": "true"}}
    made.put("Node", "k3s-1", metadata=etcd, status=ready)
    claim(made, "web", "wiki", volume="pvc-1", storage_class="local-path")
    claim(made, "web", "spare", volume="pvc-2", storage_class="local-path")
    volume = {"name": "v", "persistentVolumeClaim": {"claimName": "wiki"}}
    made.put("Deployment", "wiki", "web", spec={"template": {"spec": {"volumes": [volume]}}})
    etcd_file(made, "etcd-s3", "s3://bucket/etcd-s3", hours=6)
    return made


def said(made: House) -> dict[tuple[str, str], Finding]:
    """What an audit says of the cluster, by code and subject."""
    return {
        (each.code, each.subject): each
        for each in made.using(audit).findings
        if each.subject.partition("/")[0] == "k3s"
    }


def told(folder: str = "/srv/wiki", more: str = "") -> str:
    """The configuration with a folder that is saved."""
    return CONFIG.replace("FOLDER", folder) + more


def test_what_nobody_copies_is_said_with_where_it_lies_and_who_uses_it(tmp_path: Path) -> None:
    with house(tmp_path, cluster(), config=told()) as made:
        found = said(made)
    assert set(found) == {("claim-uncopied", "k3s/web/wiki"), ("claim-uncopied", "k3s/web/spare")}
    used = found["claim-uncopied", "k3s/web/wiki"]
    assert (used.severity, used.owner) == (Severity.WARNING, "you")
    line = sentence("en", "finding.claim-uncopied", **dict(used.parameters))
    assert "web/wiki (hostPath, /opt/pvc-1)" in line
    assert "Deployment wiki" in line
    assert found["claim-uncopied", "k3s/web/spare"].severity is Severity.INFO


@pytest.mark.parametrize("folder", ["/opt/pvc-1", "/opt"])
def test_a_claim_whose_folder_is_saved_is_copied(tmp_path: Path, folder: str) -> None:
    with house(tmp_path, cluster(), config=told(folder)) as made:
        assert ("claim-uncopied", "k3s/web/wiki") not in said(made)


def test_a_folder_that_only_begins_alike_saves_nothing(tmp_path: Path) -> None:
    with house(tmp_path, cluster(), config=told("/opt/pvc")) as made:
        assert ("claim-uncopied", "k3s/web/wiki") in said(made)


def test_a_claim_another_engine_of_the_cluster_names_is_its_own(tmp_path: Path) -> None:
    config = told().replace("  near:", "  velero: {{kind: velero, kubeconfig: in-cluster, "
                            "locations: {{default: nas}}}}\n  near:")  # fmt: skip
    config += "  media: {{assets: {{all: {{volumes: velero/web/*}}}}}}\n"
    with house(tmp_path, cluster(), config=config) as made:
        assert said(made) == {}


def test_one_left_out_until_a_date_stays_silent(tmp_path: Path) -> None:
    more = "ignore: [{{found: k3s/web/wiki, because: a cache, until: 2999-01-01}}]\n"
    with house(tmp_path, cluster(), config=told(more=more)) as made:
        assert set(said(made)) == {("claim-uncopied", "k3s/web/spare")}


def unbound(made: Store) -> None:
    """A claim that waits for a volume."""
    made.objects["", "persistentvolumeclaims", "web", "wiki"]["status"] = {"phase": "Pending"}


def without_etcd(made: Store) -> None:
    """No snapshot of the datastore."""
    del made.objects["k3s.cattle.io", "etcdsnapshotfiles", "", "etcd-s3"]


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (unbound, ("claim-not-bound", "k3s/web/wiki")),
        (without_etcd, ("etcd-no-snapshots", "k3s/etcd")),
    ],
)
def test_other_things_that_are_wrong(
    tmp_path: Path, spoil: Callable[[Store], None], found: tuple[str, str]
) -> None:
    made_store = cluster()
    spoil(made_store)
    with house(tmp_path, made_store, config=told()) as made:
        assert found in said(made)


def test_lists_that_may_not_be_read_are_unknown_and_never_clean(tmp_path: Path) -> None:
    hidden = tuple(each for each in LEAST if "persistentvolumes" not in each.resources)
    with house(tmp_path, cluster(hidden), config=told()) as made:
        found = said(made)
    assert found["blind", "k3s"].severity is Severity.UNKNOWN
    assert found["claim-uncopied", "k3s/web/wiki"].severity is Severity.UNKNOWN


def test_its_account_only_looks(tmp_path: Path) -> None:
    with house(tmp_path, cluster(), config=told()) as made, made.context() as ctx:
        printed = account(ctx, ["k3s"], Asked(("audit",)))
        assert [grant.namespace for grant in printed.grants] == [""]
        assert {verb for rule_ in printed.grants[0].rules for verb in rule_.verbs} == {"list"}
        with pytest.raises(UsageError) as refused:
            account(ctx, ["k3s"], Asked(("restore",)))
    assert refused.value.code == "rbac-no-role"
    assert roles_of(KUBERNETES) == ("audit",)


@pytest.mark.parametrize("lost", sorted(needs("audit", Seat(KUBERNETES, "")), key=str), ids=str)
def test_without_any_right_of_its_account_something_is_unknown(tmp_path: Path, lost: Need) -> None:
    rules = tuple(each for each in LEAST if each.resources != {lost.resource})
    with house(tmp_path, cluster(rules), config=told()) as made:
        found = said(made)
    assert ("blind", "k3s") in found


def test_engine_check_says_what_can_be_read(tmp_path: Path) -> None:
    with running(cluster()) as fake:
        access = kubeconfig(fake, tmp_path / "kube", {"token": "audit"})
        path = tmp_path / "phoenix.yaml"
        path.write_text(told().format(kubeconfig=access))
        path.chmod(0o600)
        words = ["engine", "check", "k3s", "--config", str(path), "--state", str(tmp_path / "s")]
        done = subprocess.run(
            [sys.executable, "-m", "phoenix_dr", *words, "--language", "en"],
            capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "persistentvolumeclaims" in done.stdout
    assert "k3s: " in done.stdout
    assert "longhorn" not in done.stdout.lower()
