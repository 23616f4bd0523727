"""What a look at an engine shows: its guests, jobs and storages."""

PHRASES: dict[str, str] = {
    "error.shows-no-guests": "the engine {engine} shows no guests, jobs or storages",
    "hint.shows-no-guests": "only engines of kind proxmox do; what others hold: phoenix points list",
    "error.proxmox-configs-unread": "the configuration of guests of engine {engine} could not be read: {detail}",
    "hint.proxmox-configs-unread": "What a backup of them leaves out is known only where a job says it.",
    "error.proxmox-disks-unseen": "guests of engine {engine} have disks in raw arguments (args:): {detail}",
    "hint.proxmox-disks-unseen": "Proxmox does not know such disks, and no backup of it holds them: save them from inside the guest.",
}
