"""Every sentence Phoenix says, by code and language.

An area is a module `fr/AREA.py` and its twin `en/AREA.py`. Only the language asked for is
loaded, once. A placeholder may carry a format of ours: `{age:duration}` (seconds), `{size:size}`
(bytes), `{milli:points}` (thousandths of a score point), `{line:d}` (digits without grouping);
a bare whole number is grouped by thousands.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache

LANGUAGES = ("fr", "en")


def sentence(language: str, code: str, /, **parameters: str | int | float) -> str:
    """The phrase `code` in `language`, filled in. KeyError: unknown code or missing parameter."""
    filled = {name: _quantity(value, language) for name, value in parameters.items()}
    return phrases(language)[code].format(**filled)


@cache
def phrases(language: str) -> Mapping[str, str]:
    """All phrases of a language, of every area. ValueError when two areas claim one key."""
    package = importlib.import_module(f"{__name__}.{language}")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    areas = (importlib.import_module(f"{package.__name__}.{name}") for name in names)
    return merged((area.__name__, area.PHRASES) for area in areas)


def merged(areas: Iterable[tuple[str, Mapping[str, str]]]) -> Mapping[str, str]:
    """One dictionary out of (area, phrases) pairs. ValueError when two areas claim one key."""
    together: dict[str, str] = {}
    for area, phrases_of_area in areas:
        if twice := together.keys() & phrases_of_area.keys():
            raise ValueError(f"{area} repeats phrases of another area: {sorted(twice)}")
        together.update(phrases_of_area)
    return together


class Quantity(float):
    """A number inside a phrase; the format after the colon says what it measures."""

    language: str = "en"

    def __format__(self, form: str) -> str:
        from phoenix_dr.render import units

        if form == "duration":
            return units.duration(float(self), self.language)
        if form == "size":
            return units.size(int(self), self.language)
        if form == "points":
            return units.points(int(self))
        if not self.is_integer():
            return format(float(self), form)
        return format(int(self), form) if form else units.number(int(self))


def _quantity(value: str | int | float, language: str) -> str | Quantity:
    if isinstance(value, str):
        return value
    quantity = Quantity(value)
    quantity.language = language
    return quantity
