"""What an account of a cluster must be allowed, by what it is for: nothing more (kubernetes.md 5).

Every verb is one a command really sends. No secret, no `exec`, no wildcard; only drills delete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from phoenix_dr.core.claim_settings import ClaimPlace

AUDIT, APPLY, BACKUP, RESTORE = "audit", "apply", "backup", "restore"
ROLES = (AUDIT, APPLY, BACKUP, RESTORE)
LONGHORN, VELERO, KUBERNETES = "longhorn", "velero", "kubernetes"
BY_CLASS, BY_VOLUME = "class", "volume"
VERBS = ("get", "list", "create", "patch", "delete")
EVERYWHERE = ""


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """One verb on one resource; `namespace` "" is the whole cluster, `group` "" the core."""

    namespace: str
    group: str
    resource: str
    verb: str

    def __str__(self) -> str:
        """As kubectl would name it: `patch volumes.longhorn.io -n longhorn-system`."""
        kind = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{self.verb} {kind}" + (f" -n {self.namespace}" if self.namespace else "")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a Role: each of these verbs on each of these resources of a group."""

    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """Rules and where they hold: in a namespace, or, with "", in the whole cluster."""

    namespace: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Seat:
    """What an account is for in a cluster: the engine's kind and namespace, those of the claims.

    `claims` are the namespaces whose claims may be labelled; `drills` is where drills restore.
    """

    kind: str
    namespace: str
    claims: tuple[str, ...] = ()
    drills: ClaimPlace = field(default_factory=ClaimPlace)


def needs(role: str, seat: Seat) -> frozenset[Need]:
    """All a role needs, what it looks at first included. KeyError for an unknown one."""
    return frozenset((*_WANTED[seat.kind, AUDIT](seat), *_WANTED[seat.kind, role](seat)))


def roles_of(kind: str) -> tuple[str, ...]:
    """The roles an account for an engine of this kind can have; none for an unknown kind."""
    return tuple(role for role in ROLES if (kind, role) in _WANTED)


def grants(wanted: Iterable[Need]) -> tuple[Grant, ...]:
    """The same as rules, the cluster's first; what holds everywhere is not said of a namespace."""
    given = frozenset(wanted)
    wide = {(each.group, each.resource, each.verb) for each in given if not each.namespace}
    kept = {
        each
        for each in given
        if not each.namespace or (each.group, each.resource, each.verb) not in wide
    }
    spaces = sorted({each.namespace for each in kept})
    return tuple(
        Grant(space, tuple(_rules(each for each in kept if each.namespace == space)))
        for space in spaces
    )


def _rules(wanted: Iterable[Need]) -> Iterator[Rule]:
    """Resources of one group with the same verbs share a rule."""
    verbs: dict[tuple[str, str], set[str]] = {}
    for each in wanted:
        verbs.setdefault((each.group, each.resource), set()).add(each.verb)
    shared: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (group, resource), found in sorted(verbs.items()):
        key = group, tuple(verb for verb in VERBS if verb in found)
        shared.setdefault(key, []).append(resource)
    for (group, said), resources in shared.items():
        yield Rule(group, tuple(resources), said)


def _of(namespace: str, group: str, resources: str, verbs: str) -> Iterator[Need]:
    for resource in resources.split():
        for verb in verbs.split():
            yield Need(namespace, group, resource, verb)


def _audit(seat: Seat) -> Iterator[Need]:
    """What is looked at in every cluster."""
    around = "namespaces nodes persistentvolumes persistentvolumeclaims pods"
    yield from _of(EVERYWHERE, "", around, "list")
    yield from _of(EVERYWHERE, "apps", "deployments statefulsets daemonsets", "list")
    yield from _of(EVERYWHERE, "batch", "cronjobs jobs", "list")
    yield from _of(EVERYWHERE, "storage.k8s.io", "storageclasses", "list")
    yield from _of(EVERYWHERE, "snapshot.storage.k8s.io", "volumesnapshots", "list")
    yield from _of(EVERYWHERE, "k3s.cattle.io", "etcdsnapshotfiles", "list")


def _longhorn_audit(seat: Seat) -> Iterator[Need]:
    yield from _audit(seat)
    own = "backups backuptargets backupvolumes recurringjobs settings snapshots systembackups"
    yield from _of(seat.namespace, "longhorn.io", f"{own} volumes", "list")


