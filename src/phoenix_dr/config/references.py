"""What the shapes cannot see: names that must exist, schedules, cycles."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phoenix_dr.config import shapes
from phoenix_dr.config.cluster_references import check_claims
from phoenix_dr.config.engine_references import check_engine
from phoenix_dr.config.engines import (
    Clusters,
    KubernetesEngine,
    LaterEngine,
    LokiEngine,
    PbsEngine,
    PrometheusEngine,
    ProxmoxEngine,
)
from phoenix_dr.config.guest_references import check_guests
from phoenix_dr.config.names import known
from phoenix_dr.config.services import check_service
from phoenix_dr.config.source import STAND_IN, Key, Source
from phoenix_dr.core import recovery, schedule
from phoenix_dr.core.model import Service
from phoenix_dr.errors import UsageError

_ENGINE = re.compile(r"\w([\w @+-]*[\w@+-])?")
"""`ENGINE/PLACE` and `ENGINE.password` must be read one way."""


def check_references(source: Source, root: shapes.Root) -> None:
    """Note every name that stands for nothing and every value that cannot work."""
    _places(source, root)
    _engines(source, root)
    _policies(source, root)
    for name, service in root.services.items():
        at: Key = ("services", name)
        check_service(source, at, service)
        for index, need in enumerate(service.depends_on):
            known(source, (*at, "depends_on", index), need, root.services, "service")
        for asset_name, asset in service.assets.items():
            _policy_of(source, root, (*at, "assets", asset_name), asset)
    check_guests(source, root)
    check_claims(source, root)
    _cycle(source, root)
    _keys(source, root)


def _places(source: Source, root: shapes.Root) -> None:
    if root.here is not None:
        known(source, ("here",), root.here, root.hosts, "host")
    elif len(root.hosts) > 1 and "here" not in source.data:
        source.problem((), "missing-key", key="here")
    for name, location in root.locations.items():
        at: Key = ("locations", name)
        known(source, (*at, "host"), location.host, root.hosts, "host")
        host = root.hosts.get(location.host)
        written = source.data["hosts"][location.host] if host else {}
        if host and location.disk and isinstance(written.get("disks", []), list):
            known(source, (*at, "disk"), location.disk, host.disks, "disk")
        for index, from_ in enumerate(location.deletable_from or ()):
            known(source, (*at, "deletable_from", index), from_, root.hosts, "host")


def _engines(source: Source, root: shapes.Root) -> None:
    for name, engine in root.engines.items():
        at: Key = ("engines", name)
        if not _ENGINE.fullmatch(name):
            source.problem(at, "bad-engine-name", at_key=True, name=name)
        if engine.location is not None:
            known(source, (*at, "location"), engine.location, root.locations, "location")
        check_engine(source, root, at, engine)


def _policies(source: Source, root: shapes.Root) -> None:
    try:
        ZoneInfo(root.timezone)
        zone = root.timezone
    except (ZoneInfoNotFoundError, ValueError, OSError):
        source.problem(("timezone",), "unknown-timezone", timezone=root.timezone)
        zone = "UTC"
    for name, policy in root.policies.items():
        at: Key = ("policies", name)
        _cron(source, (*at, "schedule"), policy.schedule, zone)
        if policy.snapshots:
            _cron(source, (*at, "snapshots", "schedule"), policy.snapshots.schedule, zone)
        for index, destination in enumerate(policy.to):
            _destination(source, root, (*at, "to", index), destination)
            if destination in policy.to[:index]:
                source.problem((*at, "to", index), "named-twice", name=destination)


def _destination(source: Source, root: shapes.Root, at: Key, destination: str) -> None:
    name, slash, place = destination.partition("/")
    if not known(source, at, name, root.engines, "engine"):
        return
    engine = root.engines.get(name)
    if isinstance(engine, PrometheusEngine | LokiEngine | KubernetesEngine):
        source.problem(at, "engine-takes-nothing", engine=name, kind=engine.kind)
        return
    if isinstance(engine, PbsEngine):
        source.problem(at, "pbs-destination", engine=name, guests=engine.guests)
        return
    placed = engine if isinstance(engine, LaterEngine | ProxmoxEngine | Clusters) else None
    places = placed.places if placed else {}
    if slash and places:
        known(source, at, place, places, "place")
    elif slash and engine is not None:
        source.problem(at, "one-place", engine=name)
    elif len(places) > 1:
        shown = ", ".join(f"{name}/{each}" for each in places)
        source.problem(at, "which-place", engine=name, known=shown)


def _cron(source: Source, key: Key, expression: str, zone: str) -> None:
    try:
        schedule.parse(expression, zone)
    except UsageError:
        source.problem(key, "bad-schedule", given=expression)


def _policy_of(source: Source, root: shapes.Root, at: Key, asset: shapes.Asset) -> None:
    if "policy" in asset.model_fields_set:
        known(source, (*at, "policy"), asset.policy, root.policies or {"default": None}, "policy")
        return
    saved = not {"none", "regenerable"} & set(asset.kinds) and not asset.accepted_loss
    named = source.data.get("policies")
    if saved and isinstance(named, dict) and named and "default" not in named:
        # The same fault for every asset that says nothing: told once, where it is mended.
        source.problem(("policies",), "no-default-policy", at_key=True, known=", ".join(named))


def _cycle(source: Source, root: shapes.Root) -> None:
    services = {
        name: Service(name, depends_on=tuple(n for n in each.depends_on if n in root.services))
        for name, each in root.services.items()
    }
    try:
        recovery.order(services)
    except UsageError as error:
        cycle = str(error.parameters.get("cycle", ""))
        first = cycle.split("→")[0].strip()
        source.problem(("services", first, "depends_on"), "dependency-cycle", cycle=cycle)


def _keys(source: Source, root: shapes.Root) -> None:
    for name, key in root.keys.items():
        at: Key = ("keys", name)
        if source.has_block(at) and not {"age", "secrets"} & set(source.below(at)):
            source.problem(at, "key-of-nothing", at_key=True, name=name)
        for index, secret in enumerate(key.secrets):
            _secret(source, root, (*at, "secrets", index), secret)
        for index, opened in enumerate(key.opens):
            if not opened.startswith(("/", "~/", "git:")):
                known(source, (*at, "opens", index), opened, root.engines, "engine")
        for index, copy in enumerate(key.copies):
            if copy.inside is not None:
                _inside(source, root, (*at, "copies", index, "in"), copy.inside)


def _secret(source: Source, root: shapes.Root, at: Key, secret: str) -> None:
    engine, dot, field = secret.partition(".")
    if secret == STAND_IN or "TODO" in secret:
        return
    if not dot or field not in {"password", "environment", "token"}:
        # Never what was given: a secret may have been pasted here.
        source.problem(at, "bad-secret-name")
    else:
        known(source, at, engine, root.engines, "engine")


def _inside(source: Source, root: shapes.Root, at: Key, name: str) -> None:
    """A copy lies in something that is described here."""
    service, slash, asset = name.partition("/")
    if not slash:
        known(source, at, name, (*root.services, *root.hosts, *root.engines), "holder")
    elif known(source, at, service, root.services, "service") and service in root.services:
        assets = [f"{service}/{each}" for each in root.services[service].assets]
        known(source, at, f"{service}/{asset}", assets, "asset")
