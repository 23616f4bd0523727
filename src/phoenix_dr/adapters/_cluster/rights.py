"""What an account may do in a cluster, as the cluster itself tells: questions that change nothing.

A SelfSubjectAccessReview is posted, answered and forgotten (decision 0011).
"""

from __future__ import annotations

import shlex
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from phoenix_dr.adapters._cluster.look import CLAIMS, kind
from phoenix_dr.adapters._cluster.values import flag, meta, part, text
from phoenix_dr.adapters._kube import Kind, Kube, Object
from phoenix_dr.adapters._kube_access import IN_CLUSTER
from phoenix_dr.core.capabilities import Capability, Role
from phoenix_dr.core.claim_settings import ClaimPlace
from phoenix_dr.core.cluster_roles import (
    APPLY,
    AUDIT,
    LONGHORN,
    RESTORE,
    ROLES,
    Need,
    Seat,
    needs,
    roles_of,
)
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineError

REVIEWS = kind(
    "authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews", spaced=False
)
WHO = kind("authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews", spaced=False)
ABSENT = "kube-no-kind"
GRAVE = frozenset({"kube-credential", "network", "write-unanswered"})
"""Why no other question would be answered either."""
MOST = 100
"""Namespaces asked about one by one; of more nothing is said."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What is there to ask: one account in one cluster, and the engine it is for."""

    kube: Kube
    spec: EngineSpec

    def told(self, lists: Iterable[tuple[Kind, str]]) -> Iterator[Capability]:
        """Who it is, each list, and each role; `lists` come with why they cannot be read.

        Raises EngineError when nothing can be asked at all.
        """
        yield self._account()
        yield Capability("context", ok=True, subject=self.kube.context)
        yield from self._way_in()
        unread = []
        for each, code in lists:
            if code == ABSENT:
                yield Capability("absent", ok=None, subject=each.plural, wanted=False)
                continue
            yield Capability("list", ok=not code, subject=each.plural)
            unread += [each] if code else []
        yield self._audit(unread)
        for role in roles_of(self.spec.kind):
            if role != AUDIT:
                yield self._role(role)

    def roles(self, can: Iterable[Capability]) -> tuple[Role, ...]:
        """The lines that make an account for each role this one is not enough for."""
        short = [each.code for each in can if each.code in ROLES and each.ok is not True]
        return tuple(Role(role, self._lines(role)) for role in short)

    def _lines(self, role: str) -> tuple[str, str]:
        words = ["phoenix", "engine", "rbac", self.spec.id, "--role", role]
        if role == APPLY and self.spec.kind == LONGHORN and self._wild():
            words += ["--namespaces", ",".join(self._spaces() or ("NAME",))]
        typed = shlex.join(words)
        return f"{typed} | kubectl apply -f -", f"{typed} --kubeconfig | sh"

    def _way_in(self) -> Iterator[Capability]:
        """What of the kubeconfig itself would let others in."""
        path = self.spec.settings["kubeconfig"]
        if path != IN_CLUSTER and Path(path).stat().st_mode & stat.S_IROTH:
            yield Capability("open", ok=False, subject=path)
        if not self.kube.is_verified:
            yield Capability("unverified", ok=False)

    def _account(self) -> Capability:
        """From Kubernetes 1.28 on the cluster tells who one is."""
        told = self._asked(WHO)
        name = text(part(told, "status", "userInfo"), "username")
        return Capability("account", ok=True if name else None, subject=name, wanted=False)

    def _audit(self, unread: Iterable[Kind]) -> Capability:
        lost = {each.plural for each in unread}
        found = sorted(each for each in needs(AUDIT, self._seat()) if each.resource in lost)
        return Capability(AUDIT, ok=not found, subject=", ".join(map(str, found)))

    def _role(self, role: str) -> Capability:
        """Whether it has what a role needs beyond an audit; None when one answer is missing."""
        spaces = self._spaces() if role == APPLY and self.spec.kind == LONGHORN else ()
        wanted = role == RESTORE and self.spec.claims is not None
        if spaces is None:
            return Capability(role, ok=None, wanted=wanted)
        seat = replace(self._seat(), claims=spaces)
        asked = {each: self._may(each) for each in sorted(needs(role, seat) - needs(AUDIT, seat))}
        lost = ", ".join(str(each) for each, allowed in asked.items() if allowed is False)
        unknown = None in asked.values()
        return Capability(
            role, ok=False if lost else None if unknown else True, subject=lost, wanted=wanted
        )

    def _may(self, need: Need) -> bool | None:
        """None when the cluster does not say."""
        attributes = {"verb": need.verb, "group": need.group, "resource": need.resource}
        if need.namespace:
            attributes["namespace"] = need.namespace
        told = self._asked(REVIEWS, spec={"resourceAttributes": attributes})
        return flag(part(told, "status"), "allowed")

    def _asked(self, what: Kind, **parts: Object) -> Object:
        """The answer, empty when the cluster has none. Raises when no other would come either."""
        said = {"apiVersion": f"{what.group}/{what.version}", "kind": what.kind, "metadata": {}}
        try:
            return self.kube.create(what, {**said, **parts})
        except EngineError as error:
            if error.code in GRAVE:
                raise
            return {}

    def _seat(self) -> Seat:
        place = self.spec.claims or ClaimPlace()
        return Seat(self.spec.kind, self.spec.settings.get("namespace", ""), drills=place)

    def _patterns(self) -> Iterator[str]:
        return (each.partition("/")[0] for each in self.spec.archives)

    def _wild(self) -> set[str]:
        """Patterns of namespaces, which name none by themselves."""
        return {space for space in self._patterns() if "*" in space}

    def _spaces(self) -> tuple[str, ...] | None:
        """Namespaces of the claims assets name; None when they are not known, or too many."""
        wild = self._wild()
        found = set(self._patterns()) - wild
        if wild:
            try:
                seen = {text(meta(row), "namespace") for row in self.kube.each(CLAIMS)}
            except EngineError:
                return None
            found |= {each for each in seen if any(fnmatchcase(each, one) for one in wild)}
        return tuple(sorted(found)) if len(found) <= MOST else None
