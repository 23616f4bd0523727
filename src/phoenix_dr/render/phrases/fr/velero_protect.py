"""Planifications de Velero : ce qui ne peut être dit, posé, vérifié ou lancé. Français."""

from __future__ import annotations

PHRASES: dict[str, str] = {
    "error.velero-schedule-twice": "des politiques partageraient la planification {schedule} (la dernière : {policy})",
    "hint.velero-schedule-twice": "Donnez aux politiques des noms qui diffèrent par des lettres ou des chiffres.",
    "error.velero-keep-count": "Velero garde une sauvegarde pendant une durée, et « {rule}: {count} » n’en est pas une avec cette planification",
    "hint.velero-keep-count": "Donnez à ces données une politique avec « keep: {{within: 30d}} », ou avec « last ».",
    "error.velero-keep-all": "Velero supprime toute sauvegarde après une durée, et cette règle n’en nomme aucune",
    "hint.velero-keep-all": "Écrivez « keep: {{within: 30d}} » ou « keep: {{last: 7}} ».",
    "error.velero-keep-long": "{days} jours, c’est plus que Phoenix ne laisse Velero garder une sauvegarde",
    "hint.velero-keep-long": "Gardez 20 ans au plus.",
    "error.schedules-unreadable": "{engine} : rien ne peut être planifié, car ces listes n’ont pas pu être lues : {lists}",
    "hint.schedules-unreadable": "Donnez au compte le droit de les lister : phoenix engine check {engine}.",
    "error.velero-schedule-narrowed": "quelqu’un a restreint {schedule} par des étiquettes, des espaces de noms ou des types d’objets ; Phoenix ne verrait pas ce qui est laissé de côté",
    "hint.velero-schedule-narrowed": "Retirez cela de son modèle à la main (kubectl edit), ou donnez-lui un autre nom.",
    "error.velero-no-namespace-fits": "{engine} : aucun espace de noms ne correspond à {pattern}",
    "hint.velero-no-namespace-fits": "Vérifiez le motif dans phoenix.yaml ; une planification sans espace de noms les sauvegarderait tous.",
}
