"""Longhorn : ce qu'il ne sait pas garder."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "error.longhorn-keep-all": "Longhorn garde un nombre de copies, et cette règle n'en donne pas",
    "hint.longhorn-keep-all": "Écrivez `keep: {{last: 7}}` ou `keep: {{within: 30d}}`.",
    "error.longhorn-keep-both": "Longhorn garde un seul nombre de copies ; cette règle en dit deux",
    "hint.longhorn-keep-both": "Gardez soit `last`, soit `within`.",
    "error.longhorn-keep-many": "{count} copies dépassent ce que Longhorn garde ({most})",
    "hint.longhorn-keep-many": "Exécutez moins souvent, ou gardez moins longtemps.",
}
