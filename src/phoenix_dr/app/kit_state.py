"""Kits in the ledger: a note when one is made or opened, and what those notes say together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from phoenix_dr import codec
from phoenix_dr.app.context import Context
from phoenix_dr.app.keys_found import mark
from phoenix_dr.core import kit
from phoenix_dr.core.kit import KitMade, KitProof, Manifest
from phoenix_dr.core.kit_state import (
    KeyDates,
    KitLook,
    KitMaking,
    KitState,
    KitTrial,
    newest,
    outdated,
)
from phoenix_dr.core.model import EngineSpec, SecretRef
from phoenix_dr.ledger import Kind

MADE, TRIED = "kit-made", "kit-tried"


def note_made(ctx: Context, made: KitMade, manifest: Manifest) -> None:
    """Remember a kit by date, names and public fingerprints."""
    files = tuple(str(Path(each).resolve()) for each in made.files)
    value = KitMaking(manifest.made_at, made.elements, files, dates(ctx).marks)
    ctx.ledger.append(Kind.NOTE, MADE, value, at=ctx.now())


def note_tried(ctx: Context, found: KitProof, elements: tuple[str, ...]) -> None:
    """Remember how the trial of a kit went; `elements` are what it says it holds."""
    said = [answer.ok for answer in found.answers]
    ok = True if found.is_good else False if False in said else None
    path = str(Path(found.kit).resolve())
    value = KitTrial(ctx.now(), path, found.made_at, ok, elements)
    ctx.ledger.append(Kind.NOTE, TRIED, value, at=value.tried_at)


def state(ctx: Context) -> KitState | None:
    """The newest kit known, None while none is; asks no engine and opens nothing."""
    made = (codec.decode(KitMaking, value) for value in _notes(ctx, MADE))
    tried = (codec.decode(KitTrial, value) for value in _notes(ctx, TRIED))
    return newest(made, tried)


def look(ctx: Context) -> KitLook:
    """The newest kit, and what it lacks or holds as it was once."""
    known = state(ctx)
    return KitLook(known, outdated(known, ctx.estate, dates(ctx)) if known else ())


def dates(ctx: Context) -> KeyDates:
    """Public fingerprints of the age keys, and when each file a kit copies was last changed."""
    marks = {key.name: mark(key.age) for key in ctx.estate.keys.values() if key.age}
    return KeyDates(marks, dict(_changed(ctx)))


def _notes(ctx: Context, subject: str) -> Iterator[object]:
    for row in ctx.ledger.rows(kinds=(Kind.NOTE,), subject=subject):
        yield row.value


def _changed(ctx: Context) -> Iterator[tuple[str, datetime]]:
    for spec in ctx.estate.engines.values():
        for element, ref in _references(spec):
            if ref.scheme == "file" and (at := _written(ref.name)):
                yield element, at
    for key in ctx.estate.keys.values():
        if key.age and (at := _written(key.age)):
            yield kit.identity(key.name), at


def _references(spec: EngineSpec) -> Iterator[tuple[str, SecretRef]]:
    if spec.password:
        yield kit.password(spec.id), spec.password
    for name, ref in spec.environment.items():
        yield kit.environment(spec.id, name), ref


def _written(path: str) -> datetime | None:
    """When a file was last written; None where that cannot be asked."""
    try:
        return datetime.fromtimestamp(Path(path).expanduser().stat().st_mtime, UTC)
    except (OSError, OverflowError, ValueError):
        return None
