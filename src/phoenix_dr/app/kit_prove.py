"""Proof of a kit: what is in it opens real files and real repositories, or it is KO by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from phoenix_dr.adapters import age, sops
from phoenix_dr.adapters.base import Reader
from phoenix_dr.adapters.borg import Borg
from phoenix_dr.app.context import Context
from phoenix_dr.app.kit_escrow import Escrow, identities
from phoenix_dr.app.kit_house import KitContext, house_of
from phoenix_dr.app.kit_open import Opened, open_kit
from phoenix_dr.app.kit_state import note_tried
from phoenix_dr.app.quiet import no_core_dumps
from phoenix_dr.core import kit
from phoenix_dr.core.evidence import KeyProof
from phoenix_dr.core.kit import Answer, KitProof
from phoenix_dr.core.model import EngineSpec, Estate, Key, KeyCopy
from phoenix_dr.errors import (
    ConfigError,
    EngineDenied,
    EngineError,
    EngineUnreachable,
    UsageError,
)

PROVEN_KINDS = frozenset({"restic", "borg"})
"""Engines whose repository a password alone opens; others are only kept in the kit."""
_WRONG_ADDRESS = "repository-missing"
_WRONG_KEY = "borg-key-missing"


@dataclass(frozen=True, slots=True)
class ProofRequest:
    """A kit, what somebody brought to open it, and the place it was fetched from.

    `place` is the place of a described copy; without it the copy whose path is this file.
    """

    kit: Path
    escrow: Escrow
    place: str | None = None


def prove(ctx: Context, request: ProofRequest) -> KitProof:
    """Open a kit and with it what it should open; record a proof of each key.

    Raises UsageError where nothing was brought or the place is unknown, EngineUnreachable where
    the kit or a share is not there. A kit that does not open is an answer, not an error.
    """
    no_core_dumps()
    _require_place(ctx.estate, request.place)
    made_at, elements = None, tuple[str, ...]()
    try:
        brought = identities(ctx, request.escrow)
        opened = open_kit(ctx, request.kit, request.escrow, identities=brought)
    except EngineUnreachable:
        raise
    except EngineError as error:
        answers: tuple[Answer, ...] = (_failed(request.kit.name, error),)
    else:
        if opened.manifest:
            made_at, elements = opened.manifest.made_at, tuple(opened.manifest.members)
        answers = tuple(_answers(ctx, opened))
    proofs = tuple(_proofs(ctx, request, answers))
    for proof in proofs:
        ctx.ledger.append("key-proof", proof.key, proof, at=proof.proved_at)
    found = KitProof(str(request.kit), made_at, answers, proofs)
    note_tried(ctx, found, elements)
    return found


def _failed(element: str, error: EngineError) -> Answer:
    return Answer(element, False, error.code, tuple(error.parameters.items()))


def _answers(ctx: Context, opened: Opened) -> Iterator[Answer]:
    wrong = opened.wrong(kit.required(ctx.estate))
    yield from wrong
    gone = {answer.element for answer in wrong}
    if kit.ESTATE in gone or kit.MANIFEST in gone:
        return
    with house_of(ctx, opened) as house:
        try:
            engines = house.estate.engines
        except ConfigError as error:
            yield Answer(kit.ESTATE, False, error.code)
            return
        for spec in engines.values():
            if spec.kind in PROVEN_KINDS and not gone & set(kit.elements_of(spec)):
                yield _repository(ctx, house, opened, spec=spec)
    for key in ctx.estate.keys.values():
        if key.age and kit.identity(key.name) not in gone:
            yield from _identity(ctx, key, opened.text(kit.identity(key.name)))


def _repository(ctx: Context, house: KitContext, opened: Opened, *, spec: EngineSpec) -> Answer:
    """Opened for real with the address and the secrets of the kit."""
    element = kit.password(spec.id) if spec.password else kit.address(spec.id)
    now = ctx.estate.engines.get(spec.id)
    if now is not None and now.repository != spec.repository:
        return Answer(kit.address(spec.id), False, "kit-address-moved")
    engine = house.build(spec)
    if not isinstance(engine, Reader):
        return Answer(element, None, "kit-not-tried")
    facts = (("engine", spec.id),)
    try:
        evidence = engine.observe(now=ctx.now())
        if not _is_borg_key(opened, engine):
            return Answer(kit.borg_key(spec.id), False, "kit-borg-key-replaced", facts)
    except EngineUnreachable as error:
        known = error.code == _WRONG_ADDRESS
        name = kit.address(spec.id) if known else element
        return replace(_failed(name, error), ok=False if known else None)
    except EngineError as error:
        named = kit.borg_key(spec.id) if error.code == _WRONG_KEY else element
        return _failed(named, error)
    return Answer(element, True, "kit-opens", (*facts, ("points", len(evidence.points))))


def _is_borg_key(opened: Opened, engine: Reader) -> bool:
    """Whether the repository opens with the key of the kit, and not with a newer one of its own."""
    if not isinstance(engine, Borg):
        return True
    held = opened.members.get(kit.borg_key(engine.spec.id), b"").split()
    return engine.key().encode().split() == held


def _identity(ctx: Context, key: Key, text: str) -> Iterator[Answer]:
    """The same public key as in daily use, and files that it opens."""
    element = kit.identity(key.name)
    try:
        held = age.identities_in(text)
        public = {age.public_of(each) for each in held}
    except EngineError as error:
        yield _failed(element, error)
        return
    daily = _recipients(key)
    if daily is not None and not daily <= public:
        yield Answer(element, False, "kit-key-rotated", (("key", key.name),))
        return
    tried = [_file(ctx, element, Path(each).expanduser(), held) for each in _files(ctx, key)]
    yield from tried
    if daily is not None:
        yield Answer(element, True, "kit-same-key", (("fingerprint", ", ".join(sorted(public))),))
    elif not tried:
        yield Answer(element, None, "kit-not-tried")


def _recipients(key: Key) -> set[str] | None:
    try:
        return set(age.recipients(Path(key.age or "").expanduser()))
    except EngineError:
        # Gone with the house: the kit is the only one left.
        return None


def _files(ctx: Context, key: Key) -> Iterable[str]:
    for each in key.opens:
        if not each.startswith("git:") and each not in ctx.estate.engines:
            yield each


def _file(ctx: Context, element: str, path: Path, held: tuple[str, ...]) -> Answer:
    facts = (("path", str(path)),)
    try:
        if sops.is_encrypted(path):
            sops.require_opens(path, "\n".join(held), environ=ctx.environ)
        else:
            age.opened(_content(path), held)
    except EngineUnreachable as error:
        return replace(_failed(element, error), ok=None)
    except EngineDenied:
        return Answer(element, False, "kit-file-closed", facts)
    except EngineError as error:
        return _failed(element, error)
    return Answer(element, True, "kit-file-opens", facts)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise EngineUnreachable("age-file-missing", path=str(path)) from None


def _require_place(estate: Estate, place: str | None) -> None:
    known = dict.fromkeys(copy.place for key in estate.keys.values() for copy in key.copies)
    if place is not None and place not in known:
        raise UsageError("kit-place-unknown", place=place, known=", ".join(known) or "–")


def _proofs(ctx: Context, request: ProofRequest, answers: tuple[Answer, ...]) -> Iterator[KeyProof]:
    """One for each key and what it opened; a kit that did not open at all fails every key."""
    closed = any(answer.element == request.kit.name for answer in answers)
    for key in ctx.estate.keys.values():
        copy = _copy(key, request)
        for elements, opened in _elements(ctx, key):
            own = [answer.ok for answer in answers if answer.element in elements]
            if not closed and (not own or None in own):
                continue
            yield KeyProof(
                key=key.name,
                place=copy.place if copy else request.kit.name,
                site=copy.site if copy else "",
                proved_at=ctx.now(),
                ok=not closed and all(own),
                opened=opened,
                fingerprint=", ".join(sorted(_recipients(key) or ())) if key.age else "",
                simulated=copy is not None and _is_simulated(ctx.estate, copy),
            )


def _elements(ctx: Context, key: Key) -> Iterator[tuple[tuple[str, ...], str]]:
    """What stands for the key in a kit, and what that is to open."""
    if key.age:
        yield (kit.identity(key.name),), ", ".join(_files(ctx, key)) or kit.identity(key.name)
    for secret in key.secrets:
        engine, _, what = secret.partition(".")
        if what == "password" and engine in ctx.estate.engines:
            yield (kit.password(engine), kit.borg_key(engine)), engine


def _copy(key: Key, request: ProofRequest) -> KeyCopy | None:
    if request.place is not None:
        return next((copy for copy in key.copies if copy.place == request.place), None)
    file = request.kit.resolve()
    for copy in key.copies:
        if copy.path and Path(copy.path).expanduser().resolve() == file:
            return copy
    return None


def _is_simulated(estate: Estate, copy: KeyCopy) -> bool:
    places = estate.locations
    return any(
        place.simulated and estate.site_of(name) == copy.site for name, place in places.items()
    )
