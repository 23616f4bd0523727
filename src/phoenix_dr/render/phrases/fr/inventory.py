"""Ce que montre un regard sur un moteur : ses invités, ses tâches, ses stockages. French."""

PHRASES: dict[str, str] = {
    "error.shows-no-guests": "le moteur {engine} ne montre ni invités, ni tâches, ni stockages",
    "hint.shows-no-guests": "Seuls les moteurs de type proxmox le font ; ce que détiennent les autres : phoenix points list",
}
