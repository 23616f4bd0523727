"""Findings about keys: behind themselves, proven long ago, needed by SOPS, lying open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from phoenix_dr.core.custody_graph import graph, reach
from phoenix_dr.core.custody_loss import PRODUCTION, circles, single_places
from phoenix_dr.core.finding_facts import View
from phoenix_dr.core.keys_found import FoundKey, KeyKind, KeysFound, only_with, recipients_of
from phoenix_dr.core.kit_findings import of_kits
from phoenix_dr.core.model import AssetKind
from phoenix_dr.core.report import Finding, Severity

ENOUGH = 2


def of_custody(view: View) -> Iterator[Finding]:
    """Everything the custody graph and the last look at this machine's keys have to say."""
    yield from _graph(view)
    yield from _notes(view)
    for key in view.facts.custody:
        if key.proof_stale and key.proved_at is not None:
            age = int((view.now - key.proved_at).total_seconds())
            yield _finding("key-proof-old", Severity.WARNING, key.name, "phoenix", age=age)
    if view.facts.keys is not None:
        yield from _sops(view, view.facts.keys)
        yield from _files(view.facts.keys)
    yield from of_kits(view)


def _graph(view: View) -> Iterator[Finding]:
    made = graph(view.estate)
    found = circles(made)
    for circle in found:
        path = " → ".join((circle.key, circle.place, *(link.name for link in circle.path)))
        facts = {"place": circle.place, "path": path}
        if circle.locked:
            yield _finding("key-locked-in", Severity.CRITICAL, circle.key, "vault", **facts)
        else:
            yield _finding("key-behind-itself", Severity.WARNING, circle.key, "vault", **facts)
    told = {circle.key for circle in found if circle.locked}
    have = reach(made, PRODUCTION).keys
    for name, copies in made.copies.items():
        behind = [copy for copy in copies if copy.inside]
        if behind and name not in have | told:
            where = behind[0].inside or ""
            yield _finding("key-out-of-reach", Severity.CRITICAL, name, "vault", inside=where)
    counted = {key.name: len(key.copies) for key in view.facts.custody}
    for place in single_places(made):
        if any(counted.get(name, 0) >= ENOUGH for name in place.keys):
            yield _finding(
                "key-single-place",
                Severity.WARNING,
                place.place,
                "vault",
                site=place.site,
                keys=", ".join(place.keys),
                services=len(place.services),
            )


def _notes(view: View) -> Iterator[Finding]:
    """The recovery documents lie in data that must be recovered first."""
    documents = PurePosixPath(view.estate.documents)
    for asset in view.estate.assets():
        if asset.kind is AssetKind.FILES and documents.is_relative_to(asset.source):
            yield _finding(
                "recovery-notes-inside", Severity.INFO, asset.id, "you", path=str(documents)
            )


def _sops(view: View, found: KeysFound) -> Iterator[Finding]:
    known: frozenset[str] = frozenset()
    for key in view.facts.custody:
        own = recipients_of(key.fingerprint)
        known |= own
        files = len(only_with(found.sops, own)) if own else 0
        if files and not key.off_site:
            yield _finding(
                "sops-key-not-off-site", Severity.CRITICAL, key.name, "vault", files=files
            )
    strange = [each for each in found.sops if not each.others and not known & {*each.recipients}]
    if strange:
        yield _finding(
            "sops-key-not-described",
            Severity.WARNING,
            strange[0].path,
            "vault",
            files=len(strange),
            recipients=", ".join(strange[0].recipients),
        )


def _files(found: KeysFound) -> Iterator[Finding]:
    for key in found.keys:
        yield from of_file(key)
    if found.unseen:
        first, count = found.unseen[0], len(found.unseen)
        yield _finding("keys-unseen", Severity.UNKNOWN, first.path, "phoenix", count=count)


def of_file(key: FoundKey) -> Iterator[Finding]:
    """What is wrong with one key file."""
    kind, mode = key.kind.value, f"{key.mode:04o}"
    if key.kind is KeyKind.EXPORT and not key.locked:
        yield _finding("password-export-found", Severity.CRITICAL, key.path, "vault")
    if key.exposed and key.locked is not True:
        yield _finding("key-exposed", Severity.CRITICAL, key.path, "vault", kind=kind, mode=mode)
    if key.in_git and key.kind is not KeyKind.VAULT:
        yield _finding(
            "key-in-git",
            Severity.WARNING if key.locked else Severity.CRITICAL,
            key.path,
            "vault",
            kind=kind,
        )


def _finding(
    code: str, severity: Severity, subject: str, owner: str, **parameters: str | int
) -> Finding:
    return Finding(code, severity, subject, owner, tuple(parameters.items()))
