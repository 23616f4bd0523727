"""Ce que montre un regard sur un moteur : ses invités, ses tâches, ses stockages. French."""

PHRASES: dict[str, str] = {
    "error.shows-no-guests": "le moteur {engine} ne montre ni invités, ni tâches, ni stockages",
    "hint.shows-no-guests": "Seuls les moteurs de type proxmox le font ; ce que détiennent les autres : phoenix points list",
    "error.proxmox-configs-unread": "la configuration d’invités du moteur {engine} n’a pas pu être lue : {detail}",
    "hint.proxmox-configs-unread": "Ce qu’une sauvegarde en laisse de côté n’est connu que là où une tâche le dit.",
    "error.proxmox-disks-unseen": "des invités du moteur {engine} ont des disques dans des arguments bruts (args:) : {detail}",
    "hint.proxmox-disks-unseen": "Proxmox ne connaît pas ces disques et aucune de ses sauvegardes ne les contient : sauvegardez-les depuis l’intérieur de l’invité.",
}
