"""How to reach a cluster: a kubeconfig and one of its contexts, or the pod we run in.

The file is read by lightkube, which knows neither `exec` of version v1 nor `tls-server-name` nor
`proxy-url`: the first is done here, the others are refused by name instead of being left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phoenix_dr.adapters._command import Limits, run
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from lightkube.config.kubeconfig import SingleConfig

IN_CLUSTER = "in-cluster"
"""Said instead of a path where Phoenix runs in a pod of that cluster."""
ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
CREDENTIALS = "client.authentication.k8s.io/"
VERSIONS = ("v1", "v1beta1")
LONGEST = 1 << 20
"""Bytes a kubeconfig may have."""
ASKING = Limits(seconds=60.0, output=1 << 20)
"""A plugin may ask a server of its own; it never asks a person here."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where the answers come from: kubeconfig, context ("" is its current one), surroundings."""

    engine: str
    kubeconfig: str
    context: str
    environ: Mapping[str, str]
    clock: Callable[[], datetime]
    cancel: threading.Event | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """What an `exec` plugin handed out, until it expires (None: it does not say)."""

    token: str = ""
    certificate: str = ""
    key: str = ""
    expires: datetime | None = None


def config_of(access: Access) -> SingleConfig:
    """The cluster and user of a context, ready to connect. Runs its `exec` plugin when it has one.

    Raises EngineUnreachable (kube-config, kube-context), EngineDenied (kube-exec,
    kube-exec-version) and EngineError (kube-config-unsupported).
    """
    if access.kubeconfig == IN_CLUSTER:
        return _of_pod(access)
    from lightkube.config.kubeconfig import KubeConfig
    from lightkube.core.exceptions import ConfigError

    said = _read(access)
    try:
        made = KubeConfig.from_dict(said, fname=Path(access.kubeconfig))
        found = made.get(access.context or None)
    except (ConfigError, KeyError, TypeError, AttributeError, ValueError) as error:
        if access.context and access.context not in _contexts(said):
            detail = access.context[:80]
            raise EngineUnreachable("kube-context", engine=access.engine, detail=detail) from None
        raise _unfit(access, str(error)) from None
    if found is None or found.user is None:
        raise _unfit(access, "no user")
    _require_known(access, said, found.context.cluster)
    _require_files(access, found)
    return _with_exec(access, said, found)


def _require_files(access: Access, found: SingleConfig) -> None:
    """Name the file that cannot be read, since nobody does later."""
    user = found.user
    own = (user.client_cert, user.client_key, user.token_file) if user else ()
    for name in (found.cluster.certificate_auth, *own):
        if name:
            path = Path(access.kubeconfig).parent / name
            try:
                path.open("rb").close()
            except (OSError, ValueError) as error:
                why = error.strerror if isinstance(error, OSError) else ""
                raise _unfit(access, f"{path!s:.100}: {why}") from None


