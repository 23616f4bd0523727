"""Whose certificate is believed: a fingerprint, a CA file, or anybody's when that was asked for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose certificate is believed: the one with this SHA-256, those a CA file vouches for, any.

    `fingerprint` is 32 bytes in hexadecimal, with or without colons; it alone then counts, names
    and dates do not. Without any of the three the system's CAs count.
    """

    fingerprint: str | None = None
    ca: str | None = None
    insecure: bool = False


class OtherCertificate(OSError):
    """The server showed a certificate with another fingerprint; `seen` is that, with colons."""

    def __init__(self, seen: str) -> None:
        """Keep it, to be shown."""
        super().__init__()
        self.seen = seen


def stranger(error: BaseException | None) -> OtherCertificate | None:
    """The certificate refused that lies at the bottom of an error, if that is what it was."""
    while error is not None and not isinstance(error, OtherCertificate):
        error = error.__cause__ or error.__context__
    return error


def context(trust: Trust) -> ssl.SSLContext:
    """Checks before the first byte of a request, and so of a token, is sent.

    Raises OSError or ValueError for a CA file or a fingerprint that cannot be used.
    """
    import ssl

    if trust.ca is not None and trust.fingerprint is None:
        vouched = ssl.create_default_context(cafile=trust.ca)
        # Own CAs, that of Proxmox among them, often lack the extensions Python 3.13 began to ask.
        vouched.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return vouched
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if trust.fingerprint is None:
        return made
    wanted = bytes.fromhex(trust.fingerprint.replace(":", ""))

    class Plain(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            _require(self.getpeercert(binary_form=True), wanted)

    class Tunnelled(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            _require(self.getpeercert(binary_form=True), wanted)

    made.sslsocket_class, made.sslobject_class = Plain, Tunnelled
    return made


def _require(certificate: bytes | None, wanted: bytes) -> None:
    seen = hashlib.sha256(certificate or b"").digest()
    if seen != wanted:
        raise OtherCertificate(seen.hex(":").upper())
