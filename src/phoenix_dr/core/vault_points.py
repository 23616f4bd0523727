"""The points Vault is asked to validate, each with the evidence Phoenix has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from phoenix_dr.core.custody_graph import house_lost
from phoenix_dr.core.evidence import Level
from phoenix_dr.core.keys import PROOF_FRESH
from phoenix_dr.core.kit_state import outdated
from phoenix_dr.core.model import AssetKind, EngineSpec, Estate, Service
from phoenix_dr.core.vault import CopyHeld, KeyHeld, Point, Sheet, Showing, VaultFacts, keys_held

ENOUGH = 2
SHOWN, NOT_SHOWN, UNKNOWN = Showing.SHOWN, Showing.NOT_SHOWN, Showing.UNKNOWN
ALWAYS_ENCRYPTED = frozenset({"restic"})
"""Engines without a format in the clear."""
BUNKER_KINDS = frozenset({AssetKind.FILES, AssetKind.SQLITE})
CIRCLES = frozenset({"key-locked-in", "key-behind-itself", "key-out-of-reach"})
OPEN_FILES = frozenset({"key-exposed", "key-in-git", "password-export-found"})


def sheet(facts: VaultFacts, *, since: datetime | None = None) -> Sheet:
    """The whole sheet. With `since` (a handover) only later trials of keys and kit count."""
    keys = keys_held(facts)
    return Sheet(
        estate=facts.estate.name,
        made_at=facts.now,
        keys=keys,
        circles=facts.picture.circles,
        findings=facts.findings,
        points=tuple(_later(point, since, facts.now) for point in _points(facts, keys)),
        ledger_head=facts.ledger_head,
    )


def _later(point: Point, since: datetime | None, now: datetime) -> Point:
    """Evidence from before the handover, or half a year old, shows nothing any more."""
    if point.state is not SHOWN or point.at is None:
        return point
    if now - point.at >= PROOF_FRESH:
        return replace(point, state=UNKNOWN, evidence="old", parameters=())
    if since is not None and point.at <= since:
        return replace(point, state=UNKNOWN, evidence="before", parameters=())
    return point


def _points(facts: VaultFacts, keys: tuple[KeyHeld, ...]) -> Iterator[Point]:
    for key in keys:
        yield _away(key)
        yield _copies(key, facts.now)
        yield _circle(facts, key)
    for spec in facts.estate.engines.values():
        if spec.password is not None:
            yield _door(facts, spec)
        if _is_away(facts.estate, spec) and _is_used(facts.estate, spec):
            yield _encrypted(spec)
    yield _sops(facts)
    yield _files(facts)
    yield _kit(facts)
    if can_bunker(facts.estate):
        yield _bunker(facts)


def _away(key: KeyHeld) -> Point:
    """An off-site copy opened something."""
    own = [copy for copy in key.copies if copy.off_site and copy.counts]
    good = max(
        (copy for copy in own if copy.ok and copy.proved_at and not copy.simulated),
        key=lambda copy: copy.proved_at.timestamp() if copy.proved_at else 0,
        default=None,
    )
    if any(copy.ok is False for copy in key.copies):
        bad = next(copy for copy in key.copies if copy.ok is False)
        return _point("copy-away", key.name, NOT_SHOWN, "copy-failed", bad, place=bad.place)
    if good is not None:
        return _point("copy-away", key.name, SHOWN, "copy-opened", good, place=good.place)
    if not own:
        return _point("copy-away", key.name, NOT_SHOWN, "no-copy-away")
    code = "copy-simulated" if any(copy.simulated for copy in own) else "copy-untried"
    return _point("copy-away", key.name, UNKNOWN, code, place=own[0].place)


def _copies(key: KeyHeld, now: datetime) -> Point:
    own = [copy for copy in key.copies if copy.counts]
    good = [copy for copy in own if copy.ok and copy.proved_at and _fresh(copy.proved_at, now)]
    facts: dict[str, Any] = {"count": len(own), "proved": len(good)}
    if len(own) < ENOUGH:
        return _point("two-copies", key.name, NOT_SHOWN, "copies-few", **facts)
    state = SHOWN if len(good) >= ENOUGH else UNKNOWN
    return _point("two-copies", key.name, state, "copies-proved", **facts)


def _fresh(at: datetime, now: datetime) -> bool:
    return now - at < PROOF_FRESH


def _circle(facts: VaultFacts, key: KeyHeld) -> Point:
    for finding in facts.findings:
        if finding.code in CIRCLES and finding.subject == key.name:
            given = dict(finding.parameters)
            path = str(given.get("path") or given.get("inside") or "")
            return _point("no-circle", key.name, NOT_SHOWN, "circle", path=path)
    return _point("no-circle", key.name, SHOWN, "no-circle")


def _door(facts: VaultFacts, spec: EngineSpec) -> Point:
    """A described key stands for the password."""
    if spec.id in facts.picture.keyless:
        return _point("engine-key", spec.id, NOT_SHOWN, "no-key")
    names = [node.name for node in facts.picture.keys if spec.id in {d.engine for d in node.doors}]
    return _point("engine-key", spec.id, SHOWN, "key-described", names=", ".join(names))


def _encrypted(spec: EngineSpec) -> Point:
    if spec.kind in ALWAYS_ENCRYPTED:
        return _point("encrypted-away", spec.id, SHOWN, "always-encrypted", kind=spec.kind)
    return _point("encrypted-away", spec.id, UNKNOWN, "encryption-unseen", kind=spec.kind)


def _sops(facts: VaultFacts) -> Point:
    """Every SOPS file that was found opens with a described key."""
    name = facts.estate.name
    if facts.found is None:
        return _point("sops-known", name, UNKNOWN, "never-looked")
    at, files = facts.found.looked_at, len(facts.found.sops)
    strange = [each for each in facts.findings if each.code == "sops-key-not-described"]
    if strange:
        return Point("sops-known", name, NOT_SHOWN, "sops-strange", at, strange[0].parameters[:1])
    if facts.found.unseen:
        return Point("sops-known", name, UNKNOWN, "partly-seen", at)
    return Point("sops-known", name, SHOWN, "sops-seen", at, (("files", files),))


def _files(facts: VaultFacts) -> Point:
    """No key file lies open, is in git, or is an export in the clear."""
    name = facts.estate.name
    if facts.found is None:
        return _point("files-closed", name, UNKNOWN, "never-looked")
    at = facts.found.looked_at
    if wrong := [each for each in facts.findings if each.code in OPEN_FILES]:
        return Point("files-closed", name, NOT_SHOWN, "files-open", at, (("count", len(wrong)),))
    if facts.found.unseen:
        return Point("files-closed", name, UNKNOWN, "partly-seen", at)
    count = len(facts.found.keys)
    return Point("files-closed", name, SHOWN, "files-seen", at, (("count", count),))


def _kit(facts: VaultFacts) -> Point:
    name, state = facts.estate.name, facts.kit
    if state is None:
        return _point("kit", name, NOT_SHOWN, "kit-none")
    if state.ok is False:
        return Point("kit", name, NOT_SHOWN, "kit-failed", state.tried_at)
    if old := outdated(state, facts.estate, facts.dates):
        listed = (("elements", ", ".join(old)),)
        return Point("kit", name, NOT_SHOWN, "kit-outdated", state.made_at, listed)
    if state.ok is None or state.tried_at is None:
        return Point("kit", name, UNKNOWN, "kit-untried", state.made_at)
    return Point("kit", name, SHOWN, "kit-opened", state.tried_at)


def _bunker(facts: VaultFacts) -> Point:
    """A service came back with the kit and the off-site copy alone, within its objective."""
    name = facts.estate.name
    good = [d for d in facts.drills if d.ok and d.level is Level.BUNKER and not d.mutated]
    if not good:
        return _point("bunker", name, UNKNOWN, "bunker-never")
    last = max(good, key=lambda record: record.started_at)
    return Point("bunker", name, SHOWN, "bunker-back", last.started_at, (("asset", last.asset),))


def can_bunker(estate: Estate) -> bool:
    """Whether `phoenix drill bunker` can bring back any service of this estate at all."""
    return any(
        _is_canary(estate, service, spec)
        for spec in estate.engines.values()
        if spec.kind == "restic" and _is_away(estate, spec) and _is_folder(spec)
        for service in estate.services.values()
    )


def _is_canary(estate: Estate, service: Service, spec: EngineSpec) -> bool:
    own = [asset for asset in service.assets if asset.has_data]
    return bool(own) and all(
        asset.kind in BUNKER_KINDS and spec.id in estate.destinations(asset) for asset in own
    )


def _is_folder(spec: EngineSpec) -> bool:
    return PurePosixPath(spec.repository.removeprefix("local:")).is_absolute()


def _is_away(estate: Estate, spec: EngineSpec) -> bool:
    lost = house_lost(estate).site
    sites = {estate.site_of(at) for at in spec.locations.values() if at in estate.locations}
    return lost is not None and bool(sites - {None, lost})


def _is_used(estate: Estate, spec: EngineSpec) -> bool:
    return any(
        destination.split("/", 1)[0] == spec.id
        for asset in estate.assets()
        if asset.has_data
        for destination in estate.destinations(asset)
    )


def _point(
    code: str,
    subject: str,
    state: Showing,
    evidence: str,
    copy: CopyHeld | None = None,
    **parameters: str | int,
) -> Point:
    at = copy.tried_at if copy else None
    return Point(code, subject, state, evidence, at, tuple(parameters.items()))
