"""What the shape of an engine cannot see: assets and places that must exist, one rule a stream."""

from __future__ import annotations

from phoenix_dr.config import shapes
from phoenix_dr.config.engines import (
    BorgEngine,
    Engine,
    KubernetesEngine,
    LaterEngine,
    LokiEngine,
    LonghornEngine,
    PbsEngine,
    PrometheusEngine,
    ProxmoxEngine,
    VeleroEngine,
    VzdumpEngine,
)
from phoenix_dr.config.guest_references import check_holder
from phoenix_dr.config.names import known
from phoenix_dr.config.source import STAND_IN, Key, Source

ADDRESSES = ("url", "config")
"""A store that names none of these cannot be seen at all."""


def check_engine(source: Source, root: shapes.Root, at: Key, engine: Engine) -> None:
    """Note what cannot be right in one engine."""
    match engine:
        case BorgEngine():
            _archives(source, at, engine)
        case PrometheusEngine():
            _address(source, at)
        case LokiEngine():
            _address(source, at)
            _streams(source, at, engine)
        case ProxmoxEngine() | PbsEngine() | VzdumpEngine():
            check_holder(source, root, at, engine)
        case LonghornEngine() | VeleroEngine() | KubernetesEngine() | LaterEngine():
            for field in ("storages", "targets", "locations"):
                for place, location in getattr(engine, field, {}).items():
                    known(source, (*at, field, place), location, root.locations, "location")


def _archives(source: Source, at: Key, engine: BorgEngine) -> None:
    services = source.below(("services",))
    assets = [
        f"{service}/{asset}"
        for service in services
        for asset in source.below(("services", service, "assets"))
    ]
    for prefix, asset in engine.archives.items():
        where: Key = (*at, "archives", prefix)
        if not prefix:
            # It would claim every archive, those of other machines too.
            source.problem(where, "empty-prefix", at_key=True)
        if services:
            known(source, where, asset, assets, "asset-id")


def _address(source: Source, at: Key) -> None:
    written = source.data["engines"][at[-1]]
    if not any(written.get(key) is not None for key in ADDRESSES):
        source.problem(at, "store-of-nothing", at_key=True, name=str(at[-1]))


def _streams(source: Source, at: Key, engine: LokiEngine) -> None:
    selectors = [stream.selector for stream in engine.streams]
    for index, selector in enumerate(selectors):
        if selector in selectors[:index] and STAND_IN not in selector:
            where: Key = (*at, "streams", index, "selector")
            source.problem(where, "named-twice", name=selector)
