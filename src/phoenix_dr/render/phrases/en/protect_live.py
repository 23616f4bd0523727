"""Backup jobs of a Proxmox set by Phoenix itself, and guests saved now. English."""

PHRASES: dict[str, str] = {
    "error.vzdump-pool-alone": "the job of the policy {policy} names the pool {pool} and others "
    "beside it",
    "hint.vzdump-pool-alone": "Proxmox forgets exceptions when a job is given a pool: leave “all” "
    "and “exclude” out.",
    "error.job-guests-undescribed": "the job {job} would remove archives of guests that "
    "phoenix.yaml does not describe ({guests}): what is lost there nobody counts",
    "hint.job-guests-undescribed": "Describe them, exclude them, or keep everything.",
    "error.job-changed": "job {job} of {engine} is not what the plan was made on: somebody changed it meanwhile",
    "hint.job-changed": "Nothing was written. “phoenix protect plan {engine}” shows it as it is now.",
    "error.job-right": "the token of engine {engine} may not set the job {job}: {detail} is missing",
    "hint.job-right": "Nothing was written. “phoenix engine check {engine}” shows the pveum lines of the role “apply”; or hand the job over: “phoenix protect plan {engine} --handoff DIR”.",
    "error.job-not-as-written": "job {job} of {engine} was written and reads otherwise: {names}",
    "hint.job-not-as-written": "Look at it with “pvesh get /cluster/backup/{job}”, then plan again.",
    "error.guest-unseen": "engine {engine} shows no guest {guest}: gone, or hidden from the token",
    "error.save-storage-away": "the storage {storage} of {engine} takes no backup on node {node} now",
    "hint.save-storage-away": "Is it mounted there, switched on, and allowed to hold backups?",
    "error.guest-locked": "guest {guest} of {engine} is locked: {detail}",
    "hint.guest-locked": "A backup of it runs, or one died and left the lock. Look at its task first; Phoenix takes no lock away.",
    "error.save-queue": "guest {guest} of {engine} waited too long for another backup: {detail}",
    "error.save-failed": "the backup of guest {guest} of {engine} failed: {detail}",
    "error.save-unlisted": "the backup of guest {guest} ended well, and no new archive of it is listed in {storage} of {engine}",
    "hint.save-unlisted": "Look at the log of the task in Proxmox; what was made there is not counted.",
    "error.save-empty": "the backup of guest {guest} ended well, and its archive {archive} in {storage} of {engine} is empty",
}
