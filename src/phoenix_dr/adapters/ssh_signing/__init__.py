"""OpenSSH keys that approve: who may, and what they signed. `ssh-keygen` does the cryptography."""

from phoenix_dr.adapters.ssh_signing.approvers import add_line, read_approvers
from phoenix_dr.adapters.ssh_signing.keys import Entry, PublicKey, entries, public_key
from phoenix_dr.adapters.ssh_signing.signatures import NAMESPACE, sign, signer

__all__ = [
    "NAMESPACE",
    "Entry",
    "PublicKey",
    "add_line",
    "entries",
    "public_key",
    "read_approvers",
    "sign",
    "signer",
]
