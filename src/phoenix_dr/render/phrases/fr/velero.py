"""Velero : ce qui n'a pas pu être vu, et ce qu'un compte peut lire, en français."""

PHRASES: dict[str, str] = {
    "error.velero-location-undescribed": "{engine} : des sauvegardes sont à l’emplacement {detail}, que phoenix.yaml ne nomme pas",
    "hint.velero-location-undescribed": "Nommez-le dans `locations:`, avec l’endroit qu’il est ; d’ici là ses sauvegardes ne comptent pas.",
    "error.velero-backup-untold": "{engine} : la sauvegarde {detail} est finie et ne dit pas quand elle a commencé",
    "hint.velero-backup-untold": "Regardez-la : velero backup describe {detail} --details.",
    "error.velero-data-untold": "{engine} : ce cluster a été refait, et ne dit plus quels volumes ses anciennes sauvegardes contiennent",
    "hint.velero-data-untold": "L’entrepôt seul le sait : velero backup describe NOM --details. La prochaine sauvegarde le dira à nouveau.",
    "velero.version": "Kubernetes {version}",
    "velero.sees.list.yes": "lit {subject}",
    "velero.sees.list.no": "ne lit pas {subject}",
    "velero.roles": "Ce qui lui en donne plus, à lancer par un administrateur du cluster :",
    "velero.role.audit": "seulement regarder (il ne lit aucun secret et ne change rien) :",
}
