"""Which version of a program is here; an absent one has none."""

from __future__ import annotations

import re
from collections.abc import Mapping

from phoenix_dr.adapters._command import Limits, clean_env, run
from phoenix_dr.errors import EngineError

_ASK = {"restic": ("version",), "age": ("--version",), "borg": ("--version",)}
_NUMBER = re.compile(rb"v?(\d+(?:\.\d+)+)")
_LIMITS = Limits(seconds=10, output=4096)


def version_of(program: str, *, environ: Mapping[str, str]) -> str | None:
    """The version a program tells of itself; None when it is absent or says nothing usable."""
    line = [program, *_ASK.get(program, ("--version",))]
    try:
        result = run(line, env=clean_env(environ, {}), limits=_LIMITS)
    except EngineError:
        return None
    found = _NUMBER.search(result.stdout)
    return found[1].decode() if found and result.code == 0 else None
