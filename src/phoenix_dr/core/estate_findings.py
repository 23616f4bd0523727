"""Finding families about the estate: places, keys, engines, exceptions, unfinished actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from phoenix_dr.core.cluster_findings import find_in_cluster
from phoenix_dr.core.coverage import is_excused
from phoenix_dr.core.custody_findings import of_custody
from phoenix_dr.core.finding_facts import View
from phoenix_dr.core.k3s_findings import of_datastores
from phoenix_dr.core.model import SAMPLE_KINDS, Immutability
from phoenix_dr.core.pbs_findings import find_in_pbs
from phoenix_dr.core.report import Finding, KeyCustody, Severity
from phoenix_dr.core.retention_findings import of_retention
from phoenix_dr.core.velero_findings import find_in_velero
from phoenix_dr.core.vzdump_findings import find_in_guests

Family = Callable[[View], Iterator[Finding]]

ENOUGH_KEY_COPIES = 2


def of_places(view: View) -> Iterator[Finding]:
    """Locations and hosts copies lie on that nobody described, and claims not proved."""
    estate = view.estate
    named = {name for engine in estate.engines.values() for name in engine.locations.values()}
    held = {name for covered in view.coverages for _, name in covered.backups}
    for name in sorted((named | held) - estate.locations.keys()):
        yield _finding("location-not-described", Severity.UNKNOWN, name, "you")
    hosts = {place.host for place in estate.locations.values()} | {estate.here}
    for name in sorted(hosts - estate.hosts.keys()):
        yield _finding("host-not-described", Severity.UNKNOWN, name, "you")
    for name, place in estate.locations.items():
        claimed = place.immutable is Immutability.CLAIMED
        if claimed and name not in view.facts.immutable:
            yield _finding("immutable-unproved", Severity.WARNING, name, "phoenix")


def of_keys(view: View) -> Iterator[Finding]:
    """Keys with too few copies, none elsewhere, never proved or proved broken, or not described."""
    for key in view.facts.custody:
        if key.opens or key.assets:
            yield from _custody(key)
    described = {
        name
        for key in view.estate.keys.values()
        for name in (*key.opens, *(secret.partition(".")[0] for secret in key.secrets))
    }
    for engine in view.estate.engines.values():
        # Such a secret is a right to ask, not a key that opens copies.
        opens_data = engine.password is not None and engine.kind not in (*SAMPLE_KINDS, "pbs")
        if opens_data and engine.id not in described:
            yield _finding("key-not-described", Severity.WARNING, engine.id, "vault")


def of_engines(view: View) -> Iterator[Finding]:
    """What could not be seen, and why (`reason` is an error code)."""
    spots = view.facts.blind_spots
    # Many assets may be in doubt for one and the same reason.
    for engine, reason, detail in dict.fromkeys((s.engine, s.reason, s.detail) for s in spots):
        facts = {"reason": reason, "detail": detail}
        yield _finding("blind", Severity.UNKNOWN, engine, "phoenix", **facts)


def of_exceptions(view: View) -> Iterator[Finding]:
    """Declared exceptions whose date has passed."""
    for asset in view.estate.assets():
        for waiver in (asset.accepted_loss, asset.regenerable):
            if waiver is not None and not is_excused(waiver, view.today):
                yield _finding(
                    "waiver-expired",
                    Severity.WARNING,
                    asset.id,
                    "you",
                    because=waiver.because,
                    until=waiver.until.isoformat(),
                )
    for ignore in view.estate.ignore:
        if view.today > ignore.until:
            yield _finding(
                "ignore-expired",
                Severity.WARNING,
                ignore.found,
                "you",
                because=ignore.because,
                until=ignore.until.isoformat(),
            )


def of_failures(view: View) -> Iterator[Finding]:
    """Backups that failed since the newest point: silence would last until it is too old."""
    for run in view.facts.failed:
        yield _finding(
            "last-backup-failed",
            Severity.WARNING,
            run.asset,
            "phoenix",
            asset=run.asset,
            engine=run.engine,
            reason=run.error,
            detail=run.detail,
            age=int((view.now - run.failed_at).total_seconds()),
        )


def of_actions(view: View) -> Iterator[Finding]:
    """Actions that were begun and have no outcome."""
    for left in view.facts.interrupted:
        yield _finding(
            "interrupted-action",
            Severity.WARNING,
            left.subject,
            "phoenix",
            verb=left.verb,
            age=int((view.now - left.started_at).total_seconds()),
        )


def of_guests(view: View) -> Iterator[Finding]:
    """What the last look at each Proxmox shows; what it could not see is not said twice."""
    said = set(of_engines(view))
    dark = {spot.engine for spot in view.facts.blind_spots}
    for engine, look in view.facts.guests.items():
        if look is not None:
            found = find_in_guests(view.estate, look, now=view.now)
            yield from (each for each in found if each not in said)
        elif engine not in dark:
            yield _finding("jobs-unseen", Severity.UNKNOWN, engine, "phoenix")


def of_servers(view: View) -> Iterator[Finding]:
    """What the last look at each backup server shows; what it could not see is not said twice."""
    said = set(of_engines(view))
    looks = {name: look for name, look in view.facts.servers.items() if look is not None}
    for name, look in looks.items():
        spec = view.estate.engines[name]
        found = find_in_pbs(
            view.estate,
            look,
            now=view.now,
            guests=view.facts.guests.get(spec.settings.get("guests", "")),
            others=tuple(other for key, other in looks.items() if key != name),
        )
        yield from (each for each in found if each not in said)


def of_clusters(view: View) -> Iterator[Finding]:
    """What the last look at each cluster shows; what it could not see is not said twice."""
    said = set(of_engines(view))
    looks = (look for look in view.facts.clusters.values() if look is not None)
    found = [each for look in looks for each in find_in_cluster(view.estate, look, now=view.now)]
    for one in (look for look in view.facts.veleros.values() if look is not None):
        found += find_in_velero(view.estate, one, now=view.now)
    # A claim that two engines look at is gone, or not bound, only once.
    yield from (each for each in dict.fromkeys(found) if each not in said)


ESTATE_FAMILIES: tuple[Family, ...] = (
    of_places,
    of_keys,
    of_custody,
    of_engines,
    of_exceptions,
    of_failures,
    of_actions,
    of_retention,
    of_guests,
    of_servers,
    of_clusters,
    of_datastores,
)


def _custody(key: KeyCustody) -> Iterator[Finding]:
    if len(key.copies) < ENOUGH_KEY_COPIES:
        yield _finding(
            "key-single-copy",
            Severity.CRITICAL,
            key.name,
            "vault",
            copies=len(key.copies),
        )
    if not key.off_site:
        yield _finding("key-not-off-site", Severity.CRITICAL, key.name, "vault")
    if key.last_proof_ok is False:
        yield _finding("key-proof-failed", Severity.CRITICAL, key.name, "vault")
    elif key.proved_at is None:
        yield _finding("key-never-proven", Severity.WARNING, key.name, "phoenix")
    elif not key.proved_off_site:
        yield _finding(
            "key-not-proven-off-site",
            Severity.WARNING,
            key.name,
            "phoenix",
            place=key.proved_place,
        )


def _finding(
    code: str, severity: Severity, subject: str, owner: str, **parameters: str | int
) -> Finding:
    return Finding(code, severity, subject, owner, tuple(parameters.items()))
