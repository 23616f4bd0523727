"""What a look at a Velero shows to be wrong with what it saves, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from phoenix_dr.core.cluster_findings import silenced
from phoenix_dr.core.cluster_place_findings import IN_CLUSTER
from phoenix_dr.core.cluster_view import finding as _finding
from phoenix_dr.core.model import DAY, Estate
from phoenix_dr.core.report import Finding, Severity
from phoenix_dr.core.velero import StorageLocation, VeleroState
from phoenix_dr.core.velero_claim_findings import of_claims, of_namespaces
from phoenix_dr.core.velero_run_findings import of_backups, of_keeping, of_schedules
from phoenix_dr.core.velero_view import VeleroView, velero_view

Family = Callable[[VeleroView], Iterator[Finding]]
UNAVAILABLE = "Unavailable"
CHECKED_EVERY = timedelta(minutes=1)
"""`validationFrequency` when nobody says."""
MISSED = 10
"""So many looks of Velero at a location may be missed."""
PASSWORD = "velero-repo-credentials"  # noqa: S105 - the name of a Secret nobody reads
"""The Secret with the password of kopia: by default a text that everybody knows."""


def find_in_velero(estate: Estate, state: VeleroState, *, now: datetime) -> tuple[Finding, ...]:
    """Every finding of one look; claims a person left out until a date stay silent till then.

    What is wrong with data whose loss was accepted is only INFO.
    """
    view = velero_view(estate, state, now=now)
    found = (each for family in FAMILIES for each in family(view))
    return tuple(silenced(view.around, found))


def of_blind_spots(view: VeleroView) -> Iterator[Finding]:
    """What this look could not see, and a look that was long ago."""
    for spot in (*view.state.cluster.blind_spots, *view.state.blind_spots):
        facts = {"reason": spot.reason, "detail": spot.detail}
        yield _finding("blind", Severity.UNKNOWN, spot.engine, "phoenix", **facts)
    age = view.now - view.state.observed_at
    if age >= DAY:
        seconds = int(age.total_seconds())
        yield _finding(
            "cluster-seen-long-ago", Severity.UNKNOWN, view.engine, "phoenix", age=seconds
        )


def of_gone(view: VeleroView) -> Iterator[Finding]:
    """Claims of our own that were there at an earlier look and are not any more."""
    if not view.state.cluster.sees("persistentvolumeclaims"):
        return
    there = {claim.id for claim in view.state.cluster.claims}
    for claim, asset in view.around.assets.items():
        if claim not in there and asset.source == f"{view.engine}/{claim}":
            yield _finding("claim-gone", Severity.WARNING, asset.id, "you", claim=claim)


def of_locations(view: VeleroView) -> Iterator[Finding]:
    """Storage locations in use that are not there, not well, or in the cluster itself."""
    if view.state.locations is None:
        return
    there = {each.name: each for each in view.state.locations}
    for name in sorted(_used(view)):
        found = there.get(name)
        if found is None:
            subject = view.subject(name)
            yield _finding(
                "velero-location-missing", Severity.CRITICAL, subject, "helm", location=name
            )
        else:
            yield from _health(view, found)
            yield from _own_place(view, found)


def of_password(view: VeleroView) -> Iterator[Finding]:
    """Data lies in repositories of kopia, and nobody may read whether their password is public."""
    if any(each.done for each in view.state.data()):
        yield _finding(
            "velero-password-unread",
            Severity.INFO,
            view.subject(PASSWORD),
            "vault",
            namespace=view.namespace,
        )


FAMILIES: tuple[Family, ...] = (
    of_blind_spots,
    of_gone,
    of_claims,
    of_namespaces,
    of_schedules,
    of_backups,
    of_keeping,
    of_locations,
    of_password,
)


def _used(view: VeleroView) -> set[str]:
    """Locations that schedules go to, and those of the newest backups that can be restored."""
    wanted = {view.location(each.choice) for each in view.state.schedules or ()}
    newest = (view.newest(name) for name in view.backups)
    return wanted | {view.location(each.choice) for each in newest if each is not None}


def _health(view: VeleroView, found: StorageLocation) -> Iterator[Finding]:
    subject = view.subject(found.name)
    if found.phase == UNAVAILABLE:
        yield _finding(
            "velero-location-unavailable",
            Severity.CRITICAL,
            subject,
            "helm",
            location=found.name,
            detail=found.message or "?",
        )
        return
    every = CHECKED_EVERY if found.checked_every is None else found.checked_every
    seen = view.state.observed_at
    if found.checked_at is None or not every or seen - found.checked_at > _patience(every):
        yield _finding(
            "velero-location-unchecked", Severity.UNKNOWN, subject, "helm", location=found.name
        )


def _patience(every: timedelta) -> timedelta:
    return max(MISSED * min(every, DAY), timedelta(hours=1))


def _own_place(view: VeleroView, found: StorageLocation) -> Iterator[Finding]:
    """Copies that die with the cluster: in one of its services, or on its only machine."""
    host = _host_in_cluster(view, found.host) or _only_machine(view, found.name)
    if host:
        yield _finding(
            "velero-location-in-cluster",
            Severity.WARNING,
            view.subject(found.name),
            "you",
            location=found.name,
            host=host,
        )


def _host_in_cluster(view: VeleroView, host: str) -> str:
    """`SERVICE.NAMESPACE` is enough inside a cluster; a name alone may be anybody's."""
    cluster = view.state.cluster
    service = host.partition(".")[2]
    inside = host.endswith(IN_CLUSTER) or service in cluster.namespaces
    return host if host and (inside or host in {each.name for each in cluster.nodes}) else ""


def _only_machine(view: VeleroView, name: str) -> str:
    spec = view.estate.engines.get(view.engine)
    place = view.estate.locations.get(spec.locations.get(name, "")) if spec else None
    nodes = {each.name for each in view.state.cluster.nodes}
    return place.host if place is not None and nodes == {place.host} else ""
