"""What runs on a PBS by itself: verification, pruning and the freeing of space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from phoenix_dr.adapters.pbs import parse
from phoenix_dr.adapters.pbs.look import Look
from phoenix_dr.core.pbs import GcState, PruneJob, VerifyJob

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Jobs:
    """Jobs as they are; `known` names the datastores whose jobs are all there."""

    verify: tuple[VerifyJob, ...] = ()
    prune: tuple[PruneJob, ...] = ()
    gcs: tuple[GcState, ...] = ()
    known: frozenset[str] = frozenset()


def read(seen: Look) -> Jobs:
    """The jobs of every datastore that is described; what is not shown is noted in the look.

    Lists are filtered by rights without a word, so a job that is not there proves nothing where
    the whole datastore cannot be audited.
    """
    shown = [name for name in seen.datastores if seen.sight(name).whole]
    for name in seen.datastores:
        if name not in shown:
            seen.dark("pbs-jobs-unseen", name)
    verify = _listed(seen, "verify", parse.verify_job)
    prune = _listed(seen, "prune", parse.prune_job)
    gcs = [_gc(seen, name) for name in shown]
    whole = verify is not None and prune is not None
    return Jobs(
        verify=tuple(verify or ()),
        prune=tuple(prune or ()),
        gcs=tuple(each for each in gcs if each is not None),
        known=frozenset(shown) if whole else frozenset(),
    )


def _listed(seen: Look, kind: str, made: Callable[[dict[str, Any]], T | None]) -> list[T] | None:
    rows = seen.tried(f"/admin/{kind}", partial(seen.call.rows, "admin", kind))
    if rows is None:
        return None
    found = [each for row in rows if (each := made(row)) is not None]
    if len(found) < len(rows):
        # What an odd job covers nobody knows, so nothing may be called uncovered.
        seen.dark("pbs-rows-odd", f"/admin/{kind}: {len(rows) - len(found)}")
        return None
    return found


def _gc(seen: Look, name: str) -> GcState | None:
    path = ("admin", "datastore", name, "gc")
    row = seen.tried(f"{name}/gc", partial(seen.call.row, *path))
    return None if row is None else parse.gc(row, name)
