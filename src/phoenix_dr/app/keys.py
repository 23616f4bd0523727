"""Keys: who opens what, and proofs that a copy really does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from phoenix_dr.adapters.age import is_encrypted, recipients, require_opens
from phoenix_dr.adapters.base import Reader
from phoenix_dr.app.context import Context
from phoenix_dr.core import keys as custody_of
from phoenix_dr.core.evidence import KeyProof
from phoenix_dr.core.model import EngineSpec, Key, KeyCopy, SecretRef
from phoenix_dr.core.report import KeyCustody
from phoenix_dr.errors import EngineError, PhoenixError, UsageError


def custody(ctx: Context) -> tuple[KeyCustody, ...]:
    """Every described key with its dependents, copies and last proof."""
    fingerprints = {key.name: _fingerprint(key) for key in ctx.estate.keys.values()}
    proofs = ctx.ledger.key_proofs()
    return custody_of.custody(ctx.estate, proofs, now=ctx.now(), fingerprints=fingerprints)


def prove(ctx: Context, name: str | None, *, place: str | None = None) -> tuple[KeyProof, ...]:
    """Open what a key opens with one of its reachable copies; record and return the proofs.

    Without a name every key with a reachable copy is proved. Raises UsageError for an unknown
    key or place, and when no copy can be reached from here.
    """
    asked = [_key(ctx, name)] if name else [key for key in ctx.estate.keys.values() if _paths(key)]
    proofs: list[KeyProof] = []
    for key in asked:
        for copy in _copies(key, place):
            proofs += _proofs(ctx, key, copy)
    for proof in proofs:
        ctx.ledger.append("key-proof", proof.key, proof, at=proof.proved_at)
    return tuple(proofs)


def _key(ctx: Context, name: str) -> Key:
    if name not in ctx.estate.keys:
        raise UsageError("key-unknown", key=name, known=", ".join(ctx.estate.keys) or "–")
    return ctx.estate.keys[name]


def _paths(key: Key) -> list[KeyCopy]:
    """Copies that are the key itself; a kit is proven by opening it, with `--kit`."""
    return [copy for copy in key.copies if copy.path and not is_encrypted(Path(copy.path))]


def _copies(key: Key, place: str | None) -> list[KeyCopy]:
    found = [copy for copy in _paths(key) if place in {None, copy.place}]
    if not found:
        raise UsageError("key-no-reachable-copy", key=key.name)
    return found


def _proofs(ctx: Context, key: Key, copy: KeyCopy) -> Iterator[KeyProof]:
    for opened, attempt in _attempts(ctx, key, Path(copy.path or "")):
        ok = True
        try:
            attempt()
        except PhoenixError as error:
            if not isinstance(error, EngineError):
                raise
            ok = False
        yield KeyProof(
            key=key.name,
            place=copy.place,
            site=copy.site,
            proved_at=ctx.now(),
            ok=ok,
            opened=opened,
            fingerprint=_fingerprint(replace(key, age=copy.path) if key.age else key),
            simulated=_is_simulated(ctx, copy),
        )


def _attempts(ctx: Context, key: Key, copy: Path):  # type: ignore[no-untyped-def]
    """Pairs of (what is opened, a call that raises EngineError when it does not open)."""
    if key.age:
        for target in key.opens:
            if not target.startswith("git:") and target not in ctx.estate.engines:
                path = Path(target).expanduser()
                yield str(path), lambda path=path: require_opens(copy, path)
    for spec in _repositories(ctx, key):
        yield spec.id, lambda spec=spec: _open_repository(ctx, spec, copy)


def _repositories(ctx: Context, key: Key) -> list[EngineSpec]:
    named = {secret.partition(".")[0] for secret in key.secrets if secret.endswith(".password")}
    return [spec for name, spec in ctx.estate.engines.items() if name in named]


def _open_repository(ctx: Context, spec: EngineSpec, copy: Path) -> None:
    engine = ctx.build(replace(spec, password=SecretRef("file", str(copy))))
    if isinstance(engine, Reader):
        engine.observe(now=ctx.now())


def _is_simulated(ctx: Context, copy: KeyCopy) -> bool:
    """A copy at the site of a simulated location proves nothing about a real elsewhere."""
    places = ctx.estate.locations
    return any(
        place.simulated and ctx.estate.site_of(name) == copy.site for name, place in places.items()
    )


def _fingerprint(key: Key) -> str:
    if not key.age:
        return ""
    try:
        return ", ".join(recipients(Path(key.age).expanduser()))
    except EngineError:
        return ""
