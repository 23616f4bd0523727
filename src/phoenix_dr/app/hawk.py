"""Alert rules in Hawk's hands: asked for once checked, closed when Prometheus has them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from phoenix_dr.app import project_requests
from phoenix_dr.app.alerts import Written
from phoenix_dr.app.context import Context
from phoenix_dr.app.handover_notes import DONE, OPEN, keep, notes, waiting
from phoenix_dr.app.project import project
from phoenix_dr.core.alerts import Alert
from phoenix_dr.core.hawk import Loading, Wanted, judge, wanted
from phoenix_dr.core.metrics import NEWEST
from phoenix_dr.core.request_lines import Sibling, asking
from phoenix_dr.errors import EngineError
from phoenix_dr.render.view import View

SUBJECT = "hawk-handover"
KIND = "prometheus"
SHORT = 8
BEST = (
    Loading.LOADED, Loading.UNHEALTHY, Loading.DIFFERENT, Loading.ABSENT, Loading.UNSEEN,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of the request: its text, `new` None where it was not written anywhere.

    `loading` is what the described Prometheus shows; None where none is described.
    """

    text: str
    new: bool | None
    loading: Loading | None


@dataclass(frozen=True, slots=True)
class Settled:
    """A handover that waited: what Prometheus shows, and whether its request was closed now."""

    digest: str
    loading: Loading | None
    checked_off: bool = False


def ask(ctx: Context, folder: Path, made: Iterable[Written], alerts: Iterable[Alert]) -> Asked:
    """Ask Hawk, in the project's memory, to load what was written and checked.

    Nothing is asked for what no program has read, nor for what Prometheus has loaded already.
    Raises UsageError when the memory cannot be written.
    """
    files = tuple(made)
    rules = wanted(alerts)
    loading = _look(ctx, rules)
    listed = _listed(rules)
    same = [note for note in notes(ctx, SUBJECT) if note["rules"] == listed]
    before = next((note for note in same if note["state"] == OPEN), None)
    digest = before["digest"] if before else _digest(listed, len(same))
    text = before["text"] if before else _text(ctx, folder, files, digest)
    here = project(folder.absolute()) or project(Path.cwd())
    ready = all(each.ok for each in files)
    if here is None or here.memory is None or not ready or (loading is Loading.LOADED):
        return Asked(text, None, loading)
    note = {"digest": digest, "rules": listed, "root": str(here.root), "text": text,
            "state": OPEN}  # fmt: skip
    if note != before:
        keep(ctx, SUBJECT, note)
    request = asking(Sibling.HAWK, text)
    new = project_requests.ask(ctx, _request(digest), request, start=here.root)
    return Asked(text, new, loading)


def settle(ctx: Context) -> tuple[Settled, ...]:
    """Ask Prometheus about every handover that waits; check off what it shows loaded.

    Asks nothing while none waits. Raises UsageError when the memory cannot be written.
    """
    return tuple(_settled(ctx, note) for note in waiting(ctx, SUBJECT))


def _settled(ctx: Context, note: dict[str, Any]) -> Settled:
    rules = {name: (said, float(lasts), severity) for name, said, lasts, severity in note["rules"]}
    loading = _look(ctx, rules)
    if loading is not Loading.LOADED:
        return Settled(note["digest"], loading)
    done = project_requests.served(ctx, _request(note["digest"]), start=Path(note["root"]))
    keep(ctx, SUBJECT, {**note, "state": DONE})
    return Settled(note["digest"], loading, done)


def _look(ctx: Context, rules: Wanted) -> Loading | None:
    """What the described Prometheus shows, the best of several; None where none is described."""
    found = set(_shown(ctx, rules))
    return next((each for each in BEST if each in found), None)


def _shown(ctx: Context, rules: Wanted) -> Iterator[Loading]:
    # Loaded here: whoever describes no Prometheus need not pay for it.
    from phoenix_dr.adapters.prometheus import Prometheus

    for name, spec in ctx.estate.engines.items():
        engine = ctx.engine(name) if spec.kind == KIND else None
        if isinstance(engine, Prometheus):
            try:
                yield judge(rules, engine.alerts())
            except EngineError:
                yield Loading.UNSEEN


def _text(ctx: Context, folder: Path, made: Iterable[Written], digest: str) -> str:
    view = View(language=ctx.language, zone=ZoneInfo(ctx.estate.timezone))
    names = ", ".join(each.path.name for each in made)
    facts = {"path": str(folder), "files": names, "metric": NEWEST, "digest": digest}
    return view.say("hawk.request", facts)


def _listed(rules: Wanted) -> list[list[Any]]:
    return [[name, *said] for name, said in sorted(rules.items())]


def _digest(listed: list[list[Any]], times: int) -> str:
    """Names one handover: other rules, or the same ones after they were closed, are another."""
    return hashlib.sha256(json.dumps([listed, times]).encode()).hexdigest()[:SHORT]


def _request(digest: str) -> str:
    """Under which a request is remembered; no engine has a colon in its name."""
    return f"hawk:{digest}"
