"""What the shapes cannot see: names that must exist, schedules, cycles, paths."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phoenix_dr.config import shapes
from phoenix_dr.config.source import Key, Source
from phoenix_dr.config.validate import unknown
from phoenix_dr.core import recovery, schedule
from phoenix_dr.core.model import Service
from phoenix_dr.errors import UsageError

LOCAL_KINDS = ("files", "sqlite")


def check_references(source: Source, root: shapes.Root) -> None:
    """Note every name that stands for nothing and every value that cannot work."""
    _places(source, root)
    _engines(source, root)
    _policies(source, root)
    for name, service in root.services.items():
        _service(source, root, name, service)
    _cycle(source, root)
    _keys(source, root)


def _places(source: Source, root: shapes.Root) -> None:
    if root.here is not None:
        _known(source, ("here",), root.here, root.hosts, "host")
    for name, location in root.locations.items():
        at: Key = ("locations", name)
        _known(source, (*at, "host"), location.host, root.hosts, "host")
        host = root.hosts.get(location.host)
        if host and location.disk:
            _known(source, (*at, "disk"), location.disk, host.disks, "disk")
        if location.mount and not location.mount.startswith("/"):
            source.problem((*at, "mount"), "relative-path", path=location.mount)
        for index, from_ in enumerate(location.deletable_from or ()):
            _known(source, (*at, "deletable_from", index), from_, root.hosts, "host")


def _engines(source: Source, root: shapes.Root) -> None:
    for name, engine in root.engines.items():
        if engine is None:
            continue
        if engine.location is not None:
            at: Key = ("engines", name, "location")
            _known(source, at, engine.location, root.locations, "location")
        for field in ("storages", "targets"):
            for place, location in getattr(engine, field, {}).items():
                _known(
                    source, ("engines", name, field, place), location, root.locations, "location"
                )


def _policies(source: Source, root: shapes.Root) -> None:
    try:
        ZoneInfo(root.timezone)
        zone = root.timezone
    except (ZoneInfoNotFoundError, ValueError, OSError):
        source.problem(("timezone",), "unknown-timezone", timezone=root.timezone)
        zone = "UTC"
    for name, policy in root.policies.items():
        _cron(source, ("policies", name, "schedule"), policy.schedule, zone)
        if policy.snapshots:
            at: Key = ("policies", name, "snapshots", "schedule")
            _cron(source, at, policy.snapshots.schedule, zone)
        for index, place in enumerate(policy.to):
            engine, _, inside = place.partition("/")
            at = ("policies", name, "to", index)
            if _known(source, at, engine, root.engines, "engine") and inside:
                named = root.engines[engine]
                places = {**getattr(named, "storages", {}), **getattr(named, "targets", {})}
                _known(source, at, inside, places, "place")


def _cron(source: Source, key: Key, expression: str, zone: str) -> None:
    try:
        schedule.parse(expression, zone)
    except UsageError:
        source.problem(key, "bad-schedule", given=expression)


def _service(source: Source, root: shapes.Root, name: str, service: shapes.Service) -> None:
    at: Key = ("services", name)
    if "/" in name or name == "phoenix":
        source.problem(at, "bad-service-name", at_key=True, name=name)
    for index, need in enumerate(service.depends_on):
        _known(source, (*at, "depends_on", index), need, root.services, "service")
    for asset_name, asset in service.assets.items():
        _asset(source, root, (*at, "assets", asset_name), asset)
    for index, check in enumerate(service.checks):
        _check(source, service, (*at, "checks", index), check)


def _asset(source: Source, root: shapes.Root, at: Key, asset: shapes.Asset) -> None:
    kinds = asset.kinds
    for extra in sorted(asset.model_extra or ()):
        if not kinds or set(kinds) <= {*LOCAL_KINDS, "none", "regenerable"}:
            unknown(source, (*at, extra))
    if len(kinds) != 1:
        code = "two-kinds" if kinds else "no-kind"
        known = ", ".join(shapes.ASSET_KEYS)
        source.problem(at, code, at_key=True, kinds=", ".join(kinds), known=known)
    for kind in set(kinds) & set(LOCAL_KINDS):
        path = getattr(asset, kind)
        if not path.startswith(("/", "~/")) and "TODO" not in path:
            source.problem((*at, kind), "relative-path", path=path)
    if "/" in str(at[-1]):
        source.problem(at, "bad-asset-name", at_key=True, name=str(at[-1]))
    has_policy = root.policies and not {"none", "regenerable"} & set(kinds)
    if has_policy and not (asset.accepted_loss and "policy" not in asset.model_fields_set):
        _known(source, (*at, "policy"), asset.policy, root.policies, "policy")


def _check(source: Source, service: shapes.Service, at: Key, check: shapes.Check) -> None:
    _known(source, (*at, "asset"), check.asset, service.assets, "asset")
    kinds = [name for name in ("sql", "canary", "command") if getattr(check, name) is not None]
    if len(kinds) != 1:
        source.problem(at, "check-kind", kinds=", ".join(kinds))
    asset = service.assets.get(check.asset)
    if asset and "sql" in kinds and not (asset.sqlite or asset.postgres):
        source.problem((*at, "sql"), "sql-needs-database", asset=check.asset)


def _cycle(source: Source, root: shapes.Root) -> None:
    services = {
        name: Service(name, depends_on=tuple(n for n in each.depends_on if n in root.services))
        for name, each in root.services.items()
    }
    try:
        recovery.order(services)
    except UsageError as error:
        cycle = str(error.parameters.get("cycle", ""))
        first = next((a.strip() for a, _ in pairwise(cycle.split("→"))), "")
        source.problem(("services", first, "depends_on"), "dependency-cycle", cycle=cycle)


def _keys(source: Source, root: shapes.Root) -> None:
    for name, key in root.keys.items():
        for index, secret in enumerate(key.secrets):
            engine, dot, field = secret.partition(".")
            at: Key = ("keys", name, "secrets", index)
            if not dot or field not in {"password", "environment", "token"}:
                source.problem(at, "bad-secret-name", given=secret)
            else:
                _known(source, at, engine, root.engines, "engine")
        for index, opened in enumerate(key.opens):
            if not opened.startswith(("/", "~/", "git:")) and "TODO" not in opened:
                _known(source, ("keys", name, "opens", index), opened, root.engines, "engine")


def _known(source: Source, key: Key, name: str, among: Iterable[str], what: str) -> bool:
    # A name whose own block is faulty is still a name.
    block = source.data.get(f"{what}s" if what != "policy" else "policies")
    names = [*among, *(block if isinstance(block, dict) else ())]
    if name in names or "TODO" in name:
        return True
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    shown = close[0] if close else ", ".join(dict.fromkeys(names))
    source.problem(key, f"unknown-{what}", name=name, known=shown)
    return False
