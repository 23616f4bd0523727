"""Why a point is kept or removed, and what is wrong with a rule or a calendar event."""

PHRASES: dict[str, str] = {
    "keep.last": "one of the most recent points the rule counts",
    "keep.hourly": "stands for its hour",
    "keep.daily": "stands for its day",
    "keep.weekly": "stands for its week",
    "keep.monthly": "stands for its month",
    "keep.yearly": "stands for its year",
    "keep.within": "young enough for the duration kept",
    "keep.oldest": "the oldest point: the tool keeps it while the rule has places left",
    "keep.keep-all": "no rule is set: everything is kept",
    "keep.protected": "protected: no rule touches it",
    "keep.unfinished": "unfinished, and newer than every finished point",
    "keep.newest": "the newest point: Phoenix never removes it; the tool alone would",
    "keep.future": "dated in the future, so its age is unknown: Phoenix keeps it; the tool alone "
    "would not",
    "remove.no-rule": "no rule keeps it",
    "remove.expired": "older than the duration kept",
    "remove.unfinished": "unfinished, and a newer point exists",
    "schedule.workdays": "Monday to Friday at {times}",
    "schedule.weekends": "Saturday and Sunday at {times}",
    "error.retention-negative": "a retention rule cannot keep {count:d} ({rule})",
    "hint.retention-negative": "Give a number from 1 up, or leave {rule} out.",
    "error.retention-unsupported": "{engine} has no retention by {rule}",
    "hint.retention-unsupported": "Ignoring it would remove more than you asked. Use a rule "
    "{engine} has: see docs/retention.md.",
    "error.point-twice": "two points have the id {point}",
    "hint.point-twice": "Nothing is removed: it could not be said which of the two is meant.",
    "error.calendar-invalid": "{expression} is not a Proxmox calendar event",
    "hint.calendar-invalid": "For example: 21:00 or mon..fri 8..17:0/30. A number alone is a "
    "minute, not an hour.",
}
