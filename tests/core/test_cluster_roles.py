"""Accounts of a cluster: least privilege, whatever the role."""

from __future__ import annotations

from itertools import product

import pytest

from phoenix_dr.core.claim_settings import ClaimPlace
from phoenix_dr.core.cluster_roles import (
    LONGHORN,
    RESTORE,
    ROLES,
    VELERO,
    VERBS,
    Need,
    Seat,
    grants,
    needs,
)

SPACES = {LONGHORN: "longhorn-system", VELERO: "velero"}
WAYS = ("class", "volume")
EVERY = tuple(product(SPACES, ROLES, WAYS))
MADE_BY_DRILLS = {
    Need("drill", "", "persistentvolumeclaims", "delete"),
    Need("drill", "", "pods", "delete"),
    Need("drill", "batch", "jobs", "delete"),
    Need("drill", "networking.k8s.io", "networkpolicies", "delete"),
    Need("", "storage.k8s.io", "storageclasses", "delete"),
    Need("velero", "velero.io", "restores", "delete"),
}
ONLY_BY_VOLUME = {
    Need("", "", "persistentvolumes", "delete"),
    Need("longhorn-system", "longhorn.io", "volumes", "delete"),
}


def seat(kind: str, way: str = "class") -> Seat:
    place = ClaimPlace(namespace="drill", way=way)
    return Seat(kind, SPACES[kind], ("media", "web"), place)


@pytest.mark.parametrize(("kind", "role", "way"), EVERY)
def test_no_role_reads_secrets_runs_in_pods_or_has_a_wildcard(
    kind: str, role: str, way: str
) -> None:
    for each in needs(role, seat(kind, way)):
        assert each.verb in VERBS
        assert each.resource.isalpha(), "a wildcard, or a subresource such as pods/exec"
        assert each.resource not in {"secrets", "configmaps", "serviceaccounts", "roles"}
        assert each.group != "rbac.authorization.k8s.io"


@pytest.mark.parametrize(("kind", "role", "way"), EVERY)
def test_only_drills_remove_and_only_what_they_make(kind: str, role: str, way: str) -> None:
    removed = {each for each in needs(role, seat(kind, way)) if each.verb == "delete"}
    if role != RESTORE:
        assert removed == set()
    elif (kind, way) == (LONGHORN, "volume"):
        assert removed <= MADE_BY_DRILLS | ONLY_BY_VOLUME
    else:
        assert removed <= MADE_BY_DRILLS


@pytest.mark.parametrize(("kind", "role", "way"), EVERY)
def test_an_audit_writes_nothing_and_the_others_write_where_they_should(
    kind: str, role: str, way: str
) -> None:
    written = {each for each in needs(role, seat(kind, way)) if each.verb not in ("get", "list")}
    allowed = {SPACES[kind]}
    if role == "apply":
        allowed |= {"media", "web"}
    if role == "restore":
        allowed |= {"drill", ""}
    assert bool(written) is (role != "audit")
    assert {each.namespace for each in written} <= allowed


@pytest.mark.parametrize(("kind", "role", "way"), EVERY)
def test_rules_give_exactly_what_is_needed(kind: str, role: str, way: str) -> None:
    wanted = needs(role, seat(kind, way))
    given = [
        Need(grant.namespace, rule.group, resource, verb)
        for grant in grants(wanted)
        for rule in grant.rules
        for resource in rule.resources
        for verb in rule.verbs
    ]
    assert len(given) == len(set(given))
    wide = {(each.group, each.resource, each.verb) for each in given if not each.namespace}
    for each in set(wanted) - set(given):
        assert (each.group, each.resource, each.verb) in wide
    assert set(given) <= set(wanted)


def test_what_is_missing_is_said_as_kubectl_says_it() -> None:
    assert str(Need("", "", "pods", "list")) == "list pods"
    own = Need("longhorn-system", "longhorn.io", "volumes", "patch")
    assert str(own) == "patch volumes.longhorn.io -n longhorn-system"
