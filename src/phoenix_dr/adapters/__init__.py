"""The engines Phoenix knows: one visible line each, loaded when first used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from phoenix_dr.adapters.base import Places
from phoenix_dr.core.evidence import Evidence
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineUnreachable

__all__ = ["ENGINES", "NotYet", "Places", "build"]


class NotYet:
    """An engine of a kind this version does not speak: blind, never empty."""

    def __init__(self, spec: EngineSpec) -> None:
        """Keep the spec, to name it."""
        self.spec = spec

    def observe(self, *, now: datetime) -> Evidence:
        """Always raises EngineUnreachable (engine-not-yet)."""
        raise EngineUnreachable("engine-not-yet", engine=self.spec.id, kind=self.spec.kind)


def _proxmox(spec: EngineSpec, places: Places) -> object:
    from phoenix_dr.adapters.proxmox import Proxmox

    return Proxmox(spec, places)


def _pbs(spec: EngineSpec, places: Places) -> object:
    from phoenix_dr.adapters.pbs import Pbs

    return Pbs(spec, places)


def _longhorn(spec: EngineSpec, places: Places) -> object:
    from phoenix_dr.adapters.longhorn import Longhorn

    return Longhorn(spec, places)


def _kubernetes(spec: EngineSpec, places: Places) -> object:
    from phoenix_dr.adapters.kubernetes import Kubernetes

    return Kubernetes(spec, places)


def _velero(spec: EngineSpec, places: Places) -> object:
    from phoenix_dr.adapters.velero import Velero

    return Velero(spec, places)


def _restic(spec: EngineSpec, places: Places) -> object:
    from phoenix_dr.adapters.restic import Restic

    return Restic(spec, places)


def _borg(spec: EngineSpec, places: Places) -> object:
    from phoenix_dr.adapters.borg import Borg

    return Borg(spec, places)


def _loki(spec: EngineSpec, places: Places) -> object:
    from phoenix_dr.adapters.loki import Loki

    return Loki(spec, places)


def _prometheus(spec: EngineSpec, places: Places) -> object:
    from phoenix_dr.adapters.prometheus import Prometheus

    return Prometheus(spec, places)


def _vzdump(spec: EngineSpec, places: Places) -> object:
    from phoenix_dr.adapters.vzdump import Vzdump

    return Vzdump(spec, places)


ENGINES: dict[str, Callable[[EngineSpec, Places], object]] = {
    "borg": _borg,
    "loki": _loki,
    "longhorn": _longhorn,
    "kubernetes": _kubernetes,
    "pbs": _pbs,
    "prometheus": _prometheus,
    "proxmox": _proxmox,
    "restic": _restic,
    "velero": _velero,
    "vzdump": _vzdump,
}


def build(spec: EngineSpec, places: Places) -> object:
    """The engine of a spec. Starts nothing and reads no secret."""
    make = ENGINES.get(spec.kind)
    return make(spec, places) if make else NotYet(spec)
