"""`phoenix engine rbac` typed: manifests that load, a kubeconfig that works, clear refusals."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes import fake_rbac, homelab, velerolab
from adapters.kubernetes.fake_api import running
from adapters.kubernetes.fake_rbac import documents
from adapters.kubernetes.fake_schema import kinds
from adapters.kubernetes.lab import NAMESPACES, access
from phoenix_dr.adapters._kube import Kube

CONFIG = """\
version: 1
language: en
timezone: UTC
here: worker
hosts: {{nas: {{site: home}}, worker: {{site: home}}}}
locations: {{nas: {{host: nas}}, pbs: {{host: nas}}}}
engines:
  longhorn: {{kind: longhorn, kubeconfig: {root}/none, targets: {{default: nas}}}}
  velero: {{kind: velero, kubeconfig: {root}/none, locations: {{default: nas}}}}
  other: {{kind: longhorn, kubeconfig: {root}/other, targets: {{default: nas}}}}
  files: {{kind: restic, repository: {root}/repo, location: nas, password: env:SECRET}}
policies:
  default: {{schedule: "0 */6 * * *", keep: {{last: 7}}, because: undo, to: [longhorn/default]}}
services:
  media: {{assets: {{settings: {{volumes: {volumes}}}}}}}
"""
Type = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def typed(tmp_path: Path) -> Type:
    """Types `phoenix engine rbac`; nothing listens anywhere."""

    def run(*words: str, volumes: str = "longhorn/media/*") -> subprocess.CompletedProcess[str]:
        path = tmp_path / "phoenix.yaml"
        path.write_text(CONFIG.format(root=tmp_path, volumes=volumes))
        path.chmod(0o600)
        before = (sys.executable, "-m", "phoenix_dr", "engine", "rbac")
        after = ("--config", str(path), "--state", str(tmp_path / "state"))
        done = subprocess.run(
            [*before, *words, *after],
            capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


def named(found: list[dict[str, Any]], kind: str) -> list[tuple[str, str]]:
    return [
        (each["metadata"].get("namespace", ""), each["metadata"]["name"])
        for each in found
        if each["kind"] == kind
    ]


def test_what_is_printed_loads_and_names_what_it_binds(typed: Type) -> None:
    done = typed("longhorn", "--role", "apply")
    assert (done.returncode, done.stderr) == (0, "")
    found = documents(done.stdout)
    who = "phoenix-longhorn-apply"
    assert named(found, "ServiceAccount") == [("phoenix", who)]
    assert named(found, "Role") == [("longhorn-system", who), ("media", who)]
    assert named(found, "RoleBinding") == named(found, "Role")
    assert named(found, "ClusterRoleBinding") == named(found, "ClusterRole") == [("", who)]
    [media] = [each for each in found if each["metadata"].get("namespace") == "media"][:1]
    assert media["rules"] == [
        {"apiGroups": [""], "resources": ["persistentvolumeclaims"], "verbs": ["get", "patch"]}
    ]
    assert "cannot limit a patch to labels: in longhorn-system, media" in done.stdout
    assert f"kubectl -n phoenix create token {who} --duration=2160h" in done.stdout
    told = json.loads(typed("longhorn", "--role", "apply", "--json").stdout)
    assert told["manifests"] == found
    assert (told["account"], told["namespace"]) == (who, "phoenix")


def test_one_account_for_both_engines_and_several_roles(typed: Type) -> None:
    done = typed("velero", "longhorn", "--role", "restore", "--role", "backup", "--way", "volume")
    found = documents(done.stdout)
    who = "phoenix-longhorn-velero-backup-restore"
    assert named(found, "ServiceAccount") == [("phoenix", who)]
    spaces = [space for space, _ in named(found, "Role")]
    assert spaces == ["longhorn-system", "phoenix-drill", "velero"]
    [drills] = [each for each in found if each["metadata"]["name"] == "phoenix-drill"]
    assert drills["metadata"]["labels"] == {"pod-security.kubernetes.io/enforce": "baseline"}
    said = " ".join(done.stdout.replace("#", " ").split())
    assert "RBAC cannot limit a Restore of Velero to a namespace" in said
    assert "The way `volume` may remove every volume" in said
    french = typed("longhorn", "--role", "restore", "--language", "fr").stdout
    assert "Les exercices restaurent dans phoenix-drill" in french
    assert "La voie « volume »" not in french
    assert documents(french)


def test_claims_of_any_namespace_are_asked_for_by_name(typed: Type) -> None:
    done = typed("longhorn", "--role", "apply", volumes="'longhorn/*/*'")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--namespaces media,web" in done.stderr
    given = typed(
        "longhorn", "--role", "apply", "--namespaces", "web, media", volumes="'longhorn/*/*'"
    )
    assert [space for space, _ in named(documents(given.stdout), "Role")] == [
        "longhorn-system", "media", "web",
    ]  # fmt: skip
    assert typed("longhorn", "--role", "audit", volumes="'longhorn/*/*'").returncode == 0
    odd = typed("longhorn", "--role", "apply", "--namespaces", "media,Web_1")
    assert (odd.returncode, odd.stdout) == (2, "")
    assert "Web_1" in odd.stderr


@pytest.mark.parametrize(
    ("words", "english", "french"),
    [
        (("nope", "--role", "audit"), "there is no engine nope", "nope"),
        (("longhorn",), "for which role?", "pour quel rôle"),
        (("longhorn", "other", "--role", "audit"), "are two clusters", "sont deux clusters"),
        (("files", "--role", "audit"), "files (restic) has no account", "n’a pas de compte"),
        (("longhorn", "files", "--role", "audit"), "is in no cluster", "n’est dans aucun cluster"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_both_languages(
    typed: Type, words: tuple[str, ...], english: str, french: str
) -> None:
    for language, said in (("en", english), ("fr", french)):
        done = typed(*words, "--language", language)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 2


def test_its_kubeconfig_is_for_its_owner_alone_and_leads_into_the_cluster(
    typed: Type, tmp_path: Path
) -> None:
    store = homelab.cluster()
    store.served = (*store.served, *kinds("velero-1.18.1"))
    store.put("Namespace", velerolab.SPACE)
    words = ("longhorn", "velero", "--role", "audit")
    fake_rbac.install(store, typed(*words).stdout, token="of-the-account")
    with running(store) as fake:
        programs = tmp_path / "bin"
        programs.mkdir()
        kubectl = programs / "kubectl"
        kubectl.write_text(
            "#!/bin/sh\n"
            'case "$*" in\n'
            f'*"jsonpath={{.clusters[0].cluster.server}}") printf %s {fake.url};;\n'
            f"*certificate-authority-data*) base64 -w0 {fake.certificate};;\n"
            '"-n phoenix create token phoenix-longhorn-velero-audit --duration=2160h")\n'
            "  echo of-the-account;;\n"
            "*) exit 1;;\n"
            "esac\n"
        )
        kubectl.chmod(0o755)
        stale = tmp_path / "phoenix.kubeconfig"
        stale.write_text("readable by all\n")
        stale.chmod(0o644)
        script = typed(*words, "--kubeconfig").stdout
        environ = {**os.environ, "PATH": f"{programs}:/usr/bin:/bin"}
        subprocess.run(
            ["sh"], input=script, text=True, check=True, cwd=tmp_path, env=environ, timeout=60
        )
        made = tmp_path / "phoenix.kubeconfig"
        assert stat.S_IMODE(made.stat().st_mode) == 0o600
        with Kube(access(made)) as kube:
            assert [each["metadata"]["name"] for each in kube.each(NAMESPACES)]
        kubectl.write_text("#!/bin/sh\nexit 1\n")
        again = subprocess.run(
            ["sh"], input=script, text=True, check=False, cwd=tmp_path, env=environ, timeout=60
        )
        assert again.returncode == 1
        assert "of-the-account" in made.read_text(), "a failure left what was there"
