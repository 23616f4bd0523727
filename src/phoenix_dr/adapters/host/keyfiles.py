"""Keys by path: what would be needed to open things elsewhere. No content is ever read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from phoenix_dr.adapters.host._root import below, is_file, names
from phoenix_dr.core.discovery import KeyFile

SYSTEM = {
    "age": ("/etc/sops/age/keys.txt", "/var/lib/sops-nix/key.txt", "/etc/age/keys.txt"),
    "kubeconfig": ("/etc/rancher/k3s/k3s.yaml", "/etc/kubernetes/admin.conf"),
}
AT_HOME = {
    "age": (".config/sops/age/keys.txt", ".config/age/keys.txt", ".age/keys.txt", ".age/key.txt"),
    "kubeconfig": (".kube/config",),
}


def find(root: Path, homes: tuple[str, ...]) -> tuple[KeyFile, ...]:
    """age and SOPS identities, SSH private keys, kubeconfigs."""
    return tuple(key for key in _candidates(root, homes) if is_file(below(root, key.path)))


def _candidates(root: Path, homes: tuple[str, ...]) -> Iterator[KeyFile]:
    for kind, paths in SYSTEM.items():
        yield from (KeyFile(kind, path) for path in paths)
    for home in homes:
        for kind, paths in AT_HOME.items():
            yield from (KeyFile(kind, f"{home}/{path}") for path in paths)
        for name in names(below(root, f"{home}/.ssh")):
            if _is_private(root, f"{home}/.ssh", name):
                yield KeyFile("ssh", f"{home}/.ssh/{name}")


def _is_private(root: Path, folder: str, name: str) -> bool:
    """A private key has the usual name, or lies beside its public half."""
    usual = name.startswith("id_") and not name.endswith(".pub")
    return usual or is_file(below(root, f"{folder}/{name}.pub"))
