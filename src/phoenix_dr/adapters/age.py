"""age files: the public key of an identity, and whether an identity opens a file.

Uses the pyrage library (the Rust implementation of age); the content never leaves this module.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

IDENTITY_LIMIT = 64 * 1024
"""Bytes; an identity file is a few lines."""


def recipients(identity_file: Path) -> tuple[str, ...]:
    """Public keys (`age1…`) of an identity file. Raises EngineError when it holds none."""
    return tuple(str(identity.to_public()) for identity in _identities(identity_file))


def require_opens(identity_file: Path, encrypted: Path) -> None:
    """Decrypt a whole file with an identity, keeping nothing. Raises EngineDenied when it cannot.

    The payload is authenticated piece by piece, so reading to the end proves the file whole too.
    """
    import pyrage

    identities = list(_identities(identity_file))
    try:
        with encrypted.open("rb") as source, Path("/dev/null").open("wb") as nowhere:
            pyrage.decrypt_io(source, nowhere, identities)
    except FileNotFoundError:
        raise EngineUnreachable("age-file-missing", path=str(encrypted)) from None
    except (pyrage.DecryptError, OSError):
        raise EngineDenied(
            "age-cannot-open", path=str(encrypted), identity=str(identity_file)
        ) from None


def _identities(identity_file: Path) -> tuple[Identity, ...]:
    from pyrage import IdentityError, x25519

    try:
        with identity_file.open("rb") as source:
            text = source.read(IDENTITY_LIMIT).decode("utf-8", errors="replace")
    except OSError:
        raise EngineUnreachable("age-identity-missing", path=str(identity_file)) from None
    lines = [line.strip() for line in text.splitlines()]
    secrets = [line for line in lines if line.startswith("AGE-SECRET-KEY-")]
    if not secrets:
        raise EngineError("age-identity-empty", path=str(identity_file))
    try:
        return tuple(x25519.Identity.from_str(line) for line in secrets)
    except IdentityError:
        # The library's own message would quote the line; ours must not.
        raise EngineError("age-identity-broken", path=str(identity_file)) from None
