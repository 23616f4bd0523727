"""What borg itself would keep: `prune --dry-run` over archives without files in one repository.

borg's own Python writes the archives, since `borg create` needs 0.4 s for each.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from oracle.histories import COUNTS, History, within_seconds
from phoenix_dr.core.model import RetentionRule

WRITER = """
import json, sys
from datetime import datetime, timezone
from borg.constants import CHUNKER_PARAMS
from borg.helpers import Manifest
from borg.item import ArchiveItem
from borg.logger import setup_logging
from borg.repository import Repository
setup_logging()
with Repository(sys.argv[1], exclusive=True, lock=True) as repository:
    manifest, key = Manifest.load(repository, Manifest.NO_OPERATION_CHECK)
    for name, moment in json.load(sys.stdin):
        taken = datetime.fromtimestamp(moment, timezone.utc)
        text = taken.strftime("%Y-%m-%dT%H:%M:%S.%f")
        item = ArchiveItem(
            version=1, name=name, comment="", items=[], cmdline=[], hostname="h", username="u",
            time=text, time_end=text, chunker_params=CHUNKER_PARAMS,
        )
        data = key.pack_and_authenticate_metadata(item.as_dict(), context=b"archive")
        id = key.id_hash(data)
        repository.put(id, key.encrypt(data))
        manifest.archives[name] = (id, taken)
    manifest.write()
    repository.commit(compact=False)
"""
KEPT = re.compile(r"^Keeping archive .*?\s+(h\d{4}-\d+) ", re.MULTILINE)


def answers(
    borg: str, folder: Path, histories: Sequence[History], rules: Sequence[RetentionRule]
) -> list[set[int]]:
    """The times borg keeps of every history under the rule of the same place in `rules`."""
    folder.mkdir(parents=True)
    environment = {
        **os.environ,
        "BORG_BASE_DIR": str(folder / "base"),
        "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
    }
    repository = str(folder / "repository")
    _run([borg, "init", "--encryption=none", repository], environment)
    archives = [
        (f"h{number:04d}-{moment}", moment)
        for number, one in enumerate(histories)
        for moment in one.times
    ]
    # The interpreter borg itself starts with knows where borg lies.
    python = Path(borg).read_text(encoding="utf-8").splitlines()[0].removeprefix("#!").split()
    _run([*python, "-c", WRITER, repository], environment, stdin=json.dumps(archives))
    found = []
    for number, (one, rule) in enumerate(zip(histories, rules, strict=True)):
        options = [*_options(rule), "--prefix", f"h{number:04d}-", repository]
        said = _run(
            [borg, "prune", "--dry-run", "--list", *options], {**environment, "TZ": one.zone}
        )
        found.append({int(name.rpartition("-")[2]) for name in KEPT.findall(said)})
    return found


def now() -> int:
    """Epoch seconds: borg counts `--keep-within` back from the clock."""
    return int(datetime.now(UTC).timestamp())


def _run(argv: list[str], environment: dict[str, str], stdin: str = "") -> str:
    done = subprocess.run(
        argv, env=environment, input=stdin,
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    # borg ends with 1 after a warning, and `--prefix` earns one; python ends with 1 on a fault.
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise AssertionError(done.stderr)
    return done.stderr


def _options(rule: RetentionRule) -> list[str]:
    counts = {name: getattr(rule, name) for name in COUNTS}
    options = [f"--keep-{name}={count}" for name, count in counts.items() if count]
    hours = within_seconds(rule) // 3600
    return [*options, f"--keep-within={hours}H"] if hours else options
