"""What each kind of key file says of itself in public: fingerprint, and whether it is locked.

Only as much of a file is read as that takes. A password or token has no fingerprint: any number
made from it would help to guess it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Mapping

from phoenix_dr.adapters.keys_found import ssh
from phoenix_dr.adapters.keys_found.reading import Slow, start
from phoenix_dr.core.keys_found import KeyKind

Told = tuple[str, bool | None]
"""The public fingerprint and whether a passphrase protects the file (None: cannot be told)."""
NOTHING: Told = ("", None)
SMALL = 64 * 1024
_CERTIFICATE = re.compile(rb"client-certificate-data:[ \t]*[\"']?([A-Za-z0-9+/=]{100,20000})")
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]{100,20000})-----END CERTIFICATE-")
_ACCESS_KEY = re.compile(rb"\b((?:AKIA|ASIA)[A-Z0-9]{12})([A-Z0-9]{4})\b")


def told(kind: KeyKind, descriptor: int, beside: Mapping[str, bytes]) -> Told | None:
    """What an open file of this kind says; None when it is something else after all.

    `beside` holds the start of public files next to it: `.pub` and the certificate.
    """
    return _READERS.get(kind, _nothing)(descriptor, beside)


def _nothing(descriptor: int, beside: Mapping[str, bytes]) -> Told | None:
    return NOTHING


def _age(descriptor: int, beside: Mapping[str, bytes]) -> Told | None:
    """Locked when age itself encrypted it; the recipient is computed elsewhere."""
    first = Slow(descriptor).line()
    locked = first.startswith((b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----"))
    return "", locked


def _ssh(descriptor: int, beside: Mapping[str, bytes]) -> Told | None:
    found = ssh.header(Slow(descriptor))
    if found is None:
        return None
    fingerprint, locked = found
    return fingerprint or ssh.public(beside.get("pub", b"")), locked


def _kubeconfig(descriptor: int, beside: Mapping[str, bytes]) -> Told | None:
    match = _CERTIFICATE.search(start(descriptor, SMALL))
    try:
        pem = base64.b64decode(match[1], validate=True) if match else b""
    except binascii.Error:
        pem = b""
    return _certificate(pem), False


def _k3s(descriptor: int, beside: Mapping[str, bytes]) -> Told | None:
    """`K10` and the hash of the cluster's authority stand before the password."""
    head = Slow(descriptor).take(69)
    match = re.fullmatch(rb"K10([0-9a-f]{64})::", head)
    return (f"ca:{match[1].decode()[:16]}…" if match else "", False)


def _password(descriptor: int, beside: Mapping[str, bytes]) -> Told | None:
    return "", False


def _borg(descriptor: int, beside: Mapping[str, bytes]) -> Told | None:
    """`BORG_KEY` and the id of its repository; whether it has a passphrase is inside."""
    match = re.fullmatch(rb"BORG_KEY ([0-9a-f]{64})", Slow(descriptor).line())
    return (match[1].decode(), None) if match else None


def _pbs(descriptor: int, beside: Mapping[str, bytes]) -> Told | None:
    try:
        found = json.loads(start(descriptor, SMALL))
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or "kdf" not in found or "data" not in found:
        return None
    mark = found.get("fingerprint")
    good = isinstance(mark, str) and re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2}){7,31}", mark)
    kdf = found["kdf"]
    return (mark if good and isinstance(mark, str) else "", kdf not in (None, "none", "None"))


def _s3(descriptor: int, beside: Mapping[str, bytes]) -> Told | None:
    text = start(descriptor, SMALL)
    match = _ACCESS_KEY.search(text)
    mark = f"…{match[2].decode()}" if match else ""
    return mark, b"RCLONE_ENCRYPT_V" in text[:256]


def _tls(descriptor: int, beside: Mapping[str, bytes]) -> Told | None:
    found = ssh.header(Slow(descriptor))
    return (_certificate(beside.get("certificate", b"")), found[1]) if found else None


def _export(descriptor: int, beside: Mapping[str, bytes]) -> Told | None:
    head = start(descriptor, 256)
    return "", re.search(rb"\"encrypted\"\s*:\s*true", head) is not None


def _vault(descriptor: int, beside: Mapping[str, bytes]) -> Told | None:
    return "", True


def _certificate(pem: bytes) -> str:
    """SHA-256 of the first certificate, which is public."""
    match = _PEM.search(pem)
    if not match:
        return ""
    try:
        der = base64.b64decode(b"".join(match[1].split()), validate=True)
    except binascii.Error:
        return ""
    return "cert:" + hashlib.sha256(der).hexdigest()[:32]


_READERS: Mapping[KeyKind, Callable[[int, Mapping[str, bytes]], Told | None]] = {
    KeyKind.AGE: _age,
    KeyKind.SSH: _ssh,
    KeyKind.SSH_HOST: _ssh,
    KeyKind.KUBECONFIG: _kubeconfig,
    KeyKind.K3S_TOKEN: _k3s,
    KeyKind.PASSWORD: _password,
    KeyKind.BORG: _borg,
    KeyKind.PBS: _pbs,
    KeyKind.S3: _s3,
    KeyKind.ACME: _password,
    KeyKind.TLS: _tls,
    KeyKind.EXPORT: _export,
    KeyKind.VAULT: _vault,
}
