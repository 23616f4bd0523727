"""age files: made and opened in memory; the public key of an identity; what it opens.

Uses the pyrage library (the Rust implementation of age); the content never leaves this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable, UsageError

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

IDENTITY_LIMIT = 64 * 1024
"""Bytes; an identity file is a few lines."""
_BINARY, _ARMORED = b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----"


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


def is_encrypted(path: Path) -> bool:
    """Whether a file is age's own, in bytes or in letters; False when it cannot be read."""
    try:
        with path.open("rb") as source:
            return source.read(len(_ARMORED)).startswith((_BINARY, _ARMORED))
    except OSError:
        return False


def recipient(text: str) -> str:
    """A recipient as it is written (`age1…`, or an OpenSSH public key).

    Raises UsageError kit-recipient, which never repeats what looks like a secret.
    """
    words = " ".join(text.split())
    if "PRIVATE KEY" in words or "AGE-SECRET-KEY" in words.upper():
        raise UsageError("kit-recipient-secret")
    _recipient(words)
    return words


def encrypted(content: bytes, recipients: Sequence[str]) -> bytes:
    """Content that each of these recipients opens alone, made in memory."""
    import pyrage

    made: bytes = pyrage.encrypt(content, [_recipient(each) for each in recipients])
    return made


def sealed(content: bytes, passphrase: str) -> bytes:
    """Content that a passphrase opens, made in memory; takes seconds on purpose (scrypt)."""
    import pyrage

    made: bytes = pyrage.passphrase.encrypt(content, passphrase)
    return made


def opened(content: bytes, identities: Sequence[str]) -> bytes:
    """What was encrypted, for whoever holds one of these identities (age's, or OpenSSH's).

    Raises EngineDenied kit-cannot-open for another key as for one flipped bit: age tells neither.
    """
    import pyrage

    try:
        plain: bytes = pyrage.decrypt(content, [_identity(each) for each in identities])
    except pyrage.DecryptError:
        raise EngineDenied("kit-cannot-open") from None
    return plain


def unsealed(content: bytes, passphrase: str) -> bytes:
    """What a passphrase opens. Raises EngineDenied kit-cannot-open."""
    import pyrage

    try:
        plain: bytes = pyrage.passphrase.decrypt(content, passphrase)
    except pyrage.DecryptError:
        raise EngineDenied("kit-cannot-open") from None
    return plain


def fresh_identity() -> str:
    """A new identity (`AGE-SECRET-KEY-1…`) from the system's random numbers."""
    from pyrage import x25519

    return str(x25519.Identity.generate())


def public_of(identity: str) -> str:
    """The recipient of an identity. Raises EngineDenied identity-broken."""
    return str(_identity(identity).to_public())


def identities_in(text: str) -> tuple[str, ...]:
    """The identities of an identity file's text: age's lines, or one OpenSSH private key.

    Raises EngineDenied identity-broken where there is none.
    """
    if "-----BEGIN" in text:
        return (text.strip() + "\n",)
    lines = (line.strip() for line in text.splitlines())
    found = tuple(line for line in lines if line.upper().startswith("AGE-SECRET-KEY-"))
    if not found:
        raise EngineDenied("identity-broken")
    return found


def _recipient(text: str):  # type: ignore[no-untyped-def]
    from pyrage import RecipientError, ssh, x25519

    try:
        kind = x25519 if text.startswith("age1") else ssh
        return kind.Recipient.from_str(text)
    except RecipientError:
        raise UsageError("kit-recipient", recipient=text[:40]) from None


def _identity(text: str):  # type: ignore[no-untyped-def]
    from pyrage import IdentityError, ssh, x25519

    try:
        if "-----BEGIN" in text:
            return ssh.Identity.from_buffer(text.encode())
        return x25519.Identity.from_str(text.upper())
    except IdentityError:
        # The library's own message would quote the line; ours must not.
        raise EngineDenied("identity-broken") from None
