"""What a kubeconfig holds stays in it: no error of any kind says a token, a key or a password."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.kubernetes.fake_api import Fake, running
from adapters.kubernetes.fake_store import ADMIN, store
from adapters.kubernetes.lab import NAMESPACES, QUICK, access, kubeconfig
from phoenix_dr.adapters._kube import Kube
from phoenix_dr.errors import PhoenixError

V1 = "client.authentication.k8s.io/v1"
CANARY = "cA9arySecretT0ken"


@pytest.fixture
def fake() -> Iterator[Fake]:
    """A cluster that knows no such token."""
    with running(store(tokens=(("admin", ADMIN),))) as made:
        yield made


def odd(value: str) -> list[Any]:
    """A secret where a person, or a program, put it wrong."""
    return [value, [value], {value: value}, {"a": [value]}, value + "\n", f"\x00{value}", 7, None]


def plugin(**changes: Any) -> dict[str, Any]:
    """An `exec` plugin."""
    return {"apiVersion": V1, "command": sys.executable, **changes}


def handed(status: dict[str, Any]) -> dict[str, Any]:
    """What one hands out."""
    return {"apiVersion": V1, "kind": "ExecCredential", "status": status}


USERS: list[Any] = [
    *odd(CANARY),
    *({"token": each} for each in odd(CANARY)),
    *({"client-key-data": each, "client-certificate-data": each} for each in odd(CANARY)),
    *({"username": "me", "password": each} for each in odd(CANARY)),
    *({"tokenFile": each} for each in odd("/nowhere/x")),
    *({"auth-provider": {"config": {"id-token": each}}} for each in odd(CANARY)),
    *(
        {"exec": plugin(args=["-c", "raise SystemExit(1)"], env=[{"name": "A", "value": each}])}
        for each in odd(CANARY)
    ),
    *(
        {"exec": plugin(args=["-c", f"print({json.dumps(each)!r})"])}
        for each in odd(CANARY)
    ),
    *({"exec": each} for each in odd(CANARY)),
    *({"exec": plugin(env=each)} for each in [*odd(CANARY), [{"value": CANARY}], [CANARY]]),
    *({"exec": plugin(args=each)} for each in odd(CANARY)),
    {"exec": plugin(env=[{"name": "A=B", "value": CANARY}])},
    {"exec": plugin(command=f"/nowhere/{CANARY[:0]}x")},
    {"exec": plugin(command="")},
    *(
        {"exec": plugin(args=["-c", f"print({json.dumps(each)!r})"])}
        for each in (
            handed({"token": CANARY, "expirationTimestamp": "2026-11-23T09:00:00"}),
            handed({"token": CANARY, "expirationTimestamp": 7}),
            handed({"clientCertificateData": CANARY, "clientKeyData": CANARY}),
            handed({"token": f"{CANARY}\n"}),
        )
    ),
    {CANARY: CANARY},
]  # fmt: skip


@pytest.mark.parametrize("user", USERS, ids=lambda user: str(USERS.index(user)))
def test_no_error_says_a_secret(fake: Fake, tmp_path: Path, user: Any) -> None:
    path = kubeconfig(fake, tmp_path, user)
    try:
        with Kube(access(path), QUICK) as found:
            found.get(NAMESPACES, "media")
    except PhoenixError as error:
        said = f"{error!r} {error} {error.parameters} {error.__context__} {error.__cause__}"
        if error.__cause__ is None and error.__suppress_context__:
            said = f"{error!r} {error} {error.parameters}"
        assert CANARY not in said
