"""Findings about datastores of K3s, each with its healthy twin."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from build_coverage import NOW, PAGES, estate
from build_longhorn import state
from phoenix_dr.core.cluster import Cluster, KubeNode
from phoenix_dr.core.findings import FindingFacts, find
from phoenix_dr.core.k3s_schedule import snapshots_of
from phoenix_dr.core.model import Asset, AssetKind, Estate, Ignore, Policy, RetentionRule
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.velero import VeleroState
from phoenix_dr.errors import UsageError
from phoenix_dr.render.phrases import LANGUAGES, sentence

SQLITE = KubeNode("k3s-1", "v1.33.4+k3s1", True)
ETCD = replace(SQLITE, etcd=True)
OTHER = replace(SQLITE, version="v1.33.4")
DATASTORE = Asset("wiki/datastore", AssetKind.K3S, "/var/lib/rancher/k3s")


def found(*nodes: KubeNode, described: Estate | None = None, **facts: object) -> list[Finding]:
    """Findings about datastores of a house with a Longhorn that saw these nodes."""
    look = replace(state(), cluster=replace(Cluster(), nodes=nodes))
    known = FindingFacts(clusters={"longhorn": look}, **facts)  # type: ignore[arg-type]
    house = described or estate(PAGES)
    return [it for it in find(house, (), known, now=NOW) if it.code.startswith("k3s-")]


def brief(findings: list[Finding]) -> list[tuple[str, Severity, str]]:
    """Code, severity and subject."""
    return [(it.code, it.severity, it.subject) for it in findings]


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ((SQLITE,), [("k3s-sqlite-undeclared", Severity.WARNING, "longhorn/datastore")]),
        ((SQLITE, ETCD), [("k3s-etcd-undeclared", Severity.INFO, "longhorn/datastore")]),
        ((OTHER,), []),
        ((), []),
    ],
)
def test_a_k3s_that_nobody_declared(
    nodes: tuple[KubeNode, ...], expected: list[tuple[str, Severity, str]]
) -> None:
    assert brief(found(*nodes)) == expected
    assert brief(found(*nodes, described=estate(PAGES, DATASTORE))) == []


def test_one_left_out_until_a_date_is_silent_till_then() -> None:
    day = NOW.date()
    for until, count in ((day, 0), (day - timedelta(days=1), 1)):
        left = replace(estate(PAGES), ignore=(Ignore("longhorn/datastore", "from Git", until),))
        assert len(found(SQLITE, described=left)) == count


def test_two_engines_in_one_cluster_tell_it_once() -> None:
    cluster = replace(Cluster(), nodes=(SQLITE,))
    velero = VeleroState("velero", NOW, cluster)
    assert len(found(SQLITE, veleros={"velero": velero})) == 1
    other = replace(velero, cluster=replace(cluster, nodes=(replace(SQLITE, name="b"),)))
    assert len(found(SQLITE, veleros={"velero": other})) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_point_without_its_token_is_critical_and_can_be_said(language: str) -> None:
    house = estate(PAGES, DATASTORE)
    lacking = {DATASTORE.id: ("server/token",)}
    findings = found(described=house, lacking=lacking)
    assert brief(findings) == [("k3s-without-token", Severity.CRITICAL, DATASTORE.id)]
    for each in (*findings, *found(SQLITE), *found(ETCD)):
        for kind in ("finding", "remedy"):
            assert sentence(language, f"{kind}.{each.code}", **dict(each.parameters))


def test_a_rule_that_keeps_everything_is_no_number_for_k3s() -> None:
    policy = Policy("all", "0 3 * * *", RetentionRule(), "why", ())
    with pytest.raises(UsageError) as refused:
        snapshots_of(policy)
    assert refused.value.code == "k3s-keep-all"
    assert snapshots_of(replace(policy, keep=RetentionRule(daily=3))) == ("0 3 * * *", 3)
