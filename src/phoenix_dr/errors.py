"""Every deliberate failure of Phoenix, as one tree.

PhoenixError                 exit 1
├── UsageError               exit 2   the request itself makes no sense
├── ConfigError              exit 2   phoenix.yaml cannot be used
├── EngineError              exit 10  an engine failed, is locked, or answered nonsense
│   ├── EngineUnreachable    exit 11
│   └── EngineDenied         exit 12  wrong password, missing right
├── GuardrailError           exit 22
│   ├── ApprovalRequired     exit 20
│   ├── PlanStale            exit 21
│   └── Refused              exit 22
├── DrillError               exit 1   a drill could not run (a KO is a result)
└── LedgerError              exit 1

An error carries a code and parameters; the sentence and its hint are the
phrases ``error.CODE`` and ``hint.CODE``. Anything that is not a PhoenixError
is a bug and keeps its traceback.
"""

from __future__ import annotations

from dataclasses import dataclass

Parameter = str | int


class PhoenixError(Exception):
    """A failure Phoenix foresaw: `code` names the sentence, `parameters` fill it."""

    exit_code = 1

    def __init__(self, code: str, **parameters: Parameter) -> None:
        super().__init__(code)
        self.code = code
        self.parameters = parameters

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.parameters.items())
        return f"{self.code}({facts})"


class UsageError(PhoenixError):
    """The request names something that does not exist or contradicts itself."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in phoenix.yaml: where it stands and which phrase explains it.

    `line` and `column` count from 1. `path` is the key path (`services.wiki.assets.pages`).
    The sentence is the phrase ``config.CODE``.
    """

    file: str
    line: int
    column: int
    path: str
    code: str
    parameters: tuple[tuple[str, Parameter], ...] = ()


class ConfigError(PhoenixError):
    """phoenix.yaml is missing, unsafe or wrong; `problems` holds every fault at once."""

    exit_code = 2

    def __init__(
        self, code: str, problems: tuple[Problem, ...] = (), **parameters: Parameter
    ) -> None:
        super().__init__(code, **parameters)
        self.problems = problems


class EngineError(PhoenixError):
    """An engine failed, is locked by someone else, or answered in an unknown shape."""

    exit_code = 10


class EngineUnreachable(EngineError):
    """The engine's program, mount, host or repository is not there, or did not answer in time."""

    exit_code = 11


class EngineDenied(EngineError):
    """The engine refused the credential or the right."""

    exit_code = 12


class GuardrailError(PhoenixError):
    """Something that destroys was asked for and may not happen like this."""

    exit_code = 22


class ApprovalRequired(GuardrailError):
    """The plan loses recoverable data and no signature covers it."""

    exit_code = 20


class PlanStale(GuardrailError):
    """What the engines hold changed since the plan was made."""

    exit_code = 21


class Refused(GuardrailError):
    """No approval lifts this refusal."""

    exit_code = 22


class DrillError(PhoenixError):
    """A drill could not be run (no space, no point); says nothing about the backup."""


class LedgerError(PhoenixError):
    """The ledger is broken, busy or written by a newer Phoenix."""
