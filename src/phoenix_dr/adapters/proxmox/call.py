"""One question to a Proxmox VE, or one write: its address, certificate and login, the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import quote

from phoenix_dr.adapters._http import Limits, Server
from phoenix_dr.adapters._secrets import resolve
from phoenix_dr.adapters._tls import Trust
from phoenix_dr.adapters.base import Places
from phoenix_dr.adapters.proxmox.failures import failure, unanswered
from phoenix_dr.adapters.proxmox.login import Ticket, log_in
from phoenix_dr.adapters.proxmox.session import Session, side_by_side
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

LIMITS = Limits(connect=10.0, read=60.0, total=120.0, size=64 << 20)
"""A node proxies for another for up to 30 s before it says 596; 50,000 archives take 13 MB."""
PAGE = 500
T = TypeVar("T")


class Call:
    """Reads and writes of one Proxmox VE. Keeps nothing between questions outside of `kept`."""

    def __init__(
        self,
        spec: EngineSpec,
        places: Places,
        limits: Limits = LIMITS,
        *,
        clock: Callable[[], float] = monotonic,
        wait: float | None = None,
    ) -> None:
        """Ask nothing and read no secret yet. `clock` tells how old a login is.

        `wait` is for how many seconds a task nobody named is looked for, by default as long as an
        answer may take.
        """
        self.spec = spec
        self._places = places
        self._limits = limits
        self._session = Session(clock)
        self.wait = limits.read if wait is None else wait

    def kept(self) -> AbstractContextManager[None]:
        """A block whose reads share their connections; blocks may stand in each other."""
        return self._session.opened()

    def each(self, asks: Iterable[Callable[[], T]]) -> list[T | EngineError]:
        """Ask several questions side by side; what each brings, in their order.

        One that raises EngineError leaves that error in its place, and the others go on. They run
        in other threads: let them read and return, and note things down from the list.
        """
        return side_by_side(asks)

    def data(self, *path: str, **params: str) -> Any:
        """`data` of an answer; underscores in names of parameters stand for dashes.

        Parameters go into the query: a body on a reading is 501 (proxmox.md 1). Raises EngineError
        as `failures` has them.
        """
        return self.answer(*path, **params).get("data")

    def rows(self, *path: str, **params: str) -> list[dict[str, Any]]:
        """`data` as a list of objects. Raises EngineError (answer-confused) for anything else."""
        found = self.data(*path, **params)
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise self.confused()
        return found

    def pages(self, *path: str, most: int, **params: str) -> Iterator[dict[str, Any]]:
        """Rows of a list that comes in pages, `most` at the most."""
        start = 0
        while start < most:
            size = min(PAGE, most - start)
            page = self.rows(*path, start=str(start), limit=str(size), **params)
            # A release that knows no pages answers with everything: never more than asked for.
            yield from page[:size]
            if len(page) != size:
                return
            start += size

    def answer(self, *path: str, **params: str) -> Mapping[str, Any]:
        """The whole answer; `total` may stand beside `data`."""
        asked = {name.replace("_", "-"): value for name, value in params.items()}
        server, where = self._server(), _address(path)
        try:
            return self._whole(server.get_json(where, params=asked))
        except EngineDenied as error:
            if error.code != "proxmox-login" or server.token is not None:
                raise
        # A ticket may end early: its key changed, or this machine slept.
        self._session.drop()
        return self._whole(self._server().get_json(where, params=asked))

    def send(self, method: str, /, *path: str, **params: str | Sequence[str]) -> Any:
        """Write once with POST, PUT or DELETE and return `data` of the answer.

        Underscores in names stand for dashes, a sequence repeats its key, booleans are `0` and
        `1`. Raises as `data`, and EngineUnreachable (write-unanswered) where nobody can say
        whether it was done: the connection broke, or a node in between gave up (596, 599).
        """
        form = {name.replace("_", "-"): value for name, value in params.items()}
        server, engine = self._server(), self.spec.id
        login = server.token is None
        once = replace(server, judge=lambda refusal: unanswered(engine, refusal, login=login))
        return self._whole(once.send(method, _address(path), form=form))["data"]

    def _whole(self, found: Any) -> Mapping[str, Any]:
        if not isinstance(found, dict) or "data" not in found:
            raise self.confused()
        return found

    def confused(self) -> EngineError:
        """The answer is of a form Proxmox does not document."""
        return EngineError("answer-confused", engine=self.spec.id)

    def token_id(self) -> str:
        """`USER@REALM!NAME` of the token without its secret, `USER@REALM` of a login.

        It is what a UPID calls whoever started a task. Raises EngineDenied.
        """
        return self.spec.settings.get("user") or self._token().partition("=")[0]

    def _token(self) -> str:
        ref = self.spec.password
        if ref is None:
            raise EngineDenied("proxmox-no-token", engine=self.spec.id)
        token = resolve(ref, environ=self._places.environ).strip()
        name, equals, secret = token.partition("=")
        user, bang, own = name.partition("!")
        if not (equals and secret and bang and own and "@" in user):
            raise EngineDenied("proxmox-token-form", engine=self.spec.id, secret=str(ref))
        return token

    def _server(self) -> Server:
        settings, engine = self.spec.settings, self.spec.id
        if not settings.get("url"):
            raise EngineUnreachable("url-missing", engine=engine)
        user = settings.get("user")
        trust = Trust(
            settings.get("fingerprint"), settings.get("ca"), settings.get("insecure") == "1"
        )
        server = Server(
            engine,
            settings["url"],
            self._places.environ,
            limits=self._limits,
            trust=trust,
            judge=lambda refusal: failure(engine, refusal, login=user is not None),
            lines=self._session.lines,
        )
        if user is not None:
            ticket = self._session.ticket(partial(self._log_in, server, user))
            return replace(server, headers=ticket.headers)
        self._token()
        return replace(server, token=self.spec.password, scheme="PVEAPIToken=")

    def _log_in(self, server: Server, user: str, held: Ticket | None) -> Ticket:
        now, ref = self._session.clock(), self.spec.password
        if held is not None:
            return log_in(server, user, secret=held.value, now=now)
        if ref is None:
            raise EngineDenied("proxmox-no-password", engine=self.spec.id)
        secret = resolve(ref, environ=self._places.environ)
        return log_in(server, user, secret=secret, now=now)


def _address(path: tuple[str, ...]) -> str:
    return "/api2/json/" + "/".join(quote(part, safe="") for part in path)
