"""What approvers sign: a few lines of text with exactly one spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from phoenix_dr.core.guard import StandingApproval

FORM = "%Y-%m-%dT%H:%M:%SZ"
"""An end in UTC, to the second."""
STANDING = "standing "
"""Beginning of the subject of a standing approval's row."""
LONGEST = 2000
"""Characters; nothing longer is looked at."""
_PLAN = re.compile(r"phoenix-approval 1\nplan ([0-9a-f]{64})\nexpires ([0-9TZ:-]{20})\n", re.ASCII)
_STANDING = re.compile(
    r"phoenix-approval 1\nstanding ([0-9a-f]{64})\nengine ([^\n]+)\nmost-points (\d{1,18})\n"
    r"most-bytes (\d{1,18})\nexpires ([0-9TZ:-]{20})\n",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class PlanText:
    """Leave for one plan until a moment (aware UTC, whole seconds)."""

    digest: str
    expires_at: datetime

    @property
    def text(self) -> str:
        """The text to sign."""
        return f"phoenix-approval 1\nplan {self.digest}\nexpires {self.expires_at:{FORM}}\n"

    @property
    def subject(self) -> str:
        """Subject of its row in the ledger."""
        return self.digest


@dataclass(frozen=True, slots=True)
class StandingText:
    """Leave for one rule on one engine, run after run, within bounds until a moment."""

    rule: str
    engine: str
    most_points: int
    most_bytes: int
    expires_at: datetime

    @property
    def text(self) -> str:
        """The text to sign."""
        return (
            f"phoenix-approval 1\nstanding {self.rule}\nengine {self.engine}\n"
            f"most-points {self.most_points}\nmost-bytes {self.most_bytes}\n"
            f"expires {self.expires_at:{FORM}}\n"
        )

    @property
    def subject(self) -> str:
        """Subject of its row in the ledger."""
        return f"{STANDING}{self.rule} {self.engine}"

    def approval(self, approver: str) -> StandingApproval:
        """What it means once `approver` is known to have signed it."""
        return StandingApproval(
            rule=self.rule,
            engine=self.engine,
            most_points=self.most_points,
            most_bytes=self.most_bytes,
            approver=approver,
            expires_at=self.expires_at,
        )


def parse(text: object) -> PlanText | StandingText | None:
    """The meaning of a text; None for anything that is not spelt exactly so."""
    if not isinstance(text, str) or len(text) > LONGEST:
        return None
    read = _read(text)
    return read if read is not None and read.text == text else None


def _read(text: str) -> PlanText | StandingText | None:
    try:
        if found := _PLAN.fullmatch(text):
            return PlanText(found[1], _moment(found[2]))
        if found := _STANDING.fullmatch(text):
            bounds = int(found[3]), int(found[4])
            return StandingText(found[1], found[2], *bounds, _moment(found[5]))
    except ValueError:
        # Digits that are no date.
        return None
    return None


def _moment(text: str) -> datetime:
    return datetime.strptime(text, FORM).replace(tzinfo=UTC)
