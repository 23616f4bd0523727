"""The programs that judge a schedule: systemd-analyze, crontab, check-jsonschema."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.adapters._command import Limits, Result, clean_env, run
from phoenix_dr.errors import EngineError, EngineUnreachable

SYSTEMD, CRONTAB, SCHEMA = "systemd-analyze", "crontab", "check-jsonschema"
WORKFLOWS = "vendor.github-workflows"
"""GitHub's workflow schema as check-jsonschema carries it along: nothing is fetched."""
LIMITS = Limits(seconds=60.0, output=1 << 20)
LONGEST = 400


@dataclass(frozen=True, slots=True)
class Checkers:
    """Where the programs are looked for, and what stops them."""

    environ: Mapping[str, str]
    cancel: threading.Event

    def timers(self, folder: Path, *, calendars: Sequence[str]) -> bool | None:
        """Whether systemd takes every unit of a folder and every calendar; None: it is not there.

        Raises EngineError (schedule-refused) for what it refuses. What it says of other units of
        this machine is not ours.
        """
        files = sorted(each for each in folder.iterdir() if each.suffix in (".service", ".timer"))
        asked = [SYSTEMD, "verify", "--man=no", *map(str, files)]
        done = self._run(asked, folder)
        if done is None:
            return None
        ours = (str(folder), *(each.name for each in files))
        said = [line for line in _lines(done) if any(name in line for name in ours)]
        if said:
            raise _refused(SYSTEMD, "\n".join(said))
        return self._whole([SYSTEMD, "calendar", *calendars], folder)

    def crontab(self, file: Path) -> bool | None:
        """Whether cron takes the lines of a file; None where no crontab tells without installing.

        Raises EngineError (schedule-refused). Debian's calls it -n, cronie -T; -n means something
        else to cronie, which knows -T: so that is asked first.
        """
        done = self._run([CRONTAB, "-T", str(file)], file.parent)
        if done is None or done.code == 0:
            return None if done is None else True
        told = "\n".join(_lines(done))
        if "usage" not in told.lower():
            raise _refused(CRONTAB, told)
        if "dry run" not in told:
            return None
        return self._whole([CRONTAB, "-n", str(file)], file.parent)

    def workflows(self, files: Sequence[Path]) -> bool | None:
        """Whether workflows keep to GitHub's schema; None: the checker is not there.

        Raises EngineError (schedule-refused).
        """
        asked = [SCHEMA, "--builtin-schema", WORKFLOWS, *map(str, files)]
        return self._whole(asked, files[0].parent)

    def _whole(self, words: Sequence[str], folder: Path) -> bool | None:
        done = self._run(words, folder)
        if done is not None and done.code != 0:
            raise _refused(words[0], "\n".join(_lines(done)))
        return None if done is None else True

    def _run(self, words: Sequence[str], folder: Path) -> Result | None:
        try:
            return run(
                words, env=clean_env(self.environ, {}), limits=LIMITS, cwd=str(folder),
                cancel=self.cancel,
            )  # fmt: skip
        except EngineUnreachable as error:
            if error.code != "program-missing":
                raise
            return None


def _lines(done: Result) -> list[str]:
    return (done.stderr + done.stdout).decode("utf-8", "replace").splitlines()


def _refused(program: str, said: str) -> EngineError:
    return EngineError("schedule-refused", program=program, detail=" ".join(said.split())[:LONGEST])
