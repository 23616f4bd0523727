"""The five phases of every piece of work, each with what shows that it happened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class WorkPhase(StrEnum):
    """In their order: inventory, verify, plan, validate, document."""

    INVENTORY = "inventory"
    VERIFY = "verify"
    PLAN = "plan"
    VALIDATE = "validate"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class PhaseRecord:
    """One phase of a run.

    `proof` are rows of the ledger (`#12`), commands with their exit code, files, fingerprints;
    empty when nothing shows the phase. `fresh` is False for evidence older than the run. `count`
    of `total` things were looked at; `total` 0 where nothing is counted.
    """

    phase: WorkPhase
    proof: tuple[str, ...] = ()
    fresh: bool = False
    count: int = 0
    total: int = 0


def missing(records: tuple[PhaseRecord, ...]) -> tuple[WorkPhase, ...]:
    """The phases nothing shows; a phase nobody recorded is one of them."""
    shown = {each.phase for each in records if each.proof}
    return tuple(phase for phase in WorkPhase if phase not in shown)
