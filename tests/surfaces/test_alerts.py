"""Alerts as files: read by promtool and amtool, and seen firing by Prometheus and Alertmanager."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from build_app import House, Ran, house
from tools import UNPACKED, environment, program

FILES = {"phoenix-backup.rules.yml", "phoenix-backup.test.yml", "alertmanager-route.yml",
         "grafana-dashboard.json"}  # fmt: skip
SCRAPED = """\
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{manager}"]}}]}}]}}
scrape_configs: [{{job_name: phoenix, static_configs: [{{targets: ["127.0.0.1:{metrics}"]}}]}}]
"""
ROUTED = """\
route: {{receiver: here, group_wait: 0s, group_interval: 1s, group_by: [alertname, asset]}}
receivers:
  - name: here
    webhook_configs: [{{url: "http://127.0.0.1:{hook}/", send_resolved: true}}]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A small house."""
    return house(tmp_path_factory.mktemp("alerts"))


def write(made: House, folder: Path, *words: str, path: str | None = None) -> Ran:
    """`phoenix generate alerts`, with the checkers on PATH unless another one is given."""
    found = [str(Path(program(name)).parent) for name in ("promtool", "amtool")]
    given = path or f"{':'.join(found)}:{made.environ['PATH']}"
    return made.phoenix("generate", "alerts", "--output", str(folder), *words, PATH=given)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_file_is_read_by_the_program_it_is_for(
    made: House, tmp_path: Path, language: str
) -> None:
    done = write(made, tmp_path, "--language", language, "--json")
    assert done.code == 0, done.err
    said = json.loads(done.out)["files"]
    assert {Path(each["path"]).name for each in said} == FILES
    assert [each["program"] for each in said] == ["promtool", "promtool", "amtool", None]
    assert all(each["checked"] for each in said)


def test_without_the_programs_it_is_called_unchecked(made: House, tmp_path: Path) -> None:
    done = write(made, tmp_path, path="/usr/bin:/bin")
    assert done.code == 3
    assert done.out.count("NOT checked") == 3
    assert {path.name for path in tmp_path.iterdir()} == FILES


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("> on (service, asset) phoenix_asset_rpo_objective_seconds", "> 999999999"),
        ("unless on (service, asset) max", "and on (service, asset) max"),
        ("time() - phoenix_audit_timestamp_seconds > 93600", "vector(1) > 2"),
        ('for: "1h"', 'for: "1h"\n        unknown: x'),
    ],
)
def test_the_test_that_is_written_beside_catches_a_broken_rule(
    made: House, tmp_path: Path, old: str, new: str
) -> None:
    assert write(made, tmp_path).code == 0
    rules = tmp_path / "phoenix-backup.rules.yml"
    text = rules.read_text()
    assert old in text
    assert played(tmp_path).returncode == 0
    rules.write_text(text.replace(old, new))
    assert played(tmp_path).returncode != 0


def test_the_dashboard_asks_for_metrics_that_are_there(made: House, tmp_path: Path) -> None:
    write(made, tmp_path)
    board = json.loads((tmp_path / "grafana-dashboard.json").read_text())
    asked = " ".join(t["expr"] for panel in board["panels"] for t in panel["targets"])
    made.audit()
    told = made.phoenix("metrics").out
    names = {line.split()[2] for line in told.splitlines() if line.startswith("# TYPE")}
    used = {word for word in asked.replace("(", " ").replace(")", " ").replace("{", " ").split()
            if word.startswith(("phoenix_", "backup_"))}  # fmt: skip
    assert used
    assert used <= names


def played(folder: Path) -> subprocess.CompletedProcess[bytes]:
    """What promtool says of the test."""
    return subprocess.run(
        [program("promtool"), "test", "rules", "phoenix-backup.test.yml"], cwd=folder,
        env=environment(), capture_output=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.live
def test_a_backup_that_stops_fires_and_a_new_one_resolves(tmp_path: Path) -> None:
    made = house(tmp_path / "house")
    made.to_home_alone()
    made.say("  photos:\n", "  photos:\n    objectives: {rpo: 20s}\n")
    made.say('schedule: "0 3,15 * * *"', 'schedule: "* * * * *"')
    assert write(made, tmp_path / "alerts", "--for", "0").code == 0
    heard: list[dict[str, Any]] = []
    with serving(heard) as (port, served):

        def again() -> None:
            made.backup("photos")
            made.audit()
            served["text"] = made.phoenix("metrics").out

        again()
        with watching(tmp_path, port):
            wait(lambda: state(heard) == "firing")
            again()
            wait(lambda: state(heard) == "resolved")


def state(heard: list[dict[str, Any]]) -> str:
    """The last word on the album being too old."""
    said = [
        alert["status"]
        for each in heard
        for alert in each["alerts"]
        if alert["labels"]["alertname"] == "PhoenixBackupTooOld"
        and alert["labels"]["asset"] == "photos/album"
    ]
    return said[-1] if said else ""


def wait(until: Callable[[], bool], seconds: float = 90) -> None:
    """Fail when it does not come true."""
    ends = time.monotonic() + seconds
    while not until() and time.monotonic() < ends:
        time.sleep(0.2)
    assert until()


@contextmanager
def serving(heard: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, str]]]:
    """Metrics for whoever asks, and an ear for Alertmanager."""
    served = {"text": "# EOF\n"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = served["text"].encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *words: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port, served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def watching(root: Path, port: int) -> Iterator[None]:
    """A Prometheus and an Alertmanager until the block ends."""
    web, manager = free(), free()
    (root / "am.yml").write_text(ROUTED.format(hook=port))
    rules = root / "alerts" / "phoenix-backup.rules.yml"
    (root / "prom.yml").write_text(SCRAPED.format(rules=rules, manager=manager, metrics=port))
    started = [
        begin(root, *templated(), program("prometheus-alertmanager"),
              f"--config.file={root}/am.yml", f"--storage.path={root}/am",
              f"--web.listen-address=127.0.0.1:{manager}", "--cluster.listen-address="),
        begin(root, program("prometheus"), f"--config.file={root}/prom.yml",
              f"--storage.tsdb.path={root}/tsdb", f"--web.listen-address=127.0.0.1:{web}"),
    ]  # fmt: skip
    try:
        for one in (web, manager):
            wait(lambda one=one: is_ready(one), 60)  # type: ignore[misc]
        yield
    finally:
        for child in started:
            child.terminate()
        for child in started:
            child.wait(timeout=30)


def templated() -> tuple[str, ...]:
    """What puts Alertmanager's templates where Debian's one looks for them."""
    found = UNPACKED / "usr/share/prometheus"
    if Path("/usr/share/prometheus/alertmanager").is_dir() or not found.is_dir():
        return ()
    shown = ("--dev-bind", "/", "/", "--tmpfs", "/usr/share")
    return (program("bwrap"), *shown, "--ro-bind", str(found), "/usr/share/prometheus",
            "--die-with-parent", "--")  # fmt: skip


def begin(root: Path, *words: str) -> subprocess.Popen[bytes]:
    """A server of its own, its words in a file."""
    with (root / f"{len(list(root.glob('*.log')))}.log").open("wb") as log:
        return subprocess.Popen(
            words, env={**os.environ, **environment()}, cwd=root,
            stdout=log, stderr=log, stdin=subprocess.DEVNULL,
        )  # fmt: skip


def is_ready(port: int) -> bool:
    """Whether it answers."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def free() -> int:
    """A port nobody has."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])
