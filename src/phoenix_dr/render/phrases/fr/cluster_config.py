"""Fautes des moteurs d'un cluster Kubernetes dans phoenix.yaml, en français."""

PHRASES: dict[str, str] = {
    "config.bad-kube-name": "« {given} » n’est pas un nom d’espace de noms : minuscules, chiffres et -",
    "config.bad-volumes": "« {given} » ne désigne aucun PVC ; écrivez MOTEUR/ESPACE/NOM, par exemple longhorn/media/*",
    "config.volumes-elsewhere": "{engine} est de type {kind} et ne contient aucun PVC ; nommez un moteur de type longhorn ou velero",
}
