"""Shares of an identity (SLIP-39), made and joined by a short-lived process of our own."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from math import comb

from phoenix_dr.adapters._command import Limits, clean_env, run
from phoenix_dr.errors import EngineDenied, EngineError, UsageError

MODULE = "phoenix_dr.surfaces.shares"
MOST = 8
"""Shares that are made at most: each set of them is put together before any is printed."""
_LIMITS = Limits(seconds=120, output=64 << 10)


def require_sane(needed: int, of: int) -> None:
    """Raise UsageError kit-shares unless 2 ≤ needed ≤ of ≤ MOST: with 1, each were the key."""
    if not 2 <= needed <= of <= MOST:
        raise UsageError("kit-shares", most=MOST)


def subsets(needed: int, of: int) -> int:
    """How many sets of shares are put together to check them."""
    return comb(of, needed)


def split(identity: str, needed: int, of: int, *, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Shares of an identity, every set of `needed` checked against its public key."""
    require_sane(needed, of)
    answer = _ask("split", str(needed), str(of), said=identity, environ=environ)
    return tuple(json.loads(answer))


def join(shares: Sequence[str], *, environ: Mapping[str, str]) -> str:
    """The identity of enough shares.

    Raises EngineDenied: share-mistyped (which one), shares-few, shares-mixed, shares-wrong.
    """
    return _ask("join", said="\n".join(shares), environ=environ).decode()


def _ask(*arguments: str, said: str, environ: Mapping[str, str]) -> bytes:
    line = [sys.executable, "-I", "-m", MODULE, *arguments]
    result = run(line, env=clean_env(environ, {}), limits=_LIMITS, stdin=said.encode())
    if result.code == 0:
        return result.stdout
    code, *numbers = result.stderr.decode("utf-8", "replace").split() or [""]
    match code, [int(each) for each in numbers if each.isdecimal()]:
        case "share-mistyped", [number]:
            raise EngineDenied(code, number=number)
        case "shares-few", [held, needed]:
            raise EngineDenied(code, held=held, needed=needed)
        case "shares-mixed" | "shares-wrong", _:
            raise EngineDenied(code)
        case _:
            # Its words could hold what it was given.
            raise EngineError("shares-failed", exit=result.code)
