"""From the checked shape of an engine to the core's value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from phoenix_dr.config.engines import (
    BorgEngine,
    Engine,
    LaterEngine,
    LokiEngine,
    PrometheusEngine,
    ProxmoxEngine,
    Repositories,
    ResticEngine,
    Stores,
    VzdumpEngine,
)
from phoenix_dr.core.model import EngineSpec, SecretRef, SpanRule

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
        case PrometheusEngine():
            made = replace(made, spans=tuple(_metrics(given)))
            return _store(made, given, expand, arguments=given.arguments)
        case LokiEngine():
            return _store(replace(made, spans=tuple(_logs(given))), given, expand)
        case ProxmoxEngine():
            return _proxmox(made, given, expand)
        case VzdumpEngine():
            return replace(made, repository=expand(given.directory))
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


def _store(
    made: EngineSpec, given: Stores, expand: Expand, *, arguments: str | None = None
) -> EngineSpec:
    files = {"config": given.config, "arguments": arguments}
    settings = {"url": given.url} if given.url else {}
    settings |= {name: expand(path) for name, path in files.items() if path}
    return replace(made, password=_secret(given.token, expand), settings=settings)


def _proxmox(made: EngineSpec, given: ProxmoxEngine, expand: Expand) -> EngineSpec:
    said = {
        "url": given.url,
        "fingerprint": given.fingerprint,
        "ca": expand(given.ca) if given.ca else None,
        "insecure": "1" if given.insecure else None,
    }
    return replace(
        made,
        locations=dict(given.storages),
        password=_secret(given.token, expand),
        settings={name: value for name, value in said.items() if value},
    )


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


def _environment(given: Repositories | LaterEngine, expand: Expand) -> dict[str, SecretRef]:
    return {name: _expanded(ref, expand) for name, ref in given.environment.items()}


def _secret(ref: SecretRef | None, expand: Expand) -> SecretRef | None:
    return _expanded(ref, expand) if ref else None


def _expanded(ref: SecretRef, expand: Expand) -> SecretRef:
    return SecretRef(ref.scheme, expand(ref.name)) if ref.scheme == "file" else ref
