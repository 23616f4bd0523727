"""The Prometheus engine: what it shows, and the one thing it does."""

from __future__ import annotations

import threading
from datetime import datetime

from phoenix_dr.adapters._http import Server
from phoenix_dr.adapters.base import Done, Places, ProgressSink
from phoenix_dr.adapters.prometheus import amounts, parse
from phoenix_dr.adapters.prometheus.files import Files
from phoenix_dr.adapters.prometheus.parse import Metrics
from phoenix_dr.adapters.prometheus.rules import loaded
from phoenix_dr.core.evidence import BlindSpot, Evidence
from phoenix_dr.core.guard import Permit
from phoenix_dr.core.hawk import LoadedRule
from phoenix_dr.core.model import EngineSpec, SpanRule
from phoenix_dr.core.plan import Action, SetRetention
from phoenix_dr.errors import EngineError, EngineUnreachable, Refused

RESTART = "restart-missing"
"""Note of a changed file: Prometheus follows it only once a person has restarted it."""
UNCHANGED = "unchanged"


class Prometheus:
    """A Prometheus server and the files it is set by. Keeps nothing between calls."""

    def __init__(self, spec: EngineSpec, places: Places) -> None:
        """Start nothing, ask nothing, read no secret yet."""
        self.spec = spec
        self._places = places
        self._files = Files(
            spec.id,
            spec.settings.get("arguments"),
            spec.settings.get("config"),
            places.environ,
            spec.program or "promtool",
        )

    def observe(self, *, now: datetime) -> Evidence:
        """The period held, the rule in force and the rule written, with two questions.

        Without a rule it raises EngineError; metrics or files that cannot be read are blind spots.
        """
        server = self._server()
        answer = self._runtime(server)
        blind: list[BlindSpot] = []
        found = self._metrics(server, blind)
        span = parse.span(self.spec.id, found, now=now) if found else None
        if found and span is None:
            blind.append(BlindSpot(self.spec.id, "answer-confused", "/metrics"))
        rule = self._in_force(server, answer, found or Metrics(), blind)
        written = self._written(blind)
        return Evidence(
            self.spec.id,
            now,
            blind_spots=tuple(blind),
            version=found.version if found else "",
            spans=(span,) if span else (),
            in_force=None if rule is None else (rule,),
            written=None if written is None else (written,),
        )

    def alerts(self) -> tuple[LoadedRule, ...]:
        """The alerts that are loaded. Raises EngineError where it does not say them."""
        return loaded(self._server())

    def seen(self) -> str:
        """SHA-256 of the file SetRetention would edit. Raises EngineError when there is none."""
        return self._files.place().seen()

    def perform(
        self,
        action: Action,
        permit: Permit,
        *,
        progress: ProgressSink,
        cancel: threading.Event,
    ) -> Done:
        """Set the retention in the file; `note` is `restart-missing` or `unchanged`.

        Prometheus itself is left running under its old rule.
        """
        permit.require(action)
        if action.engine != self.spec.id:
            raise Refused("wrong-engine", engine=self.spec.id, asked=action.engine)
        if not isinstance(action, SetRetention):
            raise EngineError("not-yet", engine=self.spec.id, verb=type(action).__name__)
        wanted = action.rules[0] if len(action.rules) == 1 else None
        if wanted is None or not amounts.is_fit(wanted):
            raise Refused("retention-unfit", engine=self.spec.id)
        changed = self._files.write(wanted, seen=action.seen, cancel=cancel)
        return Done(note=RESTART if changed else UNCHANGED)

    def _server(self) -> Server:
        url = self.spec.settings.get("url")
        if not url:
            raise EngineUnreachable("url-missing", engine=self.spec.id)
        return Server(self.spec.id, url, self._places.environ, token=self.spec.password)

    def _runtime(self, server: Server) -> object:
        try:
            return server.get_json("/api/v1/status/runtimeinfo")
        except EngineError as error:
            if error.code != "web-error":
                raise
            # Before 2.14 there is no such answer; the flags say what they can.
            return None

    def _metrics(self, server: Server, blind: list[BlindSpot]) -> Metrics | None:
        try:
            return parse.metrics(server.get_lines("/metrics"))
        except EngineError as error:
            detail = str(error.parameters.get("detail", "/metrics"))
            blind.append(BlindSpot(self.spec.id, error.code, detail))
            return None

    def _in_force(
        self, server: Server, answer: object, found: Metrics, blind: list[BlindSpot]
    ) -> SpanRule | None:
        try:
            rule = parse.limits(found) or (parse.runtime_rule(answer) if answer else None)
            return rule or parse.flags_rule(server.get_json("/api/v1/status/flags"))
        except ValueError:
            blind.append(BlindSpot(self.spec.id, "retention-unread", server.host))
            return None
        except (KeyError, TypeError, AttributeError):
            raise EngineError("answer-confused", engine=self.spec.id) from None

    def _written(self, blind: list[BlindSpot]) -> SpanRule | None:
        try:
            return self._files.written()
        except EngineError as error:
            detail = error.parameters.get("detail", error.parameters.get("path", ""))
            blind.append(BlindSpot(self.spec.id, error.code, str(detail)))
            return None
