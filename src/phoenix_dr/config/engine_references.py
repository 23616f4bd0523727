"""What the shape of an engine cannot see: assets and places that must exist, one rule a stream."""

from __future__ import annotations

import re

from phoenix_dr.config import shapes
from phoenix_dr.config.engines import (
    BorgEngine,
    Engine,
    LaterEngine,
    LokiEngine,
    PrometheusEngine,
    ProxmoxEngine,
)
from phoenix_dr.config.names import known
from phoenix_dr.config.source import STAND_IN, Key, Source

_GUEST = re.compile(r"(?P<engine>[^/]+)/(?P<number>[1-9][0-9]{2,8})")
"""`ENGINE/NUMBER`: Proxmox numbers guests from 100 to 999999999."""
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
        case ProxmoxEngine():
            _proxmox(source, root, at, engine)
        case LaterEngine():
            for field in ("storages", "targets"):
                for place, location in getattr(engine, field).items():
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


def check_guests(source: Source, root: shapes.Root) -> None:
    """Note guests no engine can hold, and those that two assets claim."""
    seen: set[str] = set()
    for service, given in root.services.items():
        for name, asset in given.assets.items():
            at: Key = ("services", service, "assets", name, "guest")
            if asset.guest is None or "TODO" in asset.guest:
                continue
            found = _GUEST.fullmatch(asset.guest)
            if found is None:
                source.problem(at, "bad-guest", given=asset.guest)
            elif known(source, at, found["engine"], root.engines, "engine") and asset.guest in seen:
                source.problem(at, "named-twice", name=asset.guest)
            seen.add(asset.guest)


def _proxmox(source: Source, root: shapes.Root, at: Key, engine: ProxmoxEngine) -> None:
    if not engine.url.startswith("https:"):
        source.problem((*at, "url"), "proxmox-https")
    named = (engine.fingerprint, engine.ca, engine.insecure or None)
    if sum(each is not None for each in named) > 1:
        # Which of two would count nobody could tell.
        source.problem(at, "proxmox-trust", at_key=True)
    for storage, location in engine.storages.items():
        known(source, (*at, "storages", storage), location, root.locations, "location")


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
