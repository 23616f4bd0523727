"""The namespace kept for drills: refused unless it is that, shut in, and cleared by label.

Everything a drill makes carries its label and its name; nothing without them is ever removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from phoenix_dr.adapters._cluster.look import CLAIMS, NAMESPACES, PERSISTENT, PODS, kind
from phoenix_dr.adapters._cluster.objects import DRILL
from phoenix_dr.adapters._cluster.values import Row, labels, meta, named, part, quantity, text
from phoenix_dr.adapters._cluster.waiting import Patience, wait_for
from phoenix_dr.adapters._kube import Kind, Kube, Object
from phoenix_dr.errors import EngineError

LEFT_OUT = "velero.io/exclude-from-backup"
"""On what a drill makes: a Velero that saves every namespace passes over it."""
NOTHING_THERE = "gone"
"""What removing says when there was nothing to remove."""
JOBS = kind("batch", "Job", "jobs")
POLICIES = kind("networking.k8s.io", "NetworkPolicy", "networkpolicies")
CLASSES = kind("storage.k8s.io", "StorageClass", "storageclasses", spaced=False)
LIVED_IN = (JOBS, PODS, CLAIMS)
"""Kinds whose objects in the namespace must all be of drills."""
ADMITS = "pod-security.kubernetes.io/enforce"
GOING = Patience(total=300.0)
"""How long removed objects may take to be gone."""


@dataclass(frozen=True, slots=True)
class DrillSpace:
    """One drill's share of the namespace kept for drills."""

    kube: Kube
    engine: str
    namespace: str
    drill: str

    def require(self, *, alone: bool = False) -> None:
        """Raise EngineError unless the namespace is there, lets check jobs run and is for drills.

        `alone` wants it empty, where restored claims keep their names. drill-space-missing,
        drill-space-restricted, drill-space-shared.
        """
        found = self.kube.get(NAMESPACES, self.namespace)
        if found is None:
            raise self.error("drill-space-missing")
        if labels(meta(found)).get(ADMITS) == "restricted":
            raise self.error("drill-space-restricted")
        for each in LIVED_IN:
            for row in self.kube.each(each, namespace=self.namespace):
                if alone or DRILL not in labels(meta(row)):
                    raise self.error("drill-space-shared", detail=f"{each.kind} {named(row)}")

    def shut(self) -> None:
        """Let nothing in the namespace reach anything, or be reached."""
        spec = {
            "podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [], "egress": [],
        }  # fmt: skip
        self.create(POLICIES, self.drill, spec=spec)

    def create(
        self, what: Kind, name: str, *, namespace: str = "", tried: bool = False, **parts: object
    ) -> Object:
        """Make an object with the drill's label; without a namespace given in that of drills.

        `tried` has the server show first what it would make of it. Raises EngineError
        (drill-altered) when an admission changed what was asked for: it is removed at once, since
        what lacks the label would not be found later.
        """
        where = {"namespace": namespace or self.namespace} if what.namespaced else {}
        marks = {"labels": {DRILL: self.drill, LEFT_OUT: "true"}}
        given = parts.pop("metadata", {})
        if isinstance(given, Mapping):
            marks["labels"] |= given.get("labels", {})
        made = {
            "apiVersion": f"{what.group}/{what.version}".lstrip("/"),
            "kind": what.kind,
            "metadata": {"name": name, **where, **marks},
            **parts,
        }
        if tried:
            self._require_same(what, made, self.kube.create(what, made, dry_run=True))
        found = self.kube.create(what, made)
        try:
            self._require_same(what, made, found)
        except EngineError:
            at = meta(found)
            self.kube.delete(
                what, named(found), uid=text(at, "uid"), namespace=text(at, "namespace")
            )
            raise
        return found

    def _require_same(self, what: Kind, made: Object, found: Row) -> None:
        # A registry of one's own rewrites images, and that does no harm.
        asked = {"metadata": made["metadata"]} if what == JOBS else made
        if field := altered(asked, found):
            raise self.error("drill-altered", detail=f"{what.kind} {field}")

    def is_mine(self, row: Row) -> bool:
        """Whether an object carries this drill's label and name."""
        is_named = named(row) == self.drill or named(row).startswith(f"{self.drill}-")
        return is_named and labels(meta(row)).get(DRILL) == self.drill

    def jobs_gone(self) -> bool:
        """Remove the jobs of the drill and wait until their pods are gone; False: none was."""
        return self.gone(JOBS, self.mine(JOBS), also=PODS)

    def claims_gone(self) -> bool:
        """Remove the claims of the drill and wait until they are gone; False: none was there."""
        return self.gone(CLAIMS, self.mine(CLAIMS))

    def mine(self, what: Kind, *, namespace: str = "") -> tuple[Row, ...]:
        """Objects of a kind that are this drill's."""
        where = (namespace or self.namespace) if what.namespaced else ""
        found = self.kube.each(what, namespace=where, labels={DRILL: self.drill})
        return tuple(row for row in found if self.is_mine(row))

    def gone(
        self, what: Kind, found: Iterable[Row], *, namespace: str = "", also: Kind | None = None
    ) -> bool:
        """Remove these objects, each by its uid, and wait; `also` lists what goes with them.

        Raises EngineError (drill-left) when something stays.
        """
        where = (namespace or self.namespace) if what.namespaced else ""
        rows = tuple(found)
        going = [(named(row), text(meta(row), "uid")) for row in rows]
        for row, (name, uid) in zip(rows, going, strict=True):
            # Its driver may have begun, with a right an account for drills need not have.
            if not text(meta(row), "deletionTimestamp"):
                self.kube.delete(what, name, uid=uid, namespace=where)
        self.wait_gone(what, going, where)
        if also is not None:
            self._wait_listed(also)
        return bool(going)

    def wait_gone(self, what: Kind, going: Iterable[tuple[str, str]], where: str) -> None:
        """Wait until none of these (name, uid) is there any more. Raises as `gone`."""
        for name, uid in going:

            def look(name: str = name, uid: str = uid) -> bool | None:
                row = self.kube.get(what, name, namespace=where)
                return True if row is None or text(meta(row), "uid") != uid else None

            # A cancelled drill is cleared up like any other.
            if wait_for(look, GOING, cancel=None) is None:
                raise self.error("drill-left", detail=f"{what.kind} {name}")

    def error(self, code: str, **parameters: str) -> EngineError:
        """An error about the namespace."""
        return EngineError(code, engine=self.engine, namespace=self.namespace, **parameters)

    def _wait_listed(self, what: Kind) -> None:
        def look() -> bool | None:
            return None if next(self._pods(what), None) is not None else True

        if wait_for(look, GOING, cancel=None) is None:
            raise self.error("drill-left", detail=what.kind)

    def _pods(self, what: Kind) -> Iterator[Row]:
        return self.kube.each(what, namespace=self.namespace, labels={DRILL: self.drill})


def altered(asked: object, found: object, at: str = "") -> str:
    """The field of what was asked for that reads otherwise; "" when all is there.

    What was added beside it is none; where nothing was asked for, nothing may be.
    """
    if isinstance(asked, dict) and asked:
        other = found if isinstance(found, dict) else {}
        told = (altered(each, other.get(key), f"{at}.{key}") for key, each in asked.items())
        return next((each for each in told if each), "")
    if not asked and asked is not False and asked != 0:
        return at if found else ""
    sizes = [quantity({"size": each}, "size") for each in (asked, found)]
    return "" if asked == found or (sizes[0] is not None and sizes[0] == sizes[1]) else at


def bound_to(row: Row, namespace: str) -> bool:
    """Whether a PersistentVolume is that of a claim in this namespace."""
    return text(part(row, "spec", "claimRef"), "namespace") == namespace


__all__ = ["CLASSES", "DRILL", "PERSISTENT", "DrillSpace", "altered", "bound_to"]
