"""A small fake of Loki on loopback, after its documents; no real one can be run here."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from phoenix_dr.adapters._http import Limits
from phoenix_dr.adapters.base import Places
from phoenix_dr.adapters.loki import Loki
from phoenix_dr.core.model import DAY, EngineSpec, Location, SpanRule

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ALERTS = '{level="alert"}'
LONGEST = timedelta(hours=721)
SERVED = """\
target: all
auth_enabled: false
compactor:
  working_directory: /loki/compactor
  retention_enabled: true
  retention_delete_delay: 2h0m0s
  delete_request_store: filesystem
limits_config:
  retention_period: 2w
  retention_stream:
  - period: 12w6d
    priority: 1
    selector: '{level="alert"}'
  max_query_length: 30d1h
  max_query_lookback: 0s
  per_tenant_override_config: ""
runtime_config:
  period: 10s
  file: ""
table_manager:
  retention_deletes_enabled: false
  retention_period: 0s
"""
WRITTEN = """\
# Loki of the house
auth_enabled: false

common:
  path_prefix: /loki   # a disk of its own

schema_config:
  configs:
    - from: 2024-04-01
      store: tsdb
      object_store: filesystem
      schema: v13
      index: {prefix: index_, period: 24h}

limits_config:
  retention_period: 336h  # two weeks
  retention_stream:
    # alerts are looked at a quarter later
    - selector: '{level="alert"}'
      priority: 1
      period: 2160h

compactor:
  retention_enabled: true
  delete_request_store: filesystem
"""


@dataclass
class Fault:
    """What a path answers instead: a status with a body, after a delay in seconds."""

    status: int = 200
    body: bytes | None = None
    delay: float = 0.0


@dataclass
class Fake:
    """What the fake holds: entries as (labels, time), its configuration, and faults by path."""

    config: str = SERVED
    entries: list[tuple[dict[str, str], datetime]] = field(default_factory=list)
    faults: dict[str, Fault] = field(default_factory=dict)
    longest: timedelta = LONGEST
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def hold(self, days: float, **labels: str) -> datetime:
        """Hold one more entry, so many days old."""
        at = NOW - days * DAY
        self.entries.append((labels, at))
        return at

    def answer(self, path: str, asked: dict[str, str]) -> tuple[int, bytes]:
        """Status and body, as the documents of Loki's HTTP API describe them."""
        name = path.removeprefix("/loki/api/v1/")
        if path == "/config":
            return 200, self.config.encode()
        if name == "status/buildinfo":
            return 200, json.dumps({"version": "3.2.1", "goVersion": "go1.22"}).encode()
        if name not in ("labels", "query_range", "index/stats"):
            return 404, b"404 page not found\n"
        start, end = (
            EPOCH + timedelta(microseconds=int(asked[x]) // 1000) for x in ("start", "end")
        )
        if end - start > self.longest:
            return 400, b"the query time range exceeds the limit (query length: 900h, limit: 721h)"
        among = [each for each in self.entries if start <= each[1] < end]
        if name == "labels":
            return 200, json.dumps(_labels(among)).encode()
        found = [each for each in among if fits(asked["query"], each[0])]
        if name == "index/stats":
            return 200, json.dumps(_stats(found)).encode()
        return 200, json.dumps(_streams(found, asked)).encode()


def fits(query: str, labels: dict[str, str]) -> bool:
    """Whether labels fit a selector of `=` and `=~`."""
    pairs = re.findall(r'(\w+)(=~|=)"([^"]*)"', query)
    assert pairs, query
    return all(
        re.fullmatch(value, labels.get(name, "")) if sign == "=~" else labels.get(name) == value
        for name, sign, value in pairs
    )


def _labels(among: list[tuple[dict[str, str], datetime]]) -> dict[str, Any]:
    names = sorted({name for labels, _ in among for name in labels})
    # Loki leaves the key out when there is nothing.
    return {"status": "success", **({"data": names} if names else {})}


def _stats(found: list[tuple[dict[str, str], datetime]]) -> dict[str, int]:
    return {"streams": 1, "chunks": len(found), "entries": len(found), "bytes": 100 * len(found)}


def _streams(found: list[tuple[dict[str, str], datetime]], asked: dict[str, str]) -> dict[str, Any]:
    ordered = sorted(found, key=lambda each: each[1], reverse=asked["direction"] == "backward")
    result = [
        {"stream": labels, "values": [[str((at - EPOCH) // timedelta(microseconds=1) * 1000), "x"]]}
        for labels, at in ordered[: int(asked["limit"])]
    ]
    return {"status": "success", "data": {"resultType": "streams", "result": result, "stats": {}}}


@contextmanager
def served(fake: Fake) -> Iterator[str]:
    """The fake on a port of loopback; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            fake.asked.append((parts.path, asked))
            fake.seen.append(self.headers.get("Authorization", ""))
            fault = fake.faults.get(parts.path, Fault())
            time.sleep(fault.delay)
            status, body = fault.status, fault.body
            if body is None:
                status, body = fake.answer(parts.path, asked)
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                # The client went away, as it should from a slow or endless answer.
                pass

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def places(root: Path) -> Places:
    """Surroundings with nothing in them."""
    rack = {"rack": Location("rack", "here")}
    return Places("here", rack, {"PATH": "/usr/bin:/bin"}, root / "cache", lambda: NOW)


def engine(root: Path, *, limits: Limits | None = None, **settings: str) -> Loki:
    """The engine `logs` with these settings (url, config), wanting 14 days and 90 of alerts."""
    spec = EngineSpec(
        "logs",
        "loki",
        locations={"": "rack"},
        settings=settings,
        spans=(SpanRule("", 14 * DAY), SpanRule(ALERTS, 90 * DAY)),
    )
    return Loki(spec, places(root), limits=limits or Limits(size=4 << 20, read=5.0, total=5.0))


def written(root: Path, text: str = WRITTEN) -> Path:
    """Loki's configuration file."""
    file = root / "loki.yml"
    file.write_bytes(text.encode())
    return file
