"""Writes to an engine's web service and the tasks they start, in English."""

PHRASES: dict[str, str] = {
    "error.write-unanswered": "engine {engine} did not answer a write, which may have been done: {detail}",
    "hint.write-unanswered": "It is not sent again. Look at the engine's own list of tasks, then observe it again before another try.",
    "error.proxmox-no-task": "engine {engine} began nothing and said: {detail}",
    "hint.proxmox-no-task": "Proxmox answers “OK” where a guest is not on the node it was asked on; observe the engine again.",
    "error.proxmox-task-late": "a task of engine {engine} still runs after all the time it was given: {detail}",
    "hint.proxmox-task-late": "It was not stopped. A storage that hangs (NFS, PBS) often holds a task; a lock it leaves on the guest is that task's, not yours to remove while it runs.",
}
