"""Un cluster qui est seulement regardé, en français."""

PHRASES: dict[str, str] = {
    "finding.claim-uncopied": "rien de ce qui est décrit ici ne copie {claim} ({driver}, {path}) ; il sert à : {users}",
    "remedy.claim-uncopied": "décrivez-le : sous un moteur de type longhorn ou velero, ou sauvegardez son dossier avec restic ; ou écartez-le avec ignore: et une raison",
}
