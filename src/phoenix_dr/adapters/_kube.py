"""The one place that asks a Kubernetes API: bounded in time and size, in pages, writes sent once.

lightkube reads the kubeconfig and authenticates; it is loaded with the first question.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from phoenix_dr.adapters._kube_access import Access, config_of
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

if TYPE_CHECKING:
    import httpx2

PAGE = 500
SHORT = 50
"""Rows a page counts for at the least: only the last one is ever shorter."""
MANAGER = "phoenix"
"""Our name as a manager of fields."""
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
TRIES = 3
STAYS = frozenset({"kube-config", "kube-certificate"})
"""What asking again does not mend."""
FAILURES: dict[int, tuple[type[EngineError], str]] = {
    401: (EngineDenied, "kube-credential"),
    403: (EngineDenied, "kube-right"),
    404: (EngineError, "kube-no-kind"),
    409: (EngineError, "kube-conflict"),
    410: (EngineError, "kube-list-expired"),
    **dict.fromkeys((400, 422), (EngineError, "kube-invalid")),
    **dict.fromkeys((429, 500, 502, 503, 504), (EngineUnreachable, "kube-busy")),
}
"""What a status means; a cluster that is busy is asked again."""
Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource: API group ("" is the core), version, name in the plural."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to connect, without a byte, for a `whole` answer, and for a `busy` server that names
    a time to come back; bytes of one answer, and rows of one list."""

    connect: float = 10.0
    read: float = 60.0
    whole: float = 600.0
    busy: float = 5.0
    size: int = 64 << 20
    rows: int = 500_000


USUAL = Limits()


