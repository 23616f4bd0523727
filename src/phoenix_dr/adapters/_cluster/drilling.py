"""One action of a drill in one cluster: what every engine that restores there needs for it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from phoenix_dr.adapters._cluster.drill_space import DrillSpace
from phoenix_dr.adapters._kube import Kube
from phoenix_dr.adapters.base import ProgressSink
from phoenix_dr.core.claim_settings import ClaimPlace
from phoenix_dr.core.cluster_actions import ProbeClaim, RemoveClaim, RestoreClaim
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineError

Step = RestoreClaim | ProbeClaim | RemoveClaim


@dataclass(frozen=True, slots=True)
class Restore:
    """One restore in one cluster."""

    kube: Kube
    spec: EngineSpec
    place: ClaimPlace
    space: DrillSpace
    progress: ProgressSink
    cancel: threading.Event

    @property
    def own(self) -> str:
        """The namespace the engine lives in."""
        return self.spec.settings["namespace"]

    def error(self, code: str, **parameters: str) -> EngineError:
        """An error of the engine."""
        return EngineError(code, engine=self.spec.id, **parameters)


def restore_of(
    kube: Kube, spec: EngineSpec, action: Step, *, progress: ProgressSink, cancel: threading.Event
) -> Restore:
    """Where an action takes place; what was restored is removed from where it was restored to.

    Raises EngineError (claim-no-place) for an engine without a place for drills.
    """
    place = spec.claims
    if place is None:
        raise EngineError("claim-no-place", engine=spec.id)
    namespace = action.namespace if isinstance(action, RemoveClaim) else place.namespace
    space = DrillSpace(kube, spec.id, namespace, action.drill)
    return Restore(kube, spec, place, space, progress, cancel)
