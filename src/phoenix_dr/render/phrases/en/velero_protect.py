"""Schedules of Velero: what cannot be said, set, verified or run now."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "error.velero-schedule-twice": "policies would share the schedule {schedule} (the last of them: {policy})",
    "hint.velero-schedule-twice": "Give the policies names that differ in letters or digits.",
    "error.velero-keep-count": "Velero keeps a backup for a time, and `{rule}: {count}` is none with this schedule",
    "hint.velero-keep-count": "Give this data a policy with `keep: {{within: 30d}}`, or with `last`.",
    "error.velero-keep-all": "Velero deletes every backup after a time, and this rule names none",
    "hint.velero-keep-all": "Write `keep: {{within: 30d}}` or `keep: {{last: 7}}`.",
    "error.velero-keep-long": "{days} days are longer than Phoenix lets Velero keep a backup",
    "hint.velero-keep-long": "Keep for 20 years at the most.",
    "error.schedules-unreadable": "{engine}: nothing can be planned, since these lists could not be read: {lists}",
    "hint.schedules-unreadable": "Give the account the right to list them: phoenix engine check {engine}.",
    "error.velero-schedule-narrowed": "somebody narrowed {schedule} by labels, namespaces or kinds of objects; Phoenix would not notice what it leaves out",
    "hint.velero-schedule-narrowed": "Take that out of its template by hand (kubectl edit), or give it another name.",
    "error.velero-no-namespace-fits": "{engine}: no namespace fits {pattern}",
    "hint.velero-no-namespace-fits": "Look at the pattern in phoenix.yaml; a schedule for no namespace would save them all.",
}
