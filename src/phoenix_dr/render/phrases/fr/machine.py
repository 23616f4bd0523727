"""Exercices sur machines et conteneurs, partout, en français."""

PHRASES: dict[str, str] = {
    "check.archive-content.ok": "l’extraction a comparé chaque octet aux sommes de contrôle de la compression",
    "check.archive-content.ko": "le contenu diffère des sommes de contrôle de la compression",
    "check.archive-content.skipped": "personne n’a vérifié le contenu : cette archive n’a de somme de contrôle que sur ses en-têtes",
    "check.guest-owners.ok": "les fichiers ont les propriétaires que l’invité connaît",
    "check.guest-owners.ko": "{path} devrait être à root et appartient à {owner} : les identifiants ont été décalés",
    "check.guest-owners.skipped": "les propriétaires n’ont pas été regardés",
    "check.guest-privileged.ok": "archive privilégiée, lancée sans privilèges",
    "check.guest-privileged.ko": "archive privilégiée, lancée avec ses privilèges",
    "check.guest-privileged.skipped": "archive privilégiée, non lancée",
    "check.guest-programs.ok": "son shell et ses bibliothèques fonctionnent ; son service n’a pas été démarré",
    "check.guest-programs.ko": "même son propre shell ne fonctionne pas : {detail}",
    "check.guest-programs.skipped": "ses programmes n’ont pas été essayés ({reason} {detail})",
    "check.vm-service.ok": "sa console a dit « {mark} »",
    "check.vm-service.ko": "sa console n’a jamais dit « {mark} »",
    "check.vm-service.skipped": "on ne sait pas si son service répond ({reason}) : nommez un texte qu’il écrit sur la console série",
}
