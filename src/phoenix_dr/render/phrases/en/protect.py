"""Backup jobs of a Proxmox: planned, handed over, and what is wrong with them. English."""

PHRASES: dict[str, str] = {
    "help.protect": "Backup jobs on other systems: what phoenix.yaml wants of them.",
    "short.protect": "Plan the backup jobs of other systems, and hand them over.",
    "help.protect-plan": "Show the backup jobs the policies want on each Proxmox, Longhorn and Velero "
    "(or on ENGINE), beside those that are there: Phoenix asks each of them now. Shows what would be "
    "lost by setting them, and what is wrong with them. With --handoff, also prepare the jobs for "
    "whoever applies them: an Ansible playbook, Terraform and a pvesh script for a Proxmox, "
    "manifests for a cluster, and a README that says how to verify. Changes nothing over there.",
    "short.protect-plan": "The jobs that are wanted, what they would remove, what is wrong.",
    "examples.protect-plan": "phoenix protect plan\nphoenix protect plan pve1\n"
    "phoenix protect plan longhorn --handoff handoff",
    "option.handoff": "Prepare the jobs in DIR/ENGINE, for the one who applies them.",
    "protect.job": "{job}: {schedule} (Proxmox: {event}), storage {storage}, {rule}, {mode}, "
    "{compress}",
    "protect.guests": "guests {guests}",
    "protect.none": "{engine}: no policy sends a guest there",
    "protect.unseen": "its present jobs were not read: each job is created, or set when it differs",
    "protect.storage-rule": "as the storage keeps",
    "protect.create": "to create: {job}",
    "protect.update": "to change: {job} ({differs})",
    "protect.keep": "as wanted: {job}",
    "protect.foreign": "somebody else's, left alone: {job}",
    "protect.stray": "no policy wants it any more, left alone: {job}",
    "protect.lost": "What the first run would remove:",
    "protect.lost-nothing": "The first run would remove none of the {count} archives known.",
    "protect.lost-unknown": "What the first run would remove of guests {guests} is unknown: no "
    "archive of them was seen. Proxmox tells it without changing anything:",
    "protect.findings": "Findings:",
    "protect.finding": "{subject}: {what} → {remedy} [{owner}]",
    "protect.prepared": "prepared: {path}",
    "protect.next": "Not handed over, not applied, not verified. The request:",
    "protect.request": "- [ ] [phoenix→forge] configure the vzdump schedule of {engine}: {jobs} "
    "(files: {path})",
    "handoff.head": "Backup jobs of {engine}. Written by phoenix protect plan.",
    "handoff.play": "Backup jobs of {engine}",
    "handoff.title": "Backup jobs of {engine}",
    "handoff.intro": "Phoenix says what is backed up, when, and how long it is kept. **Forge** "
    "owns this folder from now on, chooses one of the three forms, and applies it. Phoenix then "
    "verifies. No file holds a secret. A new plan writes the files anew: change phoenix.yaml, not "
    "them.",
    "handoff.heading.state": "Where it stands",
    "handoff.state.prepared": "**prepared**: {at}, by Phoenix. These files were written; nothing "
    "else has happened.",
    "handoff.state.handed": "**handed over**: when Forge has taken the request.",
    "handoff.state.applied": "**applied**: when Forge ran one of the three without an error.",
    "handoff.state.verified": "**verified**: when Phoenix has seen the job, and after its next run "
    "an archive of every guest. Not before.",
    "handoff.heading.jobs": "The jobs",
    "handoff.column.job": "job",
    "handoff.column.when": "when",
    "handoff.column.guests": "guests",
    "handoff.column.storage": "storage",
    "handoff.column.keep": "keeps",
    "handoff.zone": "Times are local to the node and meant in {zone}: `timedatectl` on the node has "
    "to say the same.",
    "handoff.heading.before": "Before",
    "handoff.before": "After each run PVE removes what the rule no longer keeps, whoever made it. "
    "This shows what would go, and changes nothing (NODE is the node's name):",
    "handoff.heading.apply": "Apply: one of these",
    "handoff.apply.ansible": "Ansible, on a node of the cluster; creates the job, or sets it only "
    "when it differs:",
    "handoff.apply.pvesh": "A root shell on a node; creates the job or sets it:",
    "handoff.apply.terraform": "Terraform with the provider bpg/proxmox. The file parses; it was "
    "never run against the provider. A job that is there already is imported first:",
    "handoff.heading.verify": "Verify",
    "handoff.verify.job": "The job says what is wanted, and includes every volume it should:",
    "handoff.verify.volumes": "`included: 0` is in no archive, however green the task is: bind "
    "mounts never are, other mount points only with `backup=1`.",
    "handoff.verify.archive": "After its first run: the task, and an archive of every guest whose "
    "size is plausible:",
    "handoff.verify.phoenix": "Then Phoenix, which compares again:",
    "handoff.heading.findings": "What these jobs do not solve",
    "finding.jobs-unseen": "its jobs, guests and storages were not read: other jobs, other guests "
    "and the free space are unknown",
    "remedy.jobs-unseen": "compare with “pvesh get /cluster/backup” on a node",
    "finding.guest-in-no-job": "guest {guest} ({name}) is in no job that is switched on",
    "remedy.guest-in-no-job": "give it a policy, or leave it out until a date (ignore: found: "
    "{engine}/{guest})",
    "finding.job-disabled": "job {job} is switched off: it backs up nothing",
    "remedy.job-disabled": "switch it on, or delete it",
    "finding.job-storage-missing": "job {job} writes to the storage {storage}, which is not there",
    "remedy.job-storage-missing": "bring the storage back, or send the job elsewhere",
    "finding.jobs-prune-each-other": "jobs {job} and {other} remove each other's archives on "
    "{storage} (guests {guests})",
    "remedy.jobs-prune-each-other": "one rule for both, one storage each, or remove=0 in one",
    "finding.job-skips-clock-change": "job {job} ({schedule}) does not run on {day}, when clocks "
    "change: Proxmox does not make up for a time that is skipped",
    "remedy.job-skips-clock-change": "run it outside 02:00–03:00",
    "finding.copies-on-own-host": "its copies lie on {host}, where it runs: they are lost together",
    "remedy.copies-on-own-host": "add a storage on another machine to its policy (today: {storage})",
    "error.vzdump-schedule": "Proxmox has no schedule that runs at “{expression}”: it cannot say "
    "“{part}”",
    "hint.vzdump-schedule": "Use days of the month or weekdays, not both, and no L, W or #; or make "
    "two policies.",
    "error.vzdump-no-storage": "the policy {policy} names no storage of {engine}",
    "hint.vzdump-no-storage": "Under “to”, name one: {engine}/STORAGE, described under storages.",
    "error.vzdump-no-guest": "no guest of {engine} follows the policy {policy}",
    "error.vzdump-id-twice": "two policies make a job of one name, {id} (the second: {policy})",
    "hint.vzdump-id-twice": "Give one of the policies another name.",
    "error.guest-number": "{asset}: {guest} is no guest of a Proxmox",
    "hint.guest-number": "A guest is ENGINE/NUMBER, for example pve1/210; numbers begin at 100.",
    "error.vzdump-row": "Proxmox shows a backup job ({job}) that cannot be read",
    "error.vzdump-keep-unknown": "job {job} keeps as its storage says, which is not known",
    "error.job-foreign": "the job {job} is not Phoenix's, so it stays as it is",
    "error.engine-has-no-jobs": "engine {engine} is of kind {kind}; jobs are planned on these kinds: {kinds}",
    "error.no-engine-to-protect": "phoenix.yaml describes no engine with jobs of its own ({kinds})",
    "error.handoff-loses": "the first run on {engine} would remove {count} archives, so nothing was "
    "prepared",
    "hint.handoff-loses": "“phoenix protect plan {engine}” shows them. Keep longer, or mark them "
    "protected in Proxmox and observe again.",
    "error.handoff-not-ours": "{path} is there already and was not written by Phoenix",
    "hint.handoff-not-ours": "Choose another folder.",
}
