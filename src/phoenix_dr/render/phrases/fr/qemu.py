"""Exercices sur les machines virtuelles dans QEMU, en français."""

PHRASES: dict[str, str] = {
    "check.vm-disks.ok": "{disks} disques sortis entiers ({size:size})",
    "check.vm-disks.ko": "les disques ne sont pas sortis entiers ({disks}, {size:size})",
    "check.vm-disks.skipped": "aucun disque n’a été sorti ({disks}, {size:size})",
    "check.vm-disk-here.ok": "le disque {disk} est dans l’archive",
    "check.vm-disk-here.ko": "le disque {disk} devrait être dans l’archive et n’y est pas",
    "check.vm-disk-here.skipped": "le disque {disk} est exclu des sauvegardes (backup=0) : sans lui, la machine n’est pas entière",
    "check.vm-starts.ok": "la machine a démarré en {seconds} s avec {accelerator} et a tenu",
    "check.vm-starts.ko": "la machine n’a pas démarré ({reason}, {seconds} s avec {accelerator}) ; ses derniers mots : {said}",
    "check.vm-starts.skipped": "on ne sait pas si la machine démarre ({reason} {said})",
    "error.vm-conf-missing": "{path} ne contient pas de qemu-server.conf : nul ne sait de quelle machine étaient ses disques",
    "hint.vm-conf-missing": "vzdump en écrit toujours un : l’archive est abîmée, ou autre chose. Prenez-en une autre.",
    "error.vm-conf-no-disk": "la configuration de la machine ne nomme aucun disque",
    "hint.vm-conf-no-disk": "Il n’y a rien à démarrer. Regardez la machine sur son Proxmox.",
}
