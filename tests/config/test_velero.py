"""Velero in phoenix.yaml: the way in, its storage locations, and whose claims it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from build_config import estate, short, written
from phoenix_dr import config
from phoenix_dr.config import reading
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import ConfigError
from phoenix_dr.render.errors import problem
from phoenix_dr.render.phrases import LANGUAGES

CLUSTER = """\
version: 1
here: pve1
hosts: {pve1: {site: home}, nas: {site: paris}}
locations: {near: {host: pve1}, far: {host: nas}}
engines:
  velero:
    kind: velero
    kubeconfig: ~/.kube/config
    context: home
    namespace: saving
    locations: {default: near, paris: far}
    volumes: both
    apply: handoff
  longhorn: {kind: longhorn, kubeconfig: ~/.kube/config, context: home, targets: {default: near}}
  other: {kind: velero, kubeconfig: in-cluster, locations: {default: far}}
policies:
  default: {schedule: "@daily", keep: {last: 7}, because: undo, to: [velero/paris, other]}
services:
  media:
    assets:
      settings: {volumes: longhorn/media/*}
      wiki: {volumes: velero/wiki/pages}
"""


def changed(old: str, new: str) -> str:
    """The cluster with one piece replaced."""
    assert CLUSTER.count(old) == 1, old
    return CLUSTER.replace(old, new)


def test_a_velero_in_full_and_one_in_few_words(tmp_path: Path) -> None:
    made = estate(tmp_path, CLUSTER).engines
    assert made["velero"] == EngineSpec(
        id="velero",
        kind="velero",
        locations={"default": "near", "paris": "far"},
        apply="handoff",
        archives={"media/*": "media/settings", "wiki/pages": "media/wiki"},
        settings={
            "kubeconfig": "/home/ada/.kube/config",
            "context": "home",
            "namespace": "saving",
            "volumes": "both",
        },
    )
    assert made["other"] == EngineSpec(
        id="other",
        kind="velero",
        locations={"default": "far"},
        settings={"kubeconfig": "in-cluster", "namespace": "velero"},
    )


def test_claims_of_a_velero_are_its_own_alone(tmp_path: Path) -> None:
    assert estate(tmp_path, CLUSTER).engines["longhorn"].archives == {"media/*": "media/settings"}
    elsewhere = changed("~/.kube/config, context: home", "~/.kube/config, context: work")
    assert estate(tmp_path, elsewhere).engines["velero"].archives == {"wiki/pages": "media/wiki"}


def test_it_is_spoken_and_nothing_is_noted(tmp_path: Path) -> None:
    report = config.check(written(tmp_path, CLUSTER))
    assert (report.problems, report.notes) == ((), ())


AT = "engines.velero"
FAULTS = [
    ("    kubeconfig: ~/.kube/config\n", "", (AT, "missing-key")),
    ("kubeconfig: ~/.kube/config\n", "kubeconfig: config\n", (f"{AT}.kubeconfig", "relative-path")),
    ("paris: far}", "paris: nas}", (f"{AT}.locations.paris", "unknown-location")),
    ("namespace: saving", "namespace: Saving", (f"{AT}.namespace", "bad-kube-name")),
    ("namespace: saving", "nmespace: saving", (f"{AT}.nmespace", "unknown-key-close")),
    ("volumes: both", "volumes: disks", (f"{AT}.volumes", "not-one-of")),
    ("apply: handoff", "token: env:T", (f"{AT}.token", "unknown-key")),
    ("[velero/paris", "[velero", ("policies.default.to.0", "which-place")),
    ("[velero/paris", "[velero/oslo", ("policies.default.to.0", "unknown-place")),
    ("velero/wiki/pages", "velero/wiki", ("services.media.assets.wiki.volumes", "bad-volumes")),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "fault"), FAULTS, ids=[each[2][1] for each in FAULTS])
def test_what_cannot_be_right_is_a_fault_with_its_line(
    tmp_path: Path, old: str, new: str, fault: tuple[str, str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        reading.load(written(tmp_path, changed(old, new)), tmp_path)
    problems = caught.value.problems
    assert [(each.path, each.code) for each in problems] == [fault], short(problems)
    assert all(problem(each, language) for each in problems for language in LANGUAGES)


def test_a_velero_without_locations_lacks_only_these(tmp_path: Path) -> None:
    text = changed("    locations: {default: near, paris: far}\n", "")
    text = text.replace("[velero/paris, other]", "[velero, other]")
    found = [(each.path, each.code) for each in config.check(written(tmp_path, text)).problems]
    assert found == [(AT, "missing-key")]
