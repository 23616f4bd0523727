"""What restic itself would keep: `forget --dry-run` over snapshots forged into one repository.

A snapshot is an encrypted file of 300 bytes, yet `restic backup` needs 0.3 s for each. The key
stream and the authenticator of one real snapshot, whose text restic tells, write all others:
throw-away repositories, so reusing the nonce gives nothing away.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from oracle.histories import COUNTS, History, within_seconds
from phoenix_dr.core.model import RetentionRule

PRIME = (1 << 130) - 5
CLAMP = 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF


class Repository:
    """A new restic repository whose snapshots are dictated."""

    def __init__(self, restic: str, folder: Path) -> None:
        self._restic, self._folder = restic, folder
        empty = folder.with_name(f"{folder.name}-empty")
        empty.mkdir(parents=True)
        self.run("init", "--repository-version", "1")
        self.run("backup", "--tag", "x" * 2000, str(empty))
        (real,) = (folder / "snapshots").iterdir()
        self._model = json.loads(self.run("cat", "snapshot", real.name))
        key = json.loads(self.run("cat", "masterkey"))["mac"]["r"]
        self._r = int.from_bytes(base64.b64decode(key), "little") & CLAMP
        sealed, text = real.read_bytes(), _compact(self._model)
        self._nonce, body, tag = sealed[:16], sealed[16:-16], sealed[-16:]
        if len(body) != len(text):
            raise AssertionError("restic writes snapshots in another way than its cat shows them")
        self._stream = bytes(a ^ b for a, b in zip(body, text, strict=True))
        self._pad = (int.from_bytes(tag, "little") - self._authenticator(body)) % (1 << 128)
        real.unlink()

    def run(self, *arguments: str) -> str:
        """Standard output of a restic command; it must succeed."""
        done = subprocess.run(
            [self._restic, "-r", str(self._folder), "--no-cache", *arguments],
            env={**os.environ, "RESTIC_PASSWORD": "oracle", "TZ": "UTC"},
            capture_output=True, text=True, timeout=300, check=True,
        )  # fmt: skip
        return done.stdout

    def add(self, host: str, moment: int, zone: str) -> None:
        """A snapshot of `host` taken at epoch seconds `moment` on a machine in `zone`."""
        taken = datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(zone))
        text = _compact({**self._model, "hostname": host, "time": taken.isoformat(), "tags": []})
        body = bytes(a ^ b for a, b in zip(text, self._stream, strict=False))
        tag = (self._authenticator(body) + self._pad) % (1 << 128)
        sealed = self._nonce + body + tag.to_bytes(16, "little")
        name = hashlib.sha256(sealed).hexdigest()
        (self._folder / "snapshots" / name).write_bytes(sealed)

    def kept(self, rule: RetentionRule) -> dict[str, set[int]]:
        """Epoch seconds of the snapshots that stay, by host."""
        arguments = ["forget", "--dry-run", "--json", "--group-by", "host", *_options(rule)]
        groups: list[dict[str, Any]] = json.loads(self.run(*arguments))
        return {
            group["host"]: {
                int(datetime.fromisoformat(each["time"]).timestamp()) for each in group["keep"]
            }
            for group in groups
        }

    def _authenticator(self, body: bytes) -> int:
        """Poly1305 of the body before the pad is added."""
        total = 0
        for start in range(0, len(body), 16):
            block = body[start : start + 16] + b"\x01"
            total = (total + int.from_bytes(block, "little")) * self._r % PRIME
        return total


def answers(
    restic: str, folder: Path, histories: Sequence[History], rules: Sequence[RetentionRule]
) -> list[list[set[int]]]:
    """For every rule, the times restic keeps of every history."""
    repository = Repository(restic, folder)
    for number, one in enumerate(histories):
        for moment in one.times:
            repository.add(_host(number), moment, one.zone)
    found = []
    for rule in rules:
        kept = repository.kept(rule)
        found.append([kept.get(_host(number), set()) for number in range(len(histories))])
    return found


def _host(number: int) -> str:
    return f"h{number:04d}"


def _compact(snapshot: dict[str, Any]) -> bytes:
    return json.dumps(snapshot, separators=(",", ":"), ensure_ascii=False).encode()


def _options(rule: RetentionRule) -> list[str]:
    counts = {name: getattr(rule, name) for name in COUNTS}
    options = [f"--keep-{name}={count}" for name, count in counts.items() if count]
    hours = within_seconds(rule) // 3600
    return [*options, f"--keep-within={hours}h"] if hours else options
