"""Les écritures vers le service web d’un moteur et les tâches qu’elles lancent. French."""

PHRASES: dict[str, str] = {
    "error.write-unanswered": "le moteur {engine} n’a pas répondu à une écriture, qui a peut-être été faite : {detail}",
    "hint.write-unanswered": "Elle n’est pas renvoyée. Regardez la liste des tâches du moteur, puis observez-le de nouveau avant tout autre essai.",
    "error.proxmox-no-task": "le moteur {engine} n’a rien lancé et a répondu : {detail}",
    "hint.proxmox-no-task": "Proxmox répond « OK » quand l’invité n’est pas sur le nœud interrogé ; observez de nouveau le moteur.",
    "error.proxmox-task-late": "une tâche du moteur {engine} tourne encore après tout le temps accordé : {detail}",
    "hint.proxmox-task-late": "Elle n’a pas été arrêtée. Un stockage bloqué (NFS, PBS) retient souvent une tâche ; le verrou qu’elle laisse sur l’invité est le sien : ne l’ôtez pas tant qu’elle tourne.",
}
