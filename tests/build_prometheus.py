"""A real Prometheus on loopback over samples of the last days, and an engine for it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from phoenix_dr.adapters.base import Places
from phoenix_dr.adapters.prometheus import Prometheus
from phoenix_dr.core.model import DAY, EngineSpec, Location
from tools import program

STEP = timedelta(minutes=30)


@dataclass(frozen=True)
class Held:
    """A folder of samples: where, and from when to when they were taken."""

    folder: Path
    since: datetime
    until: datetime


def places(root: Path, *, path: str | None = None) -> Places:
    """Surroundings where promtool is found."""
    found = str(Path(program("promtool")).parent) if path is None else path
    return Places(
        "here",
        {"rack": Location("rack", "here")},
        {"PATH": f"{found}:/usr/bin:/bin" if path is None else found},
        root / "cache",
        lambda: datetime.now(UTC),
    )


def engine(root: Path, *, path: str | None = None, **settings: str) -> Prometheus:
    """The engine `graphs` with these settings (url, arguments, config)."""
    spec = EngineSpec("graphs", "prometheus", locations={"": "rack"}, settings=settings)
    return Prometheus(spec, places(root, path=path))


def samples(root: Path, *, days: int = 3) -> Held:
    """One series of the last days, but for the newest three hours, as blocks on disk."""
    until = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    since = until - days * DAY
    times = [since + n * STEP for n in range((until - since) // STEP + 1)]
    lines = [f"canary {n} {int(at.timestamp())}" for n, at in enumerate(times)]
    source = root / "samples.txt"
    source.write_text("\n".join(["# TYPE canary gauge", *lines, "# EOF\n"]))
    folder = root / "data"
    subprocess.run(
        [program("promtool"), "tsdb", "create-blocks-from", "openmetrics", source, folder],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return Held(folder, times[0], times[-1])


def copy(held: Held, root: Path) -> Path:
    """A folder of one's own: a Prometheus under a short rule deletes what it is given."""
    shutil.copytree(held.folder, root / "held")
    return root / "held"


@contextmanager
def running(root: Path, folder: Path, *arguments: str) -> Iterator[str]:
    """A Prometheus that scrapes nothing, over this folder; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    config = root / "scrapes-nothing.yml"
    config.write_text("global: {}\n")
    with (root / "prometheus.log").open("ab") as log:
        server = subprocess.Popen(
            [
                program("prometheus"),
                f"--config.file={config}",
                f"--storage.tsdb.path={folder}",
                f"--web.listen-address={address}",
                *arguments,
            ],
            stdout=log,
            stderr=log,
        )
        try:
            _await(f"http://{address}/-/ready", server)
            yield f"http://{address}"
        finally:
            server.terminate()
            server.wait(20)


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.05)
    raise AssertionError(f"Prometheus is not ready (exit {server.poll()})")
