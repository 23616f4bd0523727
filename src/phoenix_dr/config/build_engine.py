"""From the checked shape of an engine to the core's value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from phoenix_dr.config.engines import (
    BorgEngine,
    Clusters,
    Engine,
    KubernetesEngine,
    LaterEngine,
    LokiEngine,
    LonghornEngine,
    PbsEngine,
    PrometheusEngine,
    ProxmoxEngine,
    Repositories,
    ResticEngine,
    Servers,
    Stores,
    VeleroEngine,
    VzdumpEngine,
)
from phoenix_dr.config.guest_engines import GuestDrills, GuestJob
from phoenix_dr.core.guest_settings import GuestPlace, JobOptions
from phoenix_dr.core.model import EngineSpec, SecretRef, SpanRule
from phoenix_dr.core.velero import WAY

METRICS = timedelta(days=30)
"""What a metric store keeps when nothing is said."""
LOGS = timedelta(days=14)
"""What a log store keeps when nothing is said."""
Expand = Callable[[str], str]


def engine_of(name: str, given: Engine, expand: Expand) -> EngineSpec:
    """An engine; one of a later kind keeps its kind, places and secrets.

    `expand` replaces `~`. The token of a store stands where passwords do.
    """
    made = EngineSpec(
        id=name,
        kind=given.kind,
        locations={"": given.location} if given.location else {},
        apply=given.apply,
    )
    match given:
        case ResticEngine() | BorgEngine():
            return _repository(made, given, expand)
        case PrometheusEngine() | LokiEngine():
            return _store(made, given, expand)
        case ProxmoxEngine():
            return _proxmox(made, given, expand)
        case PbsEngine():
            return _server(made, given, expand, said={"guests": given.guests})
        case VzdumpEngine():
            return _vzdump(made, given, expand)
        case LonghornEngine() | VeleroEngine() | KubernetesEngine():
            return _cluster(made, given, expand)
        case LaterEngine():
            return replace(
                made,
                locations=given.places or made.locations,
                password=_secret(given.password, expand),
                environment=_environment(given, expand),
            )


def _repository(made: EngineSpec, given: Repositories, expand: Expand) -> EngineSpec:
    return replace(
        made,
        repository=expand(given.repository),
        password=_secret(given.password, expand),
        environment=_environment(given, expand),
        program=expand(given.program) if given.program else None,
        archives=dict(given.archives) if isinstance(given, BorgEngine) else {},
    )


def _store(made: EngineSpec, given: Stores, expand: Expand) -> EngineSpec:
    files = {"config": given.config}
    if isinstance(given, PrometheusEngine):
        files["arguments"] = given.arguments
        spans = tuple(_metrics(given))
    else:
        spans = tuple(_logs(given))
    settings = {"url": given.url} if given.url else {}
    settings |= {name: expand(path) for name, path in files.items() if path}
    return replace(made, password=_secret(given.token, expand), settings=settings, spans=spans)


def _vzdump(made: EngineSpec, given: VzdumpEngine, expand: Expand) -> EngineSpec:
    files = {"known_hosts": given.known_hosts, "identity": given.identity, "config": given.config}
    settings = {name: expand(path) for name, path in files.items() if path}
    return replace(
        made,
        repository=expand(given.directory),
        environment=_environment(given, expand),
        program=expand(given.program) if given.program else None,
        settings=settings | ({"timezone": given.timezone} if given.timezone else {}),
    )


def _proxmox(made: EngineSpec, given: ProxmoxEngine, expand: Expand) -> EngineSpec:
    made = _server(made, given, expand, said={"user": given.user})
    return replace(
        made,
        locations=dict(given.storages),
        password=made.password or _secret(given.password, expand),
        jobs={policy: _job(wish) for policy, wish in given.jobs.items()},
        drills=_drills(given.drills) if given.drills else None,
    )


def _server(
    made: EngineSpec, given: Servers, expand: Expand, *, said: dict[str, str | None]
) -> EngineSpec:
    trust = {
        "url": given.url,
        "fingerprint": given.fingerprint,
        "ca": expand(given.ca) if given.ca else None,
        "insecure": "1" if given.insecure else None,
    }
    return replace(
        made,
        locations=dict(given.datastores) if isinstance(given, PbsEngine) else made.locations,
        password=_secret(given.token, expand),
        settings={name: value for name, value in (trust | said).items() if value},
    )


def _cluster(made: EngineSpec, given: Clusters | KubernetesEngine, expand: Expand) -> EngineSpec:
    settings = {"kubeconfig": expand(given.kubeconfig)}
    settings |= {"context": given.context} if given.context else {}
    if isinstance(given, KubernetesEngine):
        return replace(made, settings=settings)
    settings["namespace"] = given.namespace
    if isinstance(given, VeleroEngine) and given.volumes:
        settings[WAY] = given.volumes
    claims = given.drills.place if given.drills else None
    return replace(made, locations=dict(given.places), settings=settings, claims=claims)


def _job(given: GuestJob) -> JobOptions:
    named = given.model_dump() | {"exclude": tuple(given.exclude)}
    # As PVE spells it.
    return JobOptions(**named | {"compress": "0" if given.compress == "none" else given.compress})


def _drills(given: GuestDrills) -> GuestPlace:
    first, last = given.numbers
    return GuestPlace(first, last, given.storage, given.pool, given.node, given.bridge)


def _metrics(given: PrometheusEngine) -> Iterator[SpanRule]:
    keep, because = given.keep, given.because or ""
    if keep is None:
        yield SpanRule(within=METRICS, because=because)
    else:
        yield SpanRule(within=keep.within, size=keep.size, because=because)


def _logs(given: LokiEngine) -> Iterator[SpanRule]:
    yield SpanRule(within=given.keep.within if given.keep else LOGS, because=given.because or "")
    for each in given.streams:
        yield SpanRule(each.selector, within=each.within, because=each.because or "")


def _environment(
    given: Repositories | VzdumpEngine | LaterEngine, expand: Expand
) -> dict[str, SecretRef]:
    return {name: _expanded(ref, expand) for name, ref in given.environment.items()}


def _secret(ref: SecretRef | None, expand: Expand) -> SecretRef | None:
    return _expanded(ref, expand) if ref else None


def _expanded(ref: SecretRef, expand: Expand) -> SecretRef:
    return SecretRef(ref.scheme, expand(ref.name)) if ref.scheme == "file" else ref
