"""Who opens what, where the copies of each key are, and what was proved of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import PurePath
from types import MappingProxyType

from phoenix_dr.core.custody_graph import (
    NOWHERE,
    Graph,
    Place,
    at_hand,
    graph,
    house_lost,
    reach,
)
from phoenix_dr.core.custody_loss import locked_copies
from phoenix_dr.core.evidence import KeyProof
from phoenix_dr.core.key_edges import SUFFIX, engines_named
from phoenix_dr.core.key_edges import engines_of as engines_of
from phoenix_dr.core.key_edges import opening as opening
from phoenix_dr.core.keys_found import recipients_of
from phoenix_dr.core.model import EngineSpec, Estate, Key, KeyCopy
from phoenix_dr.core.report import KeyCustody
from phoenix_dr.core.score_facts import ScoredKey

PROOF_FRESH = timedelta(days=180)
"""A proof older than this must be made again: sticks die, papers fade, passwords change."""
SKEW = timedelta(minutes=5)
"""A proof further in the future than this comes from a wrong clock and counts for nothing."""

NO_FINGERPRINTS: Mapping[str, str] = MappingProxyType({})
NOTHING_FOUND: Mapping[str, int] = MappingProxyType({})


def custody(
    estate: Estate,
    proofs: Iterable[KeyProof],
    *,
    now: datetime,
    fingerprints: Mapping[str, str] = NO_FINGERPRINTS,
) -> tuple[KeyCustody, ...]:
    """Where each described key is kept and whether its copies were shown to open something.

    Of each copy only the last proof counts, and only while the copy is still described and the
    key has the same fingerprint. A copy whose last proof failed does not make a key off-site.
    """
    held = tuple(proof for proof in proofs if proof.proved_at <= now + SKEW)
    made = graph(estate)
    found = (
        _custody(made, key, held, fingerprints.get(name, "")) for name, key in estate.keys.items()
    )
    return tuple(
        replace(key, proof_stale=key.proved_at is not None and now - key.proved_at >= PROOF_FRESH)
        for key in found
    )


def escrowed(estate: Estate, custody: Iterable[KeyCustody]) -> frozenset[str]:
    """Ids of the engines that can still be opened when this site is gone.

    Their password has an off-site copy, or they need none.
    """
    off_site = {key.name for key in custody if key.off_site}
    return frozenset(
        engine.id
        for engine in estate.engines.values()
        if not engine.password or any(key.name in off_site for key in opening(estate, engine.id))
    )


def openable(estate: Estate, custody: Iterable[KeyCustody], engines: Iterable[str]) -> bool | None:
    """Whether one of these engines can be opened without this machine.

    True: it needs no password, or a copy of its key was proved, or one is described and was
    never tried. False: its key is described without any copy. None: no key stands for the
    password, or the copies that were tried failed.
    """
    by_name = {key.name: key for key in custody}
    answers = [_opens(estate, estate.engines[engine], by_name) for engine in engines]
    if any(answer is True for answer in answers):
        return True
    return None if None in answers or not answers else False


def keys_proven(
    estate: Estate, custody: Iterable[KeyCustody], engines: Iterable[str]
) -> bool | None:
    """Whether an off-site copy was proved to open each of these engines; None: no key described."""
    by_name = {key.name: key for key in custody}
    known = True
    for engine in engines:
        if estate.engines[engine].password is None:
            continue
        keys = [by_name[key.name] for key in opening(estate, engine)]
        if keys and not any(key.proved_off_site for key in keys):
            return False
        known = known and bool(keys)
    return True if known else None


def scored(
    estate: Estate, custody: Iterable[KeyCustody], *, sops: Mapping[str, int] = NOTHING_FOUND
) -> tuple[ScoredKey, ...]:
    """The keys that some backup or secret needs, as the score sees them.

    Where several keys open an engine the best one counts. A password no key stands for counts
    as a key without copies, named like the secret: leaving a key out is never better. An age key
    counts when it is said to open something, or when SOPS files (`sops`) open with it alone.
    """
    by_name = {key.name: key for key in custody}
    needed: dict[str, ScoredKey] = {}
    for engine in _used(estate):
        keys = [_score(by_name[key.name]) for key in opening(estate, engine.id)]
        unknown = ScoredKey(engine.id + SUFFIX, copies=0, off_site=False, proven=False)
        best = max(keys, key=lambda key: (key.proven, key.off_site, key.copies), default=unknown)
        needed.setdefault(best.name, best)
    for key in estate.keys.values():
        files = [name for name in key.opens if name not in estate.engines]
        if key.age and (files or sops.get(key.name)):
            needed.setdefault(key.name, _score(by_name[key.name]))
    return tuple(needed.values())


def _used(estate: Estate) -> Iterator[EngineSpec]:
    destinations = {id_ for asset in estate.assets() for id_ in engines_of(estate, asset)}
    for engine in estate.engines.values():
        if engine.id in destinations and engine.password is not None:
            yield engine


def _custody(made: Graph, key: Key, proofs: Sequence[KeyProof], fingerprint: str) -> KeyCustody:
    locked = locked_copies(made, key.name)
    places = _places(made.copies[key.name])
    copies = tuple(place for place in places if place not in locked)
    away = away_places(made, key.name)
    last = last_proofs(key, proofs, copies, fingerprint=fingerprint)
    good = [proof for proof in last.values() if proof.ok]
    newest = max(good, key=lambda proof: proof.proved_at, default=None)
    broken = {place for place, proof in last.items() if not proof.ok}
    return KeyCustody(
        name=key.name,
        fingerprint=fingerprint,
        opens=tuple(dict.fromkeys((*key.opens, *sorted(engines_named(key) - {*key.opens})))),
        assets=_locked_out(made.estate, key),
        copies=copies,
        off_site=any(place in away for place in copies if place not in broken),
        proved_at=newest.proved_at if newest else None,
        proved_place=newest.place if newest else "",
        proved_off_site=any((proof.place, proof.site) in away for proof in good),
        last_proof_ok=not broken if last else None,
        behind_itself=tuple(place for place in places if place in locked),
    )


def last_proofs(
    key: Key, proofs: Iterable[KeyProof], copies: Sequence[Place], *, fingerprint: str = ""
) -> dict[Place, KeyProof]:
    """The proof that counts of each copy that is still described.

    Of each thing a copy was to open the last believable proof counts; a copy that does not open
    one of them is bad, whatever it opens beside. A good proof made with another fingerprint
    belongs to a key that was replaced since; a bad one stays bad.
    """
    last: dict[tuple[Place, str], KeyProof] = {}
    for proof in sorted(proofs, key=lambda proof: proof.proved_at):
        place = (proof.place, proof.site)
        if proof.key == key.name and place in copies and not _is_replaced(proof, fingerprint):
            last[place, proof.opened] = proof
    found: dict[Place, KeyProof] = {}
    for (place, opened), proof in last.items():
        held = found.get(place)
        if not proof.ok and not _is_asked(key, opened):
            continue
        if held is None or (proof.ok, -proof.proved_at.timestamp()) < (
            held.ok, -held.proved_at.timestamp()
        ):  # fmt: skip
            found[place] = proof
    return found


def _is_replaced(proof: KeyProof, fingerprint: str) -> bool:
    now, then = recipients_of(fingerprint), recipients_of(proof.fingerprint)
    return proof.ok and bool(now and then) and not now <= then


def _is_asked(key: Key, opened: str) -> bool:
    """Whether the key is still to open that; engines and files may be described no more."""
    if "/" in opened:
        return any(PurePath(each).name in opened for each in key.opens) or not key.opens
    return opened in engines_named(key) or not engines_named(key)


def _places(copies: Iterable[KeyCopy]) -> tuple[Place, ...]:
    return tuple(dict.fromkeys((copy.place, copy.site) for copy in copies))


def _locked_out(estate: Estate, key: Key) -> tuple[str, ...]:
    """Assets all of whose engines open with this key only."""
    return tuple(
        asset.id
        for asset in estate.assets()
        if (engines := engines_of(estate, asset))
        and all(_only(estate, key, estate.engines[engine]) for engine in engines)
    )


def _only(estate: Estate, key: Key, engine: EngineSpec) -> bool:
    return engine.password is not None and opening(estate, engine.id) == (key,)


def away_places(made: Graph, key: str) -> frozenset[Place]:
    """Where copies of a key can be taken after this site is lost, without the key itself."""
    lost = house_lost(made.estate)
    if lost.site is None:
        return frozenset()
    inner = any(copy.inside for copy in made.copies[key])
    left = reach(made, lost, without=frozenset({key})) if inner else NOWHERE
    return frozenset(
        (copy.place, copy.site) for copy in made.copies[key] if at_hand(made, copy, left, lost)
    )


def _opens(estate: Estate, engine: EngineSpec, by_name: Mapping[str, KeyCustody]) -> bool | None:
    if engine.password is None:
        return True
    keys = [by_name[key.name] for key in opening(estate, engine.id)]
    if any(key.copies and (key.proved_at or key.last_proof_ok is None) for key in keys):
        return True
    return False if keys and not any(key.copies for key in keys) else None


def _score(key: KeyCustody) -> ScoredKey:
    proven = key.proved_at is not None and key.last_proof_ok is True and not key.proof_stale
    return ScoredKey(key.name, copies=len(key.copies), off_site=key.off_site, proven=proven)
