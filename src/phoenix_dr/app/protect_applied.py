"""What came of setting jobs on an engine, for every kind of engine that has its own."""

from __future__ import annotations

from dataclasses import dataclass

from phoenix_dr.app.apply import Performed
from phoenix_dr.core.plan import Plan
from phoenix_dr.errors import PhoenixError


@dataclass(frozen=True, slots=True)
class Applied:
    """What was set, and what the engine says afterwards.

    `verified` are jobs, schedules or claims that were seen to be as wanted, `unverified` those
    that are not, or that nobody could read. `saved` are copies made now.
    """

    engine: str
    plan: Plan
    performed: tuple[Performed, ...]
    verified: tuple[str, ...]
    unverified: tuple[str, ...]
    saved: tuple[Performed, ...] = ()

    @property
    def is_whole(self) -> bool:
        """True when everything was seen as wanted, and every copy made whole without a word."""
        done = all(one.outcome.ok for one in (*self.performed, *self.saved))
        return done and not self.unverified and not any(map(_has_word, self.saved))

    @property
    def error(self) -> PhoenixError | None:
        """Why nothing at all went well; None as soon as something did."""
        every = (*self.performed, *self.saved)
        if not every or any(one.outcome.ok for one in every):
            return None
        return every[0].error

    @property
    def exit_code(self) -> int:
        """0 when it is whole, that of the error when nothing went well, else 3."""
        if self.is_whole:
            return 0
        return self.error.exit_code if self.error is not None else 3


def _has_word(one: Performed) -> bool:
    """Whether a copy was made with a warning, or without all of it."""
    return one.done is not None and bool(one.done.note or one.done.unread)
