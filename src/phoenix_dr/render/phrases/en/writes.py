"""Writes to an engine's web service, the tasks they start, and logins, in English."""

PHRASES: dict[str, str] = {
    "error.write-unanswered": "engine {engine} did not answer a write, which may have been done: {detail}",
    "hint.write-unanswered": "It is not sent again. Look at the engine's own list of tasks, then observe it again before another try.",
    "error.proxmox-no-task": "engine {engine} began nothing and said: {detail}",
    "hint.proxmox-no-task": "Proxmox answers “OK” where a guest is not on the node it was asked on; observe the engine again.",
    "error.proxmox-task-late": "a task of engine {engine} still runs after all the time it was given: {detail}",
    "hint.proxmox-task-late": "It was not stopped. A storage that hangs (NFS, PBS) often holds a task; a lock it leaves on the guest is that task's, not yours to remove while it runs.",
    "error.proxmox-login": "engine {engine} does not accept the user's login",
    "hint.proxmox-login": "Proxmox says the same of a wrong password, an unknown user and a wrong realm; the user reads NAME@REALM, such as root@pam.",
    "error.proxmox-tfa": "the user of engine {engine} has a second factor, which nobody is there to give",
    "hint.proxmox-tfa": "Use an API token instead: “pveum user token add USER NAME”, then token: in phoenix.yaml.",
    "error.proxmox-no-password": "engine {engine} has a user and no password in phoenix.yaml",
    "hint.proxmox-no-password": "Add password: file:/path or password: env:NAME; better, use an API token.",
}
