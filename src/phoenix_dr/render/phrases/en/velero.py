"""Velero: what could not be seen, and what an account may read, in English."""

PHRASES: dict[str, str] = {
    "error.velero-location-undescribed": "{engine}: backups lie at the location {detail}, which phoenix.yaml does not name",
    "hint.velero-location-undescribed": "Name it in `locations:`, with the place it is; until then its backups do not count.",
    "error.velero-backup-untold": "{engine}: the backup {detail} is finished and does not say when it began",
    "hint.velero-backup-untold": "Look at it: velero backup describe {detail} --details.",
    "error.velero-data-untold": "{engine}: this cluster was made anew, and no longer says whose volumes its older backups hold",
    "hint.velero-data-untold": "Only the store knows: velero backup describe NAME --details. The next backup will say it again.",
    "velero.version": "Kubernetes {version}",
    "velero.sees.list.yes": "reads {subject}",
    "velero.sees.list.no": "does not read {subject}",
    "velero.roles": "What gives it more, to be run by an administrator of the cluster:",
    "velero.role.audit": "look only (it reads no secret and changes nothing):",
}