class Kube:
    """One cluster, as one kubeconfig sees it; use it as a context. For one thread."""

    def __init__(self, access: Access, limits: Limits = USUAL) -> None:
        """Read nothing and connect to nothing yet."""
        self._access = access
        self._limits = limits
        self._client: httpx2.Client | None = None
        self._wait = 0.0
        self.context = access.context
        """The context in use; once entered, that which the kubeconfig calls current too."""
        self.is_verified = True
        """Once entered: whether the server's certificate is checked."""

    def __enter__(self) -> Self:
        """Read the kubeconfig. Raises as `config_of` does, and EngineUnreachable (ca-unfit)."""
        import httpx2
        from lightkube.config.client_adapter import Client, ConnectionParams
        from lightkube.core.exceptions import ConfigError

        config = config_of(self._access)
        self.context = self.context or str(config.context_name or "")
        times = httpx2.Timeout(self._limits.read, connect=self._limits.connect)
        try:
            self._client = Client(config, ConnectionParams(timeout=times, trust_env=False))
        except (OSError, ValueError, ConfigError) as error:
            raise self._unfit(error) from None
        self.is_verified = not config.cluster.insecure
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def version(self) -> str:
        """`v1.33.4+k3s1`. Raises as `each` does."""
        return str(self._sent("GET", "/version").get("gitVersion", ""))

    def each(
        self, kind: Kind, *, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> Iterator[Object]:
        """Objects of a kind, page after page; in every namespace when none is named.

        Raises EngineDenied (kube-right, kube-credential), EngineError (kube-no-kind,
        answer-confused, web-too-long) and EngineUnreachable. A list that changed so much that the
        server forgot it raises kube-list-expired: what came before it must not be used.
        """
        path = _path(kind, namespace)
        asked = {"limit": str(PAGE)}
        if labels:
            asked["labelSelector"] = ",".join(f"{key}={value}" for key, value in labels.items())
        seen = 0
        while True:
            page = self._sent("GET", path, asked)
            rows = page.get("items")
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise self._confused()
            yield from rows
            seen += max(len(rows), SHORT)
            meta = page.get("metadata")
            token = meta.get("continue") if isinstance(meta, dict) else None
            if not token:
                return
            if str(token) == asked.get("continue"):
                raise self._confused()
            if seen >= self._limits.rows:
                raise EngineError("web-too-long", engine=self._access.engine, detail=kind.plural)
            asked["continue"] = str(token)

    def get(self, kind: Kind, name: str, *, namespace: str = "") -> Object | None:
        """One object; None when it is not there. Raises as `each` does."""
        try:
            return self._sent("GET", _path(kind, namespace, name))
        except EngineError as error:
            if error.code == "kube-not-found":
                return None
            raise

    def apply(self, kind: Kind, made: Object, *, dry_run: bool, taking: bool = False) -> Object:
        """Have the fields named by `made` so (server-side apply); others' fields stay.

        Unknown fields are refused. Raises as `each` does, and EngineError: kube-conflict when
        another manager has one of the fields and it is not for `taking`, kube-invalid.
        """
        meta = made["metadata"]
        asked = {"fieldManager": MANAGER, "fieldValidation": "Strict"}
        asked |= {"dryRun": "All"} if dry_run else {}
        asked |= {"force": "true"} if taking else {}
        path = _path(kind, meta.get("namespace", ""), meta["name"])
        return self._sent("PATCH", path, asked, body=made, content=APPLY)

    def create(self, kind: Kind, made: Object, *, dry_run: bool = False) -> Object:
        """Make an object. Raises as `apply` does; kube-exists when there is one."""
        path = _path(kind, made["metadata"].get("namespace", ""))
        asked = {"fieldManager": MANAGER, "fieldValidation": "Strict"}
        asked |= {"dryRun": "All"} if dry_run else {}
        return self._sent("POST", path, asked, body=made)

    def delete(self, kind: Kind, name: str, *, uid: str, namespace: str = "") -> None:
        """Remove the object of this uid; gone already is well, another one is kube-conflict."""
        body = {"preconditions": {"uid": uid}, "propagationPolicy": "Foreground"}
        try:
            self._sent("DELETE", _path(kind, namespace, name), body=body)
        except EngineError as error:
            if error.code != "kube-not-found":
                raise

    def _sent(
        self,
        method: str,
        path: str,
        asked: Mapping[str, str] | None = None,
        *,
        body: Object | None = None,
        content: str = "application/json",
    ) -> Object:
        """A JSON answer. Only readings are asked again; a write that broke may have been taken."""
        tries = TRIES if method == "GET" else 1
        for left in reversed(range(tries)):
            self._wait = 0.0
            try:
                return self._once(method, path, asked or {}, body, content)
            except EngineUnreachable as error:
                if left == 0 or error.code in STAYS:
                    raise
                (self._access.cancel or threading.Event()).wait(self._wait)
        raise AssertionError("the last try returns or raises")

    def _once(
        self, method: str, path: str, asked: Mapping[str, str], body: Object | None, content: str
    ) -> Object:
        client = self._client
        if client is None:
            raise AssertionError("not entered")
        data = None if body is None else json.dumps(body).encode()
        with self._translated(writes=method != "GET"):
            request = client.build_request(
                method, path, params=dict(asked), content=data, headers={"Content-Type": content}
            )
            request.headers["Accept-Encoding"] = "identity"
            response = client.send(request, stream=True)
            self._wait = min(_seconds(response.headers.get("Retry-After")), self._limits.busy)
            try:
                text = self._bounded(response)
            except EngineError as error:
                if error.code == "web-too-long" and method != "GET":
                    raise self._away("web-too-long", "write-unanswered") from None
                raise
            finally:
                response.close()
        return self._judged(response.status_code, text, writes=method != "GET")

    def _bounded(self, response: httpx2.Response) -> bytes:
        import httpx2

        held, until = bytearray(), monotonic() + self._limits.whole
        for piece in response.iter_raw():
            held += piece
            if len(held) > self._limits.size:
                raise EngineError("web-too-long", engine=self._access.engine, detail="")
            if monotonic() > until:
                raise httpx2.ReadTimeout("")
        return bytes(held)

    def _judged(self, code: int, text: bytes, *, writes: bool) -> Object:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if code in (200, 201, 202):
            if isinstance(found, dict):
                return found
            if writes:
                # Taken, perhaps: what became of it has to be looked up, not sent again.
                raise self._away(f"HTTP {code}", "write-unanswered")
        status = found if isinstance(found, dict) else {}
        raise self._failure(code, str(status.get("reason", "")), str(status.get("message", "")))

    def _failure(self, code: int, reason: str, message: str) -> EngineError:
        kind, name = FAILURES.get(code, (EngineError, "answer-confused"))
        # A missing object says which; of a kind that is not served there is nothing to say.
        if code == 404 and reason == "NotFound" and message.endswith("not found"):
            name = "kube-not-found"
        if reason == "AlreadyExists":
            name = "kube-exists"
        return kind(name, engine=self._access.engine, detail=_line(message) or f"HTTP {code}")

    @contextmanager
    def _translated(self, *, writes: bool) -> Iterator[None]:
        """httpx2's exceptions as ours; their words may hold the address, so they stay out."""
        import httpx2
        from lightkube.core.exceptions import ConfigError

        try:
            yield
        except httpx2.ConnectError as error:
            raise self._away(*_why(error)) from None
        except httpx2.TransportError as error:
            code = "write-unanswered" if writes else "network"
            raise self._away(type(error).__name__, code) from None
        except (httpx2.InvalidURL, ConfigError) as error:
            raise self._unfit(error) from None

    def _away(self, detail: str, code: str = "network") -> EngineUnreachable:
        return EngineUnreachable(code, engine=self._access.engine, detail=detail)

    def _unfit(self, error: Exception) -> EngineUnreachable:
        """A file it names that cannot be read is named; other words may hold a secret."""
        why = type(error).__name__
        if isinstance(error, OSError) and error.filename:
            why = f"{error.filename}: {error.strerror}"
        return self._away(f"{self._access.kubeconfig}: {why}", "kube-config")

    def _confused(self) -> EngineError:
        return EngineError("answer-confused", engine=self._access.engine)


def _why(error: BaseException) -> tuple[str, str]:
    """Why there is no connection, in the system's words, which never hold the address."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message.partition(",")[0], "kube-certificate"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror, "network"
        cause = cause.__cause__ or cause.__context__
    return type(error).__name__, "network"


def _seconds(said: str | None) -> float:
    """Seconds a busy server asks for; 0 where it says none, or a date."""
    return float(said) if said and len(said) <= 6 and said.isascii() and said.isdigit() else 0.0


def _path(kind: Kind, namespace: str, name: str = "") -> str:
    root = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
    within = f"/namespaces/{quote(namespace, safe='')}" if namespace and kind.namespaced else ""
    return f"{root}{within}/{kind.plural}" + (f"/{quote(name, safe='')}" if name else "")


def _line(text: str) -> str:
    plain = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(plain.split())[:300]
