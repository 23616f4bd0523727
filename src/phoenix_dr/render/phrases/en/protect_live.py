"""Backup jobs of a Proxmox set by Phoenix itself, and guests saved now. English."""

PHRASES: dict[str, str] = {
    "error.vzdump-pool-alone": "the job of the policy {policy} names the pool {pool} and others "
    "beside it",
    "hint.vzdump-pool-alone": "Proxmox forgets exceptions when a job is given a pool: leave “all” "
    "and “exclude” out.",
    "error.job-guests-undescribed": "the job {job} would remove archives of guests that "
    "phoenix.yaml does not describe ({guests}): what is lost there nobody counts",
    "hint.job-guests-undescribed": "Describe them, exclude them, or keep everything.",
}
