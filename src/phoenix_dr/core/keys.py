"""Who opens what, where the copies of each key are, and what was proved of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from phoenix_dr.core.evidence import KeyProof
from phoenix_dr.core.model import Asset, EngineSpec, Estate, Key, KeyCopy
from phoenix_dr.core.report import KeyCustody
from phoenix_dr.core.score_facts import ScoredKey

_SUFFIX = ".password"
SKEW = timedelta(minutes=5)
"""A proof further in the future than this comes from a wrong clock and counts for nothing."""

NO_FINGERPRINTS: Mapping[str, str] = MappingProxyType({})

_Place = tuple[str, str]


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
    return tuple(
        _custody(estate, key, held, fingerprints.get(name, "")) for name, key in estate.keys.items()
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


def scored(estate: Estate, custody: Iterable[KeyCustody]) -> tuple[ScoredKey, ...]:
    """The keys that some backup needs, as the score sees them.

    Where several keys open an engine the best one counts. A password no key stands for counts
    as a key without copies, named like the secret: leaving a key out is never better.
    """
    by_name = {key.name: key for key in custody}
    needed: dict[str, ScoredKey] = {}
    for engine in _used(estate):
        keys = [_score(by_name[key.name]) for key in opening(estate, engine.id)]
        unknown = ScoredKey(engine.id + _SUFFIX, copies=0, off_site=False, proven=False)
        best = max(keys, key=lambda key: (key.proven, key.off_site, key.copies), default=unknown)
        needed.setdefault(best.name, best)
    return tuple(needed.values())


def opening(estate: Estate, engine: str) -> tuple[Key, ...]:
    """The described keys each of which opens this engine."""
    return tuple(key for key in estate.keys.values() if engine in _engines(key))


def _engines(key: Key) -> frozenset[str]:
    secrets = (name.removesuffix(_SUFFIX) for name in key.secrets if name.endswith(_SUFFIX))
    return frozenset((*secrets, *key.opens))


def _used(estate: Estate) -> Iterator[EngineSpec]:
    destinations = {id_ for asset in estate.assets() for id_ in engines_of(estate, asset)}
    for engine in estate.engines.values():
        if engine.id in destinations and engine.password is not None:
            yield engine


def engines_of(estate: Estate, asset: Asset) -> tuple[str, ...]:
    """Ids of the described engines the asset is sent to, each once."""
    if not asset.has_data:
        return ()
    named = (destination.split("/", 1)[0] for destination in estate.destinations(asset))
    return tuple(dict.fromkeys(id_ for id_ in named if id_ in estate.engines))


def _custody(estate: Estate, key: Key, proofs: Sequence[KeyProof], fingerprint: str) -> KeyCustody:
    copies = _copies(estate, key)
    last = _last(key.name, proofs, copies, fingerprint)
    good = [proof for proof in last.values() if proof.ok]
    newest = max(good, key=lambda proof: proof.proved_at, default=None)
    broken = {place for place, proof in last.items() if not proof.ok}
    return KeyCustody(
        name=key.name,
        fingerprint=fingerprint,
        opens=tuple(dict.fromkeys((*key.opens, *sorted(_engines(key) - {*key.opens})))),
        assets=_locked_out(estate, key),
        copies=copies,
        off_site=any(_away(estate, place) for place in copies if place not in broken),
        proved_at=newest.proved_at if newest else None,
        proved_place=newest.place if newest else "",
        proved_off_site=any(_away(estate, (proof.place, proof.site)) for proof in good),
        last_proof_ok=not broken if last else None,
    )


def _last(
    key: str, proofs: Iterable[KeyProof], copies: Sequence[_Place], fingerprint: str
) -> dict[_Place, KeyProof]:
    """The last believable proof of each copy that is still described."""
    last: dict[_Place, KeyProof] = {}
    for proof in sorted(proofs, key=lambda proof: proof.proved_at):
        place = (proof.place, proof.site)
        rotated = bool(fingerprint and proof.fingerprint) and proof.fingerprint != fingerprint
        if proof.key == key and place in copies and not rotated:
            last[place] = proof
    return last


def _copies(estate: Estate, key: Key) -> tuple[_Place, ...]:
    production = {key.age, *_password_files(estate, key)} - {None}
    kept = (copy for copy in key.copies if not _is_production(copy, production))
    return tuple(dict.fromkeys((copy.place, copy.site) for copy in kept))


def _is_production(copy: KeyCopy, production: set[str | None]) -> bool:
    return copy.path in production


def _password_files(estate: Estate, key: Key) -> Iterator[str]:
    for engine in estate.engines.values():
        if engine.id in _engines(key) and engine.password and engine.password.scheme == "file":
            yield engine.password.name


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


def _away(estate: Estate, place: _Place) -> bool:
    here = estate.hosts.get(estate.here)
    return here is not None and place[1] != here.site


def _opens(estate: Estate, engine: EngineSpec, by_name: Mapping[str, KeyCustody]) -> bool | None:
    if engine.password is None:
        return True
    keys = [by_name[key.name] for key in opening(estate, engine.id)]
    if any(key.copies and (key.proved_at or key.last_proof_ok is None) for key in keys):
        return True
    return False if keys and not any(key.copies for key in keys) else None


def _score(key: KeyCustody) -> ScoredKey:
    proven = key.proved_at is not None and key.last_proof_ok is True
    return ScoredKey(key.name, copies=len(key.copies), off_site=key.off_site, proven=proven)
