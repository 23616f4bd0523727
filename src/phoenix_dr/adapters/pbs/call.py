"""One question to a Proxmox Backup Server: address, certificate, token, and what comes back."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from phoenix_dr.adapters._http import Limits, Server
from phoenix_dr.adapters._lines import Lines
from phoenix_dr.adapters._secrets import resolve
from phoenix_dr.adapters._tls import Trust
from phoenix_dr.adapters.base import Places
from phoenix_dr.adapters.pbs.failures import failure
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable

LIMITS = Limits(connect=10.0, read=60.0, total=120.0, size=16 << 20)
"""A snapshot takes about 1 kB of an answer; where there are many, they are asked by group."""


class Call:
    """Reads of one PBS; within `with` its connection is kept between questions."""

    def __init__(self, spec: EngineSpec, places: Places, limits: Limits = LIMITS) -> None:
        """Ask nothing and read no secret yet."""
        self.spec = spec
        self._places = places
        self._limits = limits
        self._lines: Lines[Any] | None = None

    def __enter__(self) -> Call:
        """Keep connections from here on."""
        self._lines = Lines()
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of them."""
        lines, self._lines = self._lines, None
        if lines is not None:
            lines.close()

    def data(self, *path: str, **params: str) -> Any:
        """`data` of an answer; underscores in names of parameters stand for dashes.

        Raises EngineError as `failures` has them.
        """
        # The root namespace is said by saying none.
        asked = {name.replace("_", "-"): value for name, value in params.items() if value}
        where = "/".join(quote(part, safe="") for part in path)
        found = self._server().get_json(f"/api2/json/{where}", params=asked)
        if not isinstance(found, dict) or "data" not in found:
            raise self.confused()
        return found["data"]

    def rows(self, *path: str, **params: str) -> list[dict[str, Any]]:
        """`data` as a list of objects. Raises EngineError (answer-confused) for anything else."""
        found = self.data(*path, **params)
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise self.confused()
        return found

    def row(self, *path: str, **params: str) -> dict[str, Any]:
        """`data` as one object. Raises EngineError (answer-confused) for anything else."""
        found = self.data(*path, **params)
        if not isinstance(found, dict):
            raise self.confused()
        return found

    def confused(self) -> EngineError:
        """The answer is of a form PBS does not document."""
        return EngineError("answer-confused", engine=self.spec.id)

    def token_id(self) -> str:
        """`USER@REALM!NAME` of the token, without its secret. Raises EngineDenied."""
        return self._token().partition(":")[0]

    def _token(self) -> str:
        """Raises EngineDenied (pbs-no-token, pbs-token-form) before anything is sent."""
        ref = self.spec.password
        if ref is None:
            raise EngineDenied("pbs-no-token", engine=self.spec.id)
        token = resolve(ref, environ=self._places.environ).strip()
        # A colon parts name and secret, where Proxmox VE has an equals sign.
        name, colon, secret = token.partition(":")
        user, bang, own = name.partition("!")
        if not (colon and secret and bang and own and "@" in user) or "=" in name:
            raise EngineDenied("pbs-token-form", engine=self.spec.id, secret=str(ref))
        return token

    def _server(self) -> Server:
        settings, engine = self.spec.settings, self.spec.id
        if not settings.get("url"):
            raise EngineUnreachable("url-missing", engine=engine)
        self._token()
        trust = Trust(
            settings.get("fingerprint"), settings.get("ca"), settings.get("insecure") == "1"
        )
        return Server(
            engine,
            settings["url"],
            self._places.environ,
            token=self.spec.password,
            limits=self._limits,
            trust=trust,
            scheme="PBSAPIToken=",
            judge=lambda refusal: failure(engine, refusal),
            lines=self._lines,
        )
