"""From checked shapes to the core's values."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from phoenix_dr.config import shapes
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
    SecretRef,
    Service,
    Waiver,
)

DEFAULT_SCHEDULE = "0 3,15 * * *"
DEFAULT_REASON = "a mistake is noticed within a week, a slow loss within half a year"


def build(root: shapes.Root, folder: Path) -> Estate:
    """The estate; relative paths are taken from the configuration's folder."""
    policies = {name: _policy(name, each) for name, each in root.policies.items()}
    return Estate(
        name=root.estate,
        here=root.here or next(iter(root.hosts)),
        language=root.language,
        timezone=root.timezone,
        documents=str(folder / Path(root.documents).expanduser()),
        approvers=_path(root.approvers) if root.approvers else None,
        hosts={name: Host(name, each.site, tuple(each.disks)) for name, each in root.hosts.items()},
        locations={name: _location(name, each) for name, each in root.locations.items()},
        engines={name: _engine(name, each) for name, each in root.engines.items()},
        policies=policies or {"default": _default_policy(root)},
        services={name: _service(name, each) for name, each in root.services.items()},
        keys={name: _key(name, each) for name, each in root.keys.items()},
        ignore=tuple(Ignore(each.found, each.because, each.until) for each in root.ignore),
    )


def _path(given: str) -> str:
    """`~` expanded; anything else as written (addresses keep their form)."""
    return str(Path(given).expanduser()) if given.startswith("~") else given


def _location(name: str, given: shapes.Location) -> Location:
    from_ = given.deletable_from
    return Location(
        name=name,
        host=given.host,
        disk=given.disk,
        medium=given.medium,
        mount=given.mount,
        deletable_from=None if from_ is None else tuple(from_),
        immutable=given.immutable,
        simulated=given.simulated,
    )


def _engine(name: str, given: shapes.ResticEngine | shapes.LaterEngine) -> EngineSpec:
    if isinstance(given, shapes.ResticEngine):
        return EngineSpec(
            id=name,
            kind=given.kind,
            repository=_path(given.repository),
            locations={"": given.location},
            password=_secret(given.password),
            environment={key: _home(ref) for key, ref in given.environment.items()},
            apply=given.apply,
            program=given.program,
        )
    places = {**given.storages, **given.targets}
    return EngineSpec(
        id=name,
        kind=given.kind,
        locations=places or ({"": given.location} if given.location else {}),
        password=_secret(given.password),
        apply=given.apply,
    )


def _secret(ref: SecretRef | None) -> SecretRef | None:
    return None if ref is None else _home(ref)


def _home(ref: SecretRef) -> SecretRef:
    return SecretRef(ref.scheme, _path(ref.name)) if ref.scheme == "file" else ref


def _policy(name: str, given: shapes.Policy) -> Policy:
    return Policy(name, given.schedule, _rule(given.keep), given.because, tuple(given.to))


def _rule(keep: shapes.Keep) -> RetentionRule:
    return RetentionRule(**{name: getattr(keep, name) for name in shapes.Keep.model_fields})


def _default_policy(root: shapes.Root) -> Policy:
    to = tuple(name for name, each in root.engines.items() if each.kind == "restic")
    keep = RetentionRule(daily=7, weekly=4, monthly=6)
    return Policy("default", DEFAULT_SCHEDULE, keep, DEFAULT_REASON, to)


def _service(name: str, given: shapes.Service) -> Service:
    checks = tuple(_check(name, each) for each in given.checks)
    beating = {check.asset for check in checks if check.kind is CheckKind.CANARY}
    return Service(
        name=name,
        criticality=given.criticality,
        depends_on=tuple(given.depends_on),
        objectives=Objectives(given.objectives.rpo, given.objectives.rto),
        assets=tuple(_assets(name, given.assets.items(), beating)),
        checks=checks,
    )


def _assets(
    service: str, given: Iterable[tuple[str, shapes.Asset]], beating: set[str]
) -> Iterable[Asset]:
    for name, each in given:
        kind = AssetKind(each.kinds[0])
        id_ = f"{service}/{name}"
        unsaved = kind in {AssetKind.NONE, AssetKind.REGENERABLE} or (
            each.accepted_loss is not None and "policy" not in each.model_fields_set
        )
        accepted, again = each.accepted_loss, each.regenerable
        yield Asset(
            id=id_,
            kind=kind,
            source=_source(kind, each),
            exclude=tuple(each.exclude),
            policy=None if unsaved else each.policy,
            accepted_loss=Waiver(accepted.because, accepted.until) if accepted else None,
            regenerable=Waiver(again.source, again.until) if again else None,
            canary=id_ in beating,
        )


def _source(kind: AssetKind, given: shapes.Asset) -> str:
    if kind is AssetKind.REGENERABLE:
        return given.regenerable.source if given.regenerable else ""
    value = getattr(given, kind.value)
    return " ".join(value) if isinstance(value, list) else _path(value)


def _check(service: str, given: shapes.Check) -> Check:
    asset = f"{service}/{given.asset}"
    if given.canary is not None:
        return Check(asset, CheckKind.CANARY, within=given.canary)
    if given.command is not None:
        return Check(asset, CheckKind.COMMAND, argv=tuple(given.command))
    return Check(asset, CheckKind.SQL, given.sql or "", given.at_least)


def _key(name: str, given: shapes.Key) -> Key:
    return Key(
        name=name,
        age=_path(given.age) if given.age else None,
        secrets=tuple(given.secrets),
        opens=tuple(map(_path, given.opens)),
        copies=tuple(
            KeyCopy(each.place, each.site, _path(each.path) if each.path else None)
            for each in given.copies
        ),
    )