def _read(access: Access) -> dict[str, Any]:
    """The file as a mapping; read by ourselves so that its size is bounded."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        with Path(access.kubeconfig).open("rb") as file:
            text = file.read(LONGEST + 1)
    except OSError as error:
        raise _unfit(access, error.strerror or "") from None
    try:
        said = YAML(typ="safe", pure=True).load(text) if len(text) <= LONGEST else None
    except (YAMLError, ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise _unfit(access, "YAML")
    return said


def _contexts(said: Mapping[str, Any]) -> set[str]:
    """The names of its contexts; of an odd file none."""
    found = said.get("contexts")
    rows = found if isinstance(found, list) else ()
    return {str(each.get("name")) for each in rows if isinstance(each, dict)}


def _require_known(access: Access, said: Mapping[str, Any], cluster: str) -> None:
    for each in said.get("clusters") or ():
        if each.get("name") == cluster:
            for name in ("tls-server-name", "proxy-url"):
                if (each.get("cluster") or {}).get(name):
                    raise EngineError("kube-config-unsupported", engine=access.engine, detail=name)


def _with_exec(access: Access, said: Mapping[str, Any], found: SingleConfig) -> SingleConfig:
    from lightkube.config.models import User

    name = found.context.user
    users = (each for each in said.get("users") or () if each.get("name") == name)
    plugin = next(((each.get("user") or {}).get("exec") for each in users), None)
    if not plugin:
        return found
    if not isinstance(plugin, dict):
        raise _unfit(access, "exec")
    made = credential(access, plugin)
    if made.certificate:
        # lightkube wants PEM as a kubeconfig has it, in base64.
        user = User(
            token=made.token or None,
            client_cert_data=_packed(made.certificate),
            client_key_data=_packed(made.key),
        )
    else:
        user = User(token=made.token)
    return found._replace(user=user)


def credential(access: Access, plugin: Mapping[str, Any]) -> Credential:
    """Run an `exec` plugin and take what it hands out.

    Raises EngineDenied: kube-exec-version for a protocol that is none of ours, kube-exec when it
    fails, hands out nothing, or something that has expired already.
    """
    version = str(plugin.get("apiVersion", ""))
    if version.removeprefix(CREDENTIALS) not in VERSIONS or not version.startswith(CREDENTIALS):
        raise EngineDenied("kube-exec-version", engine=access.engine, detail=version[:80])
    command = str(plugin.get("command") or "")
    if command and "/" in command and not command.startswith("/"):
        # A relative path is meant from the folder of the file.
        command = str(Path(access.kubeconfig).parent / command)
    said = json.dumps(
        {"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": False}}
    )
    try:
        more = {str(each["name"]): str(each["value"]) for each in plugin.get("env") or ()}
        argv = [command, *map(str, plugin.get("args") or ())]
    except (KeyError, TypeError):
        raise _unfit(access, "exec") from None
    if any("\0" in each for each in (*argv, *more, *more.values())) or any(
        "=" in each or not each for each in more
    ):
        raise _unfit(access, "exec")
    env = {**access.environ, **more, "KUBERNETES_EXEC_INFO": said}
    ended = run(argv, env=env, limits=ASKING, cancel=access.cancel)
    if ended.code != 0:
        # What it writes may hold a secret, so its words stay out.
        raise _no_credential(access, command, f"exit {ended.code}")
    return _handed_out(access, command, version, ended.stdout)


def _handed_out(access: Access, command: str, version: str, text: bytes) -> Credential:
    try:
        found = json.loads(text)
        status = found["status"]
        expires = status.get("expirationTimestamp")
        made = Credential(
            token=str(status.get("token") or ""),
            certificate=str(status.get("clientCertificateData") or ""),
            key=str(status.get("clientKeyData") or ""),
            expires=datetime.fromisoformat(expires) if expires else None,
        )
        same = found["apiVersion"] == version
        gone = made.expires is not None and made.expires <= access.clock()
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _no_credential(access, command, "JSON") from None
    if not same or not (made.token or (made.certificate and made.key)):
        raise _no_credential(access, command, "")
    if gone:
        raise _no_credential(access, command, "expired")
    return made


def _of_pod(access: Access) -> SingleConfig:
    from lightkube.config.kubeconfig import KubeConfig
    from lightkube.config.models import Cluster, User

    host = access.environ.get("KUBERNETES_SERVICE_HOST", "")
    port = access.environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host or not (ACCOUNT / "token").is_file():
        raise EngineUnreachable("kube-not-in-cluster", engine=access.engine)
    where = f"[{host}]" if ":" in host else host
    cluster = Cluster(server=f"https://{where}:{port}", certificate_auth=str(ACCOUNT / "ca.crt"))
    user = User(token_file=str(ACCOUNT / "token"))
    made = KubeConfig.from_one(cluster=cluster, user=user).get()
    if made is None:
        raise EngineUnreachable("kube-not-in-cluster", engine=access.engine)
    return made


def _packed(pem: str) -> str:
    import base64

    return base64.b64encode(pem.encode()).decode("ascii")


def _unfit(access: Access, detail: str) -> EngineUnreachable:
    said = f"{access.kubeconfig}: {detail[:200]}"
    return EngineUnreachable("kube-config", engine=access.engine, detail=said)


def _no_credential(access: Access, command: str, detail: str) -> EngineDenied:
    said = f"{command[:200]}: {detail}".removesuffix(": ")
    return EngineDenied("kube-exec", engine=access.engine, detail=said)
