"""Which period Loki really holds entries of: its oldest and newest, found window by window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from phoenix_dr.adapters._http import Server
from phoenix_dr.adapters.loki import parse
from phoenix_dr.core.evidence import Span
from phoenix_dr.errors import EngineError, EngineUnreachable

WINDOW = timedelta(days=30)
"""Loki refuses queries over more than `max_query_length`, 721 hours unless set."""
MOST_WINDOWS = 24
MOST_LABELS = 4
SECONDS = 300.0
"""How long looking for spans may take altogether."""
USUAL = ("service_name", "job", "namespace", "app", "host", "hostname", "instance", "filename")
"""Labels that agents and Loki itself put on every stream."""

Window = tuple[datetime, datetime]


def windows(now: datetime, horizon: timedelta | None, length: timedelta) -> list[Window]:
    """Periods of at most `length` up to now, oldest first: as far as the horizon and one more.

    Never more than MOST_WINDOWS; a horizon of None (for ever) gives as many.
    """
    count = MOST_WINDOWS if horizon is None else min(MOST_WINDOWS, -(-horizon // length) + 1)
    return [(now - length * (n + 1), now - length * n) for n in reversed(range(count))]


@dataclass(frozen=True, slots=True)
class Look:
    """Asks one server about its entries. `until` ends the whole look, on the monotonic clock."""

    server: Server
    until: float

    def spans(self, streams: Iterable[str], among: Sequence[Window]) -> tuple[Span, ...]:
        """What is held of everything (stream "") and of each selector; a stream without is absent.

        Everything is what carries one of up to MOST_LABELS labels. Raises EngineError.
        """
        named = [(window, self._labels(window)) for window in among]
        held = [(window, names) for window, names in named if names]
        whole = self._span("", [(window, _queries(names)) for window, names in held])
        found = [
            self._span(stream, [(window, (stream,)) for window, _ in held])
            for stream in dict.fromkeys(streams)
            if stream
        ]
        own = [span for span in found if span is not None]
        if whole is None:
            if held:
                # Labels without an entry: a query that shows nothing must not pass for no data.
                raise EngineError("answer-confused", engine=self.server.engine)
            return ()
        since = min(span.since for span in (whole, *own))
        until = max(span.until for span in (whole, *own))
        return (replace(whole, since=since, until=until), *own)

    def reaches(self, window: Window) -> bool:
        """Whether anything is held in a window."""
        return bool(self._labels(window))

    def _span(self, stream: str, asked: Sequence[tuple[Window, tuple[str, ...]]]) -> Span | None:
        since = next(self._edges(asked, "forward"), None)
        until = next(self._edges(asked[::-1], "backward"), None)
        if since is None or until is None:
            return None
        size = self._size([(window, each) for window, each in asked if window[1] >= since])
        return Span(self.server.engine, stream, since, until, size)

    def _edges(
        self, asked: Iterable[tuple[Window, tuple[str, ...]]], direction: str
    ) -> Iterator[datetime]:
        outermost = min if direction == "forward" else max
        for window, queries in asked:
            found = [
                moment for query in queries for moment in self._entries(query, window, direction)
            ]
            if found:
                yield outermost(found)

    def _entries(self, query: str, window: Window, direction: str) -> tuple[datetime, ...]:
        asked = {"query": query, "limit": "1", "direction": direction}
        answer = self._get("query_range", window, asked)
        try:
            found = parse.moments(answer)
        except ValueError:
            raise EngineError("answer-confused", engine=self.server.engine) from None
        if any(not window[0] <= moment <= window[1] for moment in found):
            raise EngineError("answer-confused", engine=self.server.engine)
        return found

    def _labels(self, window: Window) -> tuple[str, ...]:
        try:
            return parse.labels(self._get("labels", window, {}))
        except ValueError:
            raise EngineError("answer-confused", engine=self.server.engine) from None

    def _size(self, asked: Iterable[tuple[Window, tuple[str, ...]]]) -> int | None:
        """Bytes of log text as the index counts them; None where a version does not count."""
        total = 0
        for window, queries in asked:
            try:
                answers = [self._get("index/stats", window, {"query": each}) for each in queries]
            except EngineError:
                return None
            total += max((parse.size(answer) or 0 for answer in answers), default=0)
        return total or None

    def _get(self, name: str, window: Window, asked: Mapping[str, str]) -> Any:
        if monotonic() >= self.until:
            detail = f"{self.server.host} (timeout)"
            raise EngineUnreachable("network", engine=self.server.engine, detail=detail)
        start, end = (str((each - parse.EPOCH) // parse.TICK * 1000) for each in window)
        return self.server.get_json(
            f"/loki/api/v1/{name}", params={**asked, "start": start, "end": end}
        )


def _queries(names: Iterable[str]) -> tuple[str, ...]:
    """Selectors that together find what carries one of the most usual labels."""
    fit = [name for name in sorted(names) if parse.is_label(name)]
    ranked = sorted(fit, key=lambda name: USUAL.index(name) if name in USUAL else len(USUAL))
    return tuple(f'{{{name}=~".+"}}' for name in ranked[:MOST_LABELS])
