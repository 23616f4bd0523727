"""How a value is to be shown: language, time zone, width, and what the places mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from string import Formatter

from phoenix_dr.render import text
from phoenix_dr.render.phrases import phrases, sentence

Parameters = Mapping[str, str | int] | Iterable[tuple[str, str | int]]


class Safe(str):
    """Text that is already harmless where it will stand, so that it is never escaped twice."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class View:
    """Language, the estate's zone, terminal columns, and names of special locations.

    `simulated` only pretend to be elsewhere; `off_site` lie at another site than the data.
    `in_markdown` decides how foreign text is made harmless.
    """

    language: str
    zone: tzinfo
    width: int = 100
    simulated: frozenset[str] = field(default_factory=frozenset)
    off_site: frozenset[str] = field(default_factory=frozenset)
    in_markdown: bool = False

    def for_markdown(self) -> View:
        """The same view for a file."""
        return replace(self, in_markdown=True)

    def safe(self, foreign: str) -> Safe:
        """Text that came from outside, unable to disturb the page."""
        if isinstance(foreign, Safe):
            return foreign
        return Safe(text.markdown(foreign) if self.in_markdown else text.clean(foreign))

    def say(self, code: str, parameters: Parameters = ()) -> Safe:
        """The phrase `code`, foreign parameters made safe; the bare facts when it is missing."""
        return say(self.language, code, parameters, safe=self.safe)

    def knows(self, code: str) -> bool:
        """Whether there is a phrase of this code."""
        return code in phrases(self.language)

    def fills(self, code: str, parameters: Mapping[str, object]) -> bool:
        """Whether there is a phrase of this code and these parameters are all it needs."""
        phrase = phrases(self.language).get(code)
        needed = {name for _, name, _, _ in Formatter().parse(phrase or "") if name}
        return phrase is not None and needed <= parameters.keys()

    def join(self, parts: Iterable[str], between: str = ", ") -> Safe:
        """Parts in one line, foreign ones made safe."""
        return Safe(between.join(map(self.safe, parts)))

    def place(self, location: str) -> Safe:
        """A location's name, marked when it is only simulated."""
        name = self.safe(location)
        if location not in self.simulated:
            return name
        return self.say("word.simulated-place", {"place": location})


def say(
    language: str,
    code: str,
    parameters: Parameters = (),
    *,
    safe: Callable[[str], Safe] | None = None,
) -> Safe:
    """A phrase that never fails: without it (or a parameter of it) the code and the facts."""
    make_safe = safe or _clean
    facts = {
        name: make_safe(value) if isinstance(value, str) else value
        for name, value in dict(parameters).items()
    }
    try:
        return Safe(sentence(language, code, **facts))
    except (KeyError, IndexError, ValueError):
        told = ", ".join(f"{name} {value}" for name, value in facts.items())
        name = make_safe(code.partition(".")[2] or code)
        return Safe(f"{name} ({told})" if told else name)


def _clean(foreign: str) -> Safe:
    return Safe(text.clean(foreign))
