"""What a point must contain, kept packed beside its hash in the chain."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass

from phoenix_dr import codec
from phoenix_dr.core.evidence import Manifest
from phoenix_dr.errors import LedgerError


@dataclass(frozen=True, slots=True)
class Sealed:
    """A packed manifest and the SHA-256 of its canonical JSON."""

    hash: str
    packed: bytes


def sealed(manifest: Manifest) -> Sealed:
    """The manifest, packed."""
    text = codec.dumps(manifest).encode()
    return Sealed(hashlib.sha256(text).hexdigest(), zlib.compress(text))


def is_intact(sealed: Sealed) -> bool:
    """True when the packed manifest still has its hash."""
    try:
        return hashlib.sha256(zlib.decompress(sealed.packed)).hexdigest() == sealed.hash
    except zlib.error:
        return False


def unsealed(sealed: Sealed, point: str) -> Manifest:
    """The manifest; LedgerError when it was changed."""
    if not is_intact(sealed):
        raise LedgerError("manifest-broken", point=point)
    return codec.loads(Manifest, zlib.decompress(sealed.packed).decode())
