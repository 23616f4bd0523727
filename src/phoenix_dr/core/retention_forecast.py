"""What a simulation of retention answers: forecasts, their difference, and what they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from phoenix_dr.core.cadence import Words
from phoenix_dr.core.model import RetentionRule

RECENT = timedelta(days=30)
"""The stretch before the newest point in which a hole hurts most."""


@dataclass(frozen=True, slots=True)
class Window:
    """A store that holds every moment of the last `within` (None: for ever), from `since` on."""

    zone: tzinfo
    since: datetime
    within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Extents:
    """What can be restored at one moment.

    `oldest` is the oldest point held and `reach` how far back it lies; `hole` is the longest
    distance between two neighbours held; `recent_hole` the longest stretch without a point in
    the RECENT before the newest, so that a history that ends inside it is a hole too. `count`
    is None for a store of samples.
    """

    at: datetime
    count: int | None
    oldest: datetime | None
    reach: timedelta
    hole: timedelta
    recent_hole: timedelta


@dataclass(frozen=True, slots=True)
class Worst:
    """The least reach and the longest holes seen right after any clean-up from `since` on."""

    since: datetime
    reach: timedelta
    hole: timedelta
    recent_hole: timedelta


@dataclass(frozen=True, slots=True)
class Forecast:
    """One regime carried out to the horizon.

    `days` are the local days of which something is held at the end, oldest first; `weeks` the
    state every seven days from now. `steady_from` is when all parts of the rule were first
    filled, `growing` names those that never were. `worst` is None when the simulation began
    with nothing and never became steady: then every figure only tells how young it is.
    """

    name: str
    runs: int
    end: Extents
    worst: Worst | None
    steady_from: datetime | None
    growing: tuple[str, ...]
    days: tuple[date, ...]
    weeks: tuple[Extents, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Local days only one of two regimes can restore at the horizon, and how many both can."""

    only_first: tuple[date, ...]
    only_second: tuple[date, ...]
    both: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """Regimes carried out side by side from `now` to `horizon`; `held` points were the start."""

    now: datetime
    horizon: datetime
    held: int
    forecasts: tuple[Forecast, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """What one forecast stands for: whose reading, which rule, when it runs (`schedule.CODE`)."""

    name: str
    engine: str
    rule: RetentionRule
    schedule: Words


@dataclass(frozen=True, slots=True)
class Told:
    """A simulation with what it is about: sides in the order of the forecasts.

    `engine` holds the points of `asset` it began with; both are "" when it began with nothing.
    `compared` says that the second side is an alternative to the first.
    """

    simulation: Simulation
    sides: tuple[Side, ...]
    asset: str = ""
    engine: str = ""
    compared: bool = False

    @property
    def difference(self) -> Difference | None:
        """What each of two compared sides keeps alone; None when nothing is compared."""
        return difference(*self.simulation.forecasts) if self.compared else None


def difference(first: Forecast, second: Forecast) -> Difference:
    """What one forecast restores at the horizon that the other does not, by local day."""
    one, other = set(first.days), set(second.days)
    return Difference(tuple(sorted(one - other)), tuple(sorted(other - one)), len(one & other))
