"""Pourquoi un point est gardé ou retiré ; fautes d’une règle ou d’un événement de calendrier."""

PHRASES: dict[str, str] = {
    "keep.last": "l’un des points les plus récents que compte la règle",
    "keep.hourly": "représente son heure",
    "keep.daily": "représente son jour",
    "keep.weekly": "représente sa semaine",
    "keep.monthly": "représente son mois",
    "keep.yearly": "représente son année",
    "keep.within": "assez jeune pour la durée gardée",
    "keep.oldest": "le point le plus ancien : l’outil le garde tant que la règle a de la place",
    "keep.keep-all": "aucune règle n’est donnée : tout est gardé",
    "keep.protected": "protégé : aucune règle n’y touche",
    "keep.unfinished": "inachevé, et plus récent que tout point achevé",
    "keep.newest": "le point le plus récent : Phoenix ne le retire jamais ; l’outil seul le ferait",
    "keep.future": "daté du futur, donc d’âge inconnu : Phoenix le garde ; l’outil seul ne le "
    "ferait pas",
    "remove.no-rule": "aucune règle ne le garde",
    "remove.expired": "plus ancien que la durée gardée",
    "remove.unfinished": "inachevé, et un point plus récent existe",
    "schedule.workdays": "du lundi au vendredi à {times}",
    "schedule.weekends": "le samedi et le dimanche à {times}",
    "error.retention-negative": "une règle de rétention ne peut garder {count:d} ({rule})",
    "hint.retention-negative": "Donnez un nombre à partir de 1, ou retirez {rule}.",
    "error.retention-unsupported": "{engine} ne sait pas garder par {rule}",
    "hint.retention-unsupported": "L’ignorer retirerait plus que vous ne demandez. Prenez une "
    "règle que {engine} connaît : voyez docs/retention.md.",
    "error.point-twice": "deux points portent l’identifiant {point}",
    "hint.point-twice": "Rien n’est retiré : on ne saurait dire lequel des deux est visé.",
    "error.calendar-invalid": "{expression} n’est pas un événement de calendrier Proxmox",
    "hint.calendar-invalid": "Par exemple : 21:00 ou mon..fri 8..17:0/30. Un nombre seul est une "
    "minute, pas une heure.",
}
