"""Fautes des moteurs qui contiennent des invités dans phoenix.yaml, en français."""

PHRASES: dict[str, str] = {
    "config.guest-of-pbs": "{engine} connaît les invités par les numéros de {guests} ; écrivez {guests}/NUMÉRO",
    "config.proxmox-login": "indiquez soit token, soit user et password ensemble",
    "config.job-elsewhere": "la politique {policy} n’envoie rien à {engine} ; ajoutez {engine}/STOCKAGE à son to:, ou retirez cette tâche",
    "config.job-all-and-pool": "une tâche prend tous les invités ou ceux d’un pool, pas les deux",
    "config.job-exclude": "exclude retire des invités de all ou d’un pool ; indiquez l’un des deux",
    "config.drills-over-guest": "{guest} est parmi les numéros réservés aux exercices, où l’on restaure et détruit ; choisissez une plage qu’aucun invité n’occupe",
    "config.bad-numbers": "« {given} » n’est pas une plage de numéros d’invités ; écrivez PREMIER-DERNIER, par exemple 9000-9099 : de 100 à 999999999, 1000 numéros au plus",
    "config.bad-job-id": "« {given} » ne peut être l’identifiant d’une tâche : une lettre d’abord, puis lettres, chiffres, - et _, de 2 à 50 caractères",
    "config.bad-login": "le compte s’écrit UTILISATEUR@DOMAINE, par exemple root@pam",
    "config.bad-pve-name": "« {given} » n’est pas un nom que Proxmox accepte : lettres, chiffres et . _ -",
    "config.long-notes": "les notes ont {most} caractères au plus",
    "config.bad-datastore": "« {given} » n’est pas un datastore ; écrivez DATASTORE ou DATASTORE/ESPACE",
    "config.guests-elsewhere": "{engine} est de type {kind} ; indiquez le moteur de type proxmox ou vzdump dont ce serveur garde les invités",
    "config.pbs-destination": "{engine} est rempli par Proxmox ; indiquez le stockage de Proxmox qui s’y trouve, par exemple {guests}/STOCKAGE",
    "config.bad-dump": "écrivez un chemin absolu, rclone:REMOTE:CHEMIN ou ssh://UTILISATEUR@HÔTE[:PORT]/CHEMIN, sans mot de passe",
    "config.dump-key": "{key} n’a de sens que pour un directory qui commence par {prefix}",
}
