"""Ways into a cluster that do not lead there: one sentence and one hint, in both languages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes import homelab
from adapters.kubernetes.fake_api import Fake, running
from adapters.kubernetes.lab import kubeconfig
from adapters.proxmox.fake_pve import certificate
from surfaces.test_engine_check_cluster import CONFIG

V1 = "client.authentication.k8s.io/v1"
PLUGIN = """\
#!/bin/sh
echo '{"apiVersion": "%s", "kind": "ExecCredential",
 "status": {"token": "audit", "expirationTimestamp": "%s"}}'
"""


@pytest.fixture
def fake() -> Iterator[Fake]:
    with running(homelab.cluster()) as made:
        yield made


def typed(root: Path, *words: str, language: str = "en", more: str = "") -> tuple[int, str]:
    """What a command says, in one line."""
    path = root / "phoenix.yaml"
    access = root / "kube" / "kubeconfig"
    path.write_text(CONFIG.format(kubeconfig=access, volumes="longhorn/media/*", more=more))
    path.chmod(0o600)
    after = ("--config", str(path), "--state", str(root / "state"), "--language", language)
    environ = {**os.environ, "COLUMNS": "400"}
    done = subprocess.run(
        [sys.executable, "-m", "phoenix_dr", *words, *after],
        capture_output=True, text=True, timeout=60, check=False, cwd=root, env=environ,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def plugin(root: Path, expires: str) -> dict[str, Any]:
    """A user by an `exec` plugin of version 1."""
    path = root / "login"
    path.write_text(PLUGIN % (V1, expires))
    path.chmod(0o755)
    return {"exec": {"apiVersion": V1, "command": str(path), "interactiveMode": "Never"}}


def other_ca() -> str:
    return str(certificate("other.lan")[0])


GOOD = {"token": "audit"}
BAD: dict[str, tuple[dict[str, Any], dict[str, Any], str, str, str]] = {
    "ended token": ({"token": "old"}, {}, "", "does not accept this credential", "n’accepte pas"),
    "context": (GOOD, {}, ", context: work", "has no context “work”", "pas de contexte « work »"),
    "away": (GOOD, {"server": "https://127.0.0.1:1"}, "", "Connection refused", "injoignable"),
    "CA": (GOOD, {"certificate-authority": "other"}, "", "does not trust: self", "ne se fie"),
    "no CA": (GOOD, {"certificate-authority": "/nope/ca"}, "", "/nope/ca: No such", "/nope/ca"),
    "certificate": (
        {"client-certificate": "/nope/c", "client-key": "/nope/k"}, {}, "", "/nope/c: No such",
        "/nope/c",
    ),
    "token file": ({"tokenFile": "/nope/t"}, {}, "", "/nope/t: No such file", "/nope/t"),
    "plugin": ({"exec": "2020-01-01T00:00:00Z"}, {}, "", "login: expired", "login: expired"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_each_way_that_fails_says_why_and_what_to_do(fake: Fake, tmp_path: Path, case: str) -> None:
    user, cluster, more, english, french = BAD[case]
    if "certificate-authority" in cluster and cluster["certificate-authority"] == "other":
        cluster = {"certificate-authority": other_ca()}
    if "exec" in user:
        user = plugin(tmp_path, str(user["exec"]))
    kubeconfig(fake, tmp_path / "kube", user, **cluster)
    for language, said in (("en", english), ("fr", french)):
        code, text = typed(tmp_path, "engine", "check", "longhorn", language=language, more=more)
        assert code == 3
        lines = text.splitlines()
        assert said in lines[0]
        assert lines[1:], "a hint"
        assert all(re.fullmatch(r"    \S.*", line) for line in lines[1:]), lines
        assert "longhorn: longhorn" not in text
    code, text = typed(tmp_path, "audit", "--no-report", more=more)
    assert code == 3
    assert english in " ".join(text.split())


def test_a_plugin_whose_credential_holds_and_a_named_context_lead_in(
    fake: Fake, tmp_path: Path
) -> None:
    kubeconfig(fake, tmp_path / "kube", plugin(tmp_path, "2999-01-01T00:00:00Z"))
    code, text = typed(tmp_path, "engine", "check", "longhorn", more=", context: home")
    assert code == 0
    assert "by the context home" in text


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_a_kubeconfig_everybody_may_read_is_told(fake: Fake, tmp_path: Path, mode: int) -> None:
    path = kubeconfig(fake, tmp_path / "kube", GOOD)
    path.chmod(mode)
    for language, said in (
        ("en", "can be read by every account of this machine"),
        ("fr", "lisible par tout compte de cette machine"),
    ):
        _, text = typed(tmp_path, "engine", "check", "longhorn", language=language)
        assert (said in " ".join(text.split())) is (mode == 0o644)


def test_a_server_nobody_verifies_is_told(fake: Fake, tmp_path: Path) -> None:
    path = kubeconfig(fake, tmp_path / "kube", GOOD)
    assert "insecure-skip-tls-verify" not in typed(tmp_path, "engine", "check", "longhorn")[1]
    said = json.loads(path.read_text())
    del said["clusters"][0]["cluster"]["certificate-authority"]
    said["clusters"][0]["cluster"]["insecure-skip-tls-verify"] = True
    path.write_text(json.dumps(said))
    code, text = typed(tmp_path, "engine", "check", "longhorn")
    assert code == 0
    assert "the server's certificate is not checked (insecure-skip-tls-verify)" in text
