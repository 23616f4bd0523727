"""Accounts made from what `phoenix engine rbac` prints, in the fake cluster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

from adapters.kubernetes import fake_rbac
from adapters.kubernetes.fake_store import Rule, Store
from phoenix_dr.core.claim_settings import ClaimPlace
from phoenix_dr.core.cluster_roles import Need, Seat, grants, needs
from phoenix_dr.render.rbac import Account, text
from phoenix_dr.render.view import View

ENGLISH = View("en", ZoneInfo("UTC"))
SPACES = {"longhorn": "longhorn-system", "velero": "velero"}


def seat(kind: str, *claims: str, way: str = "class") -> Seat:
    """The engine of a kind, in its usual namespace."""
    return Seat(kind, SPACES[kind], claims, ClaimPlace(way=way))


def made(store: Store, token: str, wanted: Iterable[Need], *, drills: bool = False) -> None:
    """Make an account that may do this and no more, from its manifests."""
    spaces = ("phoenix-drill",) if drills else ()
    account = Account("phoenix-tested", grants(wanted), spaces)
    fake_rbac.install(store, text(account, "phoenix engine rbac", ENGLISH), token=token)


def printed(wanted: Iterable[Need]) -> set[Need]:
    """What the manifests really give: nothing is said twice."""
    return {
        Need(grant.namespace, rule.group, resource, verb)
        for grant in grants(wanted)
        for rule in grant.rules
        for resource in rule.resources
        for verb in rule.verbs
    }


def used(store: Store, token: str, wanted: Iterable[Need]) -> set[Need]:
    """What the account asked for, as the rights that let it: wide ones before narrow ones."""
    given = set(wanted)
    asked = {Need(*each[1:]) for each in store.used if each[0] == token}
    wide = {replace(each, namespace="") for each in asked}
    return {each for each in asked if replace(each, namespace="") not in given} | (wide & given)


def without(store: Store, token: str, lost: Need) -> tuple[Rule, ...]:
    """The rights of an account less one."""
    return tuple(
        part
        for rule in store.tokens[token]
        for resource in rule.resources
        for verb in rule.verbs
        for part in [replace(rule, resources=frozenset({resource}), verbs=frozenset({verb}))]
        if (rule.namespace or "", resource, verb) != (lost.namespace, lost.resource, lost.verb)
        or lost.group not in rule.groups
    )


__all__ = ["made", "needs", "printed", "seat", "used", "without"]
