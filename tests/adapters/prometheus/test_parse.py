"""Answers of versions we cannot run here, of broken ones and of strangers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import build_prometheus
from phoenix_dr.adapters.prometheus import parse
from phoenix_dr.core.evidence import Evidence, Span
from phoenix_dr.core.model import DAY, SpanRule
from phoenix_dr.errors import EngineDenied, EngineError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OLDEST = NOW - 9 * DAY
METRICS = f"""\
# HELP prometheus_build_info what is running
prometheus_build_info{{branch="HEAD",version="3.11.0"}} 1
prometheus_tsdb_lowest_timestamp_seconds {OLDEST.timestamp()}
prometheus_tsdb_head_max_time_seconds {NOW.timestamp()}
prometheus_tsdb_storage_blocks_bytes 1.5e+06
prometheus_tsdb_wal_storage_size_bytes 500
"""
NEWER = "prometheus_tsdb_retention_limit_seconds 864000\nprometheus_tsdb_retention_limit_bytes {}\n"
RUNTIME = '{"status":"success","data":{"storageRetention":"%s"}}'
FLAGS = (
    '{"data":{"storage.tsdb.retention":"%s","storage.tsdb.retention.time":"%s",'
    '"storage.tsdb.retention.size":"%s"}}'
)


def shown(root: Path, **answers: str | int) -> Evidence:
    """What the engine shows of a service that answers so; a number is a status."""
    with serving(answers) as url:
        return build_prometheus.engine(root, path="/nowhere", url=url).observe(now=NOW)


@contextmanager
def serving(answers: dict[str, str | int]) -> Iterator[str]:
    """A web server that knows these last parts of a path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = answers.get(self.path.rsplit("/", 1)[-1], 404)
            body = found.encode() if isinstance(found, str) else b""
            self.send_response(found if isinstance(found, int) else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_all_that_is_told_is_shown(tmp_path: Path) -> None:
    found = shown(tmp_path, runtimeinfo=RUNTIME % "10d or 1GiB", metrics=METRICS)
    assert found.spans == (Span("graphs", "", OLDEST, NOW, 1_500_500),)
    assert found.in_force == (SpanRule("", 10 * DAY, 1 << 30),)
    assert (found.version, found.blind_spots) == ("3.11.0", ())


def test_a_rule_of_the_file_is_in_force_over_that_of_the_flags(tmp_path: Path) -> None:
    metrics = METRICS + NEWER.format(0)
    found = shown(tmp_path, runtimeinfo=RUNTIME % "15d", metrics=metrics)
    assert found.in_force == (SpanRule("", 10 * DAY, None),)


@pytest.mark.parametrize(
    ("flags", "rule"),
    [
        (("0s", "0s", "0B"), SpanRule("", 15 * DAY, None)),
        (("5d", "0s", "0B"), SpanRule("", 5 * DAY, None)),
        (("5d", "6d", "0B"), SpanRule("", 6 * DAY, None)),
        (("0s", "0s", "1GiB"), SpanRule("", None, 1 << 30)),
    ],
)
def test_flags_tell_where_the_runtime_does_not(
    tmp_path: Path, flags: tuple[str, str, str], rule: SpanRule
) -> None:
    assert shown(tmp_path, flags=FLAGS % flags, metrics=METRICS).in_force == (rule,)


@pytest.mark.parametrize(
    ("retention", "extra"),
    [("15d or 80%", ""), ("15d", "prometheus_tsdb_retention_limit_percentage 80\n"), ("soon", "")],
)
def test_a_limit_that_cannot_be_read_is_a_blind_spot(
    tmp_path: Path, retention: str, extra: str
) -> None:
    found = shown(tmp_path, runtimeinfo=RUNTIME % retention, metrics=METRICS + extra)
    assert found.in_force is None
    assert [spot.reason for spot in found.blind_spots] == ["retention-unread"]
    assert found.spans


@pytest.mark.parametrize(
    ("metrics", "reason"),
    [(401, "no-right"), (404, "web-error"), ("", "answer-confused"), ("<html>", "answer-confused")],
)
def test_metrics_that_do_not_come_are_a_blind_spot(
    tmp_path: Path, metrics: str | int, reason: str
) -> None:
    found = shown(tmp_path, runtimeinfo=RUNTIME % "15d", metrics=metrics)
    assert found.spans == ()
    assert [spot.reason for spot in found.blind_spots] == [reason]
    assert found.in_force == (SpanRule("", 15 * DAY, None),)


@pytest.mark.parametrize("answer", ["[]", '"x"', "{}", '{"data":[]}', '{"data":null}', "7"])
def test_another_service_is_an_error(tmp_path: Path, answer: str) -> None:
    with pytest.raises(EngineError, match="answer-confused"):
        shown(tmp_path, runtimeinfo=answer, flags=answer, metrics=METRICS)


def test_a_refused_right_is_denied(tmp_path: Path) -> None:
    with pytest.raises(EngineDenied, match="no-right"):
        shown(tmp_path, runtimeinfo=403, metrics=METRICS)


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf", "9.223372036854776e+15", "-1", "1e400"])
def test_times_beyond_all_calendars_are_no_times(value: str) -> None:
    lines = [f"{parse.LOWEST}_seconds {value}", f"{parse.SIZES[0]} {value}"]
    found = parse.span("graphs", parse.metrics(lines), now=NOW)
    assert found is not None
    assert (found.since, found.until) == (NOW, NOW)
    assert found.size is None or found.size > 0


def test_milliseconds_of_old_versions_are_read() -> None:
    lines = [f"{parse.LOWEST} {OLDEST.timestamp() * 1000}", f"{parse.NEWEST} 1"]
    found = parse.span("graphs", parse.metrics(lines), now=NOW)
    assert found is not None
    assert found.since == OLDEST
    assert found.until >= found.since


def test_samples_of_the_future_do_not_reach_beyond_now() -> None:
    later = (NOW + timedelta(hours=1)).timestamp()
    lines = [f"{parse.LOWEST}_seconds 1000", f"{parse.NEWEST}_seconds {later}"]
    found = parse.span("graphs", parse.metrics(lines), now=NOW)
    assert found is not None
    assert found.until == NOW
