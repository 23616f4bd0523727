"""From checked shapes to the core's values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from phoenix_dr.config import copies, shapes
from phoenix_dr.config.build_engine import engine_of
from phoenix_dr.config.engines import (
    Clusters,
    Engine,
    PbsEngine,
    ProxmoxEngine,
    VeleroEngine,
    VzdumpEngine,
)
from phoenix_dr.core.model import (
    Asset,
    AssetKind,
    Check,
    CheckKind,
    EngineSpec,
    Estate,
    Host,
    Ignore,
    Key,
    KeyCopy,
    Location,
    Objectives,
    Policy,
    RetentionRule,
    Service,
    SnapshotWish,
    Waiver,
)

DEFAULT_SCHEDULE = "0 3,15 * * *"
DEFAULT_REASON = "a mistake is noticed within a week, a slow loss within half a year"


def build(root: shapes.Root, folder: Path, home: Path) -> Estate:
    """The estate; relative documents lie beside the configuration, `~` is `home`."""
    make = _Maker(home, root.timezone, guests(root), claims(root))
    policies = {name: _policy(name, each) for name, each in root.policies.items()}
    return Estate(
        name=root.estate,
        here=root.here or next(iter(root.hosts)),
        language=root.language,
        timezone=root.timezone,
        documents=str(folder / make.path(root.documents)),
        approvers=make.path(root.approvers) if root.approvers else None,
        hosts={name: Host(name, each.site, tuple(each.disks)) for name, each in root.hosts.items()},
        locations={name: make.location(name, each) for name, each in root.locations.items()},
        engines={name: make.engine(name, each) for name, each in root.engines.items()},
        policies=policies or {"default": _default_policy(root)},
        services={name: make.service(name, each) for name, each in root.services.items()},
        keys={name: make.key(name, each) for name, each in root.keys.items()},
        ignore=tuple(Ignore(each.found, each.because, each.until) for each in root.ignore),
    )


def guests(root: shapes.Root) -> dict[str, dict[str, str]]:
    """Per engine the asset of each guest it holds, by number, from `guest: ENGINE/ID`."""
    found: dict[str, dict[str, str]] = {}
    for service, given in root.services.items():
        for name, asset in given.assets.items():
            engine, slash, number = (asset.guest or "").partition("/")
            if slash:
                found.setdefault(engine, {})[number] = f"{service}/{name}"
    return found


def claims(root: shapes.Root) -> dict[str, dict[str, str]]:
    """Per engine the asset of each pattern of claims, from `volumes: ENGINE/NAMESPACE/NAME`.

    A Velero holds the claims of every engine that goes the same way into the same cluster, too.
    """
    found: dict[str, dict[str, str]] = {}
    for service, given in root.services.items():
        for name, asset in given.assets.items():
            engine, slash, pattern = (asset.volumes or "").partition("/")
            if slash:
                found.setdefault(engine, {})[pattern] = f"{service}/{name}"
    return {name: _of_cluster(root, name, found) for name in root.engines}


def _of_cluster(root: shapes.Root, name: str, found: dict[str, dict[str, str]]) -> dict[str, str]:
    """The patterns of an engine, and those of its neighbours for a Velero."""
    own, velero = found.get(name, {}), root.engines[name]
    if not isinstance(velero, VeleroEngine):
        return own
    shared: dict[str, str] = {}
    for other, given in root.engines.items():
        if isinstance(given, Clusters) and _way(given) == _way(velero):
            shared |= found.get(other, {})
    return shared | own


def _way(given: Clusters) -> tuple[str, str | None]:
    """Two engines with the same way in are in the same cluster."""
    return given.kubeconfig, given.context


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the values that hold paths; `guests` and `claims` as their functions have them."""

    home: Path
    timezone: str
    guests: dict[str, dict[str, str]]
    claims: dict[str, dict[str, str]]

    def path(self, given: str) -> str:
        """`~` expanded; anything else as written (addresses keep their form)."""
        if given == "~" or given.startswith("~/"):
            return str(self.home / given[2:])
        return given

    def location(self, name: str, given: copies.Location) -> Location:
        """A location."""
        from_ = given.deletable_from
        return Location(
            name=name,
            host=given.host,
            disk=given.disk,
            medium=given.medium,
            mount=self.path(given.mount) if given.mount else None,
            deletable_from=None if from_ is None else tuple(from_),
            immutable=given.immutable,
            simulated=given.simulated,
            price=given.price_per_gb_month,
        )

    def engine(self, name: str, given: Engine) -> EngineSpec:
        """An engine."""
        made = engine_of(name, given, self.path)
        if isinstance(given, VzdumpEngine):
            # Names of archives are in the node's local time: the estate's, unless told.
            settings = {"timezone": self.timezone} | dict(made.settings)
            return replace(made, archives=self.guests.get(name, {}), settings=settings)
        if isinstance(given, ProxmoxEngine | PbsEngine):
            holder = given.guests if isinstance(given, PbsEngine) else name
            return replace(made, archives=self.guests.get(holder, {}))
        if isinstance(given, Clusters):
            return replace(made, archives=self.claims.get(name, {}))
        return made

    def service(self, name: str, given: shapes.Service) -> Service:
        """A service with its assets and checks."""
        checks = tuple(_check(name, each) for each in given.checks)
        beating = {check.asset for check in checks if check.kind is CheckKind.CANARY}
        assets = (self.asset(f"{name}/{key}", each, beating) for key, each in given.assets.items())
        return Service(
            name=name,
            criticality=given.criticality,
            depends_on=tuple(given.depends_on),
            objectives=Objectives(given.objectives.rpo, given.objectives.rto),
            assets=tuple(assets),
            checks=checks,
        )

    def asset(self, id_: str, given: shapes.Asset, beating: set[str]) -> Asset:
        """An asset; no policy where nothing is to be saved."""
        kind = AssetKind(given.kinds[0])
        accepted, again = given.accepted_loss, given.regenerable
        unsaved = kind in {AssetKind.NONE, AssetKind.REGENERABLE} or (
            accepted is not None and "policy" not in given.model_fields_set
        )
        return Asset(
            id=id_,
            kind=kind,
            source=self.source(kind, given),
            exclude=tuple(given.exclude),
            policy=None if unsaved else given.policy,
            accepted_loss=Waiver(accepted.because, accepted.until) if accepted else None,
            regenerable=Waiver(again.source, again.until) if again else None,
            canary=id_ in beating,
            decision=given.decision or "",
        )

    def source(self, kind: AssetKind, given: shapes.Asset) -> str:
        """The value of the discriminating key."""
        if kind is AssetKind.REGENERABLE:
            return given.regenerable.source if given.regenerable else ""
        value = getattr(given, kind.value)
        if isinstance(value, list):
            return " ".join(value)
        return value if kind is AssetKind.NONE else self.path(value)

    def key(self, name: str, given: shapes.Key) -> Key:
        """A key with its copies."""
        return Key(
            name=name,
            age=self.path(given.age) if given.age else None,
            secrets=tuple(given.secrets),
            opens=tuple(map(self.path, given.opens)),
            copies=tuple(
                KeyCopy(
                    each.place,
                    each.site,
                    self.path(each.path) if each.path else None,
                    each.inside,
                )
                for each in given.copies
            ),
        )


def _policy(name: str, given: copies.Policy) -> Policy:
    wish = given.snapshots
    snapshots = SnapshotWish(wish.schedule, _rule(wish.keep)) if wish else None
    keep = _rule(given.keep)
    return Policy(name, given.schedule, keep, given.because, tuple(given.to), snapshots)


def _rule(keep: copies.Keep) -> RetentionRule:
    return RetentionRule(**{name: getattr(keep, name) for name in copies.Keep.model_fields})


def _default_policy(root: shapes.Root) -> Policy:
    to = tuple(name for name, each in root.engines.items() if each.kind == "restic")
    keep = RetentionRule(daily=7, weekly=4, monthly=6)
    return Policy("default", DEFAULT_SCHEDULE, keep, DEFAULT_REASON, to)


def _check(service: str, given: shapes.Check) -> Check:
    asset = f"{service}/{given.asset}"
    if given.canary is not None:
        return Check(asset, CheckKind.CANARY, within=given.canary)
    if given.command is not None:
        return Check(asset, CheckKind.COMMAND, argv=tuple(given.command))
    if given.console is not None:
        return Check(asset, CheckKind.CONSOLE, text=given.console)
    return Check(asset, CheckKind.SQL, given.sql or "", given.at_least)
