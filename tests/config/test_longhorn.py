"""Longhorn in phoenix.yaml: the way in, its targets, and the claims that assets name."""

from __future__ import annotations

from pathlib import Path

import pytest

from build_config import estate, short, written
from phoenix_dr import config
from phoenix_dr.config import reading
from phoenix_dr.core.model import Asset, AssetKind, EngineSpec
from phoenix_dr.errors import ConfigError
from phoenix_dr.render.errors import problem
from phoenix_dr.render.phrases import LANGUAGES

CLUSTER = """\
version: 1
here: pve1
hosts: {pve1: {site: home}, nas: {site: paris}}
locations: {near: {host: pve1}, far: {host: nas}}
engines:
  longhorn:
    kind: longhorn
    kubeconfig: ~/.kube/config
    context: home
    namespace: storage
    targets: {default: near, paris: far}
    apply: handoff
  inside: {kind: longhorn, kubeconfig: in-cluster, targets: {default: near}}
  files: {kind: restic, repository: /mnt/restic, location: near}
  later: {kind: etcd, token: env:T}
policies:
  default: {schedule: "@daily", keep: {last: 7}, because: undo, to: [longhorn/default, inside]}
services:
  media:
    assets:
      settings: {volumes: longhorn/media/*}
      base: {volumes: longhorn/media/sonarr-db}
      other: {volumes: inside/*/config}
"""


def changed(old: str, new: str) -> str:
    """The cluster with one piece replaced."""
    assert CLUSTER.count(old) == 1, old
    return CLUSTER.replace(old, new)


def test_a_cluster_in_full_and_one_in_few_words(tmp_path: Path) -> None:
    made = estate(tmp_path, CLUSTER).engines
    assert made["longhorn"] == EngineSpec(
        id="longhorn",
        kind="longhorn",
        locations={"default": "near", "paris": "far"},
        apply="handoff",
        archives={"media/*": "media/settings", "media/sonarr-db": "media/base"},
        settings={
            "kubeconfig": "/home/ada/.kube/config",
            "context": "home",
            "namespace": "storage",
        },
    )
    assert made["inside"] == EngineSpec(
        id="inside",
        kind="longhorn",
        locations={"default": "near"},
        archives={"*/config": "media/other"},
        settings={"kubeconfig": "in-cluster", "namespace": "longhorn-system"},
    )


def test_claims_are_spoken_and_only_the_later_kind_is_noted(tmp_path: Path) -> None:
    report = config.check(written(tmp_path, CLUSTER))
    assert report.problems == ()
    assert short(report.notes) == [(15, 3, "engines.later", "engine-not-yet")]
    settings = estate(tmp_path, CLUSTER).asset("media/settings")
    assert settings == Asset("media/settings", AssetKind.VOLUMES, "longhorn/media/*")


AT = "engines.longhorn"
OF = "services.media.assets.settings.volumes"
FAULTS = [
    ("    kubeconfig: ~/.kube/config\n", "", (AT, "missing-key")),
    ("~/.kube/config", "config", (f"{AT}.kubeconfig", "relative-path")),
    ("~/.kube/config", "In-Cluster", (f"{AT}.kubeconfig", "relative-path")),
    ("paris: far", "paris: nas", (f"{AT}.targets.paris", "unknown-location")),
    ("namespace: storage", "namespace: Storage", (f"{AT}.namespace", "bad-kube-name")),
    ("namespace: storage", "namespace: ../kube-system", (f"{AT}.namespace", "bad-kube-name")),
    ("namespace: storage", "namepace: storage", (f"{AT}.namepace", "unknown-key-close")),
    ("context: home", 'context: ""', (f"{AT}.context", "empty-text")),
    ("apply: handoff", "apply: never", (f"{AT}.apply", "not-one-of")),
    ("apply: handoff", "token: env:T", (f"{AT}.token", "unknown-key")),
    ("to: [longhorn/default", "to: [longhorn", ("policies.default.to.0", "which-place")),
    ("to: [longhorn/default", "to: [longhorn/oslo", ("policies.default.to.0", "unknown-place")),
    ("longhorn/media/*", "media/*", (OF, "bad-volumes")),
    ("longhorn/media/*", "longhorn/media", (OF, "bad-volumes")),
    ("longhorn/media/*", "longhorn/media/a/b", (OF, "bad-volumes")),
    ("longhorn/media/*", "longhorn/media/a?", (OF, "bad-volumes")),
    ("longhorn/media/*", "longhorn/Media/*", (OF, "bad-volumes")),
    ("longhorn/media/*", "lnghorn/media/*", (OF, "unknown-engine")),
    ("longhorn/media/*", "files/media/*", (OF, "volumes-elsewhere")),
    ("inside/*/config", "longhorn/media/*", ("services.media.assets.other.volumes", "named-twice")),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "fault"), FAULTS, ids=[each[1][:30] for each in FAULTS])
def test_what_cannot_be_right_is_a_fault_with_its_line(
    tmp_path: Path, old: str, new: str, fault: tuple[str, str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        reading.load(written(tmp_path, changed(old, new)), tmp_path)
    problems = caught.value.problems
    assert [(each.path, each.code) for each in problems] == [fault], short(problems)
    assert all(problem(each, language) for each in problems for language in LANGUAGES)


def test_a_longhorn_without_targets_has_no_place_for_a_policy_either(tmp_path: Path) -> None:
    text = changed("{default: near, paris: far}", "{}")
    found = {(each.path, each.code) for each in config.check(written(tmp_path, text)).problems}
    assert found == {(f"{AT}.targets", "empty-block"), ("policies.default.to.0", "unknown-place")}


def test_claims_of_a_kind_spoken_later_are_no_fault(tmp_path: Path) -> None:
    report = config.check(written(tmp_path, changed("longhorn/media/*", "later/media/*")))
    assert report.problems == ()
    assert ("services.media.assets.settings", "asset-not-yet") in {
        (each.path, each.code) for each in report.notes
    }


def test_the_editor_schema_knows_every_key() -> None:
    form = config.schema()["$defs"]["LonghornEngine"]
    assert form["required"] == ["kind", "kubeconfig", "targets"]
    assert all(each.get("description") for each in form["properties"].values())
