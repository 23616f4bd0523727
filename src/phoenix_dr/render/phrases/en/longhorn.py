"""Longhorn: what it cannot keep."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "error.longhorn-keep-all": "Longhorn keeps a number of copies, and this rule names none",
    "hint.longhorn-keep-all": "Write `keep: {{last: 7}}` or `keep: {{within: 30d}}`.",
    "error.longhorn-keep-both": "Longhorn keeps one number of copies, and this rule names two",
    "hint.longhorn-keep-both": "Keep either `last` or `within`.",
    "error.longhorn-keep-many": "{count} copies are more than Longhorn keeps ({most})",
    "hint.longhorn-keep-many": "Run less often, or keep for a shorter time.",
}
