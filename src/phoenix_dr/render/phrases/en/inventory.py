"""What a look at an engine shows: its guests, jobs and storages."""

PHRASES: dict[str, str] = {
    "error.shows-no-guests": "the engine {engine} shows no guests, jobs or storages",
    "hint.shows-no-guests": "only engines of kind proxmox do; what others hold: phoenix points list",
}
