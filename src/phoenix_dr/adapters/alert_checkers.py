"""The programs that judge alert files: promtool for rules and their test, amtool for a route."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from phoenix_dr.adapters._command import Limits, clean_env, run
from phoenix_dr.errors import EngineError, EngineUnreachable

LIMITS = Limits(seconds=60.0, output=1 << 20)
LONGEST = 400


@dataclass(frozen=True, slots=True)
class Judged:
    """A file and the program that read it; `ok` None: the program is not there."""

    name: str
    program: str
    ok: bool | None


def judge(
    folder: Path,
    commands: Mapping[str, tuple[str, ...]],
    *,
    environ: Mapping[str, str],
    cancel: threading.Event,
) -> tuple[Judged, ...]:
    """Have each file read by its program; `commands` are by file, words before its name.

    Raises EngineError (alerts-wrong) for a file its program refuses.
    """
    return tuple(
        Judged(name, words[0], _ok(folder, name, words, environ=environ, cancel=cancel))
        for name, words in commands.items()
    )


def _ok(
    folder: Path,
    name: str,
    words: tuple[str, ...],
    *,
    environ: Mapping[str, str],
    cancel: threading.Event,
) -> bool | None:
    try:
        done = run(
            [*words, name], env=clean_env(environ, {}), limits=LIMITS, cwd=str(folder),
            cancel=cancel,
        )  # fmt: skip
    except EngineUnreachable as error:
        if error.code != "program-missing":
            raise
        return None
    if done.code != 0:
        said = (done.stderr + done.stdout).decode("utf-8", "replace")
        detail = " ".join(said.split())[:LONGEST]
        raise EngineError("alerts-wrong", program=words[0], path=name, detail=detail)
    return True
