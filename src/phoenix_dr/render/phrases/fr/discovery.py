"""Les mots de `phoenix init` et de `phoenix generate timers`, en français."""

PHRASES: dict[str, str] = {
    "timer.backup": "Phoenix : sauvegarder",
    "timer.observe": "Phoenix : voir ce que contiennent les moteurs",
    "timer.canary": "Phoenix : écrire le battement dans les données vivantes",
    "timer.drill": "Phoenix : restaurer ce qui attend sa preuve depuis le plus longtemps",
    "timer.audit": "Phoenix : auditer et rendre compte",
    "timer.crontab": "Écrit par phoenix generate timers ; à installer avec : crontab FICHIER\n"
    "Le cron de Debian ignore CRON_TZ et suit le fuseau horaire de la machine.",
    "error.schedule-not-expressible": "la planification « {expression} » ne peut pas s’écrire "
    "sous cette forme",
    "hint.schedule-not-expressible": "utilisez des jours du mois et de la semaine sans L, W ni #, "
    "ou l’autre forme (unités systemd, --crontab)",
    "error.path-not-for-crontab": "une crontab ne peut pas contenir le chemin {path}",
    "hint.path-not-for-crontab": "utilisez les unités systemd, ou un chemin sans guillemets ni "
    "saut de ligne",
    "error.path-not-for-systemd": "systemd ne peut pas lancer un programme placé en {path}",
    "hint.path-not-for-systemd": "installez Phoenix sous un chemin sans guillemets ni saut de "
    "ligne",
    "estate.head": "Écrit par phoenix init le {date} d’après ce qui se trouve sur cette machine.\n"
    "Rien d’autre n’a été modifié. Remplacez chaque TODO, retirez ce qui ne compte pas,\n"
    "puis : phoenix config check",
    "estate.here": "cette machine",
    "estate.hosts": "domaines de panne : site > machine > disque",
    "estate.site": "où elle se trouve : maison, bureau, parents…",
    "estate.elsewhere": "la machine ou le fournisseur qui garde la copie hors site",
    "estate.share": "sert {path} : le site où elle se trouve",
    "estate.locations": "où sont les copies ; « hors site » se déduit du site de la machine",
    "estate.local": "un autre disque que celui qui porte les données",
    "estate.mount": "pas monté = refus, jamais un dossier vide",
    "estate.mounts": "autres systèmes de fichiers montés ici :",
    "estate.engines": "les outils qui copient ; un mot de passe est toujours une référence "
    "(file:, env:)",
    "estate.offsite": "par exemple sftp:user@host:/path, rest:https://host/, "
    "s3:https://host/bucket",
    "estate.borg": "pas encore : dépôt borg {path}",
    "estate.policies": "planification + rétention + raison + destinations",
    "estate.twice": "deux fois : une seule par jour ne tient pas « moins de 24 h »",
    "estate.because": "une erreur se voit dans la semaine, une perte lente dans les six mois",
    "estate.schedules": "déjà planifié ici ; gardez ou remplacez, mais pas les deux sans le "
    "savoir :",
    "estate.services": "ce dont on se sert ; criticality : critical, important ou nice-to-have",
    "estate.system": "la configuration de cette machine",
    "estate.compose": "d’après {path} ; les volumes nommés sont ailleurs : ajoutez-les",
    "estate.sqlite": "tenu ouvert par {program}",
    "estate.later": "pas encore : serveur {kind}, données {data}",
    "estate.contained": "dans un conteneur : {path} ({program}) ; indiquez le chemin de son "
    "volume sur l’hôte",
    "estate.unwritable": "impossible à écrire en YAML : {path}",
    "estate.keys": "ce qui ouvre les copies ; deux endroits au moins, dont un loin d’ici",
    "estate.key": "pas encore, mais gardez-en une copie : clé {kind} {path}",
    "estate.unseen": "Pas regardé ; ce qui s’y trouve est inconnu :",
    "estate.more": "et {count} de plus",
    "unseen.processes-hidden": "{count} processus cachent leurs fichiers ouverts ; lancez phoenix "
    "init en root",
    "unseen.place-is-a-link": "{path} est un lien et n’a pas été suivi",
    "unseen.network-place": "{path} est un montage réseau et n’a pas été parcouru",
    "unseen.directory-too-large": "{path} a trop d’entrées ; une partie seulement a été regardée",
    "unseen.directory-hidden": "{path} n’est pas lisible par cet utilisateur",
    "unseen.search-stopped": "la recherche s’est arrêtée à sa limite ; il restait {count} "
    "dossiers, dont {path}",
}
