"""What a check of an agent's file says, and what it has to know of this place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """Whether this version does what a part of the file asks for."""

    CAN = "can"
    DIFFERS = "differs"
    CANNOT = "cannot"


@dataclass(frozen=True, slots=True)
class Checked:
    """One part of the file: its kind and name, the verdict, and a code with parameters for why."""

    part: str
    name: str
    verdict: Verdict
    why: str
    parameters: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known here: values of placeholders, exec files there are, our commands of the file.

    `commands` maps a command line without `phoenix` to whether it is one of this version.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: frozenset[str] = frozenset()
    commands: Mapping[str, bool] = field(default_factory=dict)


def checked(part: str, name: str, why: str, **parameters: str | int) -> Checked:
    """A part this version does as it stands."""
    return Checked(part, name, Verdict.CAN, why, tuple(parameters.items()))


def differs(part: str, name: str, why: str, **parameters: str | int) -> Checked:
    """A part this version does otherwise."""
    return Checked(part, name, Verdict.DIFFERS, why, tuple(parameters.items()))


def cannot(part: str, name: str, why: str, **parameters: str | int) -> Checked:
    """A part this version does not do."""
    return Checked(part, name, Verdict.CANNOT, why, tuple(parameters.items()))
