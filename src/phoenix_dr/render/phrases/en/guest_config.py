"""Faults of engines that hold guests in phoenix.yaml, in English."""

PHRASES: dict[str, str] = {
    "config.guest-of-pbs": "{engine} knows guests by the numbers of {guests}; write {guests}/NUMBER",
    "config.proxmox-login": "name either token, or user together with password",
    "config.job-elsewhere": "policy {policy} sends nothing to {engine}; add {engine}/STORAGE to its to:, or take this job away",
    "config.job-all-and-pool": "a job takes all guests or those of a pool, not both",
    "config.job-exclude": "exclude takes guests out of all or of a pool; name one of them",
    "config.drills-over-guest": "{guest} lies among the numbers kept for drills, which are restored over and destroyed; choose a range no guest has",
    "config.bad-numbers": "“{given}” is no range of guest numbers; write FIRST-LAST, such as 9000-9099: from 100 to 999999999, 1000 numbers at most",
    "config.bad-job-id": "“{given}” cannot be the id of a job: a letter first, then letters, digits, - and _, 2 to 50 characters",
    "config.bad-login": "who logs in is written USER@REALM, such as root@pam",
    "config.bad-pve-name": "“{given}” is no name Proxmox takes: letters, digits and . _ -",
    "config.long-notes": "notes have {most} characters at most",
    "config.bad-datastore": "“{given}” is no datastore; write STORE or STORE/NAMESPACE",
    "config.guests-elsewhere": "{engine} is of kind {kind}; name the engine of kind proxmox or vzdump whose guests this server holds",
    "config.pbs-destination": "{engine} is filled by Proxmox; name the storage of Proxmox that lies on it, such as {guests}/STORAGE",
    "config.bad-dump": "write an absolute path, rclone:REMOTE:PATH or ssh://USER@HOST[:PORT]/PATH, without a password in it",
    "config.dump-key": "{key} has a meaning only for a directory that begins with {prefix}",
}
