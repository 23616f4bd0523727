"""Where a drill restores on this machine, and the corrupted twin it may restore from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from phoenix_dr.adapters.base import Mutable
from phoenix_dr.app.drill_course import Course
from phoenix_dr.config import Settings
from phoenix_dr.core.model import EngineSpec, Estate
from phoenix_dr.errors import EngineError, UsageError
from phoenix_dr.sandboxes.directory import DirectorySandbox, Spec

UNKNOWN_SIZE = 1 << 30
"""Bytes of room asked for when no source tells a point's size."""


def drill_dir(settings: Settings) -> Path:
    """Where this user's drills restore: a folder of its own, since the parent may be shared."""
    return settings.drill_dir / f"phoenix-drills-{os.geteuid()}"


def spec(course: Course) -> Spec:
    """The folder a drill asks for, and what is kept out of its sight."""
    settings, estate = course.ctx.settings, course.ctx.estate
    sources = (asset.source for asset in estate.assets())
    local = (engine.repository for engine in estate.engines.values())
    return Spec(
        state=settings.state_dir,
        drill_dir=drill_dir(settings),
        drill=course.id,
        size=course.point.size if course.point.size is not None else UNKNOWN_SIZE,
        avoid=tuple(Path(path) for path in (*sources, *local) if path.startswith("/")),
        hide=(settings.config_path, *_secrets(estate)),
    )


def _secrets(estate: Estate) -> Iterator[Path]:
    """Files that open something; a check has no business with them."""
    for engine in estate.engines.values():
        for ref in (engine.password, *engine.environment.values()):
            if ref is not None and ref.scheme == "file":
                yield Path(ref.name)
    for key in estate.keys.values():
        yield from (Path(path) for path in (key.age, *(c.path for c in key.copies)) if path)


def twin(course: Course, sandbox: DirectorySandbox, *, of_guest: bool) -> object:
    """The engine with a corrupted copy of its repository in place of it.

    Raises UsageError `engine-no-twin`, EngineError `twin-needs-local`.
    """
    engine, point = course.engine, course.point
    if not isinstance(engine, Mutable):
        raise UsageError("engine-no-twin", engine=course.spec.id, kind=course.spec.kind)
    # Of a store of guests only the archive itself is copied.
    size = (of_guest and point.size) or _size_of(course.spec)
    into = sandbox.twin(size) / "repository"
    made = engine.mutate(point.id, point.paths, into=into, cancel=course.ctx.cancel)
    return course.ctx.build(replace(course.spec, repository=str(made.repository), locations={}))


def _size_of(engine: EngineSpec) -> int:
    """Bytes of a local repository; raises EngineError for one that is not local."""
    root = Path(engine.repository)
    if not root.is_dir():
        raise EngineError("twin-needs-local", engine=engine.id)
    return sum(path.lstat().st_size for path in root.rglob("*") if path.is_file())
