"""The escrowed ways into a kit: identity files, shares, scanned pages, a passphrase."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from phoenix_dr.adapters import age, scanning, shares
from phoenix_dr.adapters._secrets import resolve
from phoenix_dr.app.context import Context
from phoenix_dr.core.model import SecretRef
from phoenix_dr.errors import EngineUnreachable, UsageError

SHARE_LIMIT = 64 * 1024
"""Bytes of a file of shares."""


@dataclass(frozen=True, slots=True)
class Escrow:
    """What somebody brings: references and files; `typed` are shares as they were typed in."""

    identities: tuple[SecretRef, ...] = ()
    share_files: tuple[Path, ...] = ()
    typed: tuple[str, ...] = field(default=(), repr=False)
    images: tuple[Path, ...] = ()
    passphrase: SecretRef | None = None

    @property
    def is_empty(self) -> bool:
        """True when nothing was brought."""
        return self == Escrow()


def identities(ctx: Context, escrow: Escrow) -> tuple[str, ...]:
    """The identities somebody brought, as texts that go no further than an opening.

    Raises UsageError escrow-nothing, EngineDenied (share-mistyped …), EngineUnreachable.
    """
    if escrow.is_empty:
        raise UsageError("escrow-nothing")
    texts = [resolve(ref, environ=ctx.environ) for ref in escrow.identities]
    held = [each for text in texts for each in age.identities_in(text)]
    pieces = [*escrow.typed]
    for path in escrow.share_files:
        pieces += _lines(path)
    for image in escrow.images:
        for said in scanning.scanned(image, environ=ctx.environ):
            (held if said.upper().startswith("AGE-SECRET-KEY-") else pieces).append(said)
    if pieces:
        held.append(shares.join(pieces, environ=ctx.environ))
    return tuple(held)


def is_in_daily_use(ctx: Context, escrow: Escrow) -> bool:
    """Whether an identity brought is a file this house uses every day: that proves no escrow."""
    daily = {_real(key.age) for key in ctx.estate.keys.values() if key.age}
    return any(ref.scheme == "file" and _real(ref.name) in daily for ref in escrow.identities)


def _real(path: str) -> Path:
    return Path(path).expanduser().resolve()


def _lines(path: Path) -> Iterable[str]:
    try:
        with path.open("rb") as source:
            text = source.read(SHARE_LIMIT).decode("utf-8", "replace")
    except OSError:
        raise EngineUnreachable("share-missing", path=str(path)) from None
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
