"""A backup run in words and as JSON."""

from __future__ import annotations

from typing import Any

from phoenix_dr import codec
from phoenix_dr.app.backup import BackupReport
from phoenix_dr.render.backup import failed, lines
from phoenix_dr.render.view import View


def backup_text(report: BackupReport, seen: View) -> str:
    """One line per service, then what failed, what could not be read, what was left out."""
    made = [copy.point for copy in report.copies if copy.point is not None]
    shown = list(lines(made, seen)) if made else []
    for copy in report.copies:
        if copy.error is not None:
            shown.append(failed(copy.asset, copy.engine, error=copy.error, view=seen))
        for path in copy.unread[:5]:
            shown.append(f"  {seen.say('report.backup.unread', {'path': path})}")
    shown += [
        f"  {seen.say('report.skipped.' + skipped.reason, {'asset': skipped.asset})}"
        for skipped in report.skipped
    ]
    return "\n".join(shown)


def backup_json(report: BackupReport) -> dict[str, Any]:
    """Copies with their points or error codes."""
    return {
        "ok": report.is_whole,
        "copies": [
            {
                "asset": copy.asset,
                "engine": copy.engine,
                "location": copy.location,
                "seconds": round(copy.seconds, 3),
                "point": codec.encode(copy.point) if copy.point else None,
                "unread": list(copy.unread),
                "error": copy.error.code if copy.error else None,
            }
            for copy in report.copies
        ],
        "skipped": [{"asset": each.asset, "reason": each.reason} for each in report.skipped],
    }
