"""The one place that asks over HTTP: bounded in time and size, a write sent once, no redirects.

httpx2 is loaded with the first question, so that commands which ask nothing do not pay for it.
Nothing comes from the environment (no proxy, no .netrc) and a secret is resolved at the moment of
use; errors name the host, never the address, which may hold a password.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from phoenix_dr.adapters._lines import Lines
from phoenix_dr.adapters._secrets import resolve
from phoenix_dr.adapters._tls import Trust, context, stranger
from phoenix_dr.adapters._watch import Watch
from phoenix_dr.core.model import SecretRef
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

if TYPE_CHECKING:
    import ssl

    import httpx2

TRY_AGAIN = {502, 503, 504}
PAUSES = (0.2, 0.6)
"""Seconds before the second and the third try."""
KEPT = 3.0
"""Seconds an idle connection is kept; a Proxmox closes it after 5."""
WRITES = {"POST", "PUT", "DELETE"}
LONGEST_REFUSAL = 16 << 10
"""Bytes of a bad answer that are looked at."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long (seconds) and how much (bytes) an answer may take; `total` is over every try."""

    connect: float = 5.0
    read: float = 20.0
    total: float = 60.0
    size: int = 16 << 20
    line: int = 1 << 20


Form = Mapping[str, str | Sequence[str]]
"""Parameters of a write by name; a sequence stands for the same name several times."""
DEFAULT = Limits()
USUAL = Trust()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A bad answer: status, the words beside it, and the beginning of its body."""

    status: int
    reason: str
    body: bytes


class Kept(Lines["httpx2.Client"]):
    """Connections to one web service, kept between reads; whoever makes it closes it."""


@dataclass(frozen=True, slots=True)
class Server:
    """A web service of one engine: `base` is its address, a path below it allowed.

    `token` is sent as a bearer token, or behind another `scheme`. `proxy` is used when named and
    never otherwise. `judge` may know better what a bad answer means; None leaves it to us.
    `lines` keeps connections between reads; without it each has its own. Whoever made it closes
    it, and gives it only to servers of the same address and trust.
    """

    engine: str
    base: str
    environ: Mapping[str, str]
    token: SecretRef | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: str | None = None
    limits: Limits = DEFAULT
    trust: Trust = USUAL
    scheme: str = "Bearer "
    judge: Callable[[Refusal], EngineError | None] | None = None
    lines: Lines[httpx2.Client] | None = None

    @property
    def host(self) -> str:
        """Host and port, the only part of the address that errors show."""
        try:
            return urlsplit(self.base).netloc.rpartition("@")[2]
        except ValueError:
            return ""

    def get_json(self, path: str, *, params: Mapping[str, str] | None = None) -> Any:
        """The answer as JSON. Raises as `get_text`, and answer-confused for what is no JSON."""
        return self._json(self._whole(path, params))

    def send(self, method: str, path: str, *, form: Form | None = None) -> Any:
        """Write, once and never again, and return the answer as JSON.

        POST and PUT carry the form in their body, DELETE in its query; a sequence repeats its key.
        Raises as `get_json`; a connection that broke or stayed silent after the request may have
        been taken is EngineUnreachable (write-unanswered): whether it was done nobody knows.
        """
        if method not in WRITES:
            raise ValueError(method)
        values = {
            key: value if isinstance(value, str) else list(value)
            for key, value in (form or {}).items()
        }
        with Watch(monotonic() + self.limits.total) as watch:
            try:
                return self._json(self._written(method, path, values, watch))
            except EngineUnreachable as error:
                if error.code != "network" or not watch.sent:
                    raise
                detail = error.parameters["detail"]
            raise EngineUnreachable("write-unanswered", engine=self.engine, detail=detail)

    def _written(
        self, method: str, path: str, values: dict[str, str | list[str]], watch: Watch
    ) -> bytes:
        # A connection of its own: one kept alive may have been closed by the server meanwhile,
        # and nobody could then say whether the request was taken.
        with self._translated(watch), self._client() as client:
            query, form = (values, None) if method == "DELETE" else (None, values)
            request = client.build_request(
                method, self._address(path), params=query, data=form, headers=self._said()
            )
            request.extensions["trace"] = watch.trace
            response = client.send(request, stream=True)
            try:
                self._judge(response)
                return b"".join(self._pieces(response, watch))
            finally:
                response.close()

    def _json(self, whole: bytes) -> Any:
        try:
            return json.loads(whole)
        except (ValueError, RecursionError):
            raise EngineError("answer-confused", engine=self.engine) from None

    def get_text(self, path: str, *, params: Mapping[str, str] | None = None) -> str:
        """The answer as text; bytes that are not UTF-8 become U+FFFD.

        Raises EngineUnreachable (network), EngineDenied (no-right) and EngineError
        (answer-confused, web-error, web-redirect, web-too-long).
        """
        return self._whole(path, params).decode("utf-8", "replace")

    def get_lines(self, path: str, *, params: Mapping[str, str] | None = None) -> Iterator[str]:
        """Lines of the answer as they come, without their end; raises as `get_text`."""
        held = b""
        with self._answer(path, params) as pieces:
            for piece in pieces:
                *whole, held = (held + piece).split(b"\n")
                yield from (line.decode("utf-8", "replace") for line in whole)
                if len(held) > self.limits.line:
                    raise self._too_long()
        if held:
            yield held.decode("utf-8", "replace")

    def _whole(self, path: str, params: Mapping[str, str] | None) -> bytes:
        with self._answer(path, params) as pieces:
            return b"".join(pieces)

    @contextmanager
    def _answer(self, path: str, params: Mapping[str, str] | None) -> Iterator[Iterator[bytes]]:
        """Pieces of a good answer. What fails before its first byte is asked again."""
        until = monotonic() + self.limits.total
        with Watch(until) as watch, self._translated(watch), self._lent(watch) as client:
            response = self._asked(client, path, params or {}, watch)
            try:
                self._judge(response)
                yield self._pieces(response, watch)
            finally:
                response.close()

    @contextmanager
    def _lent(self, watch: Watch) -> Iterator[httpx2.Client]:
        if self.lines is None:
            with self._client() as client:
                yield client
            return
        with self.lines.lent(self._client) as line:
            watch.guard(line.sockets)
            try:
                yield line.client
            finally:
                # Late for this question, it must not cut the next one's.
                watch.guard([])

    def _asked(
        self, client: httpx2.Client, path: str, params: Mapping[str, str], watch: Watch
    ) -> httpx2.Response:
        import httpx2

        for pause in (*PAUSES, None):
            address, said = self._address(path), self._said()
            request = client.build_request("GET", address, params=dict(params), headers=said)
            request.extensions["trace"] = watch.trace
            try:
                response = client.send(request, stream=True)
            except (httpx2.ConnectError, httpx2.ReadError, httpx2.RemoteProtocolError) as error:
                if pause is None or watch.is_over(pause) or stranger(error):
                    raise
            else:
                if response.status_code not in TRY_AGAIN or pause is None or watch.is_over(pause):
                    return response
                response.close()
            sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _address(self, path: str) -> str:
        return f"{self.base.rstrip('/')}/{path.lstrip('/')}"

    def _said(self) -> dict[str, str]:
        # Unpacking could blow a small answer up beyond every bound, so none is asked for.
        headers = {"Accept-Encoding": "identity", "User-Agent": "phoenix", **self.headers}
        if self.token is not None:
            headers["Authorization"] = f"{self.scheme}{self._secret(self.token)}"
        return headers

    def _client(self) -> httpx2.Client:
        import httpx2

        times = httpx2.Timeout(self.limits.read, connect=self.limits.connect)
        return httpx2.Client(
            timeout=times,
            verify=self._verify(),
            limits=httpx2.Limits(keepalive_expiry=KEPT),
            trust_env=False,
            proxy=self.proxy,
            follow_redirects=False,
        )

    def _secret(self, ref: SecretRef) -> str:
        token = resolve(ref, environ=self.environ).strip()
        if not token.isascii() or not token.isprintable():
            raise EngineDenied("token-unfit", engine=self.engine, secret=str(ref))
        return token

    def _verify(self) -> ssl.SSLContext | bool:
        """What httpx2 checks certificates with. Raises EngineUnreachable (ca-unfit)."""
        if self.trust == USUAL:
            return True
        try:
            return context(self.trust)
        except (OSError, ValueError):
            named = {"engine": self.engine, "path": self.trust.ca or ""}
            raise EngineUnreachable("ca-unfit", **named) from None

    def _judge(self, response: httpx2.Response) -> None:
        code = response.status_code
        if code != 200 and self.judge is not None:
            words = Refusal(code, response.reason_phrase, _beginning(response))
            if (error := self.judge(words)) is not None:
                raise error
        if code in (401, 403):
            raise EngineDenied("no-right", engine=self.engine, detail=f"HTTP {code}, {self.host}")
        if code in TRY_AGAIN:
            raise self._unreachable(f"HTTP {code}")
        if 300 <= code < 400:
            raise EngineError("web-redirect", engine=self.engine, detail=self.host)
        if code != 200:
            raise EngineError("web-error", engine=self.engine, detail=f"HTTP {code}, {self.host}")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise EngineError("answer-confused", engine=self.engine)

    def _pieces(self, response: httpx2.Response, watch: Watch) -> Iterator[bytes]:
        size = 0
        for piece in response.iter_raw():
            size += len(piece)
            if size > self.limits.size:
                raise self._too_long()
            yield piece
        if watch.over:
            # An answer of unsaid length looks whole when its connection is cut.
            raise self._unreachable("timeout")

    @contextmanager
    def _translated(self, watch: Watch) -> Iterator[None]:
        """httpx2's exceptions as ours, once; their words may hold the address, so they stay out."""
        import httpx2

        try:
            yield
        except httpx2.InvalidURL:
            raise self._unreachable("InvalidURL") from None
        except httpx2.TransportError as error:
            if (other := stranger(error)) is not None:
                seen = f"{self.host} {other.seen}"
                raise EngineUnreachable(
                    "certificate-other", engine=self.engine, detail=seen
                ) from None
            late = watch.over or isinstance(error, httpx2.TimeoutException)
            raise self._unreachable("timeout" if late else _cause(error)) from None

    def _unreachable(self, why: str) -> EngineUnreachable:
        return EngineUnreachable("network", engine=self.engine, detail=f"{self.host} ({why})")

    def _too_long(self) -> EngineError:
        return EngineError("web-too-long", engine=self.engine, detail=self.host)


def _beginning(response: httpx2.Response) -> bytes:
    held = b""
    for piece in response.iter_raw():
        held += piece
        if len(held) >= LONGEST_REFUSAL:
            break
    return held[:LONGEST_REFUSAL]


def _cause(error: Exception) -> str:
    """The system's own name of a failure, or the kind of exception where there is none."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError) and inner.strerror:
            return inner.strerror
        inner = inner.__cause__ or inner.__context__
    return type(error).__name__