def _longhorn_apply(seat: Seat) -> Iterator[Need]:
    yield from _of(seat.namespace, "longhorn.io", "recurringjobs", "get create patch")
    yield from _of(seat.namespace, "longhorn.io", "volumes", "get patch")
    for space in seat.claims:
        yield from _of(space, "", "persistentvolumeclaims", "get patch")


def _longhorn_backup(seat: Seat) -> Iterator[Need]:
    yield from _of(seat.namespace, "longhorn.io", "snapshots backups", "get create")
    yield from _of(seat.namespace, "longhorn.io", "volumes", "get")


def _longhorn_restore(seat: Seat) -> Iterator[Need]:
    yield from _drill_space(seat)
    yield from _of(seat.drills.namespace, "", "persistentvolumeclaims", "create")
    yield from _of(EVERYWHERE, "", "persistentvolumes", "get")
    yield from _of(seat.namespace, "longhorn.io", "backups backuptargets volumes", "get")
    yield from _of(seat.namespace, "longhorn.io", "engines", "list")
    if seat.drills.way == BY_VOLUME:
        yield from _of(EVERYWHERE, "", "persistentvolumes", "create delete")
        yield from _of(seat.namespace, "longhorn.io", "volumes", "create delete")
    else:
        # The driver removes its volumes with the claim: with this way nothing of production can
        # be removed.
        yield from _of(EVERYWHERE, "storage.k8s.io", "storageclasses", "get create delete")
        yield from _of(seat.namespace, "longhorn.io", "settings", "get")


def _velero_audit(seat: Seat) -> Iterator[Need]:
    around = "namespaces nodes persistentvolumes persistentvolumeclaims pods"
    yield from _of(EVERYWHERE, "", around, "list")
    yield from _of(EVERYWHERE, "snapshot.storage.k8s.io", "volumesnapshotclasses", "list")
    own = "backups backupstoragelocations datauploads podvolumebackups schedules"
    yield from _of(seat.namespace, "velero.io", own, "list")


def _velero_apply(seat: Seat) -> Iterator[Need]:
    yield from _of(seat.namespace, "velero.io", "schedules", "get create patch")


def _velero_backup(seat: Seat) -> Iterator[Need]:
    yield from _of(seat.namespace, "velero.io", "schedules", "get")
    yield from _of(seat.namespace, "velero.io", "backups", "get create")


def _velero_restore(seat: Seat) -> Iterator[Need]:
    yield from _drill_space(seat)
    # Of a claim as it is now: may its copy be read, and does what it was restored to go away?
    yield from _of(EVERYWHERE, "", "persistentvolumeclaims", "get")
    yield from _of(EVERYWHERE, "", "persistentvolumes", "get")
    yield from _of(EVERYWHERE, "storage.k8s.io", "storageclasses", "get")
    yield from _of(seat.drills.namespace, "", "pods", "get delete")
    yield from _of(seat.namespace, "velero.io", "backups", "get")
    yield from _of(seat.namespace, "velero.io", "restores", "get create delete")
    yield from _of(seat.namespace, "velero.io", "datadownloads podvolumerestores", "list")


def _drill_space(seat: Seat) -> Iterator[Need]:
    """What every drill does in the namespace kept for drills."""
    here = seat.drills.namespace
    yield from _of(EVERYWHERE, "", "namespaces", "get")
    yield from _of(here, "", "persistentvolumeclaims", "get delete")
    yield from _of(here, "batch", "jobs", "get list create delete")
    yield from _of(here, "networking.k8s.io", "networkpolicies", "get list create delete")


_WANTED = {
    (KUBERNETES, AUDIT): _audit,
    (LONGHORN, AUDIT): _longhorn_audit,
    (LONGHORN, APPLY): _longhorn_apply,
    (LONGHORN, BACKUP): _longhorn_backup,
    (LONGHORN, RESTORE): _longhorn_restore,
    (VELERO, AUDIT): _velero_audit,
    (VELERO, APPLY): _velero_apply,
    (VELERO, BACKUP): _velero_backup,
    (VELERO, RESTORE): _velero_restore,
}
