"""The Loki engine: what it shows, and the one thing it does."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

from phoenix_dr.adapters import _yaml
from phoenix_dr.adapters._http import Limits, Server
from phoenix_dr.adapters._settings import SettingsFile
from phoenix_dr.adapters.base import Done, Places, ProgressSink
from phoenix_dr.adapters.loki import rules, spans
from phoenix_dr.adapters.loki.parse import Configuration
from phoenix_dr.core.evidence import BlindSpot, Evidence, Span
from phoenix_dr.core.guard import Permit
from phoenix_dr.core.model import EngineSpec, SpanRule
from phoenix_dr.core.plan import Action, SetRetention
from phoenix_dr.errors import EngineDenied, EngineError, EngineUnreachable, Refused

RESTART = "restart-missing"
"""Note of a changed file: Loki follows it only once a person has restarted it."""
UNCHANGED = "unchanged"
LIMITS = Limits(size=4 << 20)
"""An answer holds one entry or the configuration; an entry may have megabytes."""


class Loki:
    """A Loki server of one tenant and the file it is set by. Keeps nothing between calls."""

    def __init__(self, spec: EngineSpec, places: Places, *, limits: Limits = LIMITS) -> None:
        """Start nothing, ask nothing, read no secret yet."""
        self.spec = spec
        self._places = places
        self._limits = limits

    def observe(self, *, now: datetime) -> Evidence:
        """The rules in force and written, and the period held of everything and each selector.

        A server that does not answer raises EngineError; one that answers a question with an
        error, or has more rules than can be read, leaves a blind spot.
        """
        server = self._server()
        blind: list[BlindSpot] = []
        found = self._configuration(server, blind)
        in_force = found.rules if found and not found.elsewhere else None
        return Evidence(
            self.spec.id,
            now,
            spans=self._spans(server, found, blind, now=now),
            in_force=in_force,
            written=self._written(blind),
            blind_spots=tuple(blind),
            version=self._version(server),
        )

    def seen(self) -> str:
        """SHA-256 of the file SetRetention would edit. Raises EngineError when there is none."""
        return self._file().seen()

    def perform(
        self,
        action: Action,
        permit: Permit,
        *,
        progress: ProgressSink,
        cancel: threading.Event,
    ) -> Done:
        """Set the rules in the file; `note` is `restart-missing` or `unchanged`.

        Loki itself is left running under its old rules. Raises PlanStale (settings-changed).
        """
        permit.require(action)
        if action.engine != self.spec.id:
            raise Refused("wrong-engine", engine=self.spec.id, asked=action.engine)
        if not isinstance(action, SetRetention):
            raise EngineError("not-yet", engine=self.spec.id, verb=type(action).__name__)
        file = self._file()
        before = file.require(action.seen)
        after = rules.edited(before, action.rules, engine=self.spec.id)
        if after == before:
            return Done(note=UNCHANGED)
        file.replace(after, seen=action.seen, check=lambda fresh: self._check(fresh, action.rules))
        return Done(note=RESTART)

    def _check(self, fresh: Path, wanted: Iterable[SpanRule]) -> None:
        """The rules as they lie on the disk, read again before they take their place."""
        found = self._read(SettingsFile(self.spec.id, fresh))
        if rules.said(found.rules) != rules.said(wanted):
            raise Refused("edit-cannot-keep", key=_yaml.shown(rules.STREAMS))

    def _server(self) -> Server:
        url = self.spec.settings.get("url")
        if not url:
            raise EngineUnreachable("url-missing", engine=self.spec.id)
        environ, token = self._places.environ, self.spec.password
        return Server(self.spec.id, url, environ, token=token, limits=self._limits)

    def _file(self) -> SettingsFile:
        path = self.spec.settings.get("config")
        if not path:
            raise EngineError("retention-no-file", engine=self.spec.id)
        return SettingsFile(self.spec.id, Path(path))

    def _read(self, file: SettingsFile) -> Configuration:
        return rules.read(file.text(), engine=self.spec.id)

    def _configuration(self, server: Server, blind: list[BlindSpot]) -> Configuration | None:
        try:
            found = rules.read(server.get_text("/config"), engine=self.spec.id)
        except (EngineUnreachable, EngineDenied):
            raise
        except EngineError as error:
            blind.append(self._dark(error, "/config"))
            return None
        blind += [BlindSpot(self.spec.id, "loki-rules-elsewhere", key) for key in found.elsewhere]
        return found

    def _written(self, blind: list[BlindSpot]) -> tuple[SpanRule, ...] | None:
        if not self.spec.settings.get("config"):
            return None
        try:
            return self._read(self._file()).rules
        except EngineError as error:
            blind.append(self._dark(error, self.spec.settings["config"]))
            return None

    def _spans(
        self, server: Server, found: Configuration | None, blind: list[BlindSpot], *, now: datetime
    ) -> tuple[Span, ...]:
        if found and found.tenants:
            blind.append(BlindSpot(self.spec.id, "loki-tenants", "auth_enabled"))
            return ()
        among = spans.windows(now, _horizon(found), _length(found))
        look = spans.Look(server, monotonic() + spans.SECONDS)
        try:
            held = look.spans(self._streams(found), among)
            if not held:
                # Asked and answered: an empty store holds a period of no length.
                held = (Span(self.spec.id, "", now, now),)
            reach = now - among[0][0]
            if _is_hidden(found, reach) or (_is_cut(found, reach) and look.reaches(among[0])):
                blind.append(BlindSpot(self.spec.id, "loki-older", str(reach.days)))
        except EngineError as error:
            blind.append(self._dark(error, "/loki/api/v1"))
            return ()
        return held

    def _streams(self, found: Configuration | None) -> list[str]:
        in_force = found.rules if found else ()
        return [rule.stream for rule in (*in_force, *self.spec.spans)]

    def _version(self, server: Server) -> str:
        try:
            answer = server.get_json("/loki/api/v1/status/buildinfo")
        except EngineError:
            return ""
        version = answer.get("version", "") if isinstance(answer, dict) else ""
        return str(version)[:40]

    def _dark(self, error: EngineError, where: str) -> BlindSpot:
        told = str(error.parameters.get("detail", ""))
        if error.code.startswith("yaml-"):
            told = f"{where}: {told}"
        return BlindSpot(self.spec.id, error.code, told or where)


def _horizon(found: Configuration | None) -> timedelta | None:
    """How far back any rule keeps; None for ever, or when nobody knows."""
    periods = [rule.within for rule in found.rules] if found and not found.elsewhere else [None]
    known = [period for period in periods if period is not None]
    return max(known) if len(known) == len(periods) else None


def _length(found: Configuration | None) -> timedelta:
    """The longest window: a little less than a query may reach over."""
    most = found.query_length if found else None
    return spans.WINDOW if most is None else min(spans.WINDOW, most)


def _is_cut(found: Configuration | None, reach: timedelta) -> bool:
    """Whether the rules keep more than was looked at."""
    horizon = _horizon(found)
    return horizon is None or horizon > reach


def _is_hidden(found: Configuration | None, reach: timedelta) -> bool:
    """Whether queries show less than was asked for (`max_query_lookback`)."""
    lookback = found.lookback if found else None
    horizon = min(_horizon(found) or reach, reach)
    return lookback is not None and lookback < horizon
