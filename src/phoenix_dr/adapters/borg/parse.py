"""What borg prints, as core values. Pure; every answer is taken for hostile."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from phoenix_dr.core.evidence import RecoveryPoint
from phoenix_dr.core.model import EngineSpec
from phoenix_dr.errors import EngineError

_ID = re.compile(r"[0-9a-f]{64}")
_CHECKPOINT = re.compile(r"\.checkpoint(\.\d+)?$")
_FREED = re.compile(r"compaction freed about (?P<count>[0-9.]+) (?P<unit>[kMGTPEZY]?)B ")
_UNITS = " kMGTPEZY"


@dataclass(frozen=True, slots=True)
class Listed:
    """The points that belong to assets, and the exact name of every archive by its id."""

    points: tuple[RecoveryPoint, ...]
    names: Mapping[str, str]

    @property
    def foreign(self) -> int:
        """How many archives belong to no asset."""
        return len(self.names) - len(self.points)


def archives(answer: bytes, spec: EngineSpec) -> Listed:
    """The answer of `list --json`. One row that makes no sense spoils the whole answer."""
    try:
        rows = json.loads(answer)["archives"]
        names = {_id(row["id"]): _name(row) for row in rows}
        points = [_point(row, spec) for row in rows]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise EngineError("answer-confused", engine=spec.id) from error
    if len(names) != len(points):
        raise EngineError("answer-confused", engine=spec.id)
    return Listed(tuple(point for point in points if point is not None), names)


def asset_of(name: str, spec: EngineSpec) -> str | None:
    """The asset an archive of this name belongs to (longest beginning wins), None when foreign."""
    fitting = [prefix for prefix in spec.archives if name.startswith(prefix)]
    return spec.archives[max(fitting, key=len)] if fitting else None


def freed(stderr: bytes) -> int | None:
    """Bytes `compact --info` says it freed, rounded as it rounds; None when it does not say."""
    found = _FREED.search(stderr.decode("utf-8", "replace"))
    if found is None:
        return None
    return round(float(found["count"]) * float(1000 ** _UNITS.index(found["unit"] or " ")))


def _point(row: Mapping[str, Any], spec: EngineSpec) -> RecoveryPoint | None:
    name = _name(row)
    asset = asset_of(name, spec)
    if asset is None:
        return None
    return RecoveryPoint(
        id=row["id"],
        asset=asset,
        engine=spec.id,
        location=spec.location,
        taken_at=_moment(row["start"]),
        complete=False if _CHECKPOINT.search(name) else None,
    )


def _id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError("no archive id")
    return value


def _name(row: Mapping[str, Any]) -> str:
    # `archive` lacks what is not UTF-8; `barchive` is the name as it is.
    name = row.get("barchive", row["archive"])
    if not isinstance(name, str):
        raise TypeError("not a text")
    return name


def _moment(text: str) -> datetime:
    """borg 1.2 writes local times without a zone; it is run with TZ=UTC."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
