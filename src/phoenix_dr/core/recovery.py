"""In which order services come back, and how long until each is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from phoenix_dr.core.model import Criticality, Service
from phoenix_dr.errors import UsageError

Waves = tuple[tuple[str, ...], ...]


def order(services: Mapping[str, Service]) -> Waves:
    """Services in waves: everything a wave depends on came back in an earlier one.

    What critical services need comes back before what only others need; names settle the rest.
    Raises UsageError for a cycle or a dependency nobody described.
    """
    _require_known(services)
    _require_acyclic(services)
    ranks = {name: level.rank for name, level in effective_criticality(services).items()}
    # A dependency is never less critical than what needs it, so ranks may come one by one.
    waves: list[tuple[str, ...]] = []
    for rank in sorted(set(ranks.values())):
        graph = {
            name: {need for need in service.depends_on if ranks[need] == rank}
            for name, service in services.items()
            if ranks[name] == rank
        }
        waves += _layers(graph)
    return tuple(waves)


def cumulative(
    waves: Iterable[Sequence[str]], seconds: Mapping[str, float | None]
) -> dict[str, float | None]:
    """Seconds until each service is back, restored one after the other in this order.

    None from the first service on that was never measured.
    """
    total: float | None = 0.0
    until: dict[str, float | None] = {}
    for name in (name for wave in waves for name in wave):
        own = seconds.get(name)
        total = None if total is None or own is None else total + own
        until[name] = total
    return until


def effective_criticality(services: Mapping[str, Service]) -> dict[str, Criticality]:
    """The highest criticality of each service and of all that depend on it, however far."""
    effective = {name: service.criticality for name, service in services.items()}
    # The most critical hand their rank down first, so nobody needs a second visit.
    for name in sorted(services, key=lambda name: (services[name].criticality.rank, name)):
        level = services[name].criticality
        ahead = [name]
        while ahead:
            for need in services[ahead.pop()].depends_on:
                if need in effective and effective[need].rank > level.rank:
                    effective[need] = level
                    ahead.append(need)
    return effective


def _layers(graph: Mapping[str, set[str]]) -> list[tuple[str, ...]]:
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    layers = []
    while sorter.is_active():
        ready = sorter.get_ready()
        layers.append(tuple(sorted(ready)))
        sorter.done(*ready)
    return layers


def _require_known(services: Mapping[str, Service]) -> None:
    for name, service in services.items():
        for need in service.depends_on:
            if need not in services:
                raise UsageError("dependency-unknown", service=name, dependency=need)


def _require_acyclic(services: Mapping[str, Service]) -> None:
    graph = {name: sorted(services[name].depends_on) for name in sorted(services)}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # graphlib names what is needed first; people read "needs" from left to right.
        ring = list(reversed(error.args[1]))[:-1]
        start = ring.index(min(ring))
        ring = [*ring[start:], *ring[:start], ring[start]]
        raise UsageError("dependency-cycle", cycle=" → ".join(ring)) from error
